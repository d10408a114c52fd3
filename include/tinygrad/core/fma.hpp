// SPDX-License-Identifier: MIT
// fused(a, b, c): a·b + c with one rounding.
#pragma once

#include <cmath>

#include "tinygrad/version.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

#if defined(__clang__) && defined(__ELF__) && defined(__x86_64__) && !defined(__FMA__)
namespace detail {
// The C library's functions, under names that Clang does not know. If the processor has no fma
// instruction, -funsafe-math-optimizations makes Clang replace std::fma by a product and a sum, in
// spite of core/begin.hpp.
[[gnu::const]] float library_fma(float a, float b, float c) noexcept __asm__("fmaf");
[[gnu::const]] double library_fma(double a, double b, double c) noexcept __asm__("fma");
}  // namespace detail
inline float fused(float a, float b, float c) { return detail::library_fma(a, b, c); }
inline double fused(double a, double b, double c) { return detail::library_fma(a, b, c); }
#else
[[gnu::always_inline]] inline float fused(float a, float b, float c) { return std::fma(a, b, c); }
[[gnu::always_inline]] inline double fused(double a, double b, double c) {
  return std::fma(a, b, c);
}
#endif

}  // namespace tinygrad
