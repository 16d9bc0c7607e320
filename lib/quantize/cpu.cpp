#include "quantize/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace deploytool::quantize {

#if defined(__x86_64__)

bool productsSaturate() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return true;
  const bool avx512Vnni = (c >> 11 & 1U) != 0;
  unsigned a1 = 0, b1 = 0, c1 = 0, d1 = 0;
  const bool avxVnni = a >= 1 && __get_cpuid_count(7, 1, &a1, &b1, &c1, &d1) && (a1 >> 4 & 1U) != 0;
  return !avx512Vnni && !avxVnni;
}

#else

bool productsSaturate() { return false; }

#endif

}  // namespace deploytool::quantize
