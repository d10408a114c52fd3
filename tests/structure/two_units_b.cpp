// SPDX-License-Identifier: MIT
// The second translation unit of the link test; see two_units_a.cpp.
#ifdef TINYGRAD_TESTS_HAVE_XTENSOR_BLAS
#include <xtensor-blas/xlinalg.hpp>
#endif
#include <tinygrad/tinygrad.hpp>

#include "two_units.hpp"

int threads_seen_by_b() { return tinygrad::num_threads(); }
