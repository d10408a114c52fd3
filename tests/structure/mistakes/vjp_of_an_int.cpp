// SPDX-License-Identifier: MIT
// A vjp gets a Vjp and the saved values. The compiler says: record
#include <tinygrad/autograd.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

Tensor mistake(const Tensor& x) {
  return record({"mine"}, x.array(), {x}, save(), [](int grad) { return grad; });
}
