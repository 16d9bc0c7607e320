// Whether a module gives the same in libtorch and, exported, in ONNX Runtime.
#pragma once

#include <set>
#include <string>

#include "tests/generator/module.h"
#include "tests/lowering/onnx_server.h"
#include "torchscript/module.h"

namespace deploytool::testing::generator {

struct Verdict {
  enum Kind {
    Equal,
    Assumed,   ///< differs at sizes that the export's reported assumptions leave out
    Unstable,  ///< differs in elements or sizes that rounding decides: libtorch too has others where inputs
             ///  or results change by as much
    Empty,     ///< ONNX Runtime cannot run it, and says so, with an axis of size 0
    Refused,
    Invalid,   ///< libtorch raises or does not compile it
    Unlisted,  ///< refused where the table names no limit of the operator
    Fails,     ///< ONNX Runtime cannot load or run it
    Mismatch,
  };
  Kind kind = Equal;
  std::string detail;
  std::set<std::string> rows;  ///< of the operator table, used by the export
  size_t set = 0;              ///< of inputs, that `detail` is about

  bool isWrong() const { return kind >= Unlisted; }
  bool isCompared() const { return kind < Refused || kind > Unlisted; }
};

const char* name(Verdict::Kind kind);

/// What a child is about to do (children.h) begins with this while our code is at work, not libtorch's.
inline constexpr const char* kExporting = "exporting ";

struct Judges {
  OnnxServer onnx;
  ts::TorchModule* torch = nullptr;
};

Verdict judge(Judges& judges, const Module& module);

}  // namespace deploytool::testing::generator
