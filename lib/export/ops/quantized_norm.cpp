// Normalisation of quantized tensors, as ONNX's QDQ form.
#include "export/ops/families.h"
#include "export/ops/normalization.h"
#include "export/ops/quantized_values.h"

namespace deploytool::exporter::ops {

namespace {

// quantized::batch_norm, batch_norm1d, 2d, 3d and with relu; group_norm, instance_norm, layer_norm
Tensor batchNorm(Call& c) { return batchNormalised(c, realTensor(c, c.has("qx") ? "qx" : "input"), "mean", "var"); }
Tensor groupNorm(Call& c) { return groupNormalised(c, realTensor(c, "input")); }
Tensor instanceNorm(Call& c) { return instanceNormalised(c, realTensor(c, "input")); }
Tensor layerNorm(Call& c) { return layerNormalised(c, realTensor(c, "input")); }

}  // namespace

std::vector<Row> quantized_norm() {
  std::vector<Row> rows = {
      {"quantized::group_norm(input, num_groups, weight, bias, eps, output_scale, output_zero_point)", roundedAfter(groupNorm)},
      {"quantized::instance_norm(input, weight, bias, eps, output_scale, output_zero_point)", roundedAfter(instanceNorm)},
      {"quantized::layer_norm(input, normalized_shape, weight, bias, eps, output_scale, output_zero_point)",
       roundedAfter(layerNorm)},
  };
  rows.emplace_back("aten::quantized_batch_norm(input, weight, bias, mean, var, eps, output_scale, output_zero_point)",
                    roundedAfter(batchNorm));
  constexpr const char* kArguments = "(qx, weight, bias, mean, var, eps, output_scale, output_zero_point)";
  for (const std::string name : {"batch_norm", "batch_norm1d", "batch_norm2d", "batch_norm3d"}) {
    rows.emplace_back(("quantized::" + name + kArguments).c_str(), roundedAfter(batchNorm));
    rows.emplace_back(("quantized::" + name + "_relu" + kArguments).c_str(), roundedAfterRelu(batchNorm));
  }
  return rows;
}

}  // namespace deploytool::exporter::ops
