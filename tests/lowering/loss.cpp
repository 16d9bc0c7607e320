// Losses, with every reduction.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const std::map<std::string, runtime::ValueRange> kProbabilities = {{"x", {0.02, 0.98}}, {"t", {0, 1}}, {"w", {0, 2}}, {"p", {0.5, 2}}};
const std::map<std::string, runtime::ValueRange> kClasses = {{"t", {0, 3}}, {"w", {0.5, 2}}};

const Cases kLoss("loss", {
    {"torch.l1_loss(x, t)", {"x:T[n,3]", "t:T[n,3]"}, {.dtypes = "f32 f64"}},
    {"torch.l1_loss(x, t, 0)", {"x:f32[n,3]", "t:f32[n,3]"}},
    {"torch.mse_loss(x, t)", {"x:T[n,3]", "t:T[n,3]"}, {.dtypes = "f32 f64"}},
    {"torch.mse_loss(x, t)", {"x:f32[n,3]", "t:f32[n,3]"}, {.sizes = {{{"n", 0}}, {{"n", 2}}}}},
    {"torch.mse_loss(x, t, 2)", {"x:f32[n,3]", "t:f32[n,3]"}},
    {"torch.smooth_l1_loss(x, t)", {"x:f32[n,3]", "t:f32[n,3]"}},
    {"torch.smooth_l1_loss(x, t, 0, 0.5)", {"x:f32[n,3]", "t:f32[n,3]"}},
    {"torch.smooth_l1_loss(x, t, 2, 0.0)", {"x:f32[n,3]", "t:f32[n,3]"}},
    {"torch.huber_loss(x, t)", {"x:f32[n,3]", "t:f32[n,3]"}},
    {"torch.huber_loss(x, t, 0, 0.5)", {"x:f32[n,3]", "t:f32[n,3]"}},
    {"torch.kl_div(x, t)", {"x:f32[n,3]", "t:f32[n,3]"}, {.ranges = kProbabilities}},
    {"torch.kl_div(x, torch.relu(t - 0.5), 0)", {"x:f32[n,3]", "t:f32[n,3]"}, {.ranges = kProbabilities}},
    {"torch.kl_div(x, t, 2, log_target=True)", {"x:f32[n,3]", "t:f32[n,3]"}},
    {"torch.binary_cross_entropy(x, t)", {"x:T[n,3]", "t:T[n,3]"}, {.dtypes = "f32 f64", .ranges = kProbabilities}},
    {"torch.binary_cross_entropy(torch.round(x), t, w, 0)", {"x:f32[n,3]", "t:f32[n,3]", "w:f32[3]"}, {.ranges = kProbabilities}},
    {"torch.binary_cross_entropy_with_logits(x * 20, t)", {"x:f32[n,3]", "t:f32[n,3]"}, {.ranges = {{"t", {0, 1}}}}},
    {"torch.binary_cross_entropy_with_logits(x, t, w, p, 0)", {"x:f32[n,3]", "t:f32[n,3]", "w:f32[n,1]", "p:f32[3]"}, {.ranges = kProbabilities}},
    {"torch.poisson_nll_loss(x, t, True, False, 1e-8, 1)", {"x:f32[n,3]", "t:f32[n,3]"}, {.low = 0, .high = 4}},
    {"torch.poisson_nll_loss(x, t, False, True, 1e-8, 0)", {"x:f32[n,3]", "t:f32[n,3]"}, {.low = 0.1, .high = 4}},
    {"torch.soft_margin_loss(x, torch.sign(t), 0)", {"x:f32[n,3]", "t:f32[n,3]"}},
    {"torch.hinge_embedding_loss(x, torch.sign(t), 0.5, 0)", {"x:f32[n,3]", "t:f32[n,3]"}},
    {"torch.margin_ranking_loss(x, y, torch.sign(t), 0.5)", {"x:f32[n]", "y:f32[n]", "t:f32[n]"}},
});

