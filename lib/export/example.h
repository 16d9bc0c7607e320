// What a condition on dynamic sizes answers for the example sizes.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "export/value.h"

namespace deploytool::exporter {

/// Of a one-element tensor that is computed from sizes alone; nothing where it also depends on data, or on a size that
/// has no example.
std::optional<bool> exampleAnswer(const Tensor& condition, const std::map<std::string, int64_t>& examples);
/// The same with sizes that a run decides taken to be neither 0 nor 1: what it answers for all others.
std::optional<bool> usualAnswer(const Tensor& condition, const std::map<std::string, int64_t>& examples);

}  // namespace deploytool::exporter
