// One operator call: run by libtorch when static, else lowered; then connected to the variables that it writes or views.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "export/complex.h"
#include "export/interpreter.h"
#include "export/ops/nested_tensor.h"
#include "export/ops/quantized_values.h"
#include "export/ops/wide_compute.h"
#include "export/out_form.h"
#include "export/static_value.h"

namespace deploytool::exporter {

namespace {

std::string_view baseName(const ts::Schema& schema) {
  std::string_view name = schema.name;
  const size_t at = name.find("::");
  if (at != std::string_view::npos) name.remove_prefix(at + 2);
  if (name.ends_with("_") && !name.ends_with("__")) name.remove_suffix(1);
  return name;
}

template <size_t N>
bool isOneOf(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// In-place forms that change the shape of what they write.
constexpr std::array<std::string_view, 12> kReshapeInPlace = {
    "squeeze", "unsqueeze", "t", "transpose", "swapaxes", "swapdims", "as_strided", "resize", "resize_as", "set", "detach",
    "zero"};
/// Return the tensor itself where nothing has to change, else a copy.
constexpr std::array<std::string_view, 9> kMaybeCopy = {"to", "contiguous", "type_as", "reshape", "reshape_as", "flatten",
                                                        "float", "half", "double"};
/// Return the tensor itself where nothing has to change, not a view of it: other keys of a dict, not `is` it.
constexpr std::array<std::string_view, 11> kItself = {
    "to", "contiguous", "type_as", "float", "half", "double", "real", "cpu", "flatten", "resolve_conj", "resolve_neg"};
/// Views that are not contiguous any more (unless on axis 0).
constexpr std::array<std::string_view, 16> kStrided = {
    "transpose", "permute", "t", "numpy_T", "mT", "movedim", "swapaxes", "swapdims", "expand", "expand_as", "slice",
    "narrow", "select", "diagonal", "unfold", "broadcast_to"};

bool shares(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& set) {
    return set != "*" && std::find(b.begin(), b.end(), set) != b.end();
  });
}

/// Whether all floating-point tensors are bfloat16, and nothing asks for another dtype.
bool isBFloat16(CallHost& host, const ts::Schema& schema, const std::vector<Value>& arguments) {
  bool any = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (schema.arguments.at(i).name == "dtype" && !arguments[i].isNone()) return false;
    const auto* cell = arguments[i].as<TensorVar>();
    const DType dtype = cell ? host.read(*cell).dtype() : DType::Undefined;
    if (dtype == DType::BFloat16) any = true;
    else if (cell && ir::isFloating(dtype)) return false;
  }
  return any;
}

/// A row on bfloat16 as libtorch's kernels compute: on float32, rounded once.
Results lowerWide(CallHost& host, Builder& b, const ts::Schema& schema, const Row& row, std::vector<Value> arguments) {
  const auto recast = [&](Value& value, DType from, DType to) {
    if (const auto* cell = value.as<TensorVar>(); cell && host.read(*cell).dtype() == from)
      value = makeCell(b.cast(host.read(*cell), to));
  };
  for (Value& argument : arguments) recast(argument, DType::BFloat16, DType::Float32);
  Call call(host, b, schema, arguments);
  Results results = row.lower(call);
  for (Value& result : results) recast(result, DType::Float32, DType::BFloat16);
  return results;
}

}  // namespace

std::optional<Results> Interpreter::evaluate(const ts::Schema& schema, const std::vector<Value>& arguments) {
  std::vector<ts::Value> values;
  values.reserve(arguments.size());
  for (const Value& argument : arguments) {
    auto value = toStatic(argument, heap_);
    if (!value) return {};
    values.push_back(std::move(*value));
  }
  auto outcome = evaluator_.run(schema, values);
  if (!outcome) throw Raised{outcome.error().message};
  if (!*outcome) return {};
  Results results;
  for (const ts::Value& value : **outcome) results.push_back(fromStatic(value));
  return results;
}

void Interpreter::refuseNested(const Row& row, const std::vector<Value>& arguments) {
  if (nestedMasks_.empty() || ops::takesNested(row.name)) return;
  for (const Value& argument : arguments)
    if (const auto* cell = argument.as<TensorVar>(); cell && ops::isNested(*this, read(*cell)))
      throw Refusal{row.name + " of a nested tensor: only transformer encoder layers take one"};
}

Results Interpreter::applyPure(const ts::Schema& schema, const std::vector<Value>& arguments) {
  for (const CustomOp& op : options_.customOps)
    if (op.matches(schema)) return applyCustom(schema, op, arguments);
  const Row* row = findRow(schema);
  if (!row || row->whenStatic == Row::Static::Fold)
    if (auto results = evaluate(schema, arguments)) return *results;
  if (anyComplex(*this, arguments)) {
    if (row) report_.rows.insert(row->name);
    return lowerComplex(*this, builder_, schema, row, arguments);
  }
  if (!row)
    throw Refusal{fmt::format("{} has no lowering at opset {}", schema.key(), builder_.opset())};
  report_.rows.insert(row->name);
  refuseNested(*row, arguments);
  if (ops::roundsOnce(row->name) && isBFloat16(*this, schema, arguments))
    return lowerWide(*this, builder_, schema, *row, arguments);
  Call call(*this, builder_, schema, arguments);
  Results results = row->lower(call);
  if (hasQuantized_) return ops::keepQuantized(call, std::move(results));
  hasQuantized_ = ops::makesQuantized(row->name);
  return results;
}

Results Interpreter::applyCustom(const ts::Schema& schema, const CustomOp& op, const std::vector<Value>& arguments) {
  Call call(*this, builder_, schema, arguments);
  Results results = lowerCustomOp(call, op);
  customDomains_[op.domain] = op.version;
  return results;
}

