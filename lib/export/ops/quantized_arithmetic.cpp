// Sums, products and joins of quantized tensors. With a number, libtorch moves the scale and keeps the integers.
#include <algorithm>
#include <cmath>

#include "export/ops/families.h"
#include "export/ops/quantized_values.h"

namespace deploytool::exporter::ops {

namespace {

// quantized::add, mul, matmul
Tensor sum(Call& c) { return c.b.add(realTensor(c, "qa"), realTensor(c, "qb")); }
Tensor product(Call& c) { return c.b.mul(realTensor(c, "qa"), realTensor(c, "qb")); }
Tensor matrixProduct(Call& c) { return c.b.matmul(realTensor(c, "qa"), realTensor(c, "qb")); }

Tensor withRelu(Call& c, const Tensor& y, bool relu) { return relu ? c.b.unary("Relu", y) : y; }

// quantized::add.Scalar, add.Scalar2, add_scalar: the number is rounded to the scale and moves the zero point; where that
// would leave the range, the scale grows instead
Lowering addScalar(bool relu) {
  return [relu](Call& c) -> Results {
    const Rounding given = roundingOf(c, "qa");
    const double steps = std::nearbyint(staticNumber(c, "b") / given.scale);
    const double zero = static_cast<double>(given.zeroPoint) - steps;
    Rounding moved = given;
    if (zero < given.lowest()) {
      moved.scale = (given.highest() - zero) / 255 * given.scale;
      moved.zeroPoint = static_cast<int64_t>(given.lowest());
    } else if (zero > given.highest()) {
      moved.scale = (zero - given.lowest()) / 255 * given.scale;
      moved.zeroPoint = static_cast<int64_t>(given.highest());
    } else {
      moved.zeroPoint = static_cast<int64_t>(zero);
    }
    const Tensor y = requantized(c, c.b.addScalar(realTensor(c, "qa"), steps * given.scale), moved);
    return {withRelu(c, y, relu)};
  };
}

// quantized::mul.Scalar, mul.Scalar2, mul_scalar: the scale takes the number; a negative one mirrors the integers
Lowering mulScalar(bool relu) {
  return [relu](Call& c) -> Results {
    const Rounding given = roundingOf(c, "qa");
    const double factor = staticNumber(c, "b");
    Rounding scaled = given;
    scaled.scale = factor == 0 ? 1 : std::abs(factor) * given.scale;
    if (factor == 0) scaled.zeroPoint = 0;
    if (factor < 0) scaled.zeroPoint = static_cast<int64_t>(given.highest() + given.lowest()) - given.zeroPoint;
    return {withRelu(c, requantized(c, c.b.mulScalar(realTensor(c, "qa"), factor), scaled), relu)};
  };
}

// quantized::cat, cat_relu: without a scale, that of the first tensor
Lowering join(bool relu) {
  return [relu](Call& c) -> Results {
    const Tensors parts = realTensors(c, "qx");
    if (parts.empty()) c.refuse("cat of no tensors");
    const Tensor y = withRelu(c, c.b.concat(parts, c.axis("dim", parts[0].rank())), relu);
    return {c.has("scale") ? quantizedResult(c, y, kPlainNames) : requantized(c, y, roundingOf(c, "qx"))};
  };
}

void addScalarRows(std::vector<Row>& rows, const std::string& name, Lowering (*lowering)(bool)) {
  for (const bool relu : {false, true}) {
    const std::string full = "quantized::" + name + (relu ? "_relu" : ""), scalar = "quantized::" + name + "_scalar" + (relu ? "_relu" : "");
    for (const std::string& key : {full + ".Scalar", full + ".Scalar2", scalar})
      rows.emplace_back((key + "(qa, b)").c_str(), lowering(relu));
    // libtorch forgets the ReLU of this one, and archives mean what it does.
    const bool forgotten = name == "add";
    rows.emplace_back((scalar + ".Tensor(qa, b)").c_str(), lowering(relu && !forgotten));
  }
}

}  // namespace

std::vector<Row> quantized_arithmetic() {
  std::vector<Row> rows = {
      {"quantized::add(qa, qb, scale, zero_point)", roundedAfter(sum, kPlainNames)},
      {"quantized::add_relu(qa, qb, scale, zero_point)", roundedAfterRelu(sum, kPlainNames)},
      {"quantized::mul(qa, qb, scale, zero_point)", roundedAfter(product, kPlainNames)},
      {"quantized::mul_relu(qa, qb, scale, zero_point)", roundedAfterRelu(product, kPlainNames)},
      {"quantized::matmul(qa, qb, scale, zero_point)", roundedAfter(matrixProduct, kPlainNames)},
      {"quantized::cat(qx, dim, scale, zero_point)", join(false)},
      {"quantized::cat_relu(qx, dim, scale, zero_point)", join(true)},
  };
  addScalarRows(rows, "add", addScalar);
  addScalarRows(rows, "mul", mulScalar);
  return rows;
}

}  // namespace deploytool::exporter::ops
