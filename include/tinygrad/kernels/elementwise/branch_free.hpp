// SPDX-License-Identifier: MIT
// Selections without branches, for loops that must vectorise: clamps, masks and signs made from the
// bits of a number. Compilers turn comparisons, && and selects into branches, and do not vectorise
// a loop that holds a branch.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

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
[[gnu::always_inline]] inline std::uint32_t bits_of(float x) {
  return std::bit_cast<std::uint32_t>(x);
}
/// NaN if `on`, otherwise y; without a branch.
[[gnu::always_inline]] inline float nan_where(bool on, float y) {
  return std::bit_cast<float>(bits_of(y) | mask(on));
}
/// on ? a : b. For a select, g++ copies the later code: one copy for a and one for b.
[[gnu::always_inline]] inline float choose(bool on, float a, float b) {
  return std::bit_cast<float>((bits_of(a) & mask(on)) | (bits_of(b) & ~mask(on)));
}
[[gnu::always_inline]] TINYGRAD_WRAPS inline double choose(bool on, double a, double b) {
  const std::uint64_t mask_of = std::uint64_t{0} - static_cast<std::uint64_t>(on);
  return std::bit_cast<double>((std::bit_cast<std::uint64_t>(a) & mask_of) |
                               (std::bit_cast<std::uint64_t>(b) & ~mask_of));
}
/// min(|x|, most). NaN stays.
[[gnu::always_inline]] inline float size_up_to(float x, float most) {
  return nan_where(x != x, std::bit_cast<float>(std::min(bits_of(x) & 0x7fffffffU, bits_of(most))));
}
inline double size_up_to(double x, double most) {
  return std::fabs(x) > most ? most : std::fabs(x);
}
/// min(|x|, most). NaN gives `most`. It compares bits, as clamp() does.
inline float size_within(float x, float most) {
  return std::bit_cast<float>(
      std::min(std::bit_cast<std::uint32_t>(x) & 0x7fffffffU, std::bit_cast<std::uint32_t>(most)));
}
/// y, limited to at most 1, with the sign of x, for y ≥ 0. NaN if x is NaN.
inline float with_sign(float y, float x) {
  return nan_where(x != x, std::copysign(size_within(y, 1.0F), x));
}
}  // namespace detail

}  // namespace tinygrad::kernels
