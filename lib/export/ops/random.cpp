// Random numbers, by ONNX's own random operators: the distribution is torch's, the numbers are not.
#include <cmath>
#include <utility>

#include "export/ops/families.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

Results one(Tensor x) { return {std::move(x)}; }

DType floatType(DType dtype) { return dtype == DType::Float64 ? DType::Float64 : DType::Float32; }

/// A random tensor of float32 or float64. `op` is RandomUniform or RandomNormal; its attributes are as given.
Tensor draw(Call& c, const std::string& op, DType dtype, const Dims& dims, ir::Attributes attributes) {
  c.note("random numbers are drawn by " + op + ": they differ from torch's");
  const DType work = floatType(dtype);
  attributes.emplace_back("dtype", static_cast<int64_t>(work));
  Tensor result;
  if (auto fixed = ir::literals(dims)) {
    attributes.emplace_back("shape", *fixed);
    result = c.b.op(op, {}, std::move(attributes));
  } else {
    result = knownDims(c.b.op(op + "Like", {c.b.full(work, dims, 0)}, std::move(attributes)), dims);
  }
  return result;
}

/// Uniform in [low, high).
Tensor uniform(Call& c, DType dtype, const Dims& dims, double low = 0, double high = 1) {
  return draw(c, "RandomUniform", dtype, dims, {{"low", low}, {"high", high}});
}

Tensor normal(Call& c, DType dtype, const Dims& dims, double mean = 0, double deviation = 1) {
  return draw(c, "RandomNormal", dtype, dims, {{"mean", mean}, {"scale", deviation}});
}

/// Uniform in (0, 1): its logarithm is finite.
Tensor openUniform(Call& c, DType dtype, const Dims& dims) { return uniform(c, dtype, dims, 1e-7, 1); }

DType requested(Call& c, DType otherwise) { return c.dtype("dtype").value_or(otherwise); }

// aten::rand(size), aten::randn(size)
Results rand(Call& c) {
  const DType dtype = requested(c, DType::Float32);
  return one(c.b.cast(uniform(c, dtype, c.dims("size")), dtype));
}

Results randn(Call& c) {
  const DType dtype = requested(c, DType::Float32);
  return one(c.b.cast(normal(c, dtype, c.dims("size")), dtype));
}

Results randLike(Call& c) {
  const Tensor x = c.tensor("self");
  const DType dtype = requested(c, x.dtype());
  return one(c.b.cast(uniform(c, dtype, x.dims()), dtype));
}

Results randnLike(Call& c) {
  const Tensor x = c.tensor("self");
  const DType dtype = requested(c, x.dtype());
  return one(c.b.cast(normal(c, dtype, x.dims()), dtype));
}

/// Integers in [low, high), drawn in float64: at most 2^53 different ones.
Tensor integersIn(Call& c, DType dtype, const Dims& dims, const Tensor& low, const Tensor& high) {
  const Tensor from = c.b.cast(low, DType::Float64), span = c.b.sub(c.b.cast(high, DType::Float64), from);
  const Tensor drawn = uniform(c, DType::Float64, dims);
  return c.b.cast(c.b.add(c.b.unary("Floor", c.b.mul(drawn, span)), from), dtype);
}

Tensor lowOf(Call& c) { return c.has("low") ? c.b.dim(c.dim("low")) : c.b.int64(0); }

// aten::randint(high, size), .low(low, high, size)
Results randint(Call& c) {
  return one(integersIn(c, requested(c, DType::Int64), c.dims("size"), lowOf(c), c.b.dim(c.dim("high"))));
}

// aten::randint_like(self, high), .low_dtype(self, low, high)
Results randintLike(Call& c) {
  const Tensor x = c.tensor("self");
  return one(integersIn(c, requested(c, x.dtype()), x.dims(), lowOf(c), c.b.dim(c.dim("high"))));
}

// aten::randperm(n): the order of random numbers
Results randperm(Call& c) {
  const Dim n = c.dim("n");
  const Tensor order = topK(c.b, uniform(c, DType::Float32, {n}), n, 0, true).second;
  return one(c.b.cast(order, requested(c, DType::Int64)));
}

