// SPDX-License-Identifier: MIT
// Selections and roots without branches, for loops that must vectorise: clamps, masks and signs made
// from the bits of a number. Compilers turn comparisons, && and selects into branches, and do not
// vectorise a loop that holds a branch.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/core/wrapping.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// x limited to [low, high], for low < 0 < high. NaN gives one of the two. It compares bits as
/// integers, whose order is that of the numbers (reversed for negative ones). A comparison of
/// floats may become a branch around all later code, which is then not vectorised.
[[gnu::always_inline]] inline float clamp(float x, float low, float high) {
  const std::uint32_t above =
      std::min(std::bit_cast<std::uint32_t>(x), std::bit_cast<std::uint32_t>(low));
  return std::bit_cast<float>(
      std::min(static_cast<std::int32_t>(above), std::bit_cast<std::int32_t>(high)));
}
/// All ones if `on`, otherwise zero. && and selects would become branches and prevent
/// vectorisation.
[[gnu::always_inline]] TINYGRAD_WRAPS inline std::uint32_t mask(bool on) {
  return 0U - static_cast<std::uint32_t>(on);
}
[[gnu::always_inline]] TINYGRAD_WRAPS inline std::uint64_t long_mask(bool on) {
  return std::uint64_t{0} - static_cast<std::uint64_t>(on);
}
[[gnu::always_inline]] inline std::uint32_t bits_of(float x) {
  return std::bit_cast<std::uint32_t>(x);
}
[[gnu::always_inline]] inline std::uint64_t bits_of(double x) {
  return std::bit_cast<std::uint64_t>(x);
}
/// y, or 0 if not `on`.
[[gnu::always_inline]] inline float zero_unless(bool on, float y) {
  return std::bit_cast<float>(bits_of(y) & mask(on));
}
[[gnu::always_inline]] inline double zero_unless(bool on, double y) {
  return std::bit_cast<double>(bits_of(y) & long_mask(on));
}
/// NaN if `on`, otherwise y; without a branch.
[[gnu::always_inline]] inline float nan_where(bool on, float y) {
  return std::bit_cast<float>(bits_of(y) | mask(on));
}
[[gnu::always_inline]] inline double nan_where(bool on, double y) {
  return std::bit_cast<double>(bits_of(y) | long_mask(on));
}
/// on ? a : b. For a select, g++ copies the later code: one copy for a and one for b.
[[gnu::always_inline]] inline float choose(bool on, float a, float b) {
  return std::bit_cast<float>((bits_of(a) & mask(on)) | (bits_of(b) & ~mask(on)));
}
[[gnu::always_inline]] inline double choose(bool on, double a, double b) {
  return std::bit_cast<double>((bits_of(a) & long_mask(on)) | (bits_of(b) & ~long_mask(on)));
}
/// x limited to [low, high]; NaN stays. (The least of two integers of 64 bits needs AVX-512.)
[[gnu::always_inline]] inline double clamp(double x, double low, double high) {
  return choose(x < low, low, choose(x > high, high, x));
}
/// min(|x|, most). NaN stays.
[[gnu::always_inline]] inline float size_up_to(float x, float most) {
  return nan_where(x != x, std::bit_cast<float>(std::min(bits_of(x) & 0x7fffffffU, bits_of(most))));
}
[[gnu::always_inline]] inline double size_up_to(double x, double most) {
  return choose(std::fabs(x) > most, most, std::fabs(x));
}
/// min(|x|, most). NaN gives `most`. It compares bits, as clamp() does.
inline float size_within(float x, float most) {
  return std::bit_cast<float>(
      std::min(std::bit_cast<std::uint32_t>(x) & 0x7fffffffU, std::bit_cast<std::uint32_t>(most)));
}
[[gnu::always_inline]] inline double size_within(double x, double most) {
  return choose(std::fabs(x) < most, std::fabs(x), most);
}
/// One step nearer to 1/√x than y: an error of 4 % becomes 2e-6, and 2e-6 becomes 1e-23.
[[gnu::always_inline]] inline double nearer_rsqrt(double x, double y) {
  const double error = fused(-x * y, y, 1.0);
  return fused(y * error, fused(error, fused(error, 0.3125, 0.375), 0.5), y);
}
/// √x for a normal x > 0, and 0 for 0; any number for other x. Error < 0.6 ulp. std::sqrt may set
/// errno, so compilers do not vectorise it.
[[gnu::always_inline]] TINYGRAD_WRAPS inline double root(double x) {
  const double start = std::bit_cast<double>(0x5fe6eb50c7b537a9 - (bits_of(x) >> 1));
  const double y = nearer_rsqrt(x, nearer_rsqrt(x, start)), size = x * y;
  return fused(0.5 * y, fused(-size, size, x), size);
}
/// y, limited to at most 1, with the sign of x, for y ≥ 0. NaN if x is NaN.
template <class T> T with_sign(T y, T x) {
  return nan_where(x != x, std::copysign(size_within(y, T{1}), x));
}
}  // namespace detail

}  // namespace tinygrad::kernels
