// What may be refused of any operator, for the documentation that `deploytool ops` writes.
#pragma once

namespace deploytool::exporter {

inline constexpr const char* kGeneralLimit =
    "arguments other than tensors, and lengths of lists of tensors, that a run decides where nodes depend on them";

}  // namespace deploytool::exporter
