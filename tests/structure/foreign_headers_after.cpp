// SPDX-License-Identifier: MIT
// Tests that other projects' headers compile after ours. xtensor-blas cannot be included with
// <cblas.h>; two_units_a.cpp tests it.
#include <tinygrad/tinygrad.hpp>

#include "foreign_headers.hpp"
