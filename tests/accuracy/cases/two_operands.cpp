// SPDX-License-Identifier: MIT
// Exact values and derivatives of functions of two tensors.
#include "accuracy/accuracy_cases.hpp"

namespace tinygrad::test {

namespace {

/// u/√(u² + v²), with the limits where one of the two is infinite; 0 at the origin.
Quad cosine(Quad u, Quad v) {
  if (quad::isinf(u) != quad::isinf(v) && !quad::isnan(u) && !quad::isnan(v))
    return quad::isinf(u) ? quad::sign(u) : Quad{0};
  return u == 0 && v == 0 ? Quad{0} : u / quad::hypot(u, v);
}
/// u/(u² + v²), 0 at the origin and at infinity.
Quad reciprocal_real(Quad u, Quad v) {
  if (quad::isnan(u) || quad::isnan(v)) return u + v;
  if (quad::isinf(u) || quad::isinf(v) || (u == 0 && v == 0)) return 0;
  return u / (u * u + v * v);
}
/// b^a/(b^a + b^c); ½ for equal infinities.
Quad share(Quad a, Quad c) { return a == c ? Quad{0.5} : quad::sigmoid(a - c); }
Quad share2(Quad a, Quad c) { return a == c ? Quad{0.5} : quad::sigmoid((a - c) * quad::ln2()); }

Quad logaddexp_of(Quad a, Quad b) {
  if (quad::isnan(a) || quad::isnan(b)) return a + b;
  if (a == b) return a + quad::ln2();
  return (a > b ? a : b) + quad::log1p(quad::exp(-quad::abs(a - b)));
}
Quad logaddexp2_of(Quad a, Quad b) {
  if (quad::isnan(a) || quad::isnan(b)) return a + b;
  if (a == b) return a + 1;
  return (a > b ? a : b) + quad::log1p(quad::exp(-quad::abs(a - b) * quad::ln2())) / quad::ln2();
}

}  // namespace

AccuracyCases two_operands_accuracy() {
  AccuracyCases cases;
  cases.push_back(binary_accuracy_case(
      "atan2", "torch.atan2(x0, x1)", [](auto& a, auto& b) { return atan2(a, b); }, quad::atan2,
      [](Quad a, Quad b) { return reciprocal_real(b, a); },
      [](Quad a, Quad b) { return -reciprocal_real(a, b); },
      {{1e-30, 1e-30}, {1e30, 1e30}, {1e-200, 1e-200}, {1e200, 1e200}}));
  cases.push_back(binary_accuracy_case(
      "hypot", "torch.hypot(x0, x1)", [](auto& a, auto& b) { return hypot(a, b); }, quad::hypot,
      [](Quad a, Quad b) { return cosine(a, b); }, [](Quad a, Quad b) { return cosine(b, a); },
      {{3e38, 3e38}, {1e-44, 1e-44}, {1e308, 1e308}, {1e-320, 1e-322}}));
  // Where the two exponentials add up to 1 the result is 0.
  const Exact one = [](const Quad* x) {
    return quad::abs(x[0]) < 40 && quad::abs(x[1]) < 40 ? Quad{0.5} : Quad{0};
  };
  cases.push_back(binary_accuracy_case(
      "logaddexp", "torch.logaddexp(x0, x1)", [](auto& a, auto& b) { return logaddexp(a, b); },
      logaddexp_of, share, [](Quad a, Quad b) { return share(b, a); },
      {{100, 0}, {-700, 30.3}, {1e4, 9950.7}, {-0.6931471805599453, -0.6931471805599453}}));
  cases.back().value_size = one;
  cases.push_back(binary_accuracy_case(
      "logaddexp2", "torch.logaddexp2(x0, x1)", [](auto& a, auto& b) { return logaddexp2(a, b); },
      logaddexp2_of, share2, [](Quad a, Quad b) { return share2(b, a); },
      {{100, 0}, {-1000, 30.3}, {1e4, 9950.7}, {-1, -1}}));
  cases.back().value_size = one;
  return cases;
}

}  // namespace tinygrad::test
