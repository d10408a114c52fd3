// SPDX-License-Identifier: MIT
// The pictures for the tests of transforms, and conversions of arrays to and from vectors.
#pragma once

#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/random.hpp"

namespace support {

/// (C, H, W) of a dtype; value k is 7·k mod 251, in [0, 1] if float32.
inline tinygrad::Array image(tinygrad::Index C, tinygrad::Index H, tinygrad::Index W,
                             tinygrad::Dtype dtype = tinygrad::uint8) {
  tinygrad::Array out = tinygrad::Array::empty({C, H, W}, dtype);
  for (tinygrad::Index i = 0; i < out.count(); ++i) {
    if (dtype == tinygrad::uint8)
      out.data<std::uint8_t>()[i] = static_cast<std::uint8_t>(7 * i % 251);
    else out.data<float>()[i] = static_cast<float>(7 * i % 251) / 250;
  }
  return out;
}

inline std::vector<double> values_of(const tinygrad::Array& array) {
  std::vector<double> out;
  for (tinygrad::Index i = 0; i < array.count(); ++i) out.push_back(array.at(i));
  return out;
}

inline tinygrad::Array floats(const std::vector<double>& values, const tinygrad::Shape& shape) {
  return tinygrad::Array::from(values, tinygrad::float32).reshaped(shape);
}

}  // namespace support
