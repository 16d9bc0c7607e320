// torchvision's operators. Where torchvision is not at hand, our own reference kernels are what they are compared with.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const char* const kRois = "torch.cat([i.to(x.dtype).unsqueeze(1), p, p + s], 1)";

std::string align(const std::string& rest) {
  return "torch.ops.torchvision.roi_align(x, " + std::string(kRois) + ", " + rest + ")";
}
const std::vector<std::string> kRegions{"x:T[2,3,9,h=11]", "i:i64[k=4]", "p:T[k=4,2]", "s:T[k=4,2]"};
CaseOptions regions(double smallest, double largest, std::vector<int64_t> opsets = {13, 16}) {
  CaseOptions options;
  options.ranges = {{"i", {0, 2}}, {"p", {-3, 14}}, {"s", {smallest, largest}}};
  options.smallest = 2;
  options.dtypes = "f32 f64";
  options.opsets = std::move(opsets);
  options.sizes = {{{"h", 11}, {"k", 4}}, {{"h", 6}, {"k", 1}}, {{"h", 12}, {"k", 0}}, {{"h", 5}, {"k", 17}}};
  return options;
}

const Cases kDetection("detection", {
    {"def f(p, s, w, t: float): return torch.ops.torchvision.nms(torch.cat([p, p + s], 1), w, t)",
     {"p:T[n=9,2]", "s:T[n=9,2]", "w:T[n=9]", "t:0.4"},
     {.dtypes = "f32 f64", .ranges = {{"p", {0, 6}}, {"s", {0.5, 6}}, {"w", {0, 1}}}, .sizes = {{{"n", 9}}, {{"n", 1}}, {{"n", 40}}, {{"n", 0}}}}},
    {align("1.0, 3, 2, 2, False"), kRegions, regions(0.1, 9)},
    {align("0.5, 3, 2, 0, False"), kRegions, regions(0.1, 9)},
    {align("x.size(3) / 16, 3, 2, 2, False"), kRegions, regions(0.1, 9)},
    {align("x.size(3) / 16, 3, 2, 2, True"), kRegions, regions(0.1, 9)},
    {align("0.25, 2, 2, -1, False"), kRegions, regions(0.1, 9)},
    {align("1.0, 3, 2, 2, True"), kRegions, regions(1, 9)},
    {align("1.0, 3, 2, 2, True"), kRegions, regions(0.1, 1.6)},
    {align("0.25, 3, 2, 2, True"), kRegions, regions(0.1, 9)},
    {align("0.5, 2, 4, 0, True"), kRegions, regions(0.1, 14)},
    {"def f(x, i, p, s):\n  r = torch.cat([i.to(x.dtype).unsqueeze(1), p, p + s], 1)\n"
     "  return torch.ops.torchvision.roi_pool(x, r, 0.5, 3, 2)[0]", kRegions, regions(0.1, 9)},
    {"torch.ops.torchvision.roi_pool(x, r, 0.5, 3, 2)[1] * 2", {"x:f32[1,3,9,9]", "r:f32[4,5]"}, {.refuses = "positions"}},
    {"def f(x, i, p, s):\n  r = torch.cat([i.to(x.dtype).unsqueeze(1), p, p + s], 1)\n"
     "  return torch.ops.torchvision.ps_roi_align(x.repeat(1, 4, 1, 1), r, 0.5, 3, 2, 2)[0]", kRegions, regions(0.1, 9)},
    {"torch.ops.torchvision.ps_roi_pool(x, r, 0.5, 3, 2)[0]", {"x:f32[1,6,9,9]", "r:f32[4,5]"}, {.refuses = "ps_roi_pool"}},
    {"torch.ops.torchvision.box_iou_rotated(x, r)", {"x:f32[1,5]", "r:f32[4,5]"}, {.refuses = "rotated"}},
    {"torch.ops.torchvision.deform_conv2d(x, w, o, m, v, 1, 1, 1, 1, 1, 1, 1, 1, True)",
     {"x:T[n=2,4,6,5]", "w:T[3,4,3,3]", "o:T[n=2,18,6,5]", "m:T[n=2,9,6,5]", "v:T[3]"}, {.dtypes = "f32 f64"}},
    {"torch.ops.torchvision.deform_conv2d(x, w, o, m, v, 2, 1, 0, 1, 1, 2, 2, 2, False)",
     {"x:f32[n=2,4,6,5]", "w:f32[6,2,2,3]", "o:f32[n=2,24,3,3]", "m:f32[0,0]", "v:f32[6]"}, {.ranges = {{"o", {-4, 4}}}}},
    {"torch.ops.torchvision._interpolate_bilinear2d_aa(x, [5, 9], False)", {"x:f32[n=2,3,8,h=7]"}},
    {"torch.ops.torchvision._interpolate_bicubic2d_aa(x, [5, 9], False)", {"x:f32[n=2,3,8,h=7]"}},
});

}  // namespace

}  // namespace deploytool::testing
