// Operands of elementwise operators (operands.h).
#include "export/ops/operands.h"
#include "export/ops/refusing.h"

#include <cmath>
#include <limits>

namespace deploytool::exporter::ops {

namespace {

[[noreturn]] void refuseComplex(const Call& c) { c.refuse("complex tensors are not supported"); }

}  // namespace

DType realType(const Call& c, std::initializer_list<std::string_view> names) {
  const DType dtype = c.promoted(names);
  if (ir::isComplex(dtype)) refuseComplex(c);
  return dtype;
}

Tensor operand(const Call& c, std::string_view name, DType dtype) {
  const Value& value = c.arg(name);
  if (const auto* number = value.as<double>()) return c.b.scalar(dtype, *number);
  if (const auto* flag = value.as<bool>()) return c.b.scalar(dtype, *flag);
  if (const auto* integer = value.as<Dim>(); integer && integer->isLiteral())
    return dtype == DType::Int64 ? c.b.int64(integer->literal())
                                 : c.b.scalar(dtype, static_cast<double>(integer->literal()));
  const Tensor x = c.tensor(name);
  if (ir::isComplex(x.dtype())) refuseComplex(c);
  return c.b.cast(x, dtype);
}

Tensors operands(const Call& c, std::initializer_list<std::string_view> names) {
  const DType dtype = realType(c, names);
  Tensors result;
  for (std::string_view name : names) result.push_back(operand(c, name, dtype));
  return result;
}

Tensors floatOperands(const Call& c, std::initializer_list<std::string_view> names) {
  const DType dtype = floatType(realType(c, names));
  Tensors result;
  for (std::string_view name : names) result.push_back(operand(c, name, dtype));
  return result;
}

Tensor realOperand(const Call& c, std::string_view name) {
  Tensor x = c.tensor(name);
  if (ir::isComplex(x.dtype())) refuseComplex(c);
  return x;
}

Tensor floatOperand(const Call& c, std::string_view name) {
  const Tensor x = realOperand(c, name);
  return c.b.cast(x, floatType(x.dtype()));
}

bool isNumber(const Call& c, std::string_view name, double value) {
  const Value& given = c.arg(name);
  if (const auto* number = given.as<double>()) return *number == value;
  if (const auto* integer = given.as<Dim>()) return integer->isLiteral() && static_cast<double>(integer->literal()) == value;
  return false;
}

double numberOr(const Call& c, std::string_view name, double otherwise) {
  return c.has(name) ? c.number(name) : otherwise;
}

double largestFinite(DType dtype) {
  switch (dtype) {
    case DType::Float16: return 65504.0;
    case DType::BFloat16: return 3.3895313892515355e38;
    case DType::Float32: return std::numeric_limits<float>::max();
    default: return std::numeric_limits<double>::max();
  }
}

void addRows(std::vector<Row>& rows, std::initializer_list<const char*> signatures, const Lowering& lowering,
             const char* limits) {
  for (const char* signature : signatures) rows.emplace_back(signature, lowering, limits);
}

Row refusing(const char* signature, const char* reason) {
  return Row(signature, Refusing{reason}, reason);
}

void addRefusing(std::vector<Row>& rows, std::initializer_list<const char*> signatures, const char* reason) {
  for (const char* signature : signatures) rows.push_back(refusing(signature, reason));
}

}  // namespace deploytool::exporter::ops
