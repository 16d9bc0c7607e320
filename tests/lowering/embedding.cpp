// Look-up tables and bags of their rows.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

std::string bag(const std::string& call) { return "def f(w, i, o):\n  y, a, s, m = " + call + "\n  return y"; }

const std::vector<std::string> kBags{"w:f32[7,3]", "i:i64[9]", "o:i64[3]"};
const CaseOptions kRanges{.ranges = {{"i", {0, 7}}, {"o", {0, 1}}}};

const Cases kEmbedding("embedding", {
    {"torch.embedding(w, i)", {"w:T[7,3]", "i:i64[n,m]"}, {.dtypes = "f32 f64 f16", .ranges = {{"i", {0, 7}}}}},
    {"torch.embedding(w, i, 2)", {"w:f32[v=7,3]", "i:i32[]"}, {.ranges = {{"i", {0, 1}}}}},
    {bag("torch.embedding_bag(w, i, torch.tensor([0, 2, 2]))"), kBags, kRanges},
    {bag("torch.embedding_bag(w, i, o)"), kBags, kRanges},
    {bag("torch.embedding_bag(w, i, torch.tensor([0, 2, 7]), False, 1)"), kBags, kRanges},
    {bag("torch.embedding_bag(w, i, torch.tensor([0, 2, 2]), False, 2)"), kBags, kRanges},
    {bag("torch.embedding_bag(w, i, torch.tensor([0, 2, 9]), False, 0, False, None, True)"), kBags, kRanges},
    {bag("torch.embedding_bag(w, i, torch.tensor([0, 4, 5]), False, 0, False, w[:, 0][i])"), kBags, kRanges},
    {bag("torch.embedding_bag(w, i, torch.tensor([0, 4, 5]), False, 1, False, None, False, 3)"), kBags, kRanges},
    {bag("torch.embedding_bag(w, i, torch.tensor([0, 4, 5]), False, 2, False, None, False, -1)"), kBags, kRanges},
    {bag("torch._embedding_bag(w, i, torch.tensor([0, 4, 5]), False, 2, False, None, False, 3)"), kBags, kRanges},
    {bag("torch._embedding_bag(w, i, torch.tensor([0, 4, 5]), False, 1)"), kBags, kRanges},
    {"torch.embedding_renorm(w, i, 1.5, 2.0)", {"w:f32[7,3]", "i:i64[n]"}, {.ranges = {{"i", {0, 7}}}}},
    {"torch.embedding_renorm(w, i, 1.5, 1.0)", {"w:f32[7,3]", "i:i64[n]"}, {.ranges = {{"i", {0, 7}}}}},
});

}  // namespace

}  // namespace deploytool::testing
