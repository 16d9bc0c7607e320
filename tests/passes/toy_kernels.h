// A few kernels without libtorch, to test folding: Add, Mul and Cast on constants of equal dims, Expand.
#pragma once

#include "runtime/kernels.h"

namespace deploytool::passes {

class ToyKernels : public runtime::Kernels {
 public:
  bool supports(const std::string& opType, const std::string& domain) const override {
    return domain.empty() && (opType == "Add" || opType == "Mul" || opType == "Cast" || opType == "Expand");
  }

  Result<std::optional<std::vector<ir::TensorPtr>>> run(const ir::Node& node, const std::vector<ir::TensorPtr>& inputs,
                                                        int64_t) override {
    const ir::Tensor& a = *inputs[0];
    if (node.opType == "Expand") return one(ir::Tensor::full(a.dtype(), inputs[1]->toInt64s(), a.toDoubles()[0]));
    std::vector<double> values = a.toDoubles();
    if (node.opType == "Cast") return one(make(static_cast<ir::DType>(node.intAttribute("to", 1)), a.dims(), values));
    if (inputs[1]->dims() != a.dims()) return makeError(ExitCode::BadInput, "dims differ");
    const std::vector<double> other = inputs[1]->toDoubles();
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = node.opType == "Add" ? values[i] + other[i] : values[i] * other[i];
    }
    return one(make(a.dtype(), a.dims(), values));
  }

 private:
  using Results = std::optional<std::vector<ir::TensorPtr>>;

  static Results one(ir::Tensor tensor) {
    return std::vector<ir::TensorPtr>{std::make_shared<const ir::Tensor>(std::move(tensor))};
  }
  static ir::Tensor make(ir::DType dtype, const std::vector<int64_t>& dims, const std::vector<double>& values) {
    std::vector<std::byte> bytes;
    for (const double v : values) {
      const ir::Tensor item = ir::Tensor::scalar(dtype, v);
      bytes.insert(bytes.end(), item.data(), item.data() + item.byteSize());
    }
    return ir::Tensor::copy(dtype, dims, bytes);
  }
};

}  // namespace deploytool::passes
