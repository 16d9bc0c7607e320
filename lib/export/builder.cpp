// Builder: nodes, constants, and integers as expressions.
#include "export/builder.h"

#include <algorithm>
#include <cassert>

#include "export/complex.h"
#include "export/contradiction.h"
#include "export/kernel_types.h"
#include "ir/infer.h"

namespace deploytool::exporter {

namespace {
constexpr int64_t kSmallConstantBytes = 256;
}

Builder::Builder(ir::Graph& main, int64_t opset, ir::SymbolSource& symbols)
    : main_(main), graph_(&main), opset_(opset), symbols_(symbols) {}

// ---- nodes --------------------------------------------------------------------------------------------------------

Tensor Builder::op(const std::string& opType, const Tensors& inputs, ir::Attributes attributes, const std::string& domain) {
  return ops(opType, inputs, 1, std::move(attributes), domain).front();
}

Tensors Builder::ops(const std::string& opType, const Tensors& inputs, size_t outputs, ir::Attributes attributes,
                     const std::string& domain) {
  const auto typed = [](const KernelTypes& k, size_t i) {
    return k.inputs.empty() || std::find(k.inputs.begin(), k.inputs.end(), i) != k.inputs.end();
  };
  const auto row = domain.empty() ? kernelTypes(opType, DType::Undefined) : std::nullopt;
  size_t first = 0;  // the input that decides the type
  while (row && first < inputs.size() && !(inputs[first] && typed(*row, first))) ++first;
  if (!row || first >= inputs.size()) return emit(opType, inputs, outputs, std::move(attributes), domain);
  const DType dtype = inputs[first].dtype();
  const auto narrow = kernelTypes(opType, dtype);
  if (!narrow) return emit(opType, inputs, outputs, std::move(attributes), domain);
  Tensors casted = inputs;
  for (size_t i = 0; i < casted.size(); ++i)
    if (casted[i] && typed(*narrow, i)) casted[i] = cast(casted[i], narrow->runAs);
  Tensors results = emit(opType, casted, outputs, std::move(attributes), domain);
  for (size_t i : narrow->outputs)
    if (i < results.size()) results[i] = cast(results[i], dtype);
  return results;
}

Tensors Builder::emit(const std::string& opType, const Tensors& inputs, size_t outputs, ir::Attributes attributes,
                      const std::string& domain) {
  std::vector<ir::Value*> values;
  values.reserve(inputs.size());
  for (const Tensor& input : inputs) values.push_back(input ? use(input) : nullptr);
  while (!values.empty() && values.back() == nullptr) values.pop_back();
  ir::Node* node = graph_->addNode(opType, values, outputs, std::move(attributes), nullptr, domain);
  const std::string stem = scope_.empty() ? opType : scope_ + "/" + opType;
  const int number = nodeNames_[stem]++;
  node->name = number == 0 ? stem : stem + "_" + std::to_string(number);
  ++emitted_;
  if (auto why = contradiction(*node)) throw Contradiction{std::move(*why)};
  ir::infer(*node, symbols_, opset_);
  Tensors results;
  results.reserve(outputs);
  for (ir::Value* output : node->outputs()) {
    if (output->type.isTensor() && !output->type.dims)
      throw Refusal{"the rank of the result of ONNX " + opType + " is not known"};
    bindDims(output);
    bindElements(output);
    results.emplace_back(output);
  }
  return results;
}

ir::Value* Builder::use(const Tensor& tensor) {
  if (!tensor.isConstant()) return tensor.value();
  const ir::TensorPtr& constant = tensor.constant();
  if (constant->name.empty() && constant->byteSize() <= kSmallConstantBytes && constant->dtype() != DType::String) {
    std::string key(1, static_cast<char>(constant->dtype()));
    for (int64_t d : constant->dims()) key += std::to_string(d) + ",";
    const size_t at = key.size();
    key.resize(at + static_cast<size_t>(constant->byteSize()));
    constant->gather(reinterpret_cast<std::byte*>(key.data() + at));
    ir::Value*& value = smallConstants_[key];
    if (!value) value = main_.addInitializer({}, constant);
    return value;
  }
  auto& entry = largeConstants_[constant.get()];
  if (!entry.second) entry = {constant, main_.addInitializer(initializerName(constant->name), constant)};
  return entry.second;
}

std::string Builder::initializerName(const std::string& wanted) {
  if (wanted.empty()) return {};
  const int seen = initializerNames_[wanted]++;
  return seen == 0 ? wanted : initializerName(wanted + "." + std::to_string(seen));
}

// ---- constants ----------------------------------------------------------------------------------------------------

Tensor Builder::int64s(const std::vector<int64_t>& values) {
  return std::make_shared<const ir::Tensor>(ir::Tensor::int64s(values));
}

Tensor Builder::int64(int64_t value) { return std::make_shared<const ir::Tensor>(ir::Tensor::int64(value)); }

Tensor Builder::scalar(DType dtype, double value) {
  if (ir::isComplex(dtype)) return full(dtype, {}, value);
  return std::make_shared<const ir::Tensor>(ir::Tensor::scalar(dtype, value));
}

Tensor Builder::full(DType dtype, const Dims& dims, double value) {
  if (ir::isComplex(dtype)) {
    const DType real = realDType(dtype);
    return complexTensor(*this, full(real, dims, value), full(real, dims, 0));
  }
  if (auto fixed = ir::literals(dims); fixed && ir::product(dims).literal() * int64_t(ir::itemSize(dtype)) <= 4096) {
    return std::make_shared<const ir::Tensor>(ir::Tensor::full(dtype, *fixed, value).contiguous());
  }
  if (dtype == DType::BFloat16) return cast(full(DType::Float32, dims, value), dtype);  // ConstantOfShape does not make it
  auto one = std::make_shared<const ir::Tensor>(ir::Tensor::full(dtype, {1}, value).contiguous());
  Tensor result = op("ConstantOfShape", {shape(dims)}, {{"value", ir::TensorPtr(one)}});
  result.value()->type.dims = dims;
  return result;
}

// ---- integers as expressions --------------------------------------------------------------------------------------

ir::Value* Builder::cachedDim(const std::string& key) const {
  for (const ir::Graph* graph = graph_; graph; graph = graph->parent()) {
    auto it = dimValues_.find({graph, key});
    if (it != dimValues_.end()) return it->second;
  }
  return nullptr;
}

ir::Value* Builder::remember(const std::string& key, ir::Value* value) {
  if (dimValues_.emplace(DimKey{graph_, key}, value).second) dimOrder_.push_back({graph_, key});
  return value;
}

Tensor Builder::shapeOf(ir::Value* value) {
  const std::string key = "shape " + std::to_string(reinterpret_cast<uintptr_t>(value));
  if (ir::Value* known = cachedDim(key)) return known;
  return remember(key, op("Shape", {value}).value());
}

Tensor Builder::emitSymbol(const std::string& name) {
  auto it = bindings_.find(name);
  if (it == bindings_.end()) throw Refusal{"the size " + name + " is not computed by the graph"};
  const SymbolBinding& binding = it->second;
  if (binding.axis < 0 && binding.element >= 0) {
    Tensor item = cast(op("Gather", {binding.value, int64(binding.element)}, {{"axis", 0}}), DType::Int64);
    item.value()->elements = Dims{Dim::symbol(name)};
    return item;
  }
  if (binding.axis < 0) return binding.value;
  Tensor size = op("Gather", {shapeOf(binding.value), int64(binding.axis)}, {{"axis", 0}});
  size.value()->elements = Dims{Dim::symbol(name)};
  return size;
}

Tensor Builder::emitAtom(const ir::DimAtom& atom) {
  using Kind = ir::DimAtom::Kind;
  if (atom.kind == Kind::Symbol) return emitSymbol(atom.name);
  Tensor result = dim(atom.operands.at(0));
  for (size_t i = 1; i < atom.operands.size(); ++i) {
    const Tensor other = dim(atom.operands[i]);
    switch (atom.kind) {
      case Kind::Min: result = op("Min", {result, other}); break;
      case Kind::Max: result = op("Max", {result, other}); break;
      case Kind::Mod: result = op("Mod", {result, other}); break;
      default:  // ONNX's Div truncates
        if (!atom.operands[0].isNonNegative() || !atom.operands[i].isPositive())
          result = op("Sub", {result, op("Mod", {result, other})});
        result = op("Div", {result, other});
    }
  }
  return result;
}

Tensor Builder::emitTerm(const ir::DimTerm& term) {
  Tensor result;
  for (const auto& atom : term.atoms) {
    const Tensor factor = emitAtom(*atom);
    result = result ? op("Mul", {result, factor}) : factor;
  }
  if (!result) return int64(term.coefficient);
  return term.coefficient == 1 ? result : op("Mul", {result, int64(term.coefficient)});
}

Tensor Builder::dim(const Dim& value) {
  if (auto literal = value.asLiteral()) return int64(*literal);
  const std::string key = value.text();
  if (ir::Value* known = cachedDim(key)) return known;
  Tensor sum;
  // The constant term comes first in canonical order; subtracting reads better than adding a negative product.
  for (const ir::DimTerm& term : value.terms()) {
    if (!sum || term.coefficient > 0 || term.atoms.empty()) {
      const Tensor next = emitTerm(term);
      sum = sum ? op("Add", {sum, next}) : next;
    } else {
      ir::DimTerm positive = term;
      positive.coefficient = -term.coefficient;
      sum = op("Sub", {sum, emitTerm(positive)});
    }
  }
  sum.value()->elements = Dims{value};
  sum.value()->type = ir::Type::tensor(DType::Int64, Dims{});
  return remember(key, sum.value());
}

Tensor Builder::shape(const Dims& dims) {
  if (auto fixed = ir::literals(dims)) return int64s(*fixed);
  const std::string key = ir::text(dims);
  if (ir::Value* known = cachedDim(key)) return known;
  Tensors parts;
  std::vector<int64_t> run;
  const auto flush = [&] {
    if (!run.empty()) parts.push_back(int64s(run));
    run.clear();
  };
  for (const Dim& d : dims) {
    if (auto literal = d.asLiteral()) {
      run.push_back(*literal);
    } else {
      flush();
      parts.push_back(unsqueeze(dim(d), {0}));
    }
  }
  flush();
  Tensor result = parts.size() == 1 ? parts[0] : op("Concat", parts, {{"axis", 0}});
  result.value()->elements = dims;
  return remember(key, result.value());
}

namespace {

/// An expression beyond int64 has no meaning but in the value that holds it.
bool isComputable(const Dim& dim) {
  const auto symbols = dim.symbols();
  return std::none_of(symbols.begin(), symbols.end(), [](const std::string& s) { return s.starts_with("?overflow_"); });
}

}  // namespace

Dim Builder::toDim(const Tensor& rank0) {
  const auto known = [&](const Tensor& x) -> std::optional<Dim> {
    const auto elements = x.elements();
    if (!elements || elements->size() != 1 || !isComputable(elements->front())) return {};
    const Dim& number = elements->front();
    for (const std::string& symbol : number.symbols()) {
      if (bindings_.count(symbol)) continue;
      // A walk that was taken back took the symbol with it, but not what it noted on a value from before.
      if (number.asSymbol() != symbol || x.isConstant() || x.rank() != 0) return {};
      bind(symbol, {x.value(), -1});
    }
    return number;
  };
  if (const auto number = known(rank0)) return *number;
  if (rank0.isConstant()) return rank0.constant()->toInt64s().at(0);
  Tensor number = cast(rank0, DType::Int64);
  if (number.rank() != 0) number = reshape(number, {});
  if (const auto again = known(number)) return *again;
  const Dim symbol = symbols_.fresh(false);
  bind(*symbol.asSymbol(), {number.value(), -1});
  number.value()->elements = Dims{symbol};
  // The same integer asked for again is the same symbol.
  if (rank0.rank() <= 1 && ir::isIntegral(rank0.dtype())) rank0.value()->elements = Dims{symbol};
  return symbol;
}

void Builder::bind(const std::string& symbol, SymbolBinding binding) {
  if (bindings_.emplace(symbol, binding).second) bindingOrder_.push_back(symbol);
}

void Builder::bindDims(ir::Value* value) {
  if (!value->hasRank()) return;
  for (size_t i = 0; i < value->dims().size(); ++i)
    if (auto symbol = value->dims()[i].asSymbol()) bind(*symbol, {value, static_cast<int64_t>(i)});
}

void Builder::bindElements(ir::Value* value) {
  if (!value->elements || !value->hasRank() || value->dims().size() > 1) return;
  const bool isList = !value->dims().empty();
  if (!isList && value->dtype() != DType::Int64) return;
  for (size_t i = 0; i < value->elements->size(); ++i)
    if (auto symbol = (*value->elements)[i].asSymbol(); symbol && ir::isFreshSymbol(*symbol))
      bind(*symbol, {value, -1, isList ? static_cast<int64_t>(i) : -1});
}

bool Builder::isVisible(const Dim& dim) const {
  for (const std::string& symbol : dim.symbols()) {
    auto it = bindings_.find(symbol);
    if (it == bindings_.end() || !graph_->isInside(it->second.value->graph())) return false;
  }
  return true;
}

// ---- going back ---------------------------------------------------------------------------------------------------

Builder::Mark Builder::mark() const {
  return {graph_, graph_->nodes().empty() ? nullptr : graph_->nodes().back().get(), emitted_, bindingOrder_.size(),
          dimOrder_.size()};
}

void Builder::forgetSince(const Mark& mark) {
  emitted_ = mark.emitted;
  for (; bindingOrder_.size() > mark.bindings; bindingOrder_.pop_back()) bindings_.erase(bindingOrder_.back());
  for (; dimOrder_.size() > mark.dims; dimOrder_.pop_back()) dimValues_.erase(dimOrder_.back());
}

void Builder::rollback(const Mark& mark) {
  forgetSince(mark);
  mark.graph->truncate(mark.last);
}

}  // namespace deploytool::exporter
