// Convolutions as one backend of torch calls them: what older traces, frozen graphs of GPUs and MKL-DNN modules hold in
// place of the general operators.
#include "export/ops/convolution.h"
#include "export/ops/expression.h"
#include "export/ops/families.h"
#include "export/ops/operands.h"

namespace deploytool::exporter::ops {

namespace {

std::vector<int64_t> optional(Call& c, std::string_view name) {
  return c.has(name) ? c.integers(name) : std::vector<int64_t>{};
}

Tensor convolved(Call& c, bool transposed) {
  const Geometry g{optional(c, "stride"), optional(c, "padding"), optional(c, "dilation"),
                   optional(c, "output_padding"), transposed, c.has("groups") ? c.dim("groups") : Dim(1)};
  return convolve(c.b, c.tensor(c.has("self") ? "self" : "input"), c.tensor("weight"), c.optTensor("bias"), g);
}

// aten::thnn_conv2d, slow_conv3d, mkldnn_convolution, cudnn_convolution, …
template <bool Transposed>
Results convolution(Call& c) { return {convolved(c, Transposed)}; }

// aten::_conv_depthwise2d, conv_depthwise3d: a group for each channel
Results depthwise(Call& c) {
  const Tensor x = c.tensor("self");
  const Geometry g{optional(c, "stride"), optional(c, "padding"), optional(c, "dilation"), {}, false, x.dim(1)};
  return {convolve(c.b, x, c.tensor("weight"), c.optTensor("bias"), g)};
}

// aten::cudnn_convolution_relu
Results convolutionRelu(Call& c) { return {c.b.unary("Relu", convolved(c, false))}; }

// aten::cudnn_convolution_add_relu: relu(convolution + alpha · z)
Results convolutionAddRelu(Call& c) {
  const Tensor y = convolved(c, false), z = c.tensor("z");
  const double alpha = c.has("alpha") ? c.number("alpha") : 1;
  return {c.b.unary("Relu", c.b.add(y, alpha == 1 ? z : c.b.mulScalar(z, alpha)))};
}

}  // namespace

std::vector<Row> backend_forms() {
  std::vector<Row> rows = {
      {"aten::thnn_conv2d(self, weight, bias, stride, padding)", convolution<false>},
      {"aten::slow_conv3d(self, weight, bias, stride, padding)", convolution<false>},
      {"aten::_slow_conv2d_forward(self, weight, bias, stride, padding)", convolution<false>},
      {"aten::slow_conv3d_forward(self, weight, bias, stride, padding)", convolution<false>},
      {"aten::_conv_depthwise2d(self, weight, bias, stride, padding, dilation)", depthwise},
      {"aten::conv_depthwise3d(self, weight, bias, stride, padding, dilation)", depthwise},
      {"aten::slow_conv_dilated2d(self, weight, bias, stride, padding, dilation)", convolution<false>},
      {"aten::slow_conv_dilated3d(self, weight, bias, stride, padding, dilation)", convolution<false>},
      {"aten::slow_conv_transpose2d(self, weight, bias, stride, padding, output_padding, dilation)", convolution<true>},
      {"aten::slow_conv_transpose3d(self, weight, bias, stride, padding, output_padding, dilation)", convolution<true>},
      {"aten::_nnpack_spatial_convolution(input, weight, bias, padding, stride)", convolution<false>},
      {"aten::mkldnn_convolution(self, weight, bias, padding, stride, dilation, groups)", convolution<false>},
      {"aten::mkldnn_reorder_conv2d_weight(self)", pass()},
      {"aten::mkldnn_reorder_conv3d_weight(self)", pass()},
      {"aten::to_mkldnn(self)", pass()},
  };
  for (const char* backend : {"aten::cudnn_convolution", "aten::miopen_convolution"}) {
    const std::string name = backend, weights = name == "aten::cudnn_convolution" ? "weight" : "weight, bias";
    rows.emplace_back((name + "(self, " + weights + ", padding, stride, dilation, groups)").c_str(), convolution<false>);
    rows.emplace_back((name + "_transpose(self, " + weights + ", padding, output_padding, stride, dilation, groups)").c_str(),
                      convolution<true>);
    rows.emplace_back((name + "_relu(self, weight, bias, stride, padding, dilation, groups)").c_str(), convolutionRelu);
    rows.emplace_back((name + "_add_relu(self, weight, z, alpha, bias, stride, padding, dilation, groups)").c_str(),
                      convolutionAddRelu);
  }
  return rows;
}

}  // namespace deploytool::exporter::ops
