// Fused attention operators taken apart, so that the linear layers in them can be quantized.
#pragma once

#include "torchscript/quantize/static_values.h"

namespace deploytool::ts {

/// Replaces aten::_native_multi_head_attention and aten::_transformer_encoder_layer_fwd whose weights are attributes.
void unfuseAttention(torch::jit::Graph& graph, StaticValues& values);

}  // namespace deploytool::ts
