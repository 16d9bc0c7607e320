// Building modules call by call (generate.h). A call is tried in libtorch at once: one that raises is thrown away.
#include "tests/generator/generate.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "export/ops/refusing.h"
#include "tests/generator/children.h"

namespace deploytool::testing::generator {

namespace {

using TypeKind = ts::Type::Kind;

constexpr int kTries = 32;
constexpr size_t kMostCalls = 8;
/// Each row has its turn once in so many modules, which one is drawn anew each time. A row more or less changes the modules
/// that it is in and no others.
constexpr size_t kRound = 200;
constexpr int64_t kMostElements = 2000;
constexpr size_t kMostRank = 6;

bool isName(const std::string& name) {
  return std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

/// Operators that the table has only to say why not.
bool isRefused(const exporter::Row& row) { return row.lower.target<exporter::Refusing>() != nullptr; }

bool isWriting(const ts::Schema& schema) { return !schema.arguments.empty() && schema.arguments[0].isWrite; }

constexpr const char* kUnknown = "this libtorch has no such operator";

/// `aten::max.dim` in two parts.
struct Name {
  std::string base, overload;
  explicit Name(const std::string& row) {
    const size_t dot = row.find('.', row.find("::"));
    base = row.substr(0, dot);
    if (dot != std::string::npos) overload = row.substr(dot + 1);
  }
};

std::vector<Form> formsOf(ts::Evaluator& evaluator, const Name& name) {
  std::vector<Form> forms;
  for (const std::string& form : {name.base, name.base + "_"})
    for (const ts::Schema& schema : evaluator.schemas(form))
      if (schema.overload == name.overload && !schema.isVararg && !schema.returns.empty()) forms.push_back({schema, isWriting(schema)});
  return forms;
}

/// The compiler's own operators have no schema.
bool hasSchema(ts::Evaluator& evaluator, const Name& name) {
  if (name.base.starts_with("prim::")) return true;
  const std::vector<ts::Schema> schemas = evaluator.schemas(name.base);
  return std::any_of(schemas.begin(), schemas.end(), [&](const ts::Schema& schema) { return schema.overload == name.overload; });
}

/// Why no call of the row is made of its schema; empty where one is.
std::string reasonAgainst(const exporter::Row& row, const std::string& family, const std::string& name) {
  if (isRefused(row)) return "refused by the table";
  if (const std::string reason = leftOut(row.name); !reason.empty()) return reason;
  if (!name.starts_with("aten::") || !isName(name.substr(6))) return "takes or gives more than tensors and numbers: tests/lowering";
  return leftOutFamily(family);
}

std::optional<Kind> kindOf(const ts::Value& value) {
  if (std::holds_alternative<ir::TensorPtr>(value.data)) return Kind::Tensor;
  if (std::holds_alternative<int64_t>(value.data)) return Kind::Int;
  if (std::holds_alternative<double>(value.data)) return Kind::Float;
  if (std::holds_alternative<bool>(value.data)) return Kind::Bool;
  const auto* list = std::get_if<std::shared_ptr<ts::List>>(&value.data);
  if (!list || !(*list)->elementType) return {};
  if ((*list)->elementType->kind == TypeKind::Tensor) return Kind::Tensors;
  if ((*list)->elementType->kind == TypeKind::Int) return Kind::Ints;
  return {};
}

bool isUsable(const ir::Tensor& t) {
  switch (t.dtype()) {
    case ir::DType::Float32: case ir::DType::Float64: case ir::DType::Float16: case ir::DType::Int64: case ir::DType::Int32:
    case ir::DType::Int16: case ir::DType::Int8: case ir::DType::UInt8: case ir::DType::Bool:
    case ir::DType::Complex64: case ir::DType::Complex128:
      break;
    default: return false;
  }
  return t.numel() <= kMostElements && static_cast<size_t>(t.rank()) <= kMostRank;
}

/// The result as a variable, when it has one kind, dtype, rank and length in all sets.
std::optional<Variable> variableOf(const Values& values) {
  Variable variable;
  const auto kind = kindOf(values[0]);
  if (!kind) return {};
  variable.kind = *kind;
  variable.values = values;
  for (size_t set = 0; set < kSets; ++set) {
    if (kindOf(values[set]) != kind) return {};
    if (const auto* list = std::get_if<std::shared_ptr<ts::List>>(&values[set].data)) {
      if ((*list)->items.empty() || (*list)->items.size() != std::get<std::shared_ptr<ts::List>>(values[0].data)->items.size()) return {};
      for (const ts::Value& item : (*list)->items)
        if (const auto* t = std::get_if<ir::TensorPtr>(&item.data); t && !isUsable(**t)) return {};
      continue;
    }
    const auto* tensor = std::get_if<ir::TensorPtr>(&values[set].data);
    if (!tensor) continue;
    if (!*tensor || !isUsable(**tensor)) return {};
    if (set == 0) {
      variable.dtype = (*tensor)->dtype();
      variable.dims.resize(static_cast<size_t>((*tensor)->rank()));
    }
    if ((*tensor)->dtype() != variable.dtype || static_cast<size_t>((*tensor)->rank()) != variable.dims.size()) return {};
    for (size_t i = 0; i < variable.dims.size(); ++i) variable.dims[i][set] = (*tensor)->dims()[i];
  }
  return variable;
}

bool takesTensors(const ts::Schema& schema) {
  return std::any_of(schema.arguments.begin(), schema.arguments.end(), [](const ts::Argument& formal) {
    const ts::Type* type = formal.type.get();
    while (!type->elements.empty()) type = type->elements[0].get();
    return type->kind == TypeKind::Tensor;
  });
}

/// A call's arguments as text and, complete, as values.
struct Arguments {
  std::string text;
  std::array<std::vector<ts::Value>, kSets> values;
  std::vector<std::string> uses;
};

std::optional<Arguments> argumentsOf(const Form& op, ArgumentMaker& maker, RandomSource& random) {
  Arguments result;
  bool omitted = false;
  for (size_t i = 0; i < op.schema.arguments.size(); ++i) {
    const ts::Argument& formal = op.schema.arguments[i];
    const bool leaveOut = formal.defaultValue && !maker.isNeeded(formal.name) && random.chance(maker.hasDomain(formal.name) ? 0.3 : 0.6);
    std::optional<Argument> made;
    if (!leaveOut) made = maker.make(formal);
    if (!made) {
      if (!formal.defaultValue) return {};
      omitted = true;
      for (auto& values : result.values) values.push_back(*formal.defaultValue);
      continue;
    }
    const std::string text = op.isInPlace && i == 0 ? "torch.clone(" + made->text + ")" : made->text;
    result.text += (result.text.empty() ? "" : ", ") + (omitted || formal.keywordOnly ? formal.name + "=" : "") + text;
    for (size_t set = 0; set < kSets; ++set) result.values[set].push_back(made->values[set]);
    result.uses.insert(result.uses.end(), made->uses.begin(), made->uses.end());
  }
  return result;
}

size_t countResults(const Module& module) {
  size_t count = 0;
  for (const Call& call : module.calls) count += call.results.size();
  return count;
}

/// Some for all of a phrase's arguments; nothing where one cannot be made.
std::optional<std::vector<Argument>> argumentsOf(const Phrase& phrase, ArgumentMaker& maker) {
  std::vector<Argument> result;
  for (const ts::Argument& parameter : phrase.parameters) {
    auto made = maker.make(parameter);
    if (!made) return {};
    result.push_back(std::move(*made));
  }
  return result;
}

/// A phrase as a function of its own: constants within, the others as parameters.
std::string functionText(const Phrase& phrase, const std::vector<Argument>& arguments) {
  std::string parameters, body;
  std::vector<std::string> names;
  for (size_t i = 0; i < arguments.size(); ++i) {
    names.push_back(arguments[i].uses.empty() ? arguments[i].text : "a" + std::to_string(i));
    if (arguments[i].uses.empty()) continue;
    parameters += (parameters.empty() ? "" : ", ") + parameterText(names.back(), *kindOf(arguments[i].values[0]));
  }
  std::vector<std::string> lines = phrase.with(names, "");
  lines.back() = "return " + lines.back();
  for (const std::string& line : lines) body += "  " + line + "\n";
  return fmt::format("def {}({}):\n{}", kFunction, parameters, body);
}

/// Keeps a call that ran: its results become variables, its new inputs the module's. False where a result is of no use.
bool keep(const Operator& op, const ArgumentMaker& maker, Call call, const std::vector<Values>& results, Module& module, Scope& scope) {
  size_t count = countResults(module);
  const auto limit = op.domain.find("->");
  const size_t usable = limit == op.domain.end() ? results.size() : std::stoul(limit->second);
  for (const Values& values : results) {
    auto variable = call.results.size() < usable ? variableOf(values) : std::optional<Variable>(std::in_place);
    if (!variable) return false;
    variable->name = (call.results.size() < usable ? "v" : "_") + std::to_string(count++);
    call.results.push_back(std::move(*variable));
  }
  if (call.results.empty()) return false;
  for (const Input& input : maker.newInputs()) {
    module.inputs.push_back(input);
    scope.variables.push_back(input.variable);
  }
  scope.inputs = module.inputs.size();
  scope.symbols.insert(maker.newSymbols().begin(), maker.newSymbols().end());
  std::copy_if(call.results.begin(), call.results.end(), std::back_inserter(scope.variables), [](const Variable& v) { return v.isUsable(); });
  module.calls.push_back(std::move(call));
  return true;
}

/// Symbols of the module's dynamic axes: in the first set the example sizes, in the second 1 or 0. Reshape of opset 13
/// cannot make an axis of size 0.
std::map<std::string, Size> symbolsOf(RandomSource& random, int64_t opset) {
  std::map<std::string, Size> symbols;
  for (const char* name : {"n", "m"}) {
    if (!random.chance(0.75)) continue;
    Size size{random.between(2, 5), opset > 13 && random.chance(0.3) ? 0 : 1, random.between(1, 6)};
    if (size[0] == size[2]) ++size[2];
    symbols[name] = size;
  }
  return symbols;
}

/// Results that no call uses, or the last one.
std::vector<std::string> unusedResults(const Module& module) {
  std::set<std::string> used;
  for (const Call& call : module.calls) used.insert(call.uses.begin(), call.uses.end());
  std::vector<std::string> outputs;
  for (const Call& call : module.calls)
    for (const Variable& v : call.results)
      if (v.isUsable() && !used.count(v.name)) outputs.push_back(v.name);
  return outputs;
}

}  // namespace

Generator::Generator(ts::TorchModule& torch, ts::Evaluator& evaluator, uint64_t seed)
    : torch_(torch), evaluator_(evaluator), seed_(seed) {
  readTable();
}

void Generator::readTable() {
  for (const exporter::FamilyEntry& family : exporter::families())
    for (const exporter::Row& row : family.rows()) {
      const Name name(row.name);
      Operator op{row.name, hashOf(row.name), domainOf(row.name), {}, phrasesOf(row.name)};
      std::string reason;
      if (!op.phrases.empty()) {
        if (!hasSchema(evaluator_, name)) reason = kUnknown;
      } else if (reason = reasonAgainst(row, family.name, name.base); reason.empty()) {
        op.forms = formsOf(evaluator_, name);
        if (op.forms.empty()) reason = kUnknown;
      }
      if (reason.empty()) operators_.push_back(std::move(op));
      else leftOut_[reason].push_back(row.name);
    }
}

/// The rows whose turn it is, in an order of their own.
std::vector<const Operator*> Generator::chosen(size_t number) const {
  std::vector<std::pair<uint64_t, const Operator*>> ranked;
  for (const Operator& op : operators_) {
    const bool isFirst = op.row == only_;
    if (hashOf({seed_, op.hash, number / kRound}) % kRound == number % kRound || isFirst)
      ranked.emplace_back(isFirst ? 0 : hashOf({seed_, op.hash, number}), &op);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<const Operator*> result;
  for (const auto& [rank, op] : ranked)
    if (result.size() < kMostCalls) result.push_back(op);
  return result;
}

bool Generator::addCall(const Operator& op, const Form& form, Module& module, Scope& scope, RandomSource& random) const {
  // Of an operator without tensors, or all its arguments would be constants.
  ArgumentMaker maker(random, scope, op.domain, takesTensors(form.schema) ? 0 : 0.6);
  const auto arguments = argumentsOf(form, maker, random);
  if (!arguments) return false;
  aboutTo("torch." + form.schema.name.substr(6) + "(" + arguments->text + ")");
  std::vector<Values> results;
  for (size_t set = 0; set < kSets; ++set) {
    const auto outcome = evaluator_.run(form.schema, arguments->values[set]);
    if (!outcome || !*outcome) {
      if (outcome) withoutKernel_.insert(op.row);
      if (isVerbose_) fmt::print("{} does not run: {}\n", form.schema.key(), outcome ? "no kernel at hand" : outcome.error().message);
      return false;
    }
    if (set == 0) results.resize((*outcome)->size());
    if ((*outcome)->size() != results.size()) return false;
    for (size_t i = 0; i < results.size(); ++i) results[i][set] = (**outcome)[i];
  }
  Call call{"torch." + form.schema.name.substr(6) + "(" + arguments->text + ")", {}, arguments->uses, op.row, {}};
  return keep(op, maker, std::move(call), results, module, scope);
}

std::optional<std::vector<Values>> Generator::resultsOf(const Operator& op, const Phrase& phrase,
                                                        const std::vector<Argument>& arguments) const {
  const std::string text = functionText(phrase, arguments);
  aboutTo(text);
  const auto fails = [&](const std::string& why) {
    if (isVerbose_) fmt::print("{}does not run: {}\n", text, why);
    for (const char* sign : {"Could not run", "has no attribute or method"})
      if (why.find(sign) != std::string::npos) withoutKernel_.insert(op.row);
    return std::nullopt;
  };
  auto runner = torch_.compileRunner(text);
  if (!runner) return fails(runner.error().message);
  std::vector<Values> results;
  for (size_t set = 0; set < kSets; ++set) {
    std::vector<ts::Value> values;
    for (const Argument& argument : arguments)
      if (!argument.uses.empty()) values.push_back(argument.values[set]);
    const auto outcome = (*runner)->run(kFunction, values);
    if (!outcome) return fails(outcome.error().message);
    const auto* tuple = std::get_if<std::shared_ptr<ts::Tuple>>(&outcome->data);
    const std::vector<ts::Value> items = tuple ? (*tuple)->items : std::vector<ts::Value>{*outcome};
    if (set == 0) results.resize(items.size());
    if (items.size() != results.size()) return fails("the number of results differs");
    for (size_t i = 0; i < items.size(); ++i) results[i][set] = items[i];
  }
  return results;
}

bool Generator::addPhrase(const Operator& op, const Phrase& phrase, Module& module, Scope& scope, RandomSource& random) const {
  ArgumentMaker maker(random, scope, phrase.domain, 0.5);
  const auto arguments = argumentsOf(phrase, maker);
  if (!arguments) return false;
  const auto results = resultsOf(op, phrase, *arguments);
  if (!results) return false;
  Call call;
  call.row = op.row;
  std::vector<std::string> texts;
  for (const Argument& argument : *arguments) {
    texts.push_back(argument.text);
    call.uses.insert(call.uses.end(), argument.uses.begin(), argument.uses.end());
  }
  call.before = phrase.with(texts, fmt::format("w{}_", countResults(module)));
  call.code = call.before.back();
  call.before.pop_back();
  return keep(op, maker, std::move(call), *results, module, scope);
}

bool Generator::tryCall(const Operator& op, size_t number, Module& module, Scope& scope) const {
  RandomSource own(hashOf({seed_, number, op.hash}));
  for (int attempt = 0; attempt < kTries; ++attempt)
    if (op.phrases.empty() ? addCall(op, own.pick(op.forms), module, scope, own)
                           : addPhrase(op, own.pick(op.phrases), module, scope, own))
      return withoutKernel_.erase(op.row), true;
  return false;
}

Module Generator::makeFor(const Operator& op, size_t turn) const {
  RandomSource random(hashOf({seed_, op.hash, turn}));
  Module module;
  Scope scope;
  module.opset = random.between(13, 18);
  scope.symbols = symbolsOf(random, module.opset);
  tryCall(op, turn, module, scope);
  module.outputs = unusedResults(module);
  return trimmed(std::move(module));
}

Module Generator::make(size_t number) const {
  RandomSource random(hashOf({seed_, number}));
  Module module;
  Scope scope;
  module.opset = random.chance(0.5) ? 13 : random.between(14, 18);
  scope.symbols = symbolsOf(random, module.opset);
  for (const Operator* op : chosen(number)) {
    tryCall(*op, number, module, scope);
    if (!only_.empty() && module.calls.empty()) return module;
  }
  module.outputs = unusedResults(module);
  return trimmed(std::move(module));
}

}  // namespace deploytool::testing::generator
