// The torch module, opened once, and what tests make values with.
#pragma once

#include <string>
#include <vector>

#include "torchscript/module.h"

namespace deploytool::test {

ts::TorchModule& torchModule();

/// An archive of tests/torchscript/data.
Result<ts::LoadedModel> loadData(const std::string& name);
/// Throws what the compiler refuses.
ts::LoadedModel compiled(const std::string& source);

/// The schema `name.overload` of the evaluator's libtorch.
ts::Schema schemaOf(ts::Evaluator& evaluator, const std::string& key);

ts::Value tensorValue(ir::Tensor tensor);
ts::Value floats(std::vector<int64_t> dims, const std::vector<float>& values, std::string name = {});
ts::Value int64s(std::vector<int64_t> dims, const std::vector<int64_t>& values);
ts::Value intList(const std::vector<int64_t>& values);
ts::Value tensorList(std::vector<ts::Value> values);
inline ts::Value number(double value) { return {value}; }
inline ts::Value integer(int64_t value) { return {value}; }
inline ts::Value boolean(bool value) { return {value}; }
inline ts::Value none() { return {}; }

const ir::Tensor& asTensor(const ts::Value& value);

}  // namespace deploytool::test
