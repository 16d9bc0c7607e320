// See wide_compute.h. Operators that become one ONNX operator need no row here: that one runs on float32 between casts.
#include "export/ops/wide_compute.h"

#include <algorithm>
#include <array>

namespace deploytool::exporter::ops {

bool roundsOnce(std::string_view row) {
  static constexpr std::array kNames{
      "_native_batch_norm_legit_no_training", "_safe_softmax", "_softmax", "addcdiv", "addcmul", "baddbmm",
      "batch_norm", "bilinear", "celu", "cosh", "elu", "erfinv", "expm1", "gelu", "glu", "group_norm", "hardsigmoid",
      "hardswish", "instance_norm", "layer_norm", "lerp", "linear", "log10", "log1p", "log2", "log_sigmoid",
      "logaddexp", "logaddexp2", "logit", "mish", "mkldnn_linear", "mse_loss", "native_batch_norm",
      "native_group_norm", "native_layer_norm", "rms_norm", "rsqrt", "scaled_dot_product_attention", "selu", "silu",
      "sinc", "sinh", "smooth_l1_loss", "softmax", "softplus", "std", "std_mean", "tanhshrink", "upsample_bicubic2d",
      "upsample_bilinear2d", "upsample_linear1d", "upsample_trilinear3d", "var", "var_mean", "xlogy"};
  if (!row.starts_with("aten::")) return false;
  row.remove_prefix(6);
  const std::string_view name = row.substr(0, row.find('.'));
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace deploytool::exporter::ops
