// SPDX-License-Identifier: MIT
// Equal to the last bit, where "close" would hide a fault: zeros of both signs differ, NaNs do not.
#pragma once

#include <cstring>

#include "tinygrad/autograd/tensor.hpp"

namespace tinygrad::test {

inline bool same_bits(const Array& a, const Array& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         (a.count() == 0 || std::memcmp(a.raw(), b.raw(), a.bytes()) == 0);
}
inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.defined() && b.defined() && same_bits(a.array(), b.array());
}

}  // namespace tinygrad::test
