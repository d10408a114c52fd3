// SPDX-License-Identifier: MIT
// Says by its exit status whether tinygrad took the xtensor, and CMake the standard, that they
// should.
#include <tinygrad/core/xtensor.hpp>

static_assert(__cplusplus >= 202002L);
#ifdef EXPECTED_XTENSOR_MINOR
static_assert(XTENSOR_VERSION_MINOR == EXPECTED_XTENSOR_MINOR);
#endif

int main() {
  const xt::xarray<int> x = {1, 2, 3};
  return x(2) == 3 ? 0 : 1;
}
