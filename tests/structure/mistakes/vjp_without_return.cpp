// SPDX-License-Identifier: MIT
// A vjp returns grads(). The compiler says: record
#include <tinygrad/autograd.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

Tensor mistake(const Tensor& x) {
  return record({"mine"}, x.array(), {x}, save(), [](const Vjp& vjp) { vjp.grad(); });
}
