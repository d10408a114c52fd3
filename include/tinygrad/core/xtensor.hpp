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