/// An argument as a tensor of `dtype`; a number has rank 0.
Tensor numberOrTensor(Call& c, const char* name, DType dtype) {
  return c.arg(name).isTensor() ? c.b.cast(c.tensor(name), dtype) : numberAs(c, c.arg(name), dtype);
}

// ---- filling a tensor with random numbers -------------------------------------------------------------------------

// aten::uniform(self, from, to)
Results fillUniform(Call& c) {
  const Tensor x = c.tensor("self");
  return one(c.b.cast(uniform(c, x.dtype(), x.dims(), c.number("from"), c.number("to")), x.dtype()));
}

// aten::normal_(self, mean, std)
Results fillNormal(Call& c) {
  const Tensor x = c.tensor("self");
  return one(c.b.cast(normal(c, x.dtype(), x.dims(), c.number("mean"), c.number("std")), x.dtype()));
}

// aten::normal.Tensor_Tensor, .Tensor_float, .float_Tensor (mean, std)
Results normalOf(Call& c) {
  const DType dtype = c.isWrappedNumber("mean") ? c.tensor("std").dtype() : c.tensor("mean").dtype();
  const Tensors both = broadcastAll(c.b, {numberOrTensor(c, "mean", dtype), numberOrTensor(c, "std", dtype)});
  return one(c.b.add(both[0], c.b.mul(both[1], c.b.cast(normal(c, dtype, both[0].dims()), dtype))));
}

// aten::normal.float_float(mean, std, size)
Results normalSized(Call& c) {
  const DType dtype = requested(c, DType::Float32);
  return one(c.b.cast(normal(c, dtype, c.dims("size"), c.number("mean"), c.number("std")), dtype));
}

// aten::log_normal(self, mean, std)
Results fillLogNormal(Call& c) {
  const Tensor x = c.tensor("self");
  return one(c.b.cast(c.b.unary("Exp", normal(c, x.dtype(), x.dims(), c.number("mean"), c.number("std"))), x.dtype()));
}

// aten::exponential(self, lambd): -log(u) / λ
Results fillExponential(Call& c) {
  const Tensor x = c.tensor("self");
  const Tensor drawn = c.b.unary("Log", openUniform(c, x.dtype(), x.dims()));
  return one(c.b.cast(c.b.mulScalar(drawn, -1 / c.number("lambd")), x.dtype()));
}

// aten::cauchy(self, median, sigma): median + σ tan(π (u - 1/2))
Results fillCauchy(Call& c) {
  const Tensor x = c.tensor("self");
  const Tensor angle = c.b.mulScalar(c.b.addScalar(openUniform(c, x.dtype(), x.dims()), -0.5), M_PI);
  const Tensor drawn = c.b.addScalar(c.b.mulScalar(c.b.unary("Tan", angle), c.number("sigma")), c.number("median"));
  return one(c.b.cast(drawn, x.dtype()));
}

// aten::geometric(self, p): ceil(log(u) / log(1 - p))
Results fillGeometric(Call& c) {
  const Tensor x = c.tensor("self");
  const Tensor drawn = c.b.unary("Log", openUniform(c, x.dtype(), x.dims()));
  return one(c.b.cast(c.b.unary("Ceil", c.b.mulScalar(drawn, 1 / std::log1p(-c.number("p")))), x.dtype()));
}

// aten::random(self), .to(self, to), .from(self, from, to)
Results fillIntegers(Call& c) {
  const Tensor x = c.tensor("self");
  const double most = ir::isFloating(x.dtype()) ? 16777216.0 : highest(x.dtype()) + 1;
  const Tensor low = c.has("from") ? c.b.dim(c.dim("from")) : c.b.int64(0);
  const Tensor high = c.has("to") ? c.b.dim(c.dim("to")) : c.b.scalar(DType::Float64, most);
  return one(integersIn(c, x.dtype(), x.dims(), low, high));
}

// ---- Bernoulli, multinomial ---------------------------------------------------------------------------------------

