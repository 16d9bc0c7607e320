// Quantized tensors. One that a run computes is held in the graph as the real numbers it stands for, behind
// QuantizeLinear and DequantizeLinear (QDQ); constants and packed parameters keep their integers.
#pragma once

#include <memory>
#include <string_view>

#include "export/table.h"

namespace deploytool::exporter::ops {

/// Integers with their scale and zero point (rank 0, or rank 1 along `axis`).
struct QuantizedWeight {
  Tensor integers, scale, zeroPoint;
  int64_t axis = -1;       ///< -1: per tensor
  bool symmetric = false;  ///< all zero points are 0
};

/// The packed parameters given as an argument or held in a list.
const ts::Packed& packedOf(Call& c, const Value& value);
/// `quantized.LinearPackedParamsBase`: the weight, or the plain tensor that a float16 one holds; the bias.
struct PackedLinear {
  std::shared_ptr<ts::QuantizedTensor> quantized;
  ir::TensorPtr plain;
  ir::TensorPtr bias;
};
PackedLinear linearParts(Call& c, const ts::Packed& packed);

QuantizedWeight parts(Call& c, const ts::QuantizedTensor& tensor);
Tensor dequantized(Call& c, const QuantizedWeight& weight);
Tensor dequantized(Call& c, const ts::QuantizedTensor& tensor);
/// The real numbers of an argument that is a quantized tensor, constant or computed.
Tensor realTensor(Call& c, std::string_view name);
Tensors realTensors(Call& c, std::string_view name);
/// Rounds to the integers of `dtype` and back.
Tensor requantized(Call& c, const Tensor& real, double scale, int64_t zeroPoint, DType dtype);
/// Whether an argument is a tensor of libtorch's quantized kind.
bool isQuantized(Call& c, std::string_view name);
/// What the values of libtorch's quantized kind were rounded by, where known while exporting.
struct Rounding {
  double scale = 1;
  int64_t zeroPoint = 0;
  DType dtype = DType::UInt8;
  double lowest() const { return dtype == DType::UInt8 ? 0 : -128; }
  double highest() const { return lowest() + 255; }
};
/// Of a tensor, or of the first one in a list; refuses where it is not known.
Rounding roundingOf(Call& c, std::string_view name);
/// The DequantizeLinear that rounded a tensor of libtorch's quantized kind, with one scale or one per channel; null for
/// real numbers and constants.
const ir::Node* roundingNode(Call& c, const Value& value);
Tensor requantized(Call& c, const Tensor& real, const Rounding& rounding);

/// The names that a schema gives scale and zero point of its result.
struct OutputNames {
  std::string_view scale = "output_scale", zeroPoint = "output_zero_point";
};
constexpr OutputNames kPlainNames{"scale", "zero_point"};
/// A result of libtorch's quantized kernels: rounded to quint8 by the scale and zero point that the call gives.
Tensor quantizedResult(Call& c, const Tensor& real, OutputNames names = {});
/// A static number given as such or as a tensor of one element.
double staticNumber(Call& c, std::string_view name);
/// A lowering of real numbers whose result is rounded by `output_scale` and `output_zero_point`.
Lowering roundedAfter(Tensor (*real)(Call&), OutputNames names = {});
/// The same after a ReLU.
Lowering roundedAfterRelu(Tensor (*real)(Call&), OutputNames names = {});

/// Whether a row gives tensors of libtorch's quantized kind (or may): only after one is keepQuantized of use.
bool makesQuantized(std::string_view row);
/// Operators of aten on a quantized tensor give a quantized one, with the same scale and zero point but for those with a
/// fixed range: rounds what a lowering made of one.
Results keepQuantized(Call& c, Results results);
/// x Wᵀ + b with 8-bit activations whose scale is found at run time, as libtorch's dynamic operators compute it.
Tensor dynamicLinear(Call& c, const Tensor& x, const ts::Packed& packed);

}  // namespace deploytool::exporter::ops
