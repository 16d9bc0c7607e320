// Python numbers that are decided at run time (number.h).
#include "export/ops/number.h"

#include "export/ops/reduce.h"

namespace deploytool::exporter::ops {

Tensor asDouble(const Call& c, std::string_view name) { return operand(c, name, DType::Float64); }

Dim asInt(const Call& c, std::string_view name) {
  const Value& value = c.arg(name);
  if (const auto* scalar = value.as<RuntimeScalar>()) return c.b.toDim(c.b.cast(scalar->tensor, DType::Int64));
  return c.dim(name);
}

Tensor asBool(const Call& c, std::string_view name) { return c.b.cast(c.tensor(name), DType::Bool); }

std::optional<bool> knownBool(const Value& value) {
  if (const auto* flag = value.as<bool>()) return *flag;
  return {};
}

Value numberIn(const Call& c, const Tensor& x) {
  Tensor number = x;
  if (number.rank() != 0) number = c.b.reshape(number, {});
  if (ir::isComplex(x.dtype())) c.refuse("complex tensors are not supported");
  if (ir::isIntegral(x.dtype())) return c.b.toDim(number);
  return RuntimeScalar{c.b.cast(number, x.dtype() == DType::Bool ? DType::Bool : DType::Float64)};
}

Value truncatedInt(const Call& c, const Tensor& x) { return c.b.toDim(c.b.cast(x, DType::Int64)); }

Value compareInts(const Call& c, const char* opType, const Dim& a, const Dim& b) {
  const std::string_view name = opType;
  std::optional<bool> known;
  if (name == "Equal") known = ir::equal(a, b);
  if (name == "Less") known = ir::less(a, b);
  if (name == "Greater") known = ir::less(b, a);
  if (name == "LessOrEqual" || name == "GreaterOrEqual") {
    known = name == "LessOrEqual" ? ir::less(b, a) : ir::less(a, b);
    if (known) known = !*known;
  }
  if (known) return *known;
  return boolValue(c.b.compare(opType, c.b.dim(a), c.b.dim(b)));
}

Lowering numberFormula(Expr (*compute)(const Expr&)) {
  return [compute](Call& c) -> Results { return {floatValue(compute(Expr(c.b, asDouble(c, "a"))))}; };
}

void addNumberRows(std::vector<Row>& rows, const std::string& name, std::initializer_list<const char*> overloads,
                   const char* arguments, const Lowering& lowering) {
  for (const char* overload : overloads) {
    const std::string key = *overload ? name + "." + overload : name;
    rows.emplace_back((key + arguments).c_str(), lowering);
  }
}

}  // namespace deploytool::exporter::ops
