// Delta debugging on outputs and calls (reduce.h).
#include "tests/generator/reduce.h"

#include <algorithm>
#include <set>

namespace deploytool::testing::generator {

namespace {

using Predicate = std::function<bool(const Module&)>;

bool accept(Module& best, Module candidate, const Predicate& isWrong) {
  candidate = trimmed(std::move(candidate));
  const bool smaller = candidate.calls.size() < best.calls.size() || candidate.outputs.size() < best.outputs.size();
  if (!smaller || candidate.outputs.empty() || candidate.calls.empty() || !isWrong(candidate)) return false;
  best = std::move(candidate);
  return true;
}

/// A name for an axis of a variable: sizes that are equal everywhere are literal.
std::string symbolOf(const Module& module, const Size& size) {
  if (size[0] == size[1] && size[0] == size[2]) return {};
  for (const Input& input : module.inputs)
    for (size_t i = 0; i < input.symbols.size(); ++i)
      if (input.variable.dims[i] == size && !input.symbols[i].empty()) return input.symbols[i];
  std::string name = "d";
  for (int64_t s : size) name += "_" + std::to_string(s);
  return name;
}

/// The call's results become inputs with the values that it gave.
Module withoutCall(const Module& module, size_t at) {
  Module result = module;
  for (const Variable& v : module.calls[at].results) {
    if (!v.isUsable()) continue;
    Input input{v, {}};
    if (v.kind != Kind::Tensor) input.variable.dtype = numberType(v.kind);
    for (const Size& size : v.dims) input.symbols.push_back(symbolOf(result, size));
    result.inputs.push_back(std::move(input));
  }
  result.calls.erase(result.calls.begin() + static_cast<std::ptrdiff_t>(at));
  std::set<std::string> made;
  for (const Call& call : result.calls)
    for (const Variable& v : call.results) made.insert(v.name);
  std::erase_if(result.outputs, [&](const std::string& name) { return made.count(name) == 0; });
  return result;
}

bool mayBeInput(const Variable& v) {
  if (v.kind == Kind::Tensor) return !ir::isComplex(v.dtype);
  return v.kind == Kind::Int || v.kind == Kind::Float || v.kind == Kind::Bool;
}

bool isCuttable(const Call& call) {
  return std::all_of(call.results.begin(), call.results.end(), [](const Variable& v) { return !v.isUsable() || mayBeInput(v); });
}

bool step(Module& best, const Predicate& isWrong) {
  for (const std::string& output : best.outputs) {
    Module candidate = best;
    candidate.outputs = {output};
    if (best.outputs.size() > 1 && accept(best, std::move(candidate), isWrong)) return true;
  }
  for (const Call& call : best.calls)
    for (const Variable& v : call.results) {
      if (!v.isUsable()) continue;
      Module candidate = best;
      candidate.outputs = {v.name};
      if (accept(best, std::move(candidate), isWrong)) return true;
    }
  for (size_t i = 0; i < best.calls.size(); ++i)
    if (isCuttable(best.calls[i]) && accept(best, withoutCall(best, i), isWrong)) return true;
  return false;
}

}  // namespace

Module reduce(Module module, const Predicate& isWrong) {
  while (step(module, isWrong)) {
  }
  return module;
}

}  // namespace deploytool::testing::generator
