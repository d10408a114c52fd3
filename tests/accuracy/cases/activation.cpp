// SPDX-License-Identifier: MIT
// Exact values and derivatives of activation functions.
#include "accuracy/accuracy_cases.hpp"

namespace tinygrad::test {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// At −∞ the limit, where a formula would say ∞·0.
template <Quad (*f)(Quad)> Quad from_zero(Quad x) { return x == -kInfinity ? Quad{0} : f(x); }
/// The same for a slope that goes to 0 and 1.
template <Quad (*f)(Quad)> Quad zero_to_one(Quad x) {
  return quad::isinf(x) ? (x > 0 ? Quad{1} : Quad{0}) : f(x);
}

Quad silu_of(Quad x) { return x * quad::sigmoid(x); }
Quad silu_slope(Quad x) { return quad::sigmoid(x) * (1 + x * quad::sigmoid(-x)); }

Quad gelu_of(Quad x) { return x * quad::erfc(-x / quad::sqrt(2)) / 2; }
Quad gelu_slope(Quad x) {
  return quad::erfc(-x / quad::sqrt(2)) / 2 +
         x * quad::exp(-x * x / 2) / quad::sqrt(2 * quad::pi());
}

/// The argument of the sigmoid that approximates Φ, and its derivative.
Quad gelu_inner(Quad x) {
  return quad::sqrt(8 / quad::pi()) * (x + Quad{44715} / 1000000 * x * x * x);
}
Quad gelu_tanh_of(Quad x) { return x * quad::sigmoid(gelu_inner(x)); }
Quad gelu_tanh_slope(Quad x) {
  const Quad v = gelu_inner(x), s = quad::sigmoid(v), rest = quad::sigmoid(-v);
  const Quad inner = quad::sqrt(8 / quad::pi()) * (1 + 3 * (Quad{44715} / 1000000) * x * x);
  return rest == 0 ? s : s * (1 + x * rest * inner);
}

/// tanh(log(1 + e^x))
Quad mish_factor(Quad x) {
  return x > 100 ? Quad{1}
                 : quad::exp(x) * (quad::exp(x) + 2) / (quad::exp(x) * (quad::exp(x) + 2) + 2);
}
Quad mish_of(Quad x) { return x * mish_factor(x); }
Quad mish_slope(Quad x) {
  const Quad e = quad::exp(-quad::abs(x));
  const Quad d = x > 0 ? 1 + 2 * e + 2 * e * e : 2 + 2 * e + e * e;
  return mish_factor(x) + 4 * x * (x > 0 ? e * e : e) * (1 + e) / (d * d);
}

Quad logsigmoid_of(Quad x) { return (x < 0 ? x : Quad{0}) - quad::log1p(quad::exp(-quad::abs(x))); }

Quad tanhshrink_of(Quad x) {
  const Quad z = x * x;
  if (z < 1e-8) return x * z * (Quad{1} / 3 - z * (Quad{2} / 15 - z * (Quad{17} / 315)));
  return x - quad::tanh(x);
}

Quad softsign_of(Quad x) { return quad::isinf(x) ? quad::sign(x) : x / (1 + quad::abs(x)); }
Quad softsign_slope(Quad x) {
  const Quad root = 1 / (1 + quad::abs(x));
  return root * root;
}

Quad hardswish_of(Quad x) { return x <= -3 ? Quad{0} : x >= 3 ? x : x * (x + 3) / 6; }
Quad hardswish_slope(Quad x) { return x <= -3 ? Quad{0} : x >= 3 ? Quad{1} : (2 * x + 3) / 6; }

/// 1 where |x| > ½, 0 where it is less, NaN at NaN.
Quad outside_half(Quad x) { return quad::isnan(x) ? x : quad::abs(x) > 0.5 ? Quad{1} : Quad{0}; }
/// 1 in (low, high), 0 outside, NaN at NaN.
template <int low, int high> Quad inside(Quad x) {
  return quad::isnan(x) ? x : x > low && x < high ? Quad{1} : Quad{0};
}

constexpr double kSeluAlpha = 1.6732632423543772, kSeluScale = 1.0507009873554805;

}  // namespace

