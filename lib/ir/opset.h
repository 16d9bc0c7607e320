// What operators of ai.onnx look like, by opset version: arity and attributes. Our own table, for opsets 1 to 18.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ir/graph.h"

namespace deploytool::ir {

/// Newest opset of ai.onnx that the table covers.
inline constexpr int64_t kNewestOpset = 18;

struct OperatorSignature {
  const char* name;
  const char* versions;        ///< versions with this signature, oldest first: `7 13 14`
  int minInputs, maxInputs;    ///< -1: variadic
  int minOutputs, maxOutputs;  ///< -1: variadic
  const char* attributes;      ///< `axis:i keepdims:i kernel_shape:I*`
  bool deprecated = false;
};

/// The signature that `opType` of ai.onnx has at `opset`; null when it does not exist there.
const OperatorSignature* findOperator(std::string_view opType, int64_t opset);
/// The version that introduced the operator's definition in force at `opset`.
std::optional<int64_t> sinceVersion(std::string_view opType, int64_t opset);
/// Whether output `i` of an ai.onnx operator may be left out.
bool isOptionalOutput(std::string_view opType, int64_t opset, size_t i);
/// What is wrong with the node's operator, arity or attributes; nothing when it fits (or its domain is not ours).
std::optional<std::string> checkSignature(const Node& node, int64_t opset);

/// Oldest IR version of files that suits an opset.
int64_t irVersionFor(int64_t opset);

}  // namespace deploytool::ir
