// aten::einsum as ONNX Einsum.
#include <cctype>

#include "export/ops/operands.h"

namespace deploytool::exporter::ops {

namespace {

/// ONNX wants the same subscripts without blanks. Lower-case letters only, since not every runtime takes others.
std::string normalised(Call& c, const std::string& equation) {
  std::string used, result;
  for (char ch : equation)
    if (std::islower(static_cast<unsigned char>(ch)) && used.find(ch) == std::string::npos) used += ch;
  std::string upper, stand;
  for (char ch : equation) {
    if (std::isspace(static_cast<unsigned char>(ch))) continue;
    if (!std::isupper(static_cast<unsigned char>(ch))) {
      result += ch;
      continue;
    }
    size_t at = upper.find(ch);
    if (at == std::string::npos) {
      char free = 'a';
      while (free <= 'z' && used.find(free) != std::string::npos) ++free;
      if (free > 'z') c.refuse("einsum with more than 26 subscripts");
      used += free;
      at = upper.size();
      upper += ch;
      stand += free;
    }
    result += stand[at];
  }
  return result;
}

// aten::einsum
Results lowerEinsum(Call& c) {
  const Tensors tensors = c.tensors("tensors");
  if (tensors.empty()) c.refuse("einsum of no tensors");
  const DType dtype = tensors[0].dtype();
  if (ir::isComplex(dtype)) c.refuse("complex tensors are not supported");
  const bool direct = ir::isFloating(dtype) || dtype == DType::Int32 || dtype == DType::Int64;
  Tensors inputs;
  for (const Tensor& x : tensors) inputs.push_back(direct ? x : c.b.cast(x, DType::Int64));
  const Tensor result = c.b.op("Einsum", inputs, {{"equation", normalised(c, c.text("equation"))}});
  return {c.b.cast(result, dtype)};
}

}  // namespace

std::vector<Row> einsum() { return {{"aten::einsum(equation, tensors)", lowerEinsum}}; }

}  // namespace deploytool::exporter::ops
