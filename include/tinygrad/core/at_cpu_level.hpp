// SPDX-License-Identifier: MIT
// best_copy<f>(): the copy of a function for cpu_level(). A function that contains loops over numbers
// is compiled for several levels of vector instructions, whatever the program's own flags.
#pragma once

#include "tinygrad/core/cpu_level.hpp"

// What is compiled. Without optimisation nothing is inlined, so copies would gain nothing. Sanitizers
// would find nothing new in copies, at three times the work.
#if !defined(__OPTIMIZE__) || !(defined(__GNUC__) || defined(__clang__)) || \
    defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TINYGRAD_LOOP_LEVELS 0
#define TINYGRAD_LOOP
#else
#define TINYGRAD_LOOP_LEVELS TINYGRAD_HAS_CPU_LEVELS
#ifdef __clang__
#define TINYGRAD_LOOP [[gnu::flatten]]
#else
// -O2 of g++ 12 vectorises only loops whose length is known to be a multiple of the vector's; the
// cost model "dynamic" vectorises all. "no-thread-jumps": no second copy of the code behind a
// limit, because its branch keeps the loop from being vectorised. "peel-loops": a loop over a fixed
// number of lanes is unrolled, so that the lanes stay in registers.
#define TINYGRAD_LOOP \
  [[gnu::flatten, gnu::optimize("O2", "vect-cost-model=dynamic", "no-thread-jumps", "peel-loops")]]
#endif
#endif

// Clang warns at these functions of loops that it was told to vectorise and could not.
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
/// The copies of a function. What it calls is inlined into each, and so compiled for its level.
template <auto f> struct Copies;
template <class... Args, void (*f)(Args...)> struct Copies<f> {
#if TINYGRAD_OWN_CPU_LEVEL > 1
  TINYGRAD_LOOP static void own(Args... args) { f(args...); }
#else
  /// Small instead of fast: few processors need it.
  [[gnu::cold]] static void own(Args... args) { f(args...); }
#if TINYGRAD_LOOP_LEVELS
  TINYGRAD_LOOP [[gnu::target("avx2,fma,bmi,bmi2,lzcnt,f16c")]] static void v3(Args... args) {
    f(args...);
  }
#endif
#endif
#if TINYGRAD_LOOP_LEVELS && TINYGRAD_OWN_CPU_LEVEL < 4
#ifdef __clang__
  TINYGRAD_LOOP [[gnu::target(
      "avx2,fma,bmi,bmi2,lzcnt,f16c,avx512f,avx512bw,avx512cd,avx512dq,avx512vl")]] static void
  v4(Args... args) {
    f(args...);
  }
#else
  TINYGRAD_LOOP
  [[gnu::target(
      "avx2,fma,bmi,bmi2,lzcnt,f16c,avx512f,avx512bw,avx512cd,avx512dq,avx512vl,"
      "prefer-vector-width=512")]] static void
  v4(Args... args) {
    f(args...);
  }
#endif
#endif
};
}  // namespace detail

/// The copy of a function for cpu_level(), or for `most` if that is lower. A loop that waits for
/// memory is no faster at v4 than at v3: a third copy would only cost compile time.
template <auto f, CpuLevel most = CpuLevel::kV3> auto best_copy() -> decltype(f) {
#if TINYGRAD_LOOP_LEVELS && TINYGRAD_OWN_CPU_LEVEL < 4
  if constexpr (most == CpuLevel::kV4)
    if (cpu_level() == CpuLevel::kV4) return detail::Copies<f>::v4;
#endif
#if TINYGRAD_LOOP_LEVELS && TINYGRAD_OWN_CPU_LEVEL < 3
  if constexpr (most >= CpuLevel::kV3)
    if (cpu_level() >= CpuLevel::kV3) return detail::Copies<f>::v3;
#endif
  return detail::Copies<f>::own;
}

/// Asks a FunctionRef for best_copy().
template <CpuLevel most> struct AtCpuLevel {};
template <CpuLevel most> inline constexpr AtCpuLevel<most> at_cpu_level;

}  // namespace tinygrad

#ifdef __clang__
#pragma clang diagnostic pop
#endif
