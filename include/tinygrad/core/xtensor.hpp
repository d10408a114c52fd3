// SPDX-License-Identifier: MIT
// The only file that includes xtensor. Headers are flat up to 0.25 and in folders from 0.26 on.
#pragma once

#if __has_include(<xtensor/xadapt.hpp>)
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xio.hpp>
#include <xtensor/xnoalias.hpp>
#elif __has_include(<xtensor/containers/xadapt.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/core/xnoalias.hpp>
#include <xtensor/io/xio.hpp>
#else
#error \
    "tinygrad needs xtensor: apt install libxtensor-dev, brew install xtensor, or conda install xtensor"
#endif

// xtensor up to 0.25 names the rebinding of a shape twice, for any container of two parameters and
// for its own; clang takes either for the other from 19 on, as C++17 has it, and cannot choose.
#if defined(__clang_major__) && __clang_major__ >= 19 && __has_include(<xtensor/xadapt.hpp>)
namespace xt {
template <> struct rebind_container<std::ptrdiff_t, svector<std::size_t>> {
  using type = svector<std::ptrdiff_t>;
};
template <> struct rebind_container<std::size_t, svector<std::ptrdiff_t>> {
  using type = svector<std::size_t>;
};
}  // namespace xt
#endif
