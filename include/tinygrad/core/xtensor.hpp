// SPDX-License-Identifier: MIT
// The only file that includes xtensor. xtensor's headers are flat up to version 0.25 and in folders
// from 0.26 on, and a machine may have both kinds. CMake and pkg-config define
// TINYGRAD_XTENSOR_IN_FOLDERS for the kind that they chose. Without that macro, this file takes the
// kind that the program has included before, else the only kind there is, else the kind that
// matches the xtl that the compiler finds first (xtl 0.8 came with the folders).
#pragma once

#if __has_include(<xtl/xtl_config.hpp>)
#include <xtl/xtl_config.hpp>
#endif

#if defined(XTENSOR_VERSION_MINOR)
#if XTENSOR_VERSION_MAJOR > 0 || XTENSOR_VERSION_MINOR >= 26
#define TINYGRAD_XTENSOR_IS_IN_FOLDERS 1
#else
#define TINYGRAD_XTENSOR_IS_IN_FOLDERS 0
#endif
#if defined(TINYGRAD_XTENSOR_IN_FOLDERS)
#if TINYGRAD_XTENSOR_IN_FOLDERS != TINYGRAD_XTENSOR_IS_IN_FOLDERS
#error "two xtensors meet: this file has included another one than the build chose for tinygrad"
#endif
#endif
#elif defined(TINYGRAD_XTENSOR_IN_FOLDERS)
#define TINYGRAD_XTENSOR_IS_IN_FOLDERS TINYGRAD_XTENSOR_IN_FOLDERS
#elif !__has_include(<xtensor/containers/xadapt.hpp>)
#define TINYGRAD_XTENSOR_IS_IN_FOLDERS 0
#elif !__has_include(<xtensor/xadapt.hpp>)
#define TINYGRAD_XTENSOR_IS_IN_FOLDERS 1
#elif XTL_VERSION_MAJOR > 0 || XTL_VERSION_MINOR >= 8
#define TINYGRAD_XTENSOR_IS_IN_FOLDERS 1
#else
#define TINYGRAD_XTENSOR_IS_IN_FOLDERS 0
#endif

#if TINYGRAD_XTENSOR_IS_IN_FOLDERS
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/core/xnoalias.hpp>
#elif __has_include(<xtensor/xadapt.hpp>)
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xnoalias.hpp>
// xtensor up to 0.25 defines the rebinding of a shape twice: for any container of two parameters,
// and for its own. From version 19 on, clang follows C++17, finds that both match, and cannot
// choose.
#if defined(__clang_major__) && __clang_major__ >= 19
namespace xt {
template <> struct rebind_container<std::ptrdiff_t, svector<std::size_t> > {
  using type = svector<std::ptrdiff_t>;
};
template <> struct rebind_container<std::size_t, svector<std::ptrdiff_t> > {
  using type = svector<std::size_t>;
};
}  // namespace xt
#endif
#else
#error \
    "tinygrad needs xtensor: apt install libxtensor-dev, brew install xtensor, or conda install xtensor"
#endif

#undef TINYGRAD_XTENSOR_IS_IN_FOLDERS
