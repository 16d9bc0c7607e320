// The rules' rows by family; rules.cpp joins them.
#pragma once

#include <span>

#include "quantize/rules.h"

namespace deploytool::quantize {

/// The domain of ONNX Runtime's own operators.
inline constexpr const char* kMicrosoft = "com.microsoft";

std::span<const Rule> linearRules();
std::span<const Rule> recurrentRules();
std::span<const Rule> embeddingRules();
std::span<const Rule> convolutionRules();

}  // namespace deploytool::quantize
