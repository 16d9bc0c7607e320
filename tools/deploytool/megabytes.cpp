// Sizes as text.
#include "deploytool/megabytes.h"

#include <fmt/format.h>

namespace deploytool::cli {

std::string megabytesText(uint64_t bytes) {
  return fmt::format("{:.{}f} MB", megabytes(bytes), bytes >= 100'000 || bytes == 0 ? 2 : 6);
}

}  // namespace deploytool::cli
