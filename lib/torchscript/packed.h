// Packed parameters of quantized operators, unpacked into plain values.
#pragma once

#include "torchscript/values.h"

namespace deploytool::ts {

/// A torchbind class that holds packed weights (`__torch__.torch.classes.quantized.LinearPackedParamsBase`, ...).
bool isPackedParameters(const c10::ClassType& type);
/// Fields as listed in packed.cpp. `path` names the tensors inside.
Result<Value> readPacked(const c10::IValue& value, ValueReader& reader, const std::string& path);

}  // namespace deploytool::ts
