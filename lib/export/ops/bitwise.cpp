// Bitwise operators. On bools they are the logical ones. On integers ONNX has BitwiseAnd and its kin from opset 18 on;
// before that the bits are taken apart by arithmetic.
#include "export/ops/integer_division.h"
#include "export/ops/operands.h"

namespace deploytool::exporter::ops {

namespace {

int64_t bitWidth(DType dtype) { return static_cast<int64_t>(ir::itemSize(dtype)) * 8; }

/// 1, 2, 4, … up to the highest bit; the weight of the sign bit of int64 is its smallest number.
Tensor bitWeights(Builder& b, DType dtype) {
  std::vector<int64_t> weights;
  for (int64_t bit = 0; bit < bitWidth(dtype); ++bit) weights.push_back(static_cast<int64_t>(uint64_t{1} << bit));
  return b.int64s(weights);
}

/// The bits of int64 `x` along a new last axis, lowest first, as int64 0 and 1.
Tensor bitsOf(Builder& b, const Tensor& x, DType dtype) {
  std::vector<int64_t> weights = bitWeights(b, dtype).constant()->toInt64s();
  const bool hasSign = dtype == DType::Int64;
  if (hasSign) weights.pop_back();  // 2^63 is no int64: the sign is looked at instead
  const Tensor last = b.unsqueeze(x, {x.rank()}), weight = b.int64s(weights);
  const Tensor bits = b.binary("Mod", floorDivide(b, last, weight), b.int64(2));
  if (!hasSign) return bits;
  return b.concat({bits, b.cast(b.compare("Less", last, b.int64(0)), DType::Int64)}, x.rank());
}

/// The number that a constant of one element holds.
std::optional<int64_t> constantInteger(const Tensor& x) {
  if (!x.isConstant() || x.constant()->numel() != 1) return {};
  return x.constant()->toInt64s()[0];
}

/// x & (2^n - 1) is x modulo 2^n.
std::optional<Tensor> maskLowBits(Builder& b, const Tensor& x, const Tensor& mask) {
  const auto value = constantInteger(mask);
  if (!value || *value <= 0 || mask.rank() > x.rank()) return {};
  const uint64_t next = static_cast<uint64_t>(*value) + 1;
  if ((next & (next - 1)) != 0 || next > (uint64_t{1} << 62)) return {};
  return b.binary("Mod", x, b.int64(static_cast<int64_t>(next)));
}

/// x & y on int64 values that came from `dtype`.
Tensor andOfInt64(Builder& b, const Tensor& x, const Tensor& y, DType dtype) {
  if (auto masked = maskLowBits(b, x, y)) return *masked;
  if (auto masked = maskLowBits(b, y, x)) return *masked;
  const Tensor both = b.mul(bitsOf(b, x, dtype), bitsOf(b, y, dtype));
  const Tensor weighted = b.mul(both, bitWeights(b, dtype));
  return b.reduce("ReduceSum", weighted, {weighted.rank() - 1}, false);
}

enum class Bitwise { And, Or, Xor };

Tensor onIntegers(Builder& b, Bitwise operation, const Tensor& x, const Tensor& y) {
  static constexpr const char* kOpset18[] = {"BitwiseAnd", "BitwiseOr", "BitwiseXor"};
  const DType dtype = x.dtype();
  if (b.opset() >= 18) return b.op(kOpset18[static_cast<int>(operation)], {x, y});
  const Tensor left = b.cast(x, DType::Int64), right = b.cast(y, DType::Int64);
  Tensor result = andOfInt64(b, left, right, dtype);
  // x | y = x + y - (x & y);  x ^ y = x + y - 2 (x & y)
  if (operation == Bitwise::Or) result = b.sub(b.add(left, right), result);
  if (operation == Bitwise::Xor) result = b.sub(b.add(left, right), b.mul(result, b.int64(2)));
  return b.cast(result, dtype);
}

Lowering bitwise(Bitwise operation) {
  return [operation](Call& c) -> Results {
    static constexpr const char* kLogical[] = {"And", "Or", "Xor"};
    const Tensors x = operands(c, {"self", "other"});
    if (x[0].dtype() == DType::Bool) return {c.b.op(kLogical[static_cast<int>(operation)], x)};
    if (ir::isFloating(x[0].dtype())) c.refuse("bitwise operators need integers or bools");
    return {onIntegers(c.b, operation, x[0], x[1])};
  };
}

// aten::__and__.int, __or__.int, __xor__.int: of Python's ints
Lowering onNumbers(Bitwise operation) {
  return [operation](Call& c) -> Results {
    const Dim a = c.dim("a"), b = c.dim("b");
    const Dim& mask = a.isLiteral() ? a : b;
    const bool isMask = mask.isLiteral() && mask.literal() >= 0 && (mask.literal() & (mask.literal() + 1)) == 0;
    if (operation == Bitwise::And && isMask) return {ir::mod(a.isLiteral() ? b : a, mask + 1)};
    return {c.b.toDim(onIntegers(c.b, operation, c.b.dim(a), c.b.dim(b)))};
  };
}

// aten::bitwise_not: -x - 1, all ones minus x where there is no sign
Results bitwiseNot(Call& c) {
  const Tensor x = realOperand(c, "self");
  if (x.dtype() == DType::Bool) return {c.b.logicalNot(x)};
  if (c.b.opset() >= 18) return {c.b.op("BitwiseNot", {x})};
  return {c.b.sub(c.b.scalarLike(x, x.dtype() == DType::UInt8 ? 255 : -1), x)};
}

/// 2^n for shift counts; the operands as int64.
struct Shift {
  Tensor x, factor;
  DType dtype;
};
Shift shiftOperands(Call& c) {
  const Tensors x = operands(c, {"self", "other"});
  const Tensor count = c.b.cast(x[1], DType::Int64);
  return {c.b.cast(x[0], DType::Int64), c.b.binary("Pow", c.b.int64(2), count), x[0].dtype()};
}

// aten::bitwise_left_shift.Tensor
Results leftShift(Call& c) {
  const Shift s = shiftOperands(c);
  return {c.b.cast(c.b.mul(s.x, s.factor), s.dtype)};
}

// aten::bitwise_right_shift.Tensor: keeps the sign
Results rightShift(Call& c) {
  const Shift s = shiftOperands(c);
  return {c.b.cast(floorDivide(c.b, s.x, s.factor), s.dtype)};
}

constexpr const char* kShiftLimit = "shift counts of 63 and more, and negative ones";

}  // namespace

std::vector<Row> bitwise() {
  std::vector<Row> rows = {
      {"aten::bitwise_not(self)", bitwiseNot},
      {"aten::__and__.int(a, b)", onNumbers(Bitwise::And)},
      {"aten::__or__.int(a, b)", onNumbers(Bitwise::Or)},
      {"aten::__xor__.int(a, b)", onNumbers(Bitwise::Xor)},
  };
  addRows(rows, {"aten::bitwise_and.Tensor(self, other)", "aten::bitwise_and.Scalar_Tensor(self, other)",
                 "aten::__and__.Tensor(self, other)"}, bitwise(Bitwise::And));
  addRows(rows, {"aten::bitwise_or.Tensor(self, other)", "aten::bitwise_or.Scalar_Tensor(self, other)",
                 "aten::__or__.Tensor(self, other)"}, bitwise(Bitwise::Or));
  addRows(rows, {"aten::bitwise_xor.Tensor(self, other)", "aten::bitwise_xor.Scalar_Tensor(self, other)",
                 "aten::__xor__.Tensor(self, other)"}, bitwise(Bitwise::Xor));
  for (const char* name : {"aten::bitwise_left_shift.Tensor(self, other)",
                           "aten::bitwise_left_shift.Tensor_Scalar(self, other)",
                           "aten::bitwise_left_shift.Scalar_Tensor(self, other)", "aten::__lshift__.Tensor(self, other)"})
    rows.emplace_back(name, leftShift, kShiftLimit);
  for (const char* name : {"aten::bitwise_right_shift.Tensor(self, other)",
                           "aten::bitwise_right_shift.Tensor_Scalar(self, other)",
                           "aten::bitwise_right_shift.Scalar_Tensor(self, other)", "aten::__rshift__.Tensor(self, other)"})
    rows.emplace_back(name, rightShift, kShiftLimit);
  return rows;
}

}  // namespace deploytool::exporter::ops
