// One case: compiled, exported, run by both runtimes, compared.
#pragma once

#include <set>
#include <string>

#include "tests/lowering/cases.h"
#include "tests/lowering/onnx_server.h"
#include "torchscript/module.h"

namespace deploytool::testing {

/// What all cases share, made on first use: the server, then libtorch.
struct Runtimes {
  OnnxServer onnx;
  ts::TorchModule* torch = nullptr;
  std::string problem;  ///< why libtorch could not be loaded
};
Runtimes& runtimes();

/// Runs the case with `T` standing for `dtype` at one opset. Empty when all is well, else what is wrong. Names of the
/// rows that it exercised are added to `rows`.
std::string runCase(const Case& test, const std::string& dtype, int64_t opset, std::set<std::string>& rows);

}  // namespace deploytool::testing
