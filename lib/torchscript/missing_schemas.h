// Operators that newer PyTorch versions and torchvision have and this libtorch lacks: their schemas are registered, so
// that an archive which uses them loads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "deploytool/status.h"

namespace deploytool::ts {

/// Registers what `code` (TorchScript source of an archive) may ask for; gives the keys of those it newly registered or
/// had registered before.
std::vector<std::string> registerMissingSchemas(std::string_view code);
/// Registers what is missing under one operator's name (`aten::scaled_dot_product_attention`).
void registerMissingSchemasOf(std::string_view operatorName);

/// TorchModule::declareOperator.
Status declareOperator(const std::string& text);

}  // namespace deploytool::ts
