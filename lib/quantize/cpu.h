// What the CPU at hand means for 8-bit products.
#pragma once

namespace deploytool::quantize {

/// True where the sum of two products of uint8 and int8 saturates at 16 bits (x86 with AVX2 or AVX-512 but no VNNI): there
/// weights of 7 bits are safe.
bool productsSaturate();

}  // namespace deploytool::quantize
