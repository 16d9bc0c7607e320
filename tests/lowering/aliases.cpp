// Operators that are others under another name. libtorch's compiler writes the other name, so the export is given these
// by hand: an archive of another version may hold them.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

/// `code` calls `alias`, which the compiler turns into `real`.
Case alias(const char* code, const char* real, const char* alias, CaseOptions options = {}) {
  std::vector<std::string> inputs{"x:f32[n,3,3]"};
  const std::string text = code;
  if (text.find('y') != std::string::npos) inputs.emplace_back("y:f32[3]");
  if (text.find('z') != std::string::npos) inputs.emplace_back("z:f32[n]");
  if (text.find("(m") != std::string::npos) inputs = {"m:f32[n,3,3]"};
  options.renamed = {{real, alias}};
  return {code, inputs, options};
}

const CaseOptions kUnit{.low = 0.05, .high = 0.95};
const CaseOptions kAboveOne{.low = 1.05, .high = 3};

const Cases kAliases("aliases", {
    alias("torch.special_expit(x)", "aten::sigmoid", "aten::special_expit"),
    alias("torch.subtract(x, y)", "aten::sub.Tensor", "aten::subtract.Tensor"),
    alias("torch.multiply(x, y)", "aten::mul.Tensor", "aten::multiply.Tensor"),
    alias("torch.divide(x, y)", "aten::div.Tensor", "aten::divide.Tensor"),
    alias("torch.true_divide(x, y)", "aten::div.Tensor", "aten::true_divide.Tensor"),
    alias("torch.divide(x, y, rounding_mode=\"floor\")", "aten::div.Tensor_mode", "aten::divide.Tensor_mode"),
    alias("torch.clip(x, -0.5, 0.5)", "aten::clamp", "aten::clip"),
    alias("torch.clip(x, y)", "aten::clamp.Tensor", "aten::clip.Tensor"),
    alias("torch.not_equal(x, y)", "aten::ne.Tensor", "aten::not_equal.Tensor"),
    alias("torch.less(x, y)", "aten::lt.Tensor", "aten::less.Tensor"),
    alias("torch.greater(x, y)", "aten::gt.Tensor", "aten::greater.Tensor"),
    alias("torch.less_equal(x, y)", "aten::le.Tensor", "aten::less_equal.Tensor"),
    alias("torch.greater_equal(x, y)", "aten::ge.Tensor", "aten::greater_equal.Tensor"),
    alias("torch.special_round(x * 10, decimals=1)", "aten::round.decimals", "aten::special_round"),
    alias("torch.absolute(x)", "aten::abs", "aten::absolute"),
    alias("torch.negative(x)", "aten::neg", "aten::negative"),
    alias("torch.fix(x)", "aten::trunc", "aten::fix"),
    alias("torch.arccos(x)", "aten::acos", "aten::arccos", kUnit),
    alias("torch.arccosh(x)", "aten::acosh", "aten::arccosh", kAboveOne),
    alias("torch.arcsin(x)", "aten::asin", "aten::arcsin", kUnit),
    alias("torch.arcsinh(x)", "aten::asinh", "aten::arcsinh"),
    alias("torch.arctan(x)", "aten::atan", "aten::arctan"),
    alias("torch.arctanh(x)", "aten::atanh", "aten::arctanh", kUnit),
    alias("torch.arctan2(x, y)", "aten::atan2", "aten::arctan2"),
    alias("torch.special_erf(x)", "aten::erf", "aten::special_erf"),
    alias("torch.special_erfc(x)", "aten::erfc", "aten::special_erfc"),
    alias("torch.special_exp2(x)", "aten::exp2", "aten::special_exp2"),
    alias("torch.special_expm1(x)", "aten::expm1", "aten::special_expm1"),
    alias("torch.special_log1p(x)", "aten::log1p", "aten::special_log1p", kUnit),
    alias("torch.special_logit(x, 0.01)", "aten::logit", "aten::special_logit", kUnit),
    alias("torch.special_sinc(x)", "aten::sinc", "aten::special_sinc"),
    alias("torch.special_xlogy(x, y)", "aten::xlogy.Tensor", "aten::special_xlogy", kUnit),
    alias("torch.special_xlogy(2.5, x)", "aten::xlogy.Scalar_Self", "aten::special_xlogy.self_scalar", kUnit),
    alias("torch.special_xlogy(x, 2.5)", "aten::xlogy.Scalar_Other", "aten::special_xlogy.other_scalar", kUnit),
    alias("torch.concat([x, x], 1)", "aten::cat", "aten::concat"),
    alias("torch.concatenate([x, x], -1)", "aten::cat", "aten::concatenate"),
    alias("torch.row_stack([x, x])", "aten::vstack", "aten::row_stack"),
    alias("torch.det(m)", "aten::linalg_det", "aten::det"),
    alias("torch.inverse(m)", "aten::linalg_inv", "aten::inverse", {.low = -1, .high = 1}),
    alias("torch.matrix_power(m, 3)", "aten::linalg_matrix_power", "aten::matrix_power"),
    alias("torch.matrix_exp(m)", "aten::linalg_matrix_exp", "aten::matrix_exp"),
    alias("torch.linalg_matmul(x, y)", "aten::matmul", "aten::linalg_matmul"),
    alias("torch.ger(z, y)", "aten::outer", "aten::ger"),
    alias("torch.special_softmax(x, 1)", "aten::softmax.int", "aten::special_softmax"),
    alias("torch.special_log_softmax(x, 1, dtype=7)", "aten::log_softmax.int", "aten::special_log_softmax"),
    alias("torch.special_logsumexp(x, [1, 2], True)", "aten::logsumexp", "aten::special_logsumexp"),
    alias("torch.special_polygamma(0, x)", "aten::polygamma", "aten::special_polygamma", kAboveOne),
    alias("torch.special_digamma(x)", "aten::digamma", "aten::special_digamma", kAboveOne),
    alias("torch.special_psi(x)", "aten::digamma", "aten::special_psi", kAboveOne),
    alias("torch.special_erfinv(x)", "aten::erfinv", "aten::special_erfinv", kUnit),
    alias("torch.special_i0(x)", "aten::i0", "aten::special_i0"),
    alias("torch.special_gammaln(x)", "aten::lgamma", "aten::special_gammaln", kAboveOne),
    alias("torch.special_multigammaln(x, 2)", "aten::mvlgamma", "aten::special_multigammaln", kAboveOne),
    alias("torch.special_gammainc(x, y)", "aten::igamma", "aten::special_gammainc", {.refuses = "incomplete gamma"}),
    alias("torch.special_gammaincc(x, y)", "aten::igammac", "aten::special_gammaincc", {.refuses = "incomplete gamma"}),
    alias("torch.swapdims(x, 0, 2)", "aten::transpose.int", "aten::swapdims"),
    alias("torch.swapaxes(x, 0, -1)", "aten::transpose.int", "aten::swapaxes"),
    alias("torch.moveaxis(x, 0, 2)", "aten::movedim.int", "aten::moveaxis.int"),
    alias("torch.moveaxis(x, [0, 1], [2, 0])", "aten::movedim.intlist", "aten::moveaxis.intlist"),
    alias("torch.linalg_diagonal(x)", "aten::diagonal", "aten::linalg_diagonal"),
    alias("torch._stack([x, x], 1)", "aten::stack", "aten::_stack"),
    alias("torch.range(1, z.size(0))", "aten::range.step", "aten::range"),
    alias("torch.adjoint(x)", "aten::mH", "aten::adjoint"),
    alias("x.mT", "aten::mT", "aten::mT.a"),
    alias("x.mH", "aten::mH", "aten::mH.a"),
    alias("x[0].H", "aten::matrix_H", "aten::matrix_H.a"),
    alias("torch.matrix_H(x[0])", "aten::matrix_H", "aten::matrix_H"),
    alias("x.T", "aten::numpy_T", "aten::numpy_T.a"),
});

}  // namespace

}  // namespace deploytool::testing