Tensor bernoulliOf(Call& c, const Tensor& probability, const Dims& dims, DType dtype) {
  const Tensor drawn = uniform(c, probability.dtype(), dims);
  return c.b.cast(c.b.compare("Less", drawn, c.b.cast(probability, drawn.dtype())), dtype);
}

// aten::bernoulli(self)
Results bernoulli(Call& c) {
  const Tensor p = c.tensor("self");
  return one(bernoulliOf(c, p, p.dims(), p.dtype()));
}

// aten::bernoulli.p, .Tensor, bernoulli_.float (self, p)
Results bernoulliLike(Call& c) {
  const Tensor x = c.tensor("self");
  return one(bernoulliOf(c, numberOrTensor(c, "p", floatType(x.dtype())), x.dims(), x.dtype()));
}

// aten::multinomial(self, num_samples, replacement): the places of the largest of log p + Gumbel noise
Results multinomial(Call& c) {
  const Tensor weights = c.tensor("self");
  const Tensor work = c.b.cast(weights.rank() == 1 ? c.b.unsqueeze(weights, {0}) : weights, DType::Float32);
  const Dim samples = c.dim("num_samples");
  Tensor logits = c.b.unary("Log", work);
  const bool withReplacement = c.boolean("replacement") || samples == Dim(1);
  Dims dims = work.dims();
  if (withReplacement) {  // every sample has its own noise
    logits = c.b.unsqueeze(logits, {1});
    dims.insert(dims.begin() + 1, samples);
  }
  const Tensor drawn = c.b.unary("Log", openUniform(c, DType::Float32, dims));
  const Tensor noisy = c.b.sub(logits, c.b.unary("Log", c.b.unary("Neg", drawn)));
  const int64_t last = noisy.rank() - 1;
  Tensor chosen = withReplacement ? c.b.op("ArgMax", {noisy}, {{"axis", last}, {"keepdims", 0}})
                                  : topK(c.b, noisy, samples, last, true).second;
  return one(weights.rank() == 1 ? c.b.squeeze(chosen, {0}) : chosen);
}

// ---- dropout ------------------------------------------------------------------------------------------------------

/// 1 where an element is kept, of the input's type.
Tensor keepMask(Call& c, const Tensor& x, const Dims& dims, double p) {
  const Tensor drawn = uniform(c, x.dtype(), dims);
  return c.b.cast(c.b.compare("GreaterOrEqual", drawn, c.b.scalarLike(drawn, p)), x.dtype());
}

Dims channelDims(const Tensor& x) {
  Dims dims(x.dims().size(), 1);
  for (size_t i = 0; i < dims.size() && i < 2; ++i) dims[i] = x.dims()[i];
  return dims;
}

bool isIdle(Call& c) { return !c.boolean("train") || c.number("p") == 0; }

Lowering dropout(bool wholeChannels, const char* input) {
  return [=](Call& c) {
    const Tensor x = c.tensor(input);
    if (isIdle(c)) return one(x);
    const double p = c.number("p");
    if (p == 1) return one(c.b.fullLike(x, 0));
    const Tensor mask = keepMask(c, x, wholeChannels ? channelDims(x) : x.dims(), p);
    return one(c.b.mulScalar(c.b.mul(x, mask), 1 / (1 - p)));
  };
}

// Dropped elements become SELU's lower limit; the result is shifted and scaled to keep mean and variance.
Lowering alphaDropout(bool wholeChannels, const char* input) {
  return [=](Call& c) {
    const Tensor x = c.tensor(input);
    if (isIdle(c)) return one(x);
    constexpr double kLimit = -1.7580993408473766;
    const double p = c.number("p");
    if (p == 1) return one(c.b.fullLike(x, 0));
    const double scale = 1 / std::sqrt((kLimit * kLimit * p + 1) * (1 - p));
    const Tensor mask = keepMask(c, x, wholeChannels ? channelDims(x) : x.dims(), p);
    const Tensor dropped = c.b.mulScalar(c.b.sub(c.b.scalarLike(mask, 1), mask), kLimit);
    return one(c.b.addScalar(c.b.mulScalar(c.b.add(c.b.mul(x, mask), dropped), scale), -scale * p * kLimit));
  };
}

