// The registry of inference rows, and what a row sees of its node.
#include "ir/infer.h"

#include <unordered_map>

#include "ir/infer/families.h"

namespace deploytool::ir {
namespace {

using RowMap = std::unordered_map<std::string_view, InferFunction>;

/// Rows by domain; the few domains are searched in order, ai.onnx first.
struct Registry {
  std::vector<std::pair<std::string_view, RowMap>> domains{{"", {}}};

  RowMap& rows(std::string_view domain) {
    for (auto& [name, rows] : domains)
      if (name == domain) return rows;
    return domains.emplace_back(domain, RowMap()).second;
  }
  void add(std::span<const InferRow> family) {
    for (const InferRow& row : family) rows(row.domain).emplace(row.opType, row.infer);
  }
};

Registry makeRegistry() {
  using namespace inference;
  Registry registry;
  for (auto family :
       {elementwiseRows(), shapeRows(), indexingRows(), selectionRows(), linearRows(), convolutionRows(), poolingRows(),
        imageRows(), reductionRows(), creationRows(), normalizationRows(), recurrentRows(), quantizationRows(),
        microsoftRows(), controlRows(), sequenceRows(), signalRows(), lossRows(), textRows()})
    registry.add(family);
  return registry;
}

bool carriesElements(DType dtype) { return dtype == DType::Int64 || dtype == DType::Int32 || dtype == DType::Bool; }

bool isSmall(const Tensor& tensor) {
  return tensor.rank() <= 1 && tensor.numel() <= static_cast<int64_t>(InferContext::kMaxElements);
}

}  // namespace

InferFunction inferFunction(std::string_view opType, std::string_view domain) {
  static const Registry registry = makeRegistry();
  if (domain == "ai.onnx") domain = {};
  for (const auto& [name, rows] : registry.domains) {
    if (name != domain) continue;
    auto row = rows.find(opType);
    return row == rows.end() ? nullptr : row->second;
  }
  return nullptr;
}

bool infer(Node& node, SymbolSource& symbols, int64_t opset) {
  const InferFunction row = inferFunction(node.opType, node.domain);
  if (!row) return false;
  for (Value* output : node.outputs()) {
    if (!output) continue;
    output->type = Type();
    output->elements.reset();
  }
  InferContext context{node, symbols, opset};
  row(context);
  return true;
}

DType InferContext::dtype(size_t input) const {
  const Value* value = node.input(input);
  return value && value->type.isTensor() ? value->type.dtype : DType::Undefined;
}

const Dims* InferContext::dims(size_t input) const {
  const Value* value = node.input(input);
  return value && value->hasRank() ? &value->dims() : nullptr;
}

std::optional<Dims> InferContext::elements(size_t input) const {
  const Value* value = node.input(input);
  if (!value) return {};
  if (value->elements) return value->elements;
  if (!value->constant || !carriesElements(value->constant->dtype()) || !isSmall(*value->constant)) return {};
  return toDims(value->constant->toInt64s());
}

std::optional<std::vector<int64_t>> InferContext::integers(size_t input) const {
  const Value* value = node.input(input);
  if (!value) return {};
  if (value->constant && carriesElements(value->constant->dtype()) && isSmall(*value->constant))
    return value->constant->toInt64s();
  return value->elements ? literals(*value->elements) : std::nullopt;
}

std::optional<Dim> InferContext::element(size_t input) const {
  auto all = elements(input);
  if (!all || all->size() != 1) return {};
  return all->front();
}

std::optional<std::vector<double>> InferContext::numbers(size_t input) const {
  const Value* value = node.input(input);
  if (!value) return {};
  TensorPtr constant = value->constant;
  if (!constant && value->producer() && value->producer()->opType == "Constant")
    if (const Attribute* attribute = value->producer()->attribute("value"))
      if (auto* tensor = std::get_if<TensorPtr>(&attribute->value)) constant = *tensor;
  if (constant) {
    if (!isSmall(*constant) || itemSize(constant->dtype()) == 0 || isComplex(constant->dtype())) return {};
    return constant->toDoubles();
  }
  auto whole = integers(input);
  if (!whole) return {};
  return std::vector<double>(whole->begin(), whole->end());
}

std::optional<int64_t> InferContext::length(size_t input) const {
  const Dims* shape = dims(input);
  if (!shape || shape->size() != 1) return {};
  return shape->front().asLiteral();
}

void InferContext::set(size_t output, DType dtype, std::optional<Dims> dims) {
  if (!wants(output)) return;
  Type& type = node.outputs()[output]->type;
  type.kind = Type::Kind::Tensor;
  type.dtype = dtype;
  type.dims = std::move(dims);
}

void InferContext::setType(size_t output, Type type) {
  if (wants(output)) node.outputs()[output]->type = std::move(type);
}

void InferContext::setElements(size_t output, std::optional<Dims> elements) {
  if (!elements || !wants(output) || elements->size() > kMaxElements) return;
  Value& value = *node.outputs()[output];
  if (!value.hasRank() || value.dims().size() > 1 || !carriesElements(value.dtype())) return;
  const Dim count = value.dims().empty() ? Dim(1) : value.dims().front();
  if (count.asLiteral() == static_cast<int64_t>(elements->size())) value.elements = std::move(elements);
}

Dims InferContext::fresh(size_t rank) {
  Dims dims;
  dims.reserve(rank);
  for (size_t i = 0; i < rank; ++i) dims.push_back(symbols.fresh());
  return dims;
}

}  // namespace deploytool::ir
