// The list of operator families and the look-up of rows.
#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "export/ops/families.h"
#include "export/out_form.h"
#include "export/table.h"

namespace deploytool::exporter {

namespace {

const std::vector<FamilyEntry> kFamilies = {
#define DEPLOYTOOL_FAMILY(name) {#name, ops::name},
#include "export/ops/families.def"
#undef DEPLOYTOOL_FAMILY
};

using Index = std::unordered_map<std::string, Row>;

const Index& index() {
  static const Index rows = [] {
    Index result;
    for (const FamilyEntry& family : kFamilies)
      for (Row& row : family.rows()) result.emplace(row.name, std::move(row));
    return result;
  }();
  return rows;
}

const Row* lookUp(const std::string& name, const std::string& overload) {
  auto it = index().find(overload.empty() ? name : name + "." + overload);
  return it == index().end() ? nullptr : &it->second;
}

/// `relu_` → `relu`; names that end in two underscores (`__and__`) are no in-place forms, `__iand__` is.
std::string functionalName(std::string_view name) {
  std::string result(name);
  if (result.ends_with("__")) {
    const size_t at = result.find("::__i");
    static constexpr std::string_view kInplace[] = {"and__", "or__", "xor__", "lshift__", "rshift__"};
    if (at != std::string::npos)
      for (std::string_view tail : kInplace)
        if (result.substr(at + 5) == tail) return result.substr(0, at) + "::__" + std::string(tail);
    return result;
  }
  if (result.ends_with("_")) result.pop_back();
  return result;
}

/// Where an overload of newer PyTorchs got an argument, libtorch's own keeps its name and ours has another
/// (missing_schemas.inc): the first is ours.
constexpr std::pair<std::string_view, std::string_view> kGrownOverloads[] = {
    {"padding_side", ""}, {"align_to_window", ""}, {"center_align_to_window", "center"}};

/// Overloads to try for one of an out, scalar or grown form, in order.
std::vector<std::string> overloadsToTry(std::string_view overload) {
  std::vector<std::string> result{std::string(overload)};
  for (const auto& [grown, plain] : kGrownOverloads)
    if (overload == grown) result.emplace_back(plain);
  if (overload == "out") result.insert(result.end(), {"", "Tensor", "default"});
  for (std::string_view suffix : {"_out", "_output", "_grad_input"})
    if (overload.ends_with(suffix)) result.emplace_back(overload.substr(0, overload.size() - suffix.size()));
  for (size_t i = 0, n = result.size(); i < n; ++i) {
    if (result[i] == "Scalar") result.insert(result.end(), {"Tensor", ""});
    const size_t at = result[i].find("Scalar");
    if (at != std::string::npos && result[i] != "Scalar") {
      std::string variant = result[i];
      variant.replace(at, 6, "Tensor");
      result.push_back(variant);
    }
  }
  return result;
}

/// Rows that may serve an operator, the likeliest first.
std::vector<const Row*> candidates(std::string_view name, std::string_view overload) {
  if (const Row* row = lookUp(std::string(name), std::string(overload))) return {row};
  std::vector<const Row*> rows;
  const std::string functional = functionalName(name);
  for (const std::string& candidate : overloadsToTry(overload))
    if (const Row* row = lookUp(functional, candidate)) rows.push_back(row);
  return rows;
}

bool readsOnly(const Row& row, const ts::Schema& schema) {
  return std::all_of(row.arguments.begin(), row.arguments.end(), [&](const std::string& name) {
    return std::any_of(schema.arguments.begin(), schema.arguments.end(),
                       [&](const ts::Argument& argument) { return argument.name == name; });
  });
}

/// Its overloads have names of their own (`sum.IntList_out` is `sum.dim_IntList`, `max.out` is `max.other`): what it is a
/// form of is told by its arguments.
const Row* rowOfOutForm(const ts::Schema& schema) {
  static const auto byName = [] {
    std::unordered_map<std::string, std::vector<const Row*>> result;
    for (const auto& [name, row] : index()) result[name.substr(0, name.find('.'))].push_back(&row);
    for (auto& [name, rows] : result)
      std::sort(rows.begin(), rows.end(), [](const Row* a, const Row* b) { return a->name < b->name; });
    return result;
  }();
  const auto known = byName.find(schema.name);
  if (known == byName.end()) return nullptr;
  std::vector<const Row*> rows = known->second;
  const auto likely = candidates(schema.name, schema.overload);
  rows.insert(rows.begin(), likely.begin(), likely.end());
  const Row* best = nullptr;
  for (const Row* row : rows)
    if (readsOnly(*row, schema) && (!best || row->arguments.size() > best->arguments.size())) best = row;
  return best ? best : likely.empty() ? nullptr : likely.front();
}

}  // namespace

bool isOutForm(const ts::Schema& schema) {
  if (schema.name.ends_with("_")) return false;
  for (size_t i = 1; i < schema.arguments.size(); ++i)
    if (schema.arguments[i].isWrite) return true;
  return false;
}

std::span<const FamilyEntry> families() { return kFamilies; }

const Row* findRow(std::string_view name, std::string_view overload) {
  const auto rows = candidates(name, overload);
  return rows.empty() ? nullptr : rows.front();
}

const Row* findRow(const ts::Schema& schema) {
  if (isOutForm(schema) && !lookUp(schema.name, schema.overload)) return rowOfOutForm(schema);
  const auto rows = candidates(schema.name, schema.overload);
  // `mul.out(self, other)` is not `mul(a, b)`, which is of Python numbers.
  for (const Row* row : rows)
    if (readsOnly(*row, schema)) return row;
  return rows.empty() ? nullptr : rows.front();
}

Row::Row(const char* signature, Lowering lowering, const char* limit, Static when)
    : lower(std::move(lowering)), limits(limit), whenStatic(when) {
  const std::string_view text = signature;
  const size_t open = text.find('(');
  name = text.substr(0, open);
  size_t at = open + 1;
  while (at < text.size() && text[at] != ')') {
    const size_t end = text.find_first_of(",)", at);
    arguments.emplace_back(text.substr(at, end - at));
    at = end;
    while (at < text.size() && (text[at] == ',' || text[at] == ' ')) ++at;
  }
}

Lowering unary(const char* onnxOp) {
  return [onnxOp](Call& c) -> Results { return {c.b.unary(onnxOp, c.read(c.arguments().at(0)))}; };
}

Lowering unaryFloat(const char* onnxOp) {
  return [onnxOp](Call& c) -> Results {
    const Tensor x = c.read(c.arguments().at(0));
    return {c.b.unary(onnxOp, ir::isFloating(x.dtype()) ? x : c.b.cast(x, DType::Float32))};
  };
}

Lowering pass() {
  return [](Call& c) -> Results { return {c.read(c.arguments().at(0))}; };
}

}  // namespace deploytool::exporter
