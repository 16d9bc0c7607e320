// Types of attributes in a file.
#pragma once

#include <cstdint>

#include "ir/graph.h"

namespace deploytool::onnx_io {

/// Files of the first IR versions leave the type out; the field in use tells it.
int64_t attributeTypeFromField(uint32_t field);
/// A payload of this type to read into; opaque for a type that is not known.
ir::Attribute::Payload emptyAttributePayload(int64_t type);

}  // namespace deploytool::onnx_io
