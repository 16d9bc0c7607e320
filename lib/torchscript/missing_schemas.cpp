// Registration of missing schemas; see missing_schemas.h. A schema is registered when no operator has its name and
// overload. That is enough to load; a few have an implementation too (missing_kernels.h).
#include "torchscript/missing_schemas.h"

#include <map>
#include <memory>
#include <unordered_map>

#include <torch/csrc/jit/frontend/function_schema_parser.h>

#include "torchscript/load.h"
#include "torchscript/missing_kernels.h"
#include "torchscript/torch_headers.h"

namespace deploytool::ts {

namespace {

const char* const kSchemas[] = {
#include "torchscript/missing_schemas.inc"
};

struct Entry {
  std::string_view text;
  std::string key;         ///< `aten::all.dims`
  std::string name;        ///< `aten::all`
  std::string overload;    ///< `dims`
  bool registered = false;  ///< by us
};

Entry makeEntry(std::string_view text) {
  Entry entry;
  entry.text = text;
  entry.key = std::string(text.substr(0, text.find('(')));
  const auto dot = entry.key.find('.');
  entry.name = entry.key.substr(0, dot);
  if (dot != std::string::npos) entry.overload = entry.key.substr(dot + 1);
  return entry;
}

std::vector<Entry>& entries() {
  static std::vector<Entry> all = [] {
    std::vector<Entry> result;
    for (const char* text : kSchemas) result.push_back(makeEntry(text));
    return result;
  }();
  return all;
}

torch::Library& library(const std::string& space) {
  // Never destroyed: unregistering while the process ends would race libtorch's own end.
  static auto& all = *new std::map<std::string, std::unique_ptr<torch::Library>>();
  auto& library = all[space];
  if (!library) {
    library = std::make_unique<torch::Library>(torch::Library::FRAGMENT, space, Optional<c10::DispatchKey>(),
                                               __FILE__, __LINE__);
  }
  return *library;
}

bool isKnown(const Entry& entry) {
  if (c10::Dispatcher::singleton().findSchema({entry.name, entry.overload})) return true;
  for (const auto& known : torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(entry.name))) {
    if (known->schema().overload_name() == entry.overload) return true;
  }
  return false;
}

bool ensure(Entry& entry) {
  if (entry.registered) return true;
  if (isKnown(entry)) return false;
  const auto space = entry.name.substr(0, entry.name.find("::"));
  library(space).def(torch::schema(std::string(entry.text).c_str()));
  implementMissing(library(space), entry.key);
  return entry.registered = true;
}

bool isWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// Whether `name` occurs in `code` as a word of its own, called: `torch.name(` or `ops.torchvision.name(`.
bool calls(std::string_view code, std::string_view name) {
  for (size_t at = code.find(name); at != std::string_view::npos; at = code.find(name, at + 1)) {
    const size_t end = at + name.size();
    if (end < code.size() && !isWordCharacter(code[end]) && (at == 0 || !isWordCharacter(code[at - 1]))) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> registerMissingSchemas(std::string_view code) {
  std::vector<std::string> result;
  for (auto& entry : entries()) {
    const auto bare = std::string_view(entry.name).substr(entry.name.find("::") + 2);
    if (calls(code, bare) && ensure(entry)) result.push_back(entry.key);
  }
  return result;
}

void registerMissingSchemasOf(std::string_view operatorName) {
  for (auto& entry : entries()) {
    if (entry.name == operatorName) ensure(entry);
  }
}

Status declareOperator(const std::string& text) {
  try {
    const bool bare = text.find('(') == std::string::npos;
    const std::string full = bare ? text + "(...) -> Tensor" : text;
    const c10::FunctionSchema schema = torch::jit::parseSchema(full);
    const auto symbol = c10::Symbol::fromQualString(schema.name());
    if (bare && !torch::jit::getAllOperatorsFor(symbol).empty()) return {};
    for (const auto& known : torch::jit::getAllOperatorsFor(symbol))
      if (known->schema().overload_name() == schema.overload_name()) return {};
    const std::string name = schema.name();
    const auto run = [name](torch::jit::Stack&) { TORCH_CHECK(false, name, " is declared only"); };
    torch::jit::registerOperator(torch::jit::Operator(full, torch::jit::Operation(run), c10::AliasAnalysisKind::CONSERVATIVE));
    return {};
  } catch (const std::exception& error) {
    return makeError(ExitCode::Usage, "the schema of a custom operator cannot be read: " + exceptionText(error), text);
  }
}

}  // namespace deploytool::ts
