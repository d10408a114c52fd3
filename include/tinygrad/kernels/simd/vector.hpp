// SPDX-License-Identifier: MIT
// Vec<T>: a vector as wide as the registers of the level of kernels/simd/wide.hpp, for the few loops
// that compilers do not vectorise. It uses the vector extensions of GCC and Clang, in which
// arithmetic and [] work as on numbers. Functions that take or return vectors are always inlined,
// because how a vector is passed depends on the level.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "tinygrad/core/shape.hpp"
#include "tinygrad/kernels/simd/wide.hpp"

TINYGRAD_BEGIN_WIDE_LOOPS
namespace tinygrad::inline TINYGRAD_ABI::kernels {
inline namespace TINYGRAD_WIDE {

/// The size of a vector, and how many vectors a loop may keep in registers.
inline constexpr int kVectorBytes = TINYGRAD_WIDE_LEVEL == 4   ? 64
                                    : TINYGRAD_WIDE_LEVEL == 3 ? 32
                                                               : 16;
inline constexpr int kVectorRegisters = TINYGRAD_WIDE_LEVEL == 4 ? 32 : 16;

/// The number of Ts in a vector.
template <class T> inline constexpr int kLanes = kVectorBytes / int{sizeof(T)};

}  // namespace TINYGRAD_WIDE
namespace detail::inline TINYGRAD_WIDE {

template <class T> struct VectorOf { typedef T type __attribute__((vector_size(kVectorBytes))); };
template <class T> using LaneNumber =
    std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

template <auto kLane, class V, int... kTo>
[[gnu::always_inline]] inline auto pick_lanes(V a, V b, std::integer_sequence<int, kTo...>) {
  return __builtin_shufflevector(a, b, kLane(kTo)...);
}

}  // namespace detail::TINYGRAD_WIDE
inline namespace TINYGRAD_WIDE {

template <class T> using Vec = typename detail::VectorOf<T>::type;
/// Lane numbers, or masks: 0 or −1 for each lane of a Vec<T>.
template <class T> using VecMask = typename detail::VectorOf<detail::LaneNumber<T>>::type;

/// Reads a vector of type V, no longer than a Vec; `from` need not be aligned.
template <class V, class T> [[gnu::always_inline]] inline V load_as(const T* from) {
  V v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
template <class T> [[gnu::always_inline]] inline Vec<T> load(const T* from) {
  return load_as<Vec<T>>(from);
}
template <class T> [[gnu::always_inline]] inline void store(T* to, Vec<T> v) {
  std::memcpy(to, &v, sizeof v);
}

/// 0, 1, 2, …
template <class T> [[gnu::always_inline]] inline VecMask<T> lane_numbers() {
  VecMask<T> v;
  for (int i = 0; i < kLanes<T>; ++i) v[i] = static_cast<detail::LaneNumber<T>>(i);
  return v;
}

/// v where the mask is set, 0 elsewhere, even if v is NaN there.
template <class T> [[gnu::always_inline]] inline Vec<T> keep(Vec<T> v, VecMask<T> mask) {
  VecMask<T> bits;
  std::memcpy(&bits, &v, sizeof v);
  bits &= mask;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}

/// True if no lane is NaN or infinite.
template <class T> [[gnu::always_inline]] inline bool all_lanes_finite(Vec<T> v) {
  const VecMask<T> finite = v * T{0} == Vec<T>{};
  detail::LaneNumber<T> all = -1;
  for (int i = 0; i < kLanes<T>; ++i) all &= finite[i];
  return all != 0;
}

/// The vector whose lane i is lane kLane(i) of a and b; b's lanes follow a's.
template <class T, auto kLane> [[gnu::always_inline]] inline Vec<T> pick(Vec<T> a, Vec<T> b) {
  return detail::pick_lanes<kLane>(a, b, std::make_integer_sequence<int, kLanes<T>>());
}

/// Writes one half of a vector: 0 is the low half, 1 the high half.
template <class T, int kHalf> [[gnu::always_inline]] inline void store_half(T* to, Vec<T> v) {
  constexpr int n = kLanes<T> / 2;
  const auto half = detail::pick_lanes<[](int i) { return i + kHalf * n; }>(
      v, v, std::make_integer_sequence<int, n>());
  std::memcpy(to, &half, sizeof half);
}

}  // namespace TINYGRAD_WIDE
namespace detail::inline TINYGRAD_WIDE {

// Exchanges the upper right and the lower left quarter in blocks of 2·kStep vectors.
template <class T, int kStep> void transpose_step(Vec<T> (&rows)[kLanes<T>]) {
  constexpr int n = kLanes<T>;
  constexpr auto upper = [](int i) { return i / kStep % 2 == 0 ? i : i - kStep + n; };
  constexpr auto lower = [](int i) { return i / kStep % 2 == 0 ? i + kStep : i + n; };
#pragma GCC unroll 16
  for (int i = 0; i < n; ++i)
    if (i / kStep % 2 == 0) {
      const Vec<T> a = rows[i], b = rows[i + kStep];
      rows[i] = pick<T, upper>(a, b);
      rows[i + kStep] = pick<T, lower>(a, b);
    }
  if constexpr (2 * kStep < n) transpose_step<T, 2 * kStep>(rows);
}

}  // namespace detail::TINYGRAD_WIDE
inline namespace TINYGRAD_WIDE {

/// Transposes a square of numbers in registers.
template <class T> void transpose(Vec<T> (&rows)[kLanes<T>]) { detail::transpose_step<T, 1>(rows); }

/// to[t·stride + c] = from[c·from_stride + t], for as many c and t as a vector has lanes.
template <class T> void transpose_square(const T* from, Index from_stride, T* to, Index stride) {
  constexpr int L = kLanes<T>;
  Vec<T> v[L];
#pragma GCC unroll 20
  for (int c = 0; c < L; ++c) v[c] = load(from + c * from_stride);
  transpose<T>(v);
#pragma GCC unroll 20
  for (int c = 0; c < L; ++c) store(to + c * stride, v[c]);
}

}  // namespace TINYGRAD_WIDE
}  // namespace tinygrad::kernels
TINYGRAD_END_WIDE