const Cases kClassLoss("class_loss", {
    {"torch.nll_loss(x, t, None, 1, x.size(0) - 3)", {"x:f32[n=4,3]", "t:i64[n=4]"}, {.ranges = kClasses}},
    {"torch.nll_loss(x, t)", {"x:T[n,3]", "t:i64[n]"}, {.dtypes = "f32 f64", .ranges = kClasses}},
    {"torch.nll_loss(x, t, w, 1, 1)", {"x:f32[n,3]", "t:i64[n]", "w:f32[3]"}, {.ranges = kClasses}},
    {"torch.nll_loss(x, t, w, 0, 1)", {"x:f32[n,3]", "t:i64[n]", "w:f32[3]"}, {.ranges = kClasses}},
    {"torch.nll_loss(x, t, None, 2, 1)", {"x:f32[n,3]", "t:i64[n]"}, {.ranges = kClasses}},
    {"torch.nll_loss(x, t)", {"x:f32[3]", "t:i64[]"}, {.ranges = kClasses}},
    {"torch.nll_loss2d(x, t, w, 1, 1)", {"x:f32[n,3,m,2]", "t:i64[n,m,2]", "w:f32[3]"}, {.ranges = kClasses}},
    {"torch.nll_loss_nd(x, t, None, 0, 1)", {"x:f32[n,3,m]", "t:i64[n,m]"}, {.ranges = kClasses}},
    {"torch.nll_loss_forward(x, t, w, 1, 1)", {"x:f32[n,3]", "t:i64[n]", "w:f32[3]"}, {.ranges = kClasses}},
    {"torch.nll_loss2d_forward(x, t, None, 0, 1)[0]", {"x:f32[n,3,m,2]", "t:i64[n,m,2]"}, {.ranges = kClasses}},
    {"torch.cross_entropy_loss(x, t)", {"x:T[n,3]", "t:i64[n]"}, {.dtypes = "f32 f64", .ranges = kClasses}},
    {"torch.cross_entropy_loss(x, t, w, 1, 1)", {"x:f32[n,3,m]", "t:i64[n,m]", "w:f32[3]"}, {.ranges = kClasses}},
    {"torch.cross_entropy_loss(x, t, w, 0, 1)", {"x:f32[n,3]", "t:i64[n]", "w:f32[3]"}, {.ranges = kClasses}},
    {"torch.cross_entropy_loss(x, t)", {"x:f32[3]", "t:i64[]"}, {.ranges = kClasses}},
    {"torch.cross_entropy_loss(x, t, w, 1, 1, 0.2)", {"x:f32[n,3]", "t:i64[n]", "w:f32[3]"}, {.ranges = kClasses}},
    {"torch.cross_entropy_loss(x, t, torch.round(w), 2, 1, 0.2)", {"x:f32[n,3]", "t:i64[n]", "w:f32[3]"}, {.ranges = kClasses}},
    {"torch.cross_entropy_loss(x, t, None, 0, 1, 0.2)", {"x:f32[n,3,m]", "t:i64[n,m]"}, {.ranges = kClasses}},
    {"torch.cross_entropy_loss(x, t, w, 1, -100, 0.2)", {"x:f32[n,3,m]", "t:f32[n,3,m]", "w:f32[3]"}, {.ranges = {{"t", {0, 1}}}}},
    {"torch.cross_entropy_loss(x, t, None, 0)", {"x:f32[n,3]", "t:f32[n,3]"}, {.ranges = {{"t", {0, 1}}}}},
    {"torch.multi_margin_loss(x, t)", {"x:f32[n,3]", "t:i64[n]"}, {.ranges = kClasses}},
    {"torch.multi_margin_loss(x, t, 1, 1.0, None, 0)", {"x:f32[]", "t:i64[]"}, {.high = 1}},
    {"torch.multilabel_margin_loss(x, t, 0)", {"x:f32[]", "t:i64[]"}, {.high = 1}},
    {"torch.multi_margin_loss(x, t, 2, 0.5, w, 0)", {"x:f32[n,3]", "t:i64[n]", "w:f32[3]"}, {.ranges = kClasses}},
    {"torch.multi_margin_loss(x, t)", {"x:f32[3]", "t:i64[]"}, {.ranges = kClasses}},
    {"torch.multilabel_margin_loss(x, t)", {"x:f32[n,4]", "t:i64[n,4]"}, {.ranges = {{"t", {-1, 4}}}}},
    {"torch.multilabel_margin_loss(x, t, 0)", {"x:f32[4]", "t:i64[4]"}, {.ranges = {{"t", {-1, 4}}}}},
    {"torch.multilabel_margin_loss_forward(x, t, 0)", {"x:f32[n,4]", "t:i64[n,4]"}, {.ranges = {{"t", {-1, 4}}}}},
});

