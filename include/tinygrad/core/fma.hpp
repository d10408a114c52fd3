// SPDX-License-Identifier: MIT
// fused(a, b, c): a·b + c with one rounding.
#pragma once

#include "tinygrad/version.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

[[gnu::always_inline]] inline float fused(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
[[gnu::always_inline]] inline double fused(double a, double b, double c) {
  return __builtin_fma(a, b, c);
}

}  // namespace tinygrad