Results Interpreter::apply(const ts::Schema& schema, std::vector<Value> arguments) {
  noteEntries(arguments, {});
  Results results = applyPure(schema, arguments);
  connect(schema, arguments, results);
  noteElement(schema, arguments, results);
  noteEntries(arguments, results);
  return results;
}

void Interpreter::connect(const ts::Schema& schema, const std::vector<Value>& arguments, Results& results) {
  const size_t count = std::min(schema.arguments.size(), arguments.size());
  // prim::tolist(...) declares neither arguments nor results.
  if (schema.returns.empty() && !schema.isVararg) {  // a row's results are what it writes, in the order of the arguments
    size_t written = 0;
    for (size_t a = 0; a < count && written < results.size(); ++a)
      if (const auto* cell = arguments[a].as<TensorVar>(); cell && schema.arguments[a].isWrite)
        writeBack(schema, *cell, results[written++]);
    results.clear();
    return;
  }
  for (size_t r = 0; r < results.size() && r < schema.returns.size(); ++r) {
    const ts::Argument& returned = schema.returns[r];
    for (size_t a = 0; a < count; ++a) {
      const ts::Argument& argument = schema.arguments[a];
      const auto* cell = arguments[a].as<TensorVar>();
      if (!cell) continue;
      if (argument.isWrite && returned.isWrite && shares(argument.aliasSets, returned.aliasSets)) {
        writeBack(schema, *cell, results[r]);
        results[r] = arguments[a];
        break;
      }
      if (shares(argument.aliasSets, returned.aliasSets)) {
        makeView(schema, arguments, a, results[r], r, {});
        break;
      }
      if (!shares(argument.aliasSets, returned.elementAliasSets)) continue;
      if (const auto* list = results[r].as<std::shared_ptr<ListValue>>())
        for (size_t i = 0; i < (*list)->items.size(); ++i) makeView(schema, arguments, a, (*list)->items[i], r, i);
      break;
    }
  }
}

void Interpreter::writeBack(const ts::Schema& schema, const TensorVar& target, const Value& result) {
  const auto* cell = result.as<TensorVar>();
  if (!cell) throw Refusal{"the result of an in-place operator is no tensor"};
  Tensor content = read(*cell);
  const Tensor old = read(target);
  if (ir::isComplex(old.dtype()) || ir::isComplex(content.dtype())) return writeBackComplex(target, content);
  content = builder_.cast(content, old.dtype());
  const bool keepsShape = !isOutForm(schema) && !isOneOf(baseName(schema), kReshapeInPlace);
  if (keepsShape && content.dims() != old.dims() && content.rank() <= old.rank())
    content = builder_.expand(content, old.dims());
  write(target, content);
}

void Interpreter::writeBackComplex(const TensorVar& target, const Tensor& content) {
  const Tensor old = read(target);
  if (!ir::isComplex(old.dtype())) throw Refusal{"a complex result written into a real tensor"};
  const ComplexParts parts = ir::isComplex(content.dtype())
                                 ? partsOf(builder_, content)
                                 : ComplexParts{content, builder_.fullLike(content, 0)};
  const auto fitted = [&](const Tensor& part) {
    return builder_.expand(builder_.cast(part, realDType(old.dtype())), old.dims());
  };
  write(target, complexTensor(builder_, fitted(parts.real), fitted(parts.imaginary)));
}

void Interpreter::makeView(const ts::Schema& schema, const std::vector<Value>& arguments, size_t argument, Value& result,
                           size_t resultIndex, std::optional<size_t> element) {
  const auto* cell = result.as<TensorVar>();
  const TensorVar source = *arguments[argument].as<TensorVar>();
  if (!cell || *cell == source) return;
  const std::string_view name = baseName(schema);
  const bool same = (*cell)->content == read(source);
  if (isOneOf(name, kMaybeCopy)) {
    const bool reshapes = name.starts_with("reshape") || name == "flatten";
    if (!same && !reshapes) return;
    if (!source->dense && (reshapes || name == "contiguous")) return;
  }
  if (same && isOneOf(name, kItself)) {
    result = source;
    return;
  }
  if (same) {
    const auto fresh = makeCell((*cell)->content);
    const auto itself = [](const Tensor& base) { return base; };
    fresh->version = rootOf(source)->version;
    fresh->view = std::make_shared<const View>(
        View{source, itself, [](const Tensor&, const Tensor& content) { return content; }, {}});
    fresh->dense = source->dense;
    result = fresh;
    return;
  }
  std::vector<Value> rest = arguments;
  rest[argument] = Value();
  const auto derive = [this, schema, rest, argument, resultIndex, element](const Tensor& base) {
    std::vector<Value> again = rest;
    again[argument] = Value(base);
    Value value = applyPure(schema, again).at(resultIndex);
    if (!element) return read(*value.as<TensorVar>());
    const auto list = *value.as<std::shared_ptr<ListValue>>();
    return read(*list->items.at(*element).as<TensorVar>());
  };
  auto view = std::make_shared<View>();
  view->base = source;
  view->derive = derive;
  view->assign = [this, schema, rest, element, derive](const Tensor& base, const Tensor& content) {
    if (element) return assignView(ts::Schema(), {}, base, content, derive);
    return assignView(schema, rest, base, content, derive);
  };
  view->element = element;
  auto fresh = makeCell((*cell)->content);
  fresh->version = rootOf(source)->version;
  fresh->view = std::move(view);
  fresh->dense = source->dense && !element && !isOneOf(name, kStrided);
  result = fresh;
}

}  // namespace deploytool::exporter
