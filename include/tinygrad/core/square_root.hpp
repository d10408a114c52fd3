// SPDX-License-Identifier: MIT
// square_root(x): √x in loops that must vectorise.
#pragma once

#include <cmath>

#include "tinygrad/version.hpp"

#if defined(__GNUC__) && !defined(__clang__)
// std::sqrt may set errno, and a loop with such a call is not vectorised unless -fno-math-errno is
// given. These declarations say that g++'s own functions have no such effect. They also serve
// std::sqrt(float) of libstdc++, so that it no longer sets errno.
extern "C" {
[[gnu::const]] float __builtin_sqrtf(float) noexcept;
[[gnu::const]] double __builtin_sqrt(double) noexcept;
}
#endif

namespace tinygrad::inline TINYGRAD_ABI {

#if defined(__GNUC__) && !defined(__clang__)
[[gnu::always_inline]] inline float square_root(float x) { return __builtin_sqrtf(x); }
[[gnu::always_inline]] inline double square_root(double x) { return __builtin_sqrt(x); }
#else
inline float square_root(float x) { return std::sqrt(x); }
inline double square_root(double x) { return std::sqrt(x); }
#endif

}  // namespace tinygrad
