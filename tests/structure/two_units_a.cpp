// SPDX-License-Identifier: MIT
// The main of the link test, linked with two_units_b.cpp. Both include everything, so a function
// that is neither inline nor a template is a duplicate symbol, and state that is not shared shows
// in the exit status. Here xtensor-blas comes after our headers, there before.
#include <tinygrad/tinygrad.hpp>
#ifdef TINYGRAD_TESTS_HAVE_XTENSOR_BLAS
#include <xtensor-blas/xlinalg.hpp>
#endif

#include "two_units.hpp"

int main() {
  tinygrad::set_num_threads(3);
  return threads_seen_by_b() == 3 ? 0 : 1;
}
