// Operators as one backend calls them. libtorch has kernels for GPUs on no CPU: the general operator stands for them.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const std::vector<std::string> kImage{"x:f32[n=2,4,h=7,8]", "w:f32[6,4,3,3]", "b:f32[6]"};
const std::vector<std::string> kGroups{"x:f32[n=2,4,h=7,8]", "w:f32[6,2,3,3]", "b:f32[6]", "z:f32[n=2,6,h=7,8]"};
const std::vector<std::string> kVolume{"x:f32[n=2,2,d=5,6,7]", "w:f32[3,2,3,3,3]", "b:f32[3]"};

Case onGpu(const std::string& code, std::vector<std::string> inputs, const std::string& reference) {
  Case result{code, std::move(inputs), {.smallest = 3}};
  result.options.reference = reference;
  return result;
}

std::vector<Case> all() {
  std::vector<Case> cases = {
      {"torch.thnn_conv2d(x, w, [3, 3], b, [2, 1], [1, 0])", kImage, {.smallest = 3}},
      {"torch.slow_conv3d(x, w, [3, 3, 3], b, [1, 2, 1], [1, 0, 1])", kVolume, {.smallest = 3}},
      {"torch.slow_conv_dilated2d(x, w, [3, 3], b, 1, 2, 2)", kImage, {.smallest = 3}},
      {"torch.slow_conv_dilated3d(x, w, [3, 3, 3], b, 1, 2, 2)", kVolume, {.smallest = 3}},
      {"torch.slow_conv_transpose2d(x, w, [3, 3], b, 2, 1, 1)", {"x:f32[n=2,4,h=7,8]", "w:f32[4,5,3,3]", "b:f32[5]"}},
      {"torch.slow_conv_transpose3d(x, w, [3, 3, 3], None, 2, 1, 1)", {"x:f32[n=2,2,d=5,6,7]", "w:f32[2,3,3,3,3]"}},
      {"torch.mkldnn_linear(x.to_mkldnn(), w.to_mkldnn(), b.to_mkldnn()).to_dense()", {"x:f32[n=2,4]", "w:f32[3,4]", "b:f32[3]"}},
      {"torch.mkldnn_reorder_conv2d_weight(w.to_mkldnn(), [1, 1], [1, 1], [1, 1], 1).to_dense()", {"w:f32[3,4,3,3]"}},
      {"torch.mkldnn_reorder_conv3d_weight(w.to_mkldnn(), [1, 1, 1], [1, 1, 1], [1, 1, 1], 1).to_dense()", {"w:f32[3,4,3,3,3]"}},
      {"torch._nnpack_spatial_convolution(x, w, b, [1, 1], [1, 1])", kImage, {.smallest = 3, .reference = "torch.conv2d(x, w, b, 1, 1)"}},
      {"torch.mkldnn_convolution(x, w, b, [1, 1], [2, 1], [1, 1], 2)", kGroups, {.smallest = 3}},
  };
  for (const std::string backend : {"cudnn", "miopen"}) {
    const std::string call = "torch." + backend + "_convolution", flags = backend == "cudnn" ? ", False, False, False" : ", False, False";
    const std::string plain = "torch.conv2d(x, w, None, 1, 1, 1, 2)";
    cases.push_back(onGpu(call + "_relu(x, w, b, [1, 1], [1, 1], [1, 1], 2)", kGroups, "torch.relu(torch.conv2d(x, w, b, 1, 1, 1, 2))"));
    cases.push_back(onGpu(call + "_add_relu(x, w, z, 0.5, b, [1, 1], [1, 1], [1, 1], 2)", kGroups,
                          "torch.relu(torch.conv2d(x, w, b, 1, 1, 1, 2) + 0.5 * z)"));
    if (backend == "cudnn") {
      cases.push_back(onGpu(call + "(x, w, [1, 1], [1, 1], [1, 1], 2" + flags + ")", kGroups, plain));
      cases.push_back(onGpu(call + "_transpose(x, w, [1, 1], [1, 1], [2, 2], [1, 1], 1" + flags + ")",
                            {"x:f32[n=2,4,h=7,8]", "w:f32[4,5,3,3]"}, "torch.conv_transpose2d(x, w, None, 2, 1, 1, 1, 1)"));
    } else {
      cases.push_back(onGpu(call + "(x, w, b, [1, 1], [1, 1], [1, 1], 2" + flags + ")", kGroups, "torch.conv2d(x, w, b, 1, 1, 1, 2)"));
      cases.push_back(onGpu(call + "_transpose(x, w, b, [1, 1], [1, 1], [2, 2], [1, 1], 1" + flags + ")",
                            {"x:f32[n=2,4,h=7,8]", "w:f32[4,5,3,3]", "b:f32[5]"}, "torch.conv_transpose2d(x, w, b, 2, 1, 1, 1, 1)"));
    }
  }
  return cases;
}

const Cases kBackendForms("backend_forms", all());

}  // namespace

}  // namespace deploytool::testing
