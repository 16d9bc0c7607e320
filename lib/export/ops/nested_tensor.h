// Nested tensors, as TransformerEncoder makes of padded sequences: the padded tensor itself, and the mask of what is in it.
// The dim over the sequences' elements is a symbol of its own, by which a nested tensor is known.
#pragma once

#include "export/call.h"

namespace deploytool::exporter::ops {

bool isNested(CallHost& host, const Tensor& x);
/// Whether a row can be given nested tensors.
bool takesNested(std::string_view row);

/// bool[batch, length], true where a sequence has an element; nothing for an ordinary tensor.
std::optional<Tensor> nestedMask(Call& c, const Tensor& x);
/// [batch, length, …] as a nested tensor with this mask.
Tensor nest(Call& c, const Tensor& padded, const Tensor& mask);
/// The padded tensor; what it holds outside of the mask is arbitrary.
Tensor unnest(Call& c, const Tensor& nested, const Tensor& mask);

}  // namespace deploytool::exporter::ops
