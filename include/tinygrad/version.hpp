// SPDX-License-Identifier: MIT
// The version of the library; CMake reads the three numbers from this file. Also TINYGRAD_ABI, the
// inline namespace that holds every symbol. Its name contains the version and the compiler options
// that change the code or the layout of inline functions and types: the processor or, instead, that
// the functions are in the compiled library; the standard library, RTTI. One program can therefore
// load two libraries that were built with different versions, for different processors or in
// different modes. A tensor passed from one to the other is an error of the linker, which shows both
// names, not a wrong number or an illegal instruction. Users write tinygrad::Tensor and do not see
// the inline namespace.
#pragma once

// Every header includes this one before it declares anything, and so refuses what the library
// cannot be compiled with. A file that does not exist is the one thing that stops every compiler at
// once: after #error they go on, and bury the sentence under thousands of errors.
#if !defined(__cplusplus) || __cplusplus < 202002L
#include "tinygrad needs C++20: compile with -std=c++20"
#elif !defined(__cpp_exceptions)
#include "tinygrad reports errors as exceptions: compile without -fno-exceptions"
#elif defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || \
    defined(__NO_SIGNED_ZEROS__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ > 0)
#include "tinygrad needs NaN, infinity and arithmetic as it is written: compile with -fno-fast-math after -ffast-math or -Ofast"
#endif

#include <version>  // says which standard library this is

#define TINYGRAD_VERSION_MAJOR 0
#define TINYGRAD_VERSION_MINOR 1
#define TINYGRAD_VERSION_PATCH 0

// The processor: inline functions compiled for a wider one must not take the place of the others. In
// the compiled mode, kernels are in the library alone, which chooses them when the program starts.
#if defined(TINYGRAD_COMPILED)
#define TINYGRAD_ABI_PROCESSOR _compiled
#elif defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && \
    defined(__AVX512VL__)
#define TINYGRAD_ABI_PROCESSOR _avx512
#elif defined(__AVX512F__)
#define TINYGRAD_ABI_PROCESSOR _avx512f
#elif defined(__AVX2__) && defined(__FMA__)
#define TINYGRAD_ABI_PROCESSOR _avx2
#elif defined(__AVX2__)
#define TINYGRAD_ABI_PROCESSOR _avx2_nofma
#elif defined(__AVX__) && defined(__FMA__)
#define TINYGRAD_ABI_PROCESSOR _avx_fma
#elif defined(__AVX__)
#define TINYGRAD_ABI_PROCESSOR _avx
#elif defined(__SSE4_1__)
#define TINYGRAD_ABI_PROCESSOR _sse4
#elif defined(__ARM_FEATURE_SVE)
#define TINYGRAD_ABI_PROCESSOR _sve
#else
#define TINYGRAD_ABI_PROCESSOR
#endif

// The standard library: another layout of strings and vectors.
#if defined(_LIBCPP_VERSION)
#define TINYGRAD_ABI_LIBRARY _libcpp
#elif defined(_GLIBCXX_DEBUG)
#define TINYGRAD_ABI_LIBRARY _glibcxx_debug
#elif defined(_GLIBCXX_USE_CXX11_ABI) && !_GLIBCXX_USE_CXX11_ABI
#define TINYGRAD_ABI_LIBRARY _cxx11_abi_0
#else
#define TINYGRAD_ABI_LIBRARY
#endif

// Without RTTI, messages name base classes.
#if defined(__cpp_rtti)
#define TINYGRAD_ABI_RTTI
#else
#define TINYGRAD_ABI_RTTI _nortti
#endif

#define TINYGRAD_DOTTED_(a, b, c) #a "." #b "." #c
#define TINYGRAD_DOTTED(a, b, c) TINYGRAD_DOTTED_(a, b, c)
#define TINYGRAD_JOINED_(a, b, c, processor, library, rtti) \
  v##a##_##b##_##c##processor##library##rtti
#define TINYGRAD_JOINED(a, b, c, processor, library, rtti) \
  TINYGRAD_JOINED_(a, b, c, processor, library, rtti)

/// The name of the inline namespace, as v0_1_0_avx512.
#define TINYGRAD_ABI                                                                      \
  TINYGRAD_JOINED(TINYGRAD_VERSION_MAJOR, TINYGRAD_VERSION_MINOR, TINYGRAD_VERSION_PATCH, \
                  TINYGRAD_ABI_PROCESSOR, TINYGRAD_ABI_LIBRARY, TINYGRAD_ABI_RTTI)

namespace tinygrad::inline TINYGRAD_ABI {

/// "major.minor.patch"
inline constexpr const char* version =
    TINYGRAD_DOTTED(TINYGRAD_VERSION_MAJOR, TINYGRAD_VERSION_MINOR, TINYGRAD_VERSION_PATCH);

namespace detail {
#define TINYGRAD_QUOTED_(name) #name
#define TINYGRAD_QUOTED(name) TINYGRAD_QUOTED_(name)
/// The name of the namespace that this lies in, as the demangler shows it.
inline constexpr const char* inner_namespace = TINYGRAD_QUOTED(TINYGRAD_ABI);
}  // namespace detail

}  // namespace tinygrad::inline TINYGRAD_ABI

#undef TINYGRAD_QUOTED
#undef TINYGRAD_QUOTED_
#undef TINYGRAD_DOTTED
#undef TINYGRAD_DOTTED_
