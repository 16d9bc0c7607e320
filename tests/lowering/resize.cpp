// Resizing of images, rows and volumes: by sizes, by factors, nearest, linear, cubic, antialiased.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const std::vector<std::string> kRow{"x:f32[n,2,s=6]"}, kImage{"x:f32[n,2,s=6,5]"}, kVolume{"x:f32[n,2,s=4,3,5]"};
const std::vector<std::string> kFixedRow{"x:f32[n,2,6]"}, kFixedImage{"x:f32[n,2,6,5]"}, kFixedVolume{"x:f32[n,2,4,3,5]"};

/// A resize by sizes and by scale factors, as both overloads take them.
std::vector<Case> resizes(const std::string& name, int rank, const std::string& align) {
  const std::string middle = align.empty() ? ", " : ", " + align + ", ";
  const std::string end = align.empty() ? ")" : ", " + align + ")";
  const auto& fixed = rank == 1 ? kFixedRow : rank == 2 ? kFixedImage : kFixedVolume;
  const auto& open = rank == 1 ? kRow : rank == 2 ? kImage : kVolume;
  const std::string sizes = rank == 1 ? "[9]" : rank == 2 ? "[9, 4]" : "[7, 2, 5]";
  const std::string twice = rank == 1 ? "[2.0]" : rank == 2 ? "[2.0, 3.0]" : "[2.0, 1.0, 3.0]";
  const std::string half = rank == 1 ? "[1.5]" : rank == 2 ? "[0.5, 1.6]" : "[0.5, 2.0, 0.8]";
  const std::string call = "torch." + name + "(x, ";
  return {{call + sizes + end, fixed},
          {call + sizes + end, open},
          {call + sizes + middle + "None)", fixed},
          {call + "None" + middle + twice + ")", open},
          {call + "None" + middle + half + ")", fixed},
          {call + "None" + middle + half + ")", open, {.smallest = 2}}};
}

std::vector<Case> all() {
  std::vector<Case> cases;
  const auto add = [&](const std::string& name, int rank, const std::string& align) {
    for (Case& one : resizes(name, rank, align)) cases.push_back(std::move(one));
  };
  for (int rank = 1; rank <= 3; ++rank)
    for (const char* name : {"upsample_nearest", "_upsample_nearest_exact"}) add(name + std::to_string(rank) + "d", rank, "");
  for (const char* align : {"False", "True"}) {
    add("upsample_linear1d", 1, align);
    add("upsample_bilinear2d", 2, align);
    add("upsample_trilinear3d", 3, align);
    add("upsample_bicubic2d", 2, align);
    add("_upsample_bilinear2d_aa", 2, align);
    add("_upsample_bicubic2d_aa", 2, align);
  }
  return cases;
}

const Cases kResize("resize", all());

const Cases kScales("resize", {
    {"torch.upsample_nearest1d(x, [9], scales=None)", kRow},
    // To the size of another tensor: positions fall on whole numbers, where divisions round in one way or another.
    {"torch.upsample_nearest2d(x, y.shape)", {"x:T[n,2,h=22,w=14]", "y:f32[p=6,q=4]"},
     {.dtypes = "f32 f64 f16",
      .sizes = {{{"n", 1}, {"h", 22}, {"w", 14}, {"p", 6}, {"q", 4}},
                {{"n", 2}, {"h", 7}, {"w", 12}, {"p", 21}, {"q", 9}},
                {{"n", 2}, {"h", 30}, {"w", 3}, {"p", 49}, {"q", 1}}}}},
    {"torch._upsample_nearest_exact1d(x, y.shape)", {"x:f32[n,2,h=22]", "y:f32[p=6]"},
     {.sizes = {{{"n", 1}, {"h", 22}, {"p", 6}}, {{"n", 2}, {"h", 7}, {"p", 22}}, {{"n", 2}, {"h", 15}, {"p", 9}}}}},
    {"torch.upsample_nearest1d(x, [x.size(2) * 5 // 2], 2.5)", {"x:f32[n,2,h=22]"}},
    {"torch.upsample_nearest1d(x, [12], scales=2.0)", kFixedRow},
    {"torch.upsample_linear1d(x, [2], True, 1.5)", kFixedRow, {.refuses = "do not follow"}},
    {"torch.upsample_linear1d(x, [9], False, scales=None)", kRow},
    {"torch.upsample_linear1d(x, [9], False, scales=1.5)", kFixedRow},
    {"torch.upsample_bilinear2d(x, [9, 4], False, 1.6, 0.9)", kFixedImage},
    {"torch.upsample_bicubic2d(x, [9, 4], False, 1.6, 0.9)", kFixedImage},
    {"torch.upsample_nearest2d(x, [9, 4], 1.6, 0.9)", kFixedImage},
});

}  // namespace

}  // namespace deploytool::testing
