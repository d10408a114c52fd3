// SPDX-License-Identifier: MIT
// Exact values and derivatives of special functions.
#include "accuracy/accuracy_cases.hpp"
#include "tinygrad/kernels/elementwise/special_functions.hpp"

namespace tinygrad::test {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// √π/2·e^y²
Quad inverse_erf_slope(Quad y) { return quad::sqrt(quad::pi()) / 2 * quad::exp(y * y); }
/// Newton's method from the double: every step doubles the digits.
Quad erfinv_of(Quad x) {
  const Quad size = quad::abs(x);
  if (!(size < 1)) return size == 1 ? x * Quad{kInfinity} : Quad{kNaN};
  if (size < 1e-300) return x * inverse_erf_slope(0);
  Quad y = kernels::erfinv(static_cast<double>(size));
  for (int step = 0; step < 3; ++step) {
    const Quad error = size < 0.5 ? quad::erf(y) - size : (1 - size) - quad::erfc(y);
    y -= error * inverse_erf_slope(y);
  }
  return quad::copysign(y, x);
}

/// ζ(s, x) for x > 0: 40 terms, and the formula of Euler and Maclaurin.
Quad zeta(int s, Quad x) {
  Quad sum = 0;
  for (; x < 40; x += 1) sum += quad::pow(x, -s);
  const Quad tail = quad::pow(x, -s);
  sum += tail * (x / (s - 1) + Quad{0.5});
  Quad term = tail * s / x;
  int k = 0;
  for (const Quad b : {Quad{1} / 12, Quad{-1} / 720, Quad{1} / 30240, Quad{-1} / 1209600,
                       Quad{1} / 47900160, Quad{-691} / 1307674368000, Quad{1} / 74724249600}) {
    sum += b * term;
    term *= Quad(s + k + 1) * Quad(s + k + 2) / (x * x);
    k += 2;
  }
  return sum;
}

Quad digamma_of(Quad x) {
  if (quad::isnan(x) || x == -kInfinity) return kNaN;
  if (x == 0) return quad::signbit(x) ? kInfinity : -kInfinity;
  if (x == kInfinity) return x;
  if (x < 0) {
    if (x == quad::floor(x)) return kNaN;
    return digamma_of(1 - x) - quad::pi() * quad::cos_pi(x) / quad::sin_pi(x);
  }
  Quad sum = 0;
  for (; x < 100; x += 1) sum -= 1 / x;
  const Quad z = 1 / (x * x);
  Quad series = 0;
  for (const Quad b : {Quad{3617} / 8160, Quad{-1} / 12, Quad{691} / 32760, Quad{-1} / 132,
                       Quad{1} / 240, Quad{-1} / 252, Quad{1} / 120, Quad{-1} / 12})
    series = (series + b) * z;
  return sum + quad::log(x) - 1 / (2 * x) + series;
}
Quad trigamma_of(Quad x) {
  if (quad::isinf(x)) return x > 0 ? Quad{0} : Quad{kNaN};
  if (x > 0) return zeta(2, x);
  if (x == quad::floor(x)) return kInfinity;
  const Quad ratio = quad::pi() / quad::sin_pi(x);
  return ratio * ratio - zeta(2, 1 - x);
}
/// ψ″, by reflection: 2π³·cot(πx)/sin²(πx)
Quad tetragamma_of(Quad x) {
  if (quad::isinf(x)) return x > 0 ? Quad{0} : Quad{kNaN};
  if (x > 0) return -2 * zeta(3, x);
  if (x == quad::floor(x)) return -kInfinity;
  const Quad ratio = quad::pi() / quad::sin_pi(x);
  return -2 * ratio * ratio * ratio * quad::cos_pi(x) - 2 * zeta(3, 1 - x);
}

}  // namespace

