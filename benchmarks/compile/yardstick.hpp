// SPDX-License-Identifier: MIT
// The includes of a program on bare xtensor for the same work: containers, math, views, linear
// algebra. compile_cost.py gives costs in multiples of it.
#pragma once

#if TINYGRAD_XTENSOR_IN_FOLDERS
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>
#endif
#include <xtensor-blas/xlinalg.hpp>
