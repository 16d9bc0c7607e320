// Text and parts of a generated module (module.h).
#include "tests/generator/module.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <regex>
#include <set>

namespace deploytool::testing::generator {

namespace {

std::string specOf(const Input& input) {
  std::string dims;
  for (size_t i = 0; i < input.symbols.size(); ++i) {
    const int64_t size = input.variable.dims[i][0];
    dims += (i ? "," : "") + (input.symbols[i].empty() ? std::to_string(size) : fmt::format("{}={}", input.symbols[i], size));
  }
  return fmt::format("{}:{}[{}]", input.variable.name, ir::dtypeName(input.variable.dtype), dims);
}

ir::Tensor tensorOf(const ts::Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value.data)) return ir::Tensor::scalar(ir::DType::Int64, static_cast<double>(*number));
  if (const auto* number = std::get_if<double>(&value.data)) return ir::Tensor::scalar(ir::DType::Float64, *number);
  if (const auto* truth = std::get_if<bool>(&value.data)) return ir::Tensor::scalar(ir::DType::Bool, *truth);
  return *std::get<ir::TensorPtr>(value.data);
}

/// Windows come from cosines: their rounding is that of numbers around 1, whatever is left of them.
bool isWindow(const Call& call) { return call.row.find("_window") != std::string::npos; }

/// By as much everywhere where it is a unit of float32 or less, else by element.
std::string nudgeText(const std::string& name, double nudge) {
  if (std::fabs(nudge) < 1e-7) return fmt::format("  {0} = {0} * {1:.9f}\n", name, 1 + nudge);
  return fmt::format("  {0} = ({0} * (1 + {1:.9f} * torch.cos(torch.arange({0}.numel(), dtype=7).reshape({0}.size())))).to({0}.dtype)\n",
                     name, nudge);
}

/// A quantized operator rounds within itself; its code ends with the scale and the zero point of its result.
std::string withNudgedScale(const std::string& code, double nudge) {
  static const std::regex kEnd(R"((\d+\.\d+), (-?\d+\)+)$)");
  std::smatch end;
  if (code.find("ops.quantized.") == std::string::npos || !std::regex_search(code, end, kEnd)) return code;
  return fmt::format("{}{:.12f}, {}", end.prefix().str(), std::stod(end[1]) * (1 + nudge), end[2].str());
}

/// ONNX has no complex results: their parts.
std::string resultText(const Module& module, const std::string& name) {
  for (const Call& call : module.calls)
    for (const Variable& v : call.results)
      if (v.name == name && v.kind == Kind::Tensor && ir::isComplex(v.dtype)) return "torch.view_as_real(torch.resolve_conj(" + name + "))";
  return name;
}

}  // namespace

std::string parameterText(const std::string& name, Kind kind) {
  switch (kind) {
    case Kind::Int: return name + ": int";
    case Kind::Float: return name + ": float";
    case Kind::Bool: return name + ": bool";
    default: return name;
  }
}

ir::DType numberType(Kind kind) {
  return kind == Kind::Int ? ir::DType::Int64 : kind == Kind::Float ? ir::DType::Float64 : ir::DType::Bool;
}

std::string Module::changedText(const std::function<std::string(const Call&, const Variable&)>& change) const {
  std::string names, body;
  for (const Input& input : inputs) names += (names.empty() ? "" : ", ") + parameterText(input.variable.name, input.variable.kind);
  for (const Call& call : calls) {
    std::string results;
    for (const Variable& v : call.results) results += (results.empty() ? "" : ", ") + v.name;
    for (const std::string& line : call.before) body += "  " + line + "\n";
    body += "  " + results + " = " + call.code + "\n";
    for (const Variable& v : call.results)
      if (v.kind == Kind::Tensor && ir::isFloating(v.dtype)) body += change(call, v);
  }
  std::string results;
  for (const std::string& output : outputs) results += (results.empty() ? "" : ", ") + resultText(*this, output);
  return fmt::format("def {}({}):\n{}  return {}\n", kFunction, names, body, results);
}

std::string Module::text() const {
  return changedText([](const Call&, const Variable&) { return ""; });
}

std::string Module::nudgedText(double nudge) const {
  Module nudged = *this;
  for (Call& call : nudged.calls) call.code = withNudgedScale(call.code, nudge);
  return nudged.changedText([nudge](const Call& call, const Variable& v) {
    return nudgeText(v.name, nudge * (v.dtype == ir::DType::Float16 ? 1000 : 1)) +
           (isWindow(call) ? fmt::format("  {0} = {0} + {1:.9f}\n", v.name, nudge) : "");
  });
}

std::string Module::flushedText() const {
  return changedText([](const Call&, const Variable& v) {
    return fmt::format("  {0} = torch.where(torch.abs({0}) < {1}, torch.zeros_like({0}), {0})\n", v.name,
                       v.dtype == ir::DType::Float16 ? "1e-2" : "1e-5");
  });
}

std::vector<std::string> Module::specTexts() const {
  std::vector<std::string> result;
  for (const Input& input : inputs) result.push_back(specOf(input));
  return result;
}

Module trimmed(Module module) {
  std::set<std::string> needed(module.outputs.begin(), module.outputs.end());
  std::vector<Call> calls;
  for (auto call = module.calls.rbegin(); call != module.calls.rend(); ++call) {
    const bool isNeeded = std::any_of(call->results.begin(), call->results.end(),
                                      [&](const Variable& v) { return needed.count(v.name) != 0; });
    if (!isNeeded) continue;
    needed.insert(call->uses.begin(), call->uses.end());
    calls.push_back(*call);
  }
  std::reverse(calls.begin(), calls.end());
  module.calls = std::move(calls);
  std::erase_if(module.inputs, [&](const Input& input) { return needed.count(input.variable.name) == 0; });
  return module;
}

std::vector<ir::Tensor> tensorsOf(const Module& module, size_t set) {
  std::vector<ir::Tensor> result;
  for (const Input& input : module.inputs) result.push_back(tensorOf(input.variable.values[set]));
  return result;
}

std::vector<ts::Value> argumentsOf(const Module& module, const std::vector<ir::Tensor>& tensors) {
  std::vector<ts::Value> result;
  for (size_t i = 0; i < tensors.size(); ++i) {
    switch (module.inputs[i].variable.kind) {
      case Kind::Int: result.push_back({tensors[i].toInt64s().at(0)}); break;
      case Kind::Float: result.push_back({tensors[i].toDoubles().at(0)}); break;
      case Kind::Bool: result.push_back({tensors[i].toDoubles().at(0) != 0}); break;
      default: result.push_back({std::make_shared<const ir::Tensor>(tensors[i])});
    }
  }
  return result;
}

}  // namespace deploytool::testing::generator
