// SPDX-License-Identifier: MIT
// Tests at compile time that tinygrad uses the expected xtensor, and CMake the expected standard.
// The exit status says whether xtensor works.
#include <tinygrad/core/xtensor.hpp>

static_assert(__cplusplus >= 202002L);
#ifdef EXPECTED_XTENSOR_MINOR
static_assert(XTENSOR_VERSION_MINOR == EXPECTED_XTENSOR_MINOR);
#endif

int main() {
  const xt::xarray<int> x = {1, 2, 3};
  return x(2) == 3 ? 0 : 1;
}