// aten::native_dropout(input, p, train): the result and the mask
Results nativeDropout(Call& c) {
  const Tensor x = c.tensor("input");
  const double p = c.number("p");
  if (c.has("train") && !c.boolean("train")) return {x, c.b.full(DType::Bool, x.dims(), 1)};
  const Tensor mask = keepMask(c, x, x.dims(), p);
  return {c.b.mulScalar(c.b.mul(x, mask), p == 1 ? 0 : 1 / (1 - p)), asBool(c.b, mask)};
}

Results noOperator(Call& c) { c.refuse("ONNX has no random operator of this distribution"); }

}  // namespace

std::vector<Row> random() {
  constexpr const char* kNone = "refused: ONNX has no such random operator";
  return {
      {"aten::rand(size, dtype)", rand},
      {"aten::rand.generator(size, dtype)", rand},
      {"aten::rand_like(self, dtype)", randLike},
      {"aten::randn(size, dtype)", randn},
      {"aten::randn.generator(size, dtype)", randn},
      {"aten::randn_like(self, dtype)", randnLike},
      {"aten::randint(high, size, dtype)", randint},
      {"aten::randint.generator(high, size, dtype)", randint},
      {"aten::randint.low(low, high, size, dtype)", randint},
      {"aten::randint.low_generator(low, high, size, dtype)", randint},
      {"aten::randint_like(self, high, dtype)", randintLike},
      {"aten::randint_like.low_dtype(self, low, high, dtype)", randintLike},
      {"aten::randperm(n, dtype)", randperm},
      {"aten::randperm.generator(n, dtype)", randperm},
      {"aten::uniform(self, from, to)", fillUniform},
      {"aten::normal_(self, mean, std)", fillNormal},
      {"aten::normal_functional(self, mean, std)", fillNormal},
      {"aten::normal.Tensor_Tensor(mean, std)", normalOf},
      {"aten::normal.Tensor_float(mean, std)", normalOf},
      {"aten::normal.float_Tensor(mean, std)", normalOf},
      {"aten::normal.float_float(mean, std, size, dtype)", normalSized},
      {"aten::log_normal(self, mean, std)", fillLogNormal},
      {"aten::exponential(self, lambd)", fillExponential},
      {"aten::cauchy(self, median, sigma)", fillCauchy},
      {"aten::geometric(self, p)", fillGeometric},
      {"aten::random(self)", fillIntegers},
      {"aten::random.to(self, to)", fillIntegers},
      {"aten::random.from(self, from, to)", fillIntegers},
      {"aten::bernoulli(self)", bernoulli},
      {"aten::bernoulli.p(self, p)", bernoulliLike},
      {"aten::bernoulli.Tensor(self, p)", bernoulliLike},
      {"aten::bernoulli_.Tensor(self, p)", bernoulliLike},
      {"aten::bernoulli_.float(self, p)", bernoulliLike},
      {"aten::multinomial(self, num_samples, replacement)", multinomial},
      {"aten::dropout(input, p, train)", dropout(false, "input")},
      {"aten::dropout_(self, p, train)", dropout(false, "self")},
      {"aten::feature_dropout(input, p, train)", dropout(true, "input")},
      {"aten::feature_dropout_(self, p, train)", dropout(true, "self")},
      {"aten::alpha_dropout(input, p, train)", alphaDropout(false, "input")},
      {"aten::alpha_dropout_(self, p, train)", alphaDropout(false, "self")},
      {"aten::feature_alpha_dropout(input, p, train)", alphaDropout(true, "input")},
      {"aten::feature_alpha_dropout_(self, p, train)", alphaDropout(true, "self")},
      {"aten::native_dropout(input, p, train)", nativeDropout},
      {"aten::poisson(self)", noOperator, kNone},
      {"aten::binomial(count, prob)", noOperator, kNone},
      {"aten::_standard_gamma(self)", noOperator, kNone},
      {"aten::_sample_dirichlet(self)", noOperator, kNone},
  };
}

}  // namespace deploytool::exporter::ops
