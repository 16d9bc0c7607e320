// What a reference kernel gets and gives. Rows are in tables by family; kernels.cpp lists the families.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "torchscript/torch_headers.h"

namespace deploytool::ts {

/// One call of an ONNX operator: its attributes and its inputs as torch tensors.
class KernelCall {
 public:
  KernelCall(const ir::Node& node, std::vector<at::Tensor> inputs, int64_t opset)
      : node_(node), inputs_(std::move(inputs)), opset_(opset) {}

  const std::string& opType() const { return node_.opType; }
  int64_t opset() const { return opset_; }
  size_t count() const { return inputs_.size(); }
  bool has(size_t i) const { return i < inputs_.size() && inputs_[i].defined(); }
  /// Throws where the input is missing.
  const at::Tensor& in(size_t i) const;
  const std::vector<at::Tensor>& inputs() const { return inputs_; }
  size_t outputCount() const { return node_.outputs().size(); }
  bool wants(size_t output) const { return output < node_.outputs().size() && node_.outputs()[output] != nullptr; }

  int64_t i(std::string_view name, int64_t otherwise) const { return node_.intAttribute(name, otherwise); }
  double f(std::string_view name, float otherwise) const { return node_.floatAttribute(name, otherwise); }
  std::string s(std::string_view name, std::string otherwise = {}) const {
    return node_.stringAttribute(name, std::move(otherwise));
  }
  std::optional<std::vector<int64_t>> ints(std::string_view name) const { return node_.intsAttribute(name); }
  const ir::Attribute* attribute(std::string_view name) const { return node_.attribute(name); }
  /// Integers of a rank-1 (or rank-0) input; nothing where it is left out.
  std::optional<std::vector<int64_t>> intsInput(size_t i) const;
  /// From the attribute, or from the input that replaced it in later opsets.
  std::optional<std::vector<int64_t>> intsAttributeOrInput(std::string_view name, size_t input) const;
  double number(size_t i, double otherwise) const;
  /// Refuses a result of so many bytes where it is more than 1 MiB larger than the inputs (throws TooLarge).
  void willMake(double bytes) const;
  /// willMake() for a shape.
  void willMake(c10::IntArrayRef dims, const at::Tensor& like) const;

 private:
  const ir::Node& node_;
  std::vector<at::Tensor> inputs_;
  int64_t opset_;
};

/// Thrown by a kernel that does not take this call: nothing is folded, nothing is wrong.
struct NotRun {};
[[noreturn]] inline void decline() { throw NotRun(); }

using KernelOutputs = std::vector<at::Tensor>;
using Kernel = KernelOutputs (*)(const KernelCall&);

struct KernelRow {
  const char* opType;
  Kernel run;
};

std::span<const KernelRow> elementwiseKernels();
std::span<const KernelRow> shapeKernels();
std::span<const KernelRow> indexingKernels();
std::span<const KernelRow> reductionKernels();
std::span<const KernelRow> linearKernels();
std::span<const KernelRow> neuralKernels();
std::span<const KernelRow> quantizationKernels();

int64_t normalizedAxis(int64_t axis, int64_t rank);

}  // namespace deploytool::ts
