// SPDX-License-Identifier: MIT
// The version: the one place it is written. CMake reads the three numbers from this file. And the
// inline namespace made of it, in which every symbol of the library lies, so that libraries built
// from different versions can be loaded by one program: their symbols differ, and a tensor handed
// from one to the other is an error of the linker instead of a wrong number. Users write
// tinygrad::Tensor as if it were not there.
#pragma once

// Every header includes this one before it declares anything, and so refuses what the library
// cannot be compiled with. A file that does not exist is the one thing that stops every compiler at
// once: after #error they go on, and bury the sentence under thousands of errors.
#if !defined(__cplusplus) || __cplusplus < 202002L
#include "tinygrad needs C++20: compile with -std=c++20"
#elif !defined(__cpp_exceptions)
#include "tinygrad reports errors as exceptions: compile without -fno-exceptions"
#elif !defined(__cpp_rtti)
#include "tinygrad asks objects for the names of their types: compile without -fno-rtti"
#elif defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || \
    defined(__NO_SIGNED_ZEROS__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ > 0)
#include "tinygrad needs NaN, infinity and arithmetic as it is written: compile with -fno-fast-math after -ffast-math or -Ofast"
#endif

#define TINYGRAD_VERSION_MAJOR 0
#define TINYGRAD_VERSION_MINOR 1
#define TINYGRAD_VERSION_PATCH 0

#define TINYGRAD_DOTTED_(a, b, c) #a "." #b "." #c
#define TINYGRAD_DOTTED(a, b, c) TINYGRAD_DOTTED_(a, b, c)
#define TINYGRAD_JOINED_(a, b, c) v##a##_##b##_##c
#define TINYGRAD_JOINED(a, b, c) TINYGRAD_JOINED_(a, b, c)

#define TINYGRAD_ABI \
  TINYGRAD_JOINED(TINYGRAD_VERSION_MAJOR, TINYGRAD_VERSION_MINOR, TINYGRAD_VERSION_PATCH)

namespace tinygrad::inline TINYGRAD_ABI {

/// "major.minor.patch"
inline constexpr const char* version =
    TINYGRAD_DOTTED(TINYGRAD_VERSION_MAJOR, TINYGRAD_VERSION_MINOR, TINYGRAD_VERSION_PATCH);

}  // namespace tinygrad

#undef TINYGRAD_DOTTED
#undef TINYGRAD_DOTTED_
