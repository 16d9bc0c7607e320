// Fused attention operators taken apart, so that the linear layers in them can be quantized.
#pragma once

#include <functional>

#include "torchscript/quantize/static_values.h"

namespace deploytool::ts {

/// Replaces aten::_native_multi_head_attention and aten::_transformer_encoder_layer_fwd, those with attributes for
/// weights of which `isChosen` takes one.
void unfuseAttention(torch::jit::Graph& graph, StaticValues& values,
                     const std::function<bool(const at::Tensor&)>& isChosen);

}  // namespace deploytool::ts
