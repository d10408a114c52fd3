// SPDX-License-Identifier: MIT
// Comparison to the last bit: zeros of different sign differ, NaNs do not. "Close" would hide a
// fault.
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
