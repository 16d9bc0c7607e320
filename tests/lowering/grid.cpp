// Sampling at grids, and affine grids.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

std::vector<Case> all() {
  std::vector<Case> cases;
  const CaseOptions images{.ranges = {{"g", {-1.4, 1.4}}}, .opsets = {13, 16}};
  const CaseOptions volumes{.ranges = {{"g", {-1.4, 1.4}}}};
  for (const char* mode : {"0", "1", "2"})
    for (const char* padding : {"0", "1", "2"})
      for (const char* align : {"True", "False"}) {
        const std::string rest = std::string("(x, g, ") + mode + ", " + padding + ", " + align + ")";
        cases.push_back({"torch.grid_sampler" + rest, {"x:f32[n,2,s=5,6]", "g:f32[n,3,4,2]"}, images});
        if (*mode == '2') continue;
        cases.push_back({"torch.grid_sampler_3d" + rest, {"x:f32[n,2,s=5,6,4]", "g:f32[n,3,4,2,3]"}, volumes});
      }
  return cases;
}

const Cases kSampling("grid", all());

const Cases kGrid("grid", {
    {"torch.grid_sampler_2d(x, g, 0, 0, False)", {"x:f64[n,2,5,6]", "g:f64[n,3,4,2]"}},
    {"torch.grid_sampler(x, g, 0, 0, False)", {"x:f32[n,2,5,6,4]", "g:f32[n,3,4,2,3]"}},
    {"torch.affine_grid_generator(t, [2, 3, 4, 5], False)", {"t:f32[2,2,3]"}},
    {"torch.affine_grid_generator(t, [t.size(0), 3, x.size(0), 5], True)", {"t:f32[n,2,3]", "x:f32[s=4]"}, {.smallest = 2}},
    {"torch.affine_grid_generator(t, [t.size(0), 3, x.size(0), 5], False)", {"t:f32[n,2,3]", "x:f32[s=4]"}},
    {"torch.affine_grid_generator(t, [2, 3, 4, 1, 6], True)", {"t:f32[2,3,4]"}},
});

}  // namespace

}  // namespace deploytool::testing
