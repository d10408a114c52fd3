// SPDX-License-Identifier: MIT
// There are no complex numbers. The compiler says: Tensor(
#include <complex>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

void mistake() {
  const xt::xarray<std::complex<double>> x = xt::ones<std::complex<double>>({2});
  const Tensor y(x);
}
