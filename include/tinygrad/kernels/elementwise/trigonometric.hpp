// SPDX-License-Identifier: MIT
// Sine and cosine of one number. In float32 they are polynomials without branches up to kFastAngle,
// and the C library's beyond; in float64 they are the C library's.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/core/wrapping.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// Up to this size, Sin and Cos are polynomials in float32. Beyond it they call the C library.
inline constexpr float kFastAngle = 1e5F;

/// sin(x + turns·π/2), |x| ≤ kFastAngle or NaN. Error < 2 ulp.
TINYGRAD_WRAPS inline float fast_sin(float x, std::int32_t turns) {
  constexpr float kMagic = 12582912.0F;
  const float shifted = fused(x, 0.636619772F, kMagic);
  const float n = shifted - kMagic;
  float r = fused(n, -1.57079625F, x);  // π/2 in three parts; |r| ≤ π/4
  r = fused(n, -7.54978942e-8F, r);
  r = fused(n, -5.39030253e-15F, r);
  const float z = r * r;
  float s = 2.71811842e-6F;
  s = fused(s, z, -1.98393348e-4F);
  s = fused(s, z, 8.33332919e-3F);
  s = fused(s, z, -1.66666667e-1F);
  s = fused(s * z, r, r);
  float c = 2.44677067e-5F;
  c = fused(c, z, -1.38877297e-3F);
  c = fused(c, z, 4.16666567e-2F);
  c = fused(c, z, -0.5F);
  c = fused(c, z, 1.0F);
  // The quadrant selects one of the two and its sign. Masks do this, because g++ would turn a
  // select into a branch.
  const std::uint32_t quadrant =
      std::bit_cast<std::uint32_t>(shifted) + static_cast<std::uint32_t>(turns);
  const std::uint32_t odd = 0U - (quadrant & 1U);
  const std::uint32_t bits =
      (std::bit_cast<std::uint32_t>(c) & odd) | (std::bit_cast<std::uint32_t>(s) & ~odd);
  return std::bit_cast<float>(bits ^ ((quadrant & 2U) << 30));
}

// clang-format off: a table
// Function objects for kernels::map and zip.
// For map_blocks(): near() vectorises and is valid up to kFastAngle.
struct Sin {
  static bool is_near(float x) { return !(std::fabs(x) > kFastAngle); }
  static float near(float x) { return fast_sin(std::fabs(x), 0) * std::copysign(1.0F, x); }  // −0
  float operator()(float x) const { return is_near(x) ? near(x) : std::sin(x); }
  double operator()(double x) const { return std::sin(x); }
};
struct Cos {
  static bool is_near(float x) { return Sin::is_near(x); }
  static float near(float x) { return fast_sin(x, 1); }
  float operator()(float x) const { return is_near(x) ? near(x) : std::cos(x); }
  double operator()(double x) const { return std::cos(x); }
};
// clang-format on

}  // namespace tinygrad::kernels
