// Kernels: arithmetic, comparison, logic, casts, activations. Each follows the ONNX operator of its name.
#include <cmath>
#include <limits>

#include "torchscript/kernels/kernel.h"
#include "torchscript/types.h"

namespace deploytool::ts {

namespace {

using at::Tensor;

template <class F>
KernelOutputs unary(const KernelCall& call, F&& f) { return {f(call.in(0))}; }

template <class F>
KernelOutputs binary(const KernelCall& call, F&& f) {
  const auto& a = call.in(0);
  const auto& b = call.in(1);
  call.willMake(at::infer_size(a.sizes(), b.sizes()), a);
  return {f(a, b)};
}

template <class F>
KernelOutputs variadic(const KernelCall& call, F&& f) {
  Tensor result = call.in(0);
  for (size_t i = 1; i < call.count(); ++i) {
    call.willMake(at::infer_size(result.sizes(), call.in(i).sizes()), result);
    result = f(result, call.in(i));
  }
  return {result};
}

bool isInteger(const Tensor& tensor) { return c10::isIntegralType(tensor.scalar_type(), /*includeBool=*/true); }

/// Integers divide towards zero; by zero there is no answer.
Tensor quotient(const Tensor& a, const Tensor& b) {
  if (!isInteger(a)) return at::div(a, b);
  if (b.eq(0).any().item<bool>()) decline();
  return at::div(a, b, "trunc");
}

KernelOutputs modulo(const KernelCall& call) {
  return binary(call, [&](const Tensor& a, const Tensor& b) {
    if (isInteger(a) && b.eq(0).any().item<bool>()) decline();
    return call.i("fmod", 0) ? at::fmod(a, b) : at::remainder(a, b);
  });
}

/// The result has the base's dtype.
Tensor power(const Tensor& a, const Tensor& b) {
  if (!isInteger(a)) return at::pow(a, b).to(a.scalar_type());
  if (isInteger(b) && !b.lt(0).any().item<bool>()) return at::pow(a, b).to(a.scalar_type());
  return at::pow(a.to(c10::kDouble), b.to(c10::kDouble)).to(a.scalar_type());
}

KernelOutputs cast(const KernelCall& call, const Tensor& input, std::optional<c10::ScalarType> type) {
  if (!type) decline();
  call.willMake(static_cast<double>(input.numel()) * static_cast<double>(c10::elementSize(*type)));
  const bool toInteger = c10::isIntegralType(*type, false);
  // What no integer can hold has no defined value.
  if (toInteger && input.is_floating_point()) {
    const auto wide = input.to(c10::kDouble);
    const double limit = std::ldexp(1.0, static_cast<int>(8 * c10::elementSize(*type)) - 1);
    if (!(wide.abs() < 2 * limit).all().item<bool>()) decline();
  }
  return {input.to(*type)};
}

KernelOutputs castTo(const KernelCall& call) {
  return cast(call, call.in(0), toScalarType(static_cast<ir::DType>(call.i("to", 0))));
}

KernelOutputs clip(const KernelCall& call) {
  const auto& x = call.in(0);
  Tensor result = x;
  if (call.opset() < 11) {
    return {at::clamp(x, call.f("min", std::numeric_limits<float>::lowest()),
                      call.f("max", std::numeric_limits<float>::max()))};
  }
  if (call.has(1)) result = at::maximum(result, call.in(1).to(x.scalar_type()));
  if (call.has(2)) result = at::minimum(result, call.in(2).to(x.scalar_type()));
  return {result};
}

KernelOutputs isInfinite(const KernelCall& call) {
  const auto& x = call.in(0);
  Tensor result = at::zeros_like(x, x.options().dtype(c10::kBool));
  if (call.i("detect_positive", 1)) result = result | at::isposinf(x);
  if (call.i("detect_negative", 1)) result = result | at::isneginf(x);
  return {result};
}

KernelOutputs mean(const KernelCall& call) {
  auto sum = variadic(call, [](const Tensor& a, const Tensor& b) { return a + b; })[0];
  return {sum / static_cast<double>(call.count())};
}

KernelOutputs where(const KernelCall& call) {
  const auto dims = at::infer_size(at::infer_size(call.in(0).sizes(), call.in(1).sizes()), call.in(2).sizes());
  call.willMake(dims, call.in(1));
  return {at::where(call.in(0), call.in(1), call.in(2))};
}

KernelOutputs hardSigmoid(const KernelCall& call) {
  return {at::clamp(call.in(0) * call.f("alpha", 0.2f) + call.f("beta", 0.5f), 0, 1)};
}

KernelOutputs gelu(const KernelCall& call) {
  const auto& x = call.in(0);
  if (call.s("approximate", "none") == "tanh") {
    return {0.5 * x * (1 + at::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))};
  }
  return {0.5 * x * (1 + at::erf(x * 0.7071067811865476))};
}

KernelOutputs shrink(const KernelCall& call) {
  const auto& x = call.in(0);
  const double lambda = call.f("lambd", 0.5f);
  const double bias = call.f("bias", 0.0f);
  const auto zero = at::zeros_like(x);
  return {at::where(x < -lambda, x + bias, at::where(x > lambda, x - bias, zero))};
}

KernelOutputs prelu(const KernelCall& call) {
  const auto& x = call.in(0);
  call.willMake(at::infer_size(x.sizes(), call.in(1).sizes()), x);
  return {at::where(x < 0, x * call.in(1), x)};
}

KernelOutputs celu(const KernelCall& call) {
  const double alpha = call.f("alpha", 1.0f);
  const auto& x = call.in(0);
  return {at::clamp_min(x, 0) + at::clamp_max(alpha * at::expm1(x / alpha), 0)};
}

KernelOutputs bitShift(const KernelCall& call) {
  const bool left = call.s("direction") == "LEFT";
  return binary(call, [&](const Tensor& a, const Tensor& b) {
    return left ? at::bitwise_left_shift(a, b) : at::bitwise_right_shift(a, b);
  });
}

#define UNARY(EXPRESSION) [](const KernelCall& call) { return unary(call, [](const Tensor& x) -> Tensor { return EXPRESSION; }); }
#define BINARY(EXPRESSION) \
  [](const KernelCall& call) { return binary(call, [](const Tensor& a, const Tensor& b) -> Tensor { return EXPRESSION; }); }
#define VARIADIC(EXPRESSION) \
  [](const KernelCall& call) { return variadic(call, [](const Tensor& a, const Tensor& b) -> Tensor { return EXPRESSION; }); }

const KernelRow kRows[] = {
    {"Identity", UNARY(x)},
    {"Dropout", [](const KernelCall& call) -> KernelOutputs {
       if (call.has(2) && call.number(2, 0) != 0) decline();  // training
       return {call.in(0), call.wants(1) ? at::ones_like(call.in(0), at::kBool) : Tensor()};
     }},
    {"Add", BINARY(at::add(a, b))},
    {"Sub", BINARY(at::sub(a, b))},
    {"Mul", BINARY(at::mul(a, b))},
    {"Div", BINARY(quotient(a, b))},
    {"Mod", modulo},
    {"Pow", BINARY(power(a, b))},
    {"Min", VARIADIC(at::minimum(a, b))},
    {"Max", VARIADIC(at::maximum(a, b))},
    {"Sum", VARIADIC(at::add(a, b))},
    {"Mean", mean},
    {"Neg", UNARY(at::neg(x))},
    {"Abs", UNARY(at::abs(x))},
    {"Sign", UNARY(at::sign(x))},
    {"Sqrt", UNARY(at::sqrt(x))},
    {"Reciprocal", UNARY(at::reciprocal(x))},
    {"Exp", UNARY(at::exp(x))},
    {"Log", UNARY(at::log(x))},
    {"Floor", UNARY(at::floor(x))},
    {"Ceil", UNARY(at::ceil(x))},
    {"Round", UNARY(at::round(x))},  // half to even, as ONNX
    {"Erf", UNARY(at::erf(x))},
    {"Sin", UNARY(at::sin(x))},
    {"Cos", UNARY(at::cos(x))},
    {"Tan", UNARY(at::tan(x))},
    {"Asin", UNARY(at::asin(x))},
    {"Acos", UNARY(at::acos(x))},
    {"Atan", UNARY(at::atan(x))},
    {"Sinh", UNARY(at::sinh(x))},
    {"Cosh", UNARY(at::cosh(x))},
    {"Tanh", UNARY(at::tanh(x))},
    {"Asinh", UNARY(at::asinh(x))},
    {"Acosh", UNARY(at::acosh(x))},
    {"Atanh", UNARY(at::atanh(x))},
    {"IsNaN", UNARY(at::isnan(x))},
    {"IsInf", isInfinite},
    {"Equal", BINARY(at::eq(a, b))},
    {"Less", BINARY(at::lt(a, b))},
    {"LessOrEqual", BINARY(at::le(a, b))},
    {"Greater", BINARY(at::gt(a, b))},
    {"GreaterOrEqual", BINARY(at::ge(a, b))},
    {"And", BINARY(at::logical_and(a, b))},
    {"Or", BINARY(at::logical_or(a, b))},
    {"Xor", BINARY(at::logical_xor(a, b))},
    {"Not", UNARY(at::logical_not(x))},
    {"BitwiseAnd", BINARY(at::bitwise_and(a, b))},
    {"BitwiseOr", BINARY(at::bitwise_or(a, b))},
    {"BitwiseXor", BINARY(at::bitwise_xor(a, b))},
    {"BitwiseNot", UNARY(at::bitwise_not(x))},
    {"BitShift", bitShift},
    {"Where", where},
    {"Clip", clip},
    {"Cast", castTo},
    {"CastLike", [](const KernelCall& call) { return cast(call, call.in(0), call.in(1).scalar_type()); }},
    {"Relu", UNARY(at::relu(x))},
    {"Sigmoid", UNARY(at::sigmoid(x))},
    {"HardSigmoid", hardSigmoid},
    {"HardSwish", UNARY(x * at::clamp(x / 6 + 0.5, 0, 1))},
    {"Mish", UNARY(x * at::tanh(at::softplus(x)))},
    {"Softplus", UNARY(at::log1p(at::exp(-at::abs(x))) + at::clamp_min(x, 0))},
    {"Softsign", UNARY(x / (1 + at::abs(x)))},
    {"Elu", [](const KernelCall& call) -> KernelOutputs { return {at::elu(call.in(0), call.f("alpha", 1.0f))}; }},
    {"Celu", celu},
    {"Selu", [](const KernelCall& call) -> KernelOutputs {
       return {at::elu(call.in(0), call.f("alpha", 1.67326319217681884765625f), call.f("gamma", 1.05070102214813232421875f))};
     }},
    {"LeakyRelu",
     [](const KernelCall& call) -> KernelOutputs { return {at::leaky_relu(call.in(0), call.f("alpha", 0.01f))}; }},
    {"PRelu", prelu},
    {"ThresholdedRelu", [](const KernelCall& call) -> KernelOutputs {
       return {at::where(call.in(0) > call.f("alpha", 1.0f), call.in(0), at::zeros_like(call.in(0)))};
     }},
    {"Shrink", shrink},
    {"Gelu", gelu},
};

#undef UNARY
#undef BINARY
#undef VARIADIC

}  // namespace

std::span<const KernelRow> elementwiseKernels() { return kRows; }

}  // namespace deploytool::ts
