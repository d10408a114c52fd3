// SPDX-License-Identifier: MIT
// That it compiles is the test; xtensor-blas, which cannot be included with <cblas.h>, is in
// two_units_a.cpp.
#include <tinygrad/tinygrad.hpp>

#include "foreign_headers.hpp"