AccuracyCases activation_accuracy() {
  AccuracyCases cases;
  const auto add = [&](const std::string& name, const std::string& torch,
                       Tensor (*f)(const Tensor&), Quad (*value)(Quad), Quad (*slope)(Quad),
                       const std::vector<double>& hard) {
    cases.push_back(unary_accuracy_case(name, "F." + torch, f, value, slope, hard));
  };
  /// Around a zero of the slope, errors are measured in units of what it is nearby.
  const auto slope_is = [&](Quad size, double low, double high) {
    cases.back().slope_sizes = {
        [=](const Quad* x) { return x[0] > low && x[0] < high ? size : Quad{0}; }};
  };
  const std::vector<double> tails = {0,     -5,    -6,     -8,    -20,    -88,  -104,
                                     -13.1, -14.4, -37.7,  -38.5, -708.4, -745, 8,
                                     20,    -10.5, -10.26, -21.3, -2};
  const auto with = [&](double point) {
    std::vector<double> all = tails;
    all.push_back(point);
    return all;
  };
  add(
      "relu", "relu(x0)", [](const Tensor& x) { return relu(x); },
      [](Quad x) { return x < 0 ? Quad{0} : x; }, [](Quad x) { return x <= 0 ? Quad{0} : Quad{1}; },
      {0});
  add(
      "leaky_relu", "leaky_relu(x0)", [](const Tensor& x) { return leaky_relu(x); },
      [](Quad x) { return x > 0 ? x : x / 100; },
      [](Quad x) { return x > 0 ? Quad{1} : Quad{1} / 100; }, {0});
  add(
      "elu", "elu(x0)", [](const Tensor& x) { return elu(x); },
      [](Quad x) { return x > 0 ? x : quad::expm1(x); },
      [](Quad x) { return x > 0 ? Quad{1} : quad::exp(x); }, tails);
  add(
      "elu/alpha", "elu(x0, 1.5)", [](const Tensor& x) { return elu(x, 1.5); },
      [](Quad x) { return x > 0 ? x : Quad{1.5} * quad::expm1(x); },
      [](Quad x) { return x > 0 ? Quad{1} : Quad{1.5} * quad::exp(x); }, tails);
  add(
      "selu", "selu(x0)", [](const Tensor& x) { return selu(x); },
      [](Quad x) { return Quad{kSeluScale} * (x > 0 ? x : Quad{kSeluAlpha} * quad::expm1(x)); },
      [](Quad x) { return Quad{kSeluScale} * (x > 0 ? Quad{1} : Quad{kSeluAlpha} * quad::exp(x)); },
      tails);
  add(
      "celu", "celu(x0)", [](const Tensor& x) { return celu(x); },
      [](Quad x) { return x > 0 ? x : quad::expm1(x); },
      [](Quad x) { return x > 0 ? Quad{1} : quad::exp(x); }, tails);
  add(
      "celu/alpha", "celu(x0, 0.7)", [](const Tensor& x) { return celu(x, 0.7); },
      [](Quad x) { return x > 0 ? x : Quad{0.7} * quad::expm1(x / Quad{0.7}); },
      [](Quad x) { return x > 0 ? Quad{1} : quad::exp(x / Quad{0.7}); }, tails);
  add(
      "silu", "silu(x0)", [](const Tensor& x) { return silu(x); }, from_zero<silu_of>,
      zero_to_one<silu_slope>, with(-1.2784645427610738));
  slope_is(0.1, -1.6, -1);
  add(
      "mish", "mish(x0)", [](const Tensor& x) { return mish(x); }, from_zero<mish_of>,
      zero_to_one<mish_slope>, with(-1.1924411234254432));
  slope_is(0.1, -1.5, -0.9);
  add(
      "gelu", "gelu(x0)", [](const Tensor& x) { return gelu(x); }, from_zero<gelu_of>,
      zero_to_one<gelu_slope>, with(-0.75179152653898));
  slope_is(0.1, -0.95, -0.6);
  add(
      "gelu/tanh", "gelu(x0, approximate='tanh')",
      [](const Tensor& x) { return gelu(x, Gelu::kTanh); }, from_zero<gelu_tanh_of>,
      zero_to_one<gelu_tanh_slope>, with(-0.75246142207101));
  slope_is(0.1, -0.95, -0.6);
  add(
      "logsigmoid", "logsigmoid(x0)", [](const Tensor& x) { return logsigmoid(x); }, logsigmoid_of,
      [](Quad x) { return quad::sigmoid(-x); }, {0, 17, -17, 37, 88, 104, 709, 745, -104, -745});
  add("softsign", "softsign(x0)", [](const Tensor& x) { return softsign(x); }, softsign_of,
      softsign_slope, {0, 1});
  add(
      "tanhshrink", "tanhshrink(x0)", [](const Tensor& x) { return tanhshrink(x); }, tanhshrink_of,
      [](Quad x) { return quad::tanh(x) * quad::tanh(x); }, {0, 0.3, 1, -1, 2, -2, 9, 20});
  add(
      "hardtanh", "hardtanh(x0)", [](const Tensor& x) { return hardtanh(x); },
      [](Quad x) { return x < -1  ? Quad{-1}
                          : x > 1 ? Quad{1}
                                  : x; }, inside<-1, 1>, {1, -1});
  add(
      "relu6", "relu6(x0)", [](const Tensor& x) { return relu6(x); },
      [](Quad x) { return x < 0   ? Quad{0}
                          : x > 6 ? Quad{6}
                                  : x; }, inside<0, 6>, {0, 6});
  add(
      "hardsigmoid", "hardsigmoid(x0)", [](const Tensor& x) { return hardsigmoid(x); },
      [](Quad x) { return x <= -3  ? Quad{0}
                          : x >= 3 ? Quad{1}
                                   : (x + 3) / 6; },
      [](Quad x) { return x > -3 && x < 3 ? Quad{1} / 6 : Quad{0}; }, {3, -3});
  add("hardswish", "hardswish(x0)", [](const Tensor& x) { return hardswish(x); }, hardswish_of,
      hardswish_slope, {3, -3, -1.5, 0});
  add(
      "hardshrink", "hardshrink(x0)", [](const Tensor& x) { return hardshrink(x); },
      [](Quad x) { return quad::abs(x) <= 0.5 ? Quad{0} : x; }, outside_half, {0.5, -0.5});
  add(
      "softshrink", "softshrink(x0)", [](const Tensor& x) { return softshrink(x); },
      [](Quad x) { return x > 0.5    ? x - 0.5
                          : x < -0.5 ? x + 0.5
                                     : x * 0; }, outside_half,
      {0.5, -0.5});
  add(
      "threshold", "threshold(x0, 1, 7)", [](const Tensor& x) { return threshold(x, 1, 7); },
      [](Quad x) { return x <= 1 ? Quad{7} : x; },
      [](Quad x) { return x <= 1 ? Quad{0} : Quad{1}; }, {1});
  return cases;
}

}  // namespace tinygrad::test
