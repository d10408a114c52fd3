// SPDX-License-Identifier: MIT
// The error function and e^(−x²) of one number. In float32 erf is two polynomials without branches;
// in float64 it is the C library's.
#pragma once

#include <cmath>
#include <type_traits>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/kernels/elementwise/branch_free.hpp"
#include "tinygrad/kernels/elementwise/exponential.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// Error function. Error < 2 ulp in float32. Up to 1.25 it is x + x·p(x²), beyond that 1 −
/// e^−x²·p(x). (One quotient for both takes a third of the time, but its error is 6 ulp.)
inline float fast_erf(float x) {
  const float a = detail::size_within(x, 4.0F), z = a * a;  // erf(4) rounds to 1
  float p = -7.57296175e-06F;                               // erf(a)/a − 1, fitted: error 1e-9
  p = fused(p, z, 1.03938757e-4F);
  p = fused(p, z, -8.3395699e-4F);
  p = fused(p, z, 5.20901615e-3F);
  p = fused(p, z, -0.0268602483F);
  p = fused(p, z, 0.112836748F);
  p = fused(p, z, -0.376126289F);
  p = fused(p, z, 0.128379166F);
  float q = 8.21695779e-4F;  // (1 − erf(a))·e^a², fitted: error of their product 1.4e-8
  q = fused(q, a, -0.0118735842F);
  q = fused(q, a, 0.0746650025F);
  q = fused(q, a, -0.269305199F);
  q = fused(q, a, 0.618388474F);
  q = fused(q, a, -0.945842206F);
  q = fused(q, a, 0.960693479F);
  const float small = fused(p, a, a), large = fused(-fast_exp(-z), q, 1.0F);
  return detail::with_sign(detail::choose(a < 1.25F, small, large), x);
}
inline double fast_erf(double x) { return std::erf(x); }

/// e^(−x²). Error < 2 ulp: the rounding error of x² is applied as a factor. In the exponent it
/// would be multiplied by up to 745.
template <class T> T gaussian(T x) {
  constexpr T kFar = std::is_same_v<T, float> ? T{11} : T{28};  // the result is 0 from there on
  const T near = detail::size_up_to(x, kFar), square = near * near;  // avoids Inf − Inf
  return fast_exp(-square) * (T{1} - fused(near, near, -square));
}

// clang-format off: a table
// Function objects for kernels::map and zip.
struct Erf {
  template <class T> T operator()(T x) const { return fast_erf(x); }
};
// clang-format on

}  // namespace tinygrad::kernels