const Cases kEmbeddingLoss("embedding_loss", {
    {"torch.cosine_embedding_loss(x, y, torch.sign(t))", {"x:f32[n,3]", "y:f32[n,3]", "t:f32[n]"}},
    {"torch.cosine_embedding_loss(x, y, torch.sign(t), 0.3, 0)", {"x:f32[n,3]", "y:f32[n,3]", "t:f32[n]"}},
    {"torch.triplet_margin_loss(x, y, z)", {"x:f32[n,3]", "y:f32[n,3]", "z:f32[n,3]"}},
    {"torch.triplet_margin_loss(x, y, z, 0.5, 1.0, 1e-6, True, 0)", {"x:f32[n,3]", "y:f32[n,3]", "z:f32[n,3]"}},
});


const std::vector<std::string> kTwo{"x:T[t=7,2,5]", "t:i64[2,3]"};
CaseOptions alignments() {
  CaseOptions options{.dtypes = "f32 f64"};
  options.ranges = {{"t", {1, 5}}, {"u", {4, 6}}, {"v", {0, 4}}};
  options.sizes = {{{"t", 7}}, {{"t", 6}}, {{"t", 20}}};
  return options;
}

const Cases kCtc("ctc", {
    {"torch.ctc_loss(torch.log_softmax(x, 2), t, [6, 5], [3, 2])", kTwo, alignments()},
    {"torch.ctc_loss(torch.log_softmax(x, 2), t, [6, 6], [3, 3], 0, 0)", kTwo, alignments()},
    {"torch.ctc_loss(torch.log_softmax(x, 2), t, [6, 6], [0, 1], 0, 2)", kTwo, alignments()},
    {"torch.ctc_loss(torch.log_softmax(x, 2), t, [6, 2], [3, 3], 0, 0, True)", kTwo, alignments()},
    {"torch.ctc_loss(torch.log_softmax(x, 2), t, [6, 2], [3, 3], 0, 0)", kTwo, alignments()},
    {"torch.ctc_loss(torch.log_softmax(x, 2), t - 1, [6, 6], [3, 3], 4, 0)", kTwo, alignments()},
    {"torch.ctc_loss(torch.log_softmax(x, 2), t.flatten(), [6, 6], [2, 3], 0, 0)", {"x:f32[t=7,2,5]", "t:i64[5]"}, {.ranges = {{"t", {1, 5}}}, .smallest = 6}},
    {"torch.ctc_loss(torch.log_softmax(x, 2), t, u, v, 0, 0)", {"x:f32[t=7,n=2,5]", "t:i64[n=2,3]", "u:i64[n=2]", "v:i64[n=2]"},
     {.ranges = {{"t", {1, 5}}, {"u", {4, 6}}, {"v", {0, 4}}}, .smallest = 6}},
    {"torch.ctc_loss(torch.log_softmax(x, 2), t, u, v, 0, 1)", {"x:f32[t=7,2,5]", "t:i64[2,3]", "u:i64[2]", "v:i64[2]"},
     {.ranges = {{"t", {1, 5}}, {"u", {4, 6}}, {"v", {0, 4}}}, .smallest = 6}},
    {"torch._ctc_loss(torch.log_softmax(x, 2), t, [6, 5], [3, 2])[0]", kTwo, alignments()},
    {"torch._ctc_loss(torch.log_softmax(x, 2), t, [2, 5], [3, 2], 0, True)[0]", kTwo, alignments()},
    {"torch._ctc_loss(torch.log_softmax(x, 2), t, u, v)[0]", {"x:f32[t=7,2,5]", "t:i64[2,3]", "u:i64[2]", "v:i64[2]"},
     {.ranges = {{"t", {1, 5}}, {"u", {4, 6}}, {"v", {0, 4}}}, .smallest = 6}},
});

}  // namespace

}  // namespace deploytool::testing
