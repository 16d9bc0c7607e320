// Greatest common divisors and least common multiples.
#include "export/ops/families.h"
#include "export/ops/operands.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

/// Euclid's steps (a, b) -> (b, a mod b), until every b is 0: the body of a Loop that carries both.
std::unique_ptr<ir::Graph> euclid(Builder& b, const Dims& dims) {
  auto body = std::make_unique<ir::Graph>();
  body->outer = &b.graph();
  const ir::Type numbers = ir::Type::tensor(DType::Int64, dims);
  body->addInput("round", ir::Type::tensor(DType::Int64, Dims{}));
  body->addInput("condition", ir::Type::tensor(DType::Bool, Dims{}));
  const Tensor x = body->addInput("larger", numbers), y = body->addInput("smaller", numbers);
  const auto scope = b.enter(*body);
  const Tensor done = b.compare("Equal", y, b.int64(0));
  const Tensor rest = b.where(done, y, b.binary("Mod", x, b.where(done, b.int64(1), y)));
  const Tensor most = b.reduce("ReduceMax", b.concat({b.int64s({0}), b.flattenAll(rest)}, 0), {0}, false);
  for (const Tensor& output : {b.compare("Greater", most, b.int64(0)), b.where(done, x, y), rest})
    body->addOutput(output.value());
  return body;
}

/// Of int64 tensors of one shape.
Tensor commonDivisor(Builder& b, const Tensor& x, const Tensor& y) {
  ir::Attributes attributes;
  attributes.emplace_back("body", euclid(b, x.dims()));
  const Tensors result = b.ops("Loop", {Tensor(), b.scalar(DType::Bool, 1), b.unary("Abs", x), b.unary("Abs", y)}, 2,
                               std::move(attributes));
  return knownDims(result[0], x.dims());
}

Tensors int64Operands(Call& c) {
  const Tensors xs = operands(c, {"self", "other"});
  if (!ir::isIntegral(xs[0].dtype())) c.refuse("gcd and lcm are of integers");
  return broadcastAll(c.b, {c.b.cast(xs[0], DType::Int64), c.b.cast(xs[1], DType::Int64)});
}

// aten::gcd
Results gcd(Call& c) {
  const Tensors xs = int64Operands(c);
  return {c.b.cast(commonDivisor(c.b, xs[0], xs[1]), realType(c, {"self", "other"}))};
}

// aten::lcm: |a / gcd · b|, and 0 where one is 0
Results lcm(Call& c) {
  Builder& b = c.b;
  const Tensors xs = int64Operands(c);
  const Tensor divisor = b.binary("Max", commonDivisor(b, xs[0], xs[1]), b.int64(1));
  return {b.cast(b.unary("Abs", b.mul(b.div(xs[0], divisor), xs[1])), realType(c, {"self", "other"}))};
}

}  // namespace

std::vector<Row> number_theory() {
  return {
      {"aten::gcd(self, other)", gcd},
      {"aten::lcm(self, other)", lcm},
  };
}

}  // namespace deploytool::exporter::ops
