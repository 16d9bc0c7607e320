// Output dims of LSTM, GRU and RNN, for ai.onnx and com.microsoft.
#pragma once

#include "ir/infer.h"

namespace deploytool::ir::inference {

/// Y, Y_h and (LSTM) Y_c. `hidden` is used where there is no attribute hidden_size.
void inferRecurrent(InferContext& ctx, const std::optional<Dim>& hidden);

}  // namespace deploytool::ir::inference
