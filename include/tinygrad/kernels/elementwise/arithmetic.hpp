// SPDX-License-Identifier: MIT
// Arithmetic of one and of two numbers as function objects for kernels::map and zip: sums and
// products, roots, signs, and the larger and the smaller of two.
#pragma once

#include <cmath>

#include "tinygrad/core/square_root.hpp"
#include "tinygrad/core/wrapping.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

// clang-format off: a table
// Function objects for kernels::map and zip.
struct Square {
  template <class T> T operator()(T x) const { return wrapping_mul(x, x); }
};
struct Cube {
  template <class T> T operator()(T x) const { return x * x * x; }
};
struct Reciprocal {
  template <class T> T operator()(T x) const { return T{1} / x; }
};
struct Sqrt {
  template <class T> T operator()(T x) const { return square_root(x); }
};
struct Rsqrt {
  template <class T> T operator()(T x) const { return T{1} / square_root(x); }
};
struct Neg {
  template <class T> T operator()(T x) const { return wrapping_neg(x); }
};
struct Abs {
  template <class T> T operator()(T x) const { return x < T{0} ? wrapping_neg(x) : x + T{0}; }
};
struct Sign {
  template <class T> T operator()(T x) const {
    return x > T{0} ? T{1} : x < T{0} ? T{-1} : x;  // 0 and NaN stay
  }
};
/// max(x, 0); NaN stays NaN.
struct Relu {
  template <class T> T operator()(T x) const { return x < T{0} ? T{0} : x; }
};
struct Add {
  template <class T> T operator()(T a, T b) const { return wrapping_add(a, b); }
};
struct Sub {
  template <class T> T operator()(T a, T b) const { return wrapping_sub(a, b); }
};
struct Mul {
  template <class T> T operator()(T a, T b) const { return wrapping_mul(a, b); }
};
struct Div {
  template <class T> T operator()(T a, T b) const { return a / b; }
};
/// The larger value; NaN if either is NaN, as in NumPy and PyTorch.
struct Maximum {
  template <class T> T operator()(T a, T b) const { return a > b || a != a ? a : b; }
};
struct Minimum {
  template <class T> T operator()(T a, T b) const { return a < b || a != a ? a : b; }
};
/// The larger value; if one is NaN, the other one.
struct Fmax {
  template <class T> T operator()(T a, T b) const { return a > b || b != b ? a : b; }
};
struct Fmin {
  template <class T> T operator()(T a, T b) const { return a < b || b != b ? a : b; }
};
struct Less {
  template <class T> bool operator()(T a, T b) const { return a < b; }
};
// clang-format on

}  // namespace tinygrad::kernels
