// Running ONNX operators on ATen: tables of kernels by family, conversion of tensors, the growth rule.
#include "torchscript/kernels/kernels.h"

#include <fmt/format.h>

#include <unordered_map>

#include "torchscript/growth.h"
#include "torchscript/kernels/kernel.h"
#include "torchscript/load.h"
#include "torchscript/values.h"

namespace deploytool::ts {

const at::Tensor& KernelCall::in(size_t i) const {
  TORCH_CHECK(has(i), "input ", i, " is missing");
  return inputs_[i];
}

std::optional<std::vector<int64_t>> KernelCall::intsInput(size_t i) const {
  if (!has(i)) return std::nullopt;
  const auto tensor = inputs_[i].to(c10::kLong).contiguous();
  return std::vector<int64_t>(tensor.data_ptr<int64_t>(), tensor.data_ptr<int64_t>() + tensor.numel());
}

std::optional<std::vector<int64_t>> KernelCall::intsAttributeOrInput(std::string_view name, size_t input) const {
  if (auto attribute = ints(name)) return attribute;
  return intsInput(input);
}

double KernelCall::number(size_t i, double otherwise) const {
  if (!has(i)) return otherwise;
  TORCH_CHECK(inputs_[i].numel() == 1, "input ", i, " is not one number");
  return inputs_[i].to(c10::kDouble).item<double>();
}

void KernelCall::willMake(double bytes) const {
  double held = 0;
  for (const auto& input : inputs_) {
    if (input.defined()) held += static_cast<double>(input.numel()) * static_cast<double>(input.itemsize());
  }
  if (bytes > held + static_cast<double>(kMaxGrowth)) decline();
}

void KernelCall::willMake(c10::IntArrayRef dims, const at::Tensor& like) const {
  double bytes = static_cast<double>(like.itemsize());
  for (int64_t dim : dims) bytes *= static_cast<double>(dim);
  willMake(bytes);
}

int64_t normalizedAxis(int64_t axis, int64_t rank) {
  const int64_t result = axis < 0 ? axis + rank : axis;
  TORCH_CHECK(result >= 0 && (result < rank || (rank == 0 && result == 0)), "axis ", axis, " of a tensor of rank ", rank);
  return result;
}

namespace {

using Outcome = Result<std::optional<std::vector<ir::TensorPtr>>>;

class AtenKernels final : public runtime::Kernels {
 public:
  AtenKernels();
  bool supports(const std::string& opType, const std::string& domain) const override {
    return (domain.empty() || domain == "ai.onnx") && rows_.count(opType) > 0;
  }
  Outcome run(const ir::Node& node, const std::vector<ir::TensorPtr>& inputs, int64_t opset) override;

 private:
  std::unordered_map<std::string_view, Kernel> rows_;
};

AtenKernels::AtenKernels() {
  for (auto family : {elementwiseKernels(), shapeKernels(), indexingKernels(), reductionKernels(), linearKernels(),
                      neuralKernels(), quantizationKernels()}) {
    for (const auto& row : family) rows_.emplace(row.opType, row.run);
  }
}

Outcome nothing() { return std::optional<std::vector<ir::TensorPtr>>(); }

Outcome toResults(ValueReader& reader, const KernelOutputs& outputs, size_t wanted) {
  std::vector<ir::TensorPtr> results;
  for (size_t i = 0; i < std::min(outputs.size(), wanted); ++i) {
    if (!outputs[i].defined()) {
      results.push_back(nullptr);
      continue;
    }
    auto value = reader.read(outputs[i]);
    const auto* tensor = value ? std::get_if<ir::TensorPtr>(&value->data) : nullptr;
    if (!tensor) return nothing();
    results.push_back(*tensor);
  }
  return results.size() < wanted ? nothing() : Outcome(std::optional(std::move(results)));
}

Outcome AtenKernels::run(const ir::Node& node, const std::vector<ir::TensorPtr>& inputs, int64_t opset) {
  const auto row = rows_.find(node.opType);
  if (row == rows_.end() || !supports(node.opType, node.domain)) return nothing();
  try {
    at::NoGradGuard noGradients;
    TypeConverter types;
    ValueReader reader(types);
    std::vector<at::Tensor> tensors;
    int64_t inputBytes = 0;
    for (const auto& input : inputs) {
      if (input && !toScalarType(input->dtype())) return nothing();
      tensors.push_back(input ? toTorchTensor(*input) : at::Tensor());
      if (!input) continue;
      inputBytes += input->byteSize();
      if (tensors.back().storage().data() == input->storage().data()) reader.know(tensors.back(), input);
    }
    const auto outputs = row->second(KernelCall(node, std::move(tensors), opset));
    auto results = toResults(reader, outputs, node.outputs().size());
    if (!results || !*results) return results;
    int64_t outputBytes = 0;
    for (const auto& tensor : **results) outputBytes += tensor ? tensor->byteSize() : 0;
    return outputBytes > inputBytes + kMaxGrowth ? nothing() : results;
  } catch (const NotRun&) {
    return nothing();
  } catch (const c10::NotImplementedError&) {
    return nothing();
  } catch (const std::exception& error) {
    // ATen's "not implemented for 'Half'" is a plain error in libtorch 1.13.
    const std::string message = exceptionText(error);
    if (message.find("not implemented for") != std::string::npos) return nothing();
    return makeError(ExitCode::BadInput, fmt::format("{}: {}", node.opType, message));
  }
}

}  // namespace

runtime::Kernels& atenKernels() {
  static AtenKernels kernels;
  return kernels;
}

}  // namespace deploytool::ts
