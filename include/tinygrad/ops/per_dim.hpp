// SPDX-License-Identifier: MIT
// PerDim: one number for all spatial dims or one for each, for kernel sizes, strides and paddings.
// PyTorch writes "an int or a tuple of ints".
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>

#include "tinygrad/core/shape.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// One number for all spatial dims, or one for each of them: 3 or {3, 5}.
class PerDim {
 public:
  PerDim() = default;
  template <std::integral T> PerDim(T all)  // NOLINT: implicit, so that 3 is one
      : numbers_{static_cast<Index>(all)} {}
  PerDim(std::initializer_list<Index> each) : numbers_(each) {}
  PerDim(const Shape& each) : numbers_(each) {}  // NOLINT: implicit

  /// False for an argument that was left out.
  bool given() const { return !numbers_.empty(); }
  const Shape& numbers() const { return numbers_; }

  /// One number for each of `dims` dims, at least `least`. `name` is the argument's name. Throws
  /// for numbers so large that sums and products of sizes could overflow.
  Shape over(const Op& op, const char* name, int dims, Index least) const {
    check<ShapeError>(numbers_.rank() == 1 || numbers_.rank() == dims, op, name, ' ', numbers_,
                      " must be one number, or one for each of the ", dims, " spatial dims");
    Shape out = numbers_;
    while (out.rank() < dims) out.push_back(numbers_[0]);
    for (const Index n : out) {
      if (n < least) fail<ValueError>(op, name, '=', to_string(*this), " must be at least ", least);
      if (n > kMost) fail<ValueError>(op, name, '=', to_string(*this), " must be at most ", kMost);
    }
    return out;
  }

  /// "3" or "(3, 5)".
  friend std::string to_string(const PerDim& n) {
    return n.numbers_.rank() == 1 ? std::to_string(n.numbers_[0]) : to_string(n.numbers_);
  }

 private:
  static constexpr Index kMost = (Index{1} << 31) - 1;

  Shape numbers_;
};

}  // namespace tinygrad
