// Tensors and values of the partial evaluator.
#include "export/value.h"

#include "export/cell.h"

namespace deploytool::exporter {

namespace {

constexpr int64_t kMaxElements = 64;

std::optional<Dims> constantElements(const ir::Tensor& tensor) {
  if (!ir::isIntegral(tensor.dtype()) || tensor.rank() > 1 || tensor.numel() > kMaxElements) return {};
  return ir::toDims(tensor.toInt64s());
}

}  // namespace

Tensor::Tensor(ir::TensorPtr constant)
    : constant_(std::move(constant)), constantDims_(std::make_shared<const Dims>(ir::toDims(constant_->dims()))) {}

std::optional<Dims> Tensor::elements() const { return constant_ ? constantElements(*constant_) : value_->elements; }

Value::Value(Tensor tensor) : data(makeCell(std::move(tensor))) {}

Value::Value(std::vector<Tensor> tensors) {
  auto list = std::make_shared<ListValue>();
  static const auto kTensorType = [] {
    auto type = std::make_shared<ts::Type>();
    type->kind = ts::Type::Kind::Tensor;
    return type;
  }();
  list->elementType = kTensorType;
  for (Tensor& tensor : tensors) list->items.emplace_back(std::move(tensor));
  data = std::move(list);
}

}  // namespace deploytool::exporter
