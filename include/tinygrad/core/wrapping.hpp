// SPDX-License-Identifier: MIT
// Sums and products that wrap around, for kernels that serve every dtype. Floating-point operands
// are added as usual. Integers are added modulo 2^64, where C++ leaves an overflow undefined. The
// builtins used here compile to the plain instructions.
#pragma once

#include <type_traits>

#include "tinygrad/version.hpp"

/// Marks a function whose unsigned numbers wrap, or lose high bits, on purpose: bit patterns and
/// random numbers. In other functions clang's integer sanitizer reports this.
#if defined(__clang__)
#define TINYGRAD_WRAPS \
  __attribute__((no_sanitize("unsigned-integer-overflow", "unsigned-shift-base")))
#else
#define TINYGRAD_WRAPS
#endif

namespace tinygrad::inline TINYGRAD_ABI {

template <class T> constexpr T wrapping_add(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a + b;
  } else {
    T y{};
    __builtin_add_overflow(a, b, &y);
    return y;
  }
}
template <class T> constexpr T wrapping_sub(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a - b;
  } else {
    T y{};
    __builtin_sub_overflow(a, b, &y);
    return y;
  }
}
template <class T> constexpr T wrapping_mul(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a * b;
  } else {
    T y{};
    __builtin_mul_overflow(a, b, &y);
    return y;
  }
}
template <class T> constexpr T wrapping_neg(T a) {
  if constexpr (std::is_floating_point_v<T>) return -a;
  else return wrapping_sub(T{0}, a);
}

}  // namespace tinygrad