AccuracyCases special_accuracy() {
  AccuracyCases cases;
  const auto add = [&](const std::string& name, const std::string& torch,
                       Tensor (*f)(const Tensor&), Quad (*value)(Quad), Quad (*slope)(Quad),
                       const std::vector<double>& hard) {
    cases.push_back(unary_accuracy_case(name, torch, f, value, slope, hard));
  };
  add(
      "erfc", "torch.erfc(x0)", [](const Tensor& x) { return erfc(x); }, quad::erfc,
      [](Quad x) { return -2 / quad::sqrt(quad::pi()) * quad::exp(-x * x); },
      {0, 1, 3.9, 9.3, 10.05, 26.5, 27.2});
  add(
      "erfinv", "torch.erfinv(x0)", [](const Tensor& x) { return erfinv(x); }, erfinv_of,
      [](Quad x) { return inverse_erf_slope(erfinv_of(x)); }, {0, 0.5, -0.5, 0.9, 1, -1});
  cases.back().low = -1;
  cases.back().high = 1;
  const std::vector<double> poles = {0, -1, -2, -3, -10, -1000, 1, 2, 3, 8, 1.4616321449683622};
  // Between its poles digamma has zeros: around them its size is that of its terms, and 1.
  const Exact around_zeros = [](const Quad* x) {
    return x[0] < 0 && !quad::isinf(x[0]) ? 1 + quad::abs(digamma_of(1 - x[0])) : Quad{0};
  };
  add(
      "lgamma", "torch.lgamma(x0)", [](const Tensor& x) { return lgamma(x); },
      [](Quad x) { return quad::isinf(x) ? quad::abs(x) : quad::lgamma(x); }, digamma_of, poles);
  cases.back().slope_sizes = {around_zeros};
  // Where |Γ| is 1; and libquadmath has no more digits of the others.
  cases.back().value_size = [](const Quad* x) {
    return x[0] < 0 && !quad::isinf(x[0]) ? Quad{1} : Quad{0};
  };
  add(
      "digamma", "torch.digamma(x0)", [](const Tensor& x) { return digamma(x); }, digamma_of,
      trigamma_of, poles);
  cases.back().value_size = around_zeros;
  add(
      "polygamma/0", "torch.polygamma(0, x0)", [](const Tensor& x) { return polygamma(0, x); },
      digamma_of, trigamma_of, poles);
  cases.back().value_size = around_zeros;
  add(
      "polygamma", "torch.polygamma(1, x0)", [](const Tensor& x) { return polygamma(1, x); },
      trigamma_of, tetragamma_of, poles);
  cases.back().slope_sizes = {[](const Quad* x) {  // its zeros are between the poles, and steep
    return x[0] < 0 && !quad::isinf(x[0]) ? Quad{16} : Quad{0};
  }};
  add(
      "entr", "torch.special.entr(x0)", [](const Tensor& x) { return entr(x); },
      [](Quad x) {
        if (x == 0) return Quad{0};
        return x < 0 ? Quad{-kInfinity} : -x * quad::log(x);
      },
      [](Quad x) { return -1 - quad::log(x); }, {0, 1, 0.36787944117144233});
  cases.back().slope_sizes = {
      [](const Quad* x) { return x[0] > 0.3 && x[0] < 0.45 ? Quad{0.1} : Quad{0}; }};

  cases.push_back(binary_accuracy_case(
      "xlogy", "torch.xlogy(x0, x1)", [](auto& a, auto& b) { return xlogy(a, b); },
      [](Quad a, Quad b) { return a == 0 && !quad::isnan(b) ? Quad{0} : a * quad::log(b); },
      [](Quad a, Quad b) { return a == 0 && b <= 0 ? Quad{0} : quad::log(b); },
      [](Quad a, Quad b) { return a == 0 && b == 0 ? Quad{0} : a / b; }, {{0, 0}, {1, 1}}));
  cases.push_back(binary_accuracy_case(
      "xlog1py", "torch.special.xlog1py(x0, x1)", [](auto& a, auto& b) { return xlog1py(a, b); },
      [](Quad a, Quad b) { return a == 0 && !quad::isnan(b) ? Quad{0} : a * quad::log1p(b); },
      [](Quad a, Quad b) { return a == 0 && b <= -1 ? Quad{0} : quad::log1p(b); },
      [](Quad a, Quad b) { return a == 0 && b == -1 ? Quad{0} : a / (1 + b); },
      {{0, -1}, {1, 0}, {1, -1}}));
  return cases;
}

}  // namespace tinygrad::test
