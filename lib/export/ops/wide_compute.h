// Operators that libtorch computes on bfloat16 as on float32 and rounds once, at the end.
#pragma once

#include <string_view>

namespace deploytool::exporter::ops {

/// Whether a row is of such an operator, and lowered to several ONNX operators that would round each.
bool roundsOnce(std::string_view row);

}  // namespace deploytool::exporter::ops
