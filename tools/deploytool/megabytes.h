// Sizes as text.
#pragma once

#include <cstdint>
#include <string>

namespace deploytool::cli {

inline double megabytes(uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

/// `12.30 MB`; small sizes with digits enough to tell them apart.
std::string megabytesText(uint64_t bytes);

}  // namespace deploytool::cli
