// SPDX-License-Identifier: MIT
// The level that kernels with explicit vectors (kernels/simd/vector.hpp) are compiled for. It is
// x86-64-v3, or the level of the program's own flags where that is higher. On other processors it
// is what the flags give. A compiled library holds these kernels for a second level, v4.
//
// TINYGRAD_BEGIN_WIDE or TINYGRAD_BEGIN_WIDE_LOOPS and TINYGRAD_END_WIDE enclose such kernels. The
// kernels lie in an inline namespace TINYGRAD_WIDE, and all of them are templates or members of
// templates. No include stands between the macros: it would compile functions of other headers for
// that level.
#pragma once

#include "tinygrad/core/cpu_level.hpp"

/// 3 for x86-64-v3, 4 for x86-64-v4, 1 for the program's own flags. The source of a second level in
/// a compiled library defines it as 4.
#if !defined(TINYGRAD_WIDE_LEVEL)
#if TINYGRAD_HAS_CPU_LEVELS && TINYGRAD_OWN_CPU_LEVEL < 3
#define TINYGRAD_WIDE_LEVEL 3
#else
#define TINYGRAD_WIDE_LEVEL TINYGRAD_OWN_CPU_LEVEL
#endif
#endif

#if TINYGRAD_WIDE_LEVEL == 4
#define TINYGRAD_WIDE wide_v4
#elif TINYGRAD_WIDE_LEVEL == 3
#define TINYGRAD_WIDE wide_v3
#else
#define TINYGRAD_WIDE wide_own
#endif

#if TINYGRAD_WIDE_LEVEL == 4
#define TINYGRAD_WIDE_FEATURES \
  "avx2,fma,bmi,bmi2,lzcnt,f16c,avx512f,avx512bw,avx512cd,avx512dq,avx512vl"
#else
#define TINYGRAD_WIDE_FEATURES "avx2,fma,bmi,bmi2,lzcnt,f16c"
#endif
#define TINYGRAD_PRAGMA_(text) _Pragma(#text)
#define TINYGRAD_PRAGMA(text) TINYGRAD_PRAGMA_(text)

#if TINYGRAD_WIDE_LEVEL == TINYGRAD_OWN_CPU_LEVEL
#define TINYGRAD_WIDE_TARGET
#elif defined(__clang__)
#define TINYGRAD_WIDE_TARGET \
  TINYGRAD_PRAGMA(           \
      clang attribute push(__attribute__((target(TINYGRAD_WIDE_FEATURES))), apply_to = function))
#else
#define TINYGRAD_WIDE_TARGET TINYGRAD_PRAGMA(GCC target(TINYGRAD_WIDE_FEATURES))
#endif

/// TINYGRAD_BEGIN_WIDE_LOOPS also vectorises plain loops. GCC does so from -O3 on, which takes a
/// quarter longer to compile.
#if defined(__clang__)
#define TINYGRAD_BEGIN_WIDE TINYGRAD_WIDE_TARGET
#define TINYGRAD_BEGIN_WIDE_LOOPS TINYGRAD_WIDE_TARGET
#if TINYGRAD_WIDE_LEVEL == TINYGRAD_OWN_CPU_LEVEL
#define TINYGRAD_END_WIDE
#else
#define TINYGRAD_END_WIDE TINYGRAD_PRAGMA(clang attribute pop)
#endif
#else
#define TINYGRAD_BEGIN_WIDE TINYGRAD_PRAGMA(GCC push_options) TINYGRAD_WIDE_TARGET
#define TINYGRAD_BEGIN_WIDE_LOOPS TINYGRAD_BEGIN_WIDE TINYGRAD_PRAGMA(GCC optimize("O3"))
#define TINYGRAD_END_WIDE TINYGRAD_PRAGMA(GCC pop_options)
#endif

/// The function of the inline namespace TINYGRAD_WIDE of `space`, for the highest level that
/// cpu_level() allows. A library that is linked with a second level defines TINYGRAD_LINKS_WIDE_V4;
/// the namespace wide_v4 of `space` then declares the function.
#if defined(TINYGRAD_LINKS_WIDE_V4) && TINYGRAD_WIDE_LEVEL == 3
#define TINYGRAD_TWO_WIDE_LEVELS 1
#define TINYGRAD_WIDEST(space, ...) \
  (cpu_level() == CpuLevel::kV4 ? &space::wide_v4::__VA_ARGS__ : &space::TINYGRAD_WIDE::__VA_ARGS__)
#else
#define TINYGRAD_TWO_WIDE_LEVELS 0
#define TINYGRAD_WIDEST(space, ...) (&space::__VA_ARGS__)
#endif

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// True if the kernels with explicit vectors may run. On x86-64 they may not at the level baseline;
/// each of them has a plain replacement.
inline bool vector_kernels_run() {
#if TINYGRAD_HAS_CPU_LEVELS
  return cpu_level() >= CpuLevel::kV3;
#else
  return true;
#endif
}

/// True if products with explicit vectors are as fast as those of a BLAS that detects the processor
/// itself: with vectors of 32 bytes or more.
inline bool wide_vectors() { return TINYGRAD_HAS_CPU_LEVELS && vector_kernels_run(); }

}  // namespace tinygrad::kernels
