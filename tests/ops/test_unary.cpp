// SPDX-License-Identifier: MIT
// Tests that no row can express: NaN, infinities, extreme values, and the conventions at singular
// points.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tinygrad/tensor.hpp"

using namespace tinygrad;

namespace {

using Function = std::function<Tensor(const Tensor&)>;
struct Named {
  const char* name;
  Function f;
};

const std::vector<Named> kSmooth = {{"exp", [](auto& x) { return exp(x); }},
                                    {"expm1", [](auto& x) { return expm1(x); }},
                                    {"log", [](auto& x) { return log(x); }},
                                    {"log1p", [](auto& x) { return log1p(x); }},
                                    {"sqrt", [](auto& x) { return sqrt(x); }},
                                    {"rsqrt", [](auto& x) { return rsqrt(x); }},
                                    {"square", [](auto& x) { return square(x); }},
                                    {"reciprocal", [](auto& x) { return reciprocal(x); }},
                                    {"sign", [](auto& x) { return sign(x); }},
                                    {"abs", [](auto& x) { return abs(x); }},
                                    {"sin", [](auto& x) { return sin(x); }},
                                    {"cos", [](auto& x) { return cos(x); }},
                                    {"tanh", [](auto& x) { return tanh(x); }},
                                    {"sigmoid", [](auto& x) { return sigmoid(x); }},
                                    {"erf", [](auto& x) { return erf(x); }},
                                    {"softplus", [](auto& x) { return softplus(x); }},
                                    {"softplus 2", [](auto& x) { return softplus(x, 2, 5); }},
                                    {"pow -1", [](auto& x) { return pow(x, -1); }},
                                    {"pow 0.5", [](auto& x) { return pow(x, 0.5); }},
                                    {"pow 1", [](auto& x) { return pow(x, 1); }},
                                    {"pow 2", [](auto& x) { return pow(x, 2); }},
                                    {"pow 3", [](auto& x) { return pow(x, 3); }},
                                    {"pow 1.5", [](auto& x) { return pow(x, 1.5); }},
                                    {"pow x", [](auto& x) { return pow(2, x); }},
                                    {"relu", [](auto& x) { return relu(x); }},
                                    {"leaky_relu", [](auto& x) { return leaky_relu(x); }},
                                    {"elu", [](auto& x) { return elu(x); }},
                                    {"gelu", [](auto& x) { return gelu(x); }},
                                    {"gelu tanh", [](auto& x) { return gelu(x, Gelu::kTanh); }},
                                    {"silu", [](auto& x) { return silu(x); }},
                                    {"selu", [](auto& x) { return selu(x); }},
                                    {"celu", [](auto& x) { return celu(x); }},
                                    {"mish", [](auto& x) { return mish(x); }},
                                    {"logsigmoid", [](auto& x) { return logsigmoid(x); }},
                                    {"softsign", [](auto& x) { return softsign(x); }},
                                    {"tanhshrink", [](auto& x) { return tanhshrink(x); }},
                                    {"hardtanh", [](auto& x) { return hardtanh(x); }},
                                    {"relu6", [](auto& x) { return relu6(x); }},
                                    {"hardsigmoid", [](auto& x) { return hardsigmoid(x); }},
                                    {"hardswish", [](auto& x) { return hardswish(x); }},
                                    {"hardshrink", [](auto& x) { return hardshrink(x); }},
                                    {"softshrink", [](auto& x) { return softshrink(x); }},
                                    {"rrelu", [](auto& x) { return rrelu(x); }},
                                    {"logit", [](auto& x) { return logit(x); }},
                                    {"sinc", [](auto& x) { return sinc(x); }},
                                    {"erfinv", [](auto& x) { return erfinv(x); }},
                                    {"erfc", [](auto& x) { return erfc(x); }},
                                    {"lgamma", [](auto& x) { return lgamma(x); }},
                                    {"digamma", [](auto& x) { return digamma(x); }},
                                    {"entr", [](auto& x) { return entr(x); }},
                                    {"floor", [](auto& x) { return floor(x); }},
                                    {"ceil", [](auto& x) { return ceil(x); }},
                                    {"round", [](auto& x) { return round(x); }},
                                    {"trunc", [](auto& x) { return trunc(x); }},
                                    {"frac", [](auto& x) { return frac(x); }},
                                    {"tan", [](auto& x) { return tan(x); }},
                                    {"asin", [](auto& x) { return asin(x); }},
                                    {"acos", [](auto& x) { return acos(x); }},
                                    {"atan", [](auto& x) { return atan(x); }},
                                    {"sinh", [](auto& x) { return sinh(x); }},
                                    {"cosh", [](auto& x) { return cosh(x); }},
                                    {"asinh", [](auto& x) { return asinh(x); }},
                                    {"acosh", [](auto& x) { return acosh(x); }},
                                    {"atanh", [](auto& x) { return atanh(x); }},
                                    {"exp2", [](auto& x) { return exp2(x); }},
                                    {"log2", [](auto& x) { return log2(x); }},
                                    {"log10", [](auto& x) { return log10(x); }},
                                    {"clamp", [](auto& x) { return clamp(x, -1, 1); }}};

// f and f' at one point.
std::pair<double, double> at(const Function& f, double x, Dtype dtype) {
  Tensor t = tensor(x, dtype).requires_grad_();
  const Tensor y = f(t);
  y.backward();
  return {y.item(), t.grad().item()};
}

}  // namespace

TEST_CASE("NaN goes through every function") {
  for (const Named& function : kSmooth) {
    CAPTURE(function.name);
    for (const Dtype dtype : {float32, float64}) {
      const Tensor y = function.f(full({20}, NAN, dtype));  // 20: the vector loop and its remainder
      for (Index i = 0; i < y.numel(); ++i) CHECK(std::isnan(y.array().at(i)));
    }
  }
}

TEST_CASE("large arguments saturate without NaN, in value and gradient") {
  struct Limit {
    const char* name;
    Function f;
    double x, value, slope;
  };
  const Limit limits[] = {
      {"softplus", [](auto& x) { return softplus(x); }, 1e4, 1e4, 1},
      {"softplus", [](auto& x) { return softplus(x); }, -1e4, 0, 0},
      {"sigmoid", [](auto& x) { return sigmoid(x); }, 1e4, 1, 0},
      {"sigmoid", [](auto& x) { return sigmoid(x); }, -1e4, 0, 0},
      {"tanh", [](auto& x) { return tanh(x); }, 1e4, 1, 0},
      {"tanh", [](auto& x) { return tanh(x); }, -1e4, -1, 0},
      {"gelu", [](auto& x) { return gelu(x); }, 50, 50, 1},
      {"gelu", [](auto& x) { return gelu(x); }, -50, 0, 0},
      {"gelu tanh", [](auto& x) { return gelu(x, Gelu::kTanh); }, 50, 50, 1},
      {"gelu tanh", [](auto& x) { return gelu(x, Gelu::kTanh); }, -50, 0, 0},
      {"silu", [](auto& x) { return silu(x); }, 1e3, 1e3, 1},
      {"silu", [](auto& x) { return silu(x); }, -1e3, 0, 0},
      {"elu", [](auto& x) { return elu(x); }, 1e3, 1e3, 1},
      {"elu", [](auto& x) { return elu(x); }, -1e3, -1, 0},
      {"leaky_relu", [](auto& x) { return leaky_relu(x); }, -1e4, -100, 0.01},
      {"relu", [](auto& x) { return relu(x); }, -1e30, 0, 0},
      {"relu", [](auto& x) { return relu(x); }, 1e30, 1e30, 1},
      {"gelu", [](auto& x) { return gelu(x); }, 1e30, 1e30, 1},
      {"gelu tanh", [](auto& x) { return gelu(x, Gelu::kTanh); }, 1e30, 1e30, 1},
      {"gelu tanh", [](auto& x) { return gelu(x, Gelu::kTanh); }, -1e30, 0, 0},
      {"erf", [](auto& x) { return erf(x); }, 10, 1, 0},
      {"erf", [](auto& x) { return erf(x); }, -10, -1, 0},
      {"erf", [](auto& x) { return erf(x); }, 1e30, 1, 0},
      {"exp", [](auto& x) { return exp(x); }, -1e4, 0, 0},
      {"log1p", [](auto& x) { return log1p(x); }, 1e-30, 1e-30, 1},
      {"expm1", [](auto& x) { return expm1(x); }, 1e-30, 1e-30, 1}};
  for (const Limit& l : limits)
    for (const Dtype dtype : {float32, float64}) {
      CAPTURE(l.name);
      CAPTURE(l.x);
      const auto [value, slope] = at(l.f, l.x, dtype);
      CHECK(value == doctest::Approx(l.value).epsilon(1e-6));
      CHECK(slope == doctest::Approx(l.slope).epsilon(1e-6));
    }
}

TEST_CASE("above its threshold softplus is x itself; without one nowhere") {
  CHECK(softplus(tensor(21.0, float64), 1, 20).item() == 21);
  CHECK(softplus(tensor(19.0, float64), 1, 20).item() > 19);
  CHECK(softplus(tensor(21.0, float64)).item() > 21);
  CHECK(at([](auto& x) { return softplus(x); }, 21, float64).second < 1);
  CHECK(softplus(tensor(-0.5, float64), 1, -1).item() == -0.5);
  CHECK(softplus(tensor(0.5, float64), -1).item() == doctest::Approx(-std::log1p(std::exp(-0.5))));
  const auto [value, slope] = at([](auto& x) { return softplus(x, 2, 1); }, 0.6, float64);
  CHECK(value == 0.6);
  CHECK(slope == 1);
}

TEST_CASE("infinities behave as in IEEE arithmetic") {
  const double inf = std::numeric_limits<double>::infinity();
  for (const Dtype dtype : {float32, float64}) {
    CHECK(exp(tensor(inf, dtype)).item() == inf);
    CHECK(exp(tensor(-inf, dtype)).item() == 0);
    CHECK(exp(tensor(1000.0, dtype)).item() == inf);
    CHECK(log(tensor(0.0, dtype)).item() == -inf);
    CHECK(std::isnan(log(tensor(-1.0, dtype)).item()));
    CHECK(log(tensor(inf, dtype)).item() == inf);
    CHECK(log1p(tensor(-1.0, dtype)).item() == -inf);
    CHECK(log1p(tensor(inf, dtype)).item() == inf);
    CHECK(expm1(tensor(-inf, dtype)).item() == -1);
    CHECK(sqrt(tensor(inf, dtype)).item() == inf);
    CHECK(rsqrt(tensor(0.0, dtype)).item() == inf);
    CHECK(rsqrt(tensor(inf, dtype)).item() == 0);
    CHECK(reciprocal(tensor(-inf, dtype)).item() == 0);
    CHECK(abs(tensor(-inf, dtype)).item() == inf);
    CHECK(sign(tensor(-inf, dtype)).item() == -1);
    CHECK(std::isnan(sin(tensor(inf, dtype)).item()));
    CHECK(std::isnan(cos(tensor(inf, dtype)).item()));
    CHECK(tanh(tensor(inf, dtype)).item() == 1);
    CHECK(tanh(tensor(-inf, dtype)).item() == -1);
    CHECK(sigmoid(tensor(inf, dtype)).item() == 1);
    CHECK(sigmoid(tensor(-inf, dtype)).item() == 0);
    CHECK(erf(tensor(-inf, dtype)).item() == -1);
    CHECK(softplus(tensor(inf, dtype)).item() == inf);
    CHECK(softplus(tensor(-inf, dtype)).item() == 0);
    CHECK(pow(tensor(-inf, dtype), 3).item() == -inf);
    CHECK(pow(tensor(0.0, dtype), -1).item() == inf);
    CHECK(relu(tensor(-inf, dtype)).item() == 0);
    CHECK(elu(tensor(-inf, dtype)).item() == -1);
    CHECK(gelu(tensor(inf, dtype)).item() == inf);
    CHECK(silu(tensor(inf, dtype)).item() == inf);
  }
}

TEST_CASE("at kinks and singular points gradients follow PyTorch") {
  CHECK(at([](auto& x) { return relu(x); }, 0, float64).second == 0);
  CHECK(at([](auto& x) { return abs(x); }, 0, float64).second == 0);
  CHECK(at([](auto& x) { return sign(x); }, 3, float64).second == 0);
  CHECK(std::isinf(at([](auto& x) { return sqrt(x); }, 0, float64).second));
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(at([inf](auto& x) { return sign(x) * inf; }, 3, float64).second == 0);
  CHECK(at([](auto& x) { return leaky_relu(x, 0.1); }, 0, float64).second == 0.1);
  CHECK(at([](auto& x) { return pow(x, 0); }, 0, float64).second == 0);
  CHECK(at([](auto& x) { return pow(x, 2); }, 0, float64).second == 0);
  CHECK(at([](auto& x) { return pow(x, 0.5); }, 0, float64).second == inf);
  CHECK(at([](auto& x) { return pow(x, 1); }, 0, float64).second == 1);
  for (const double b : {0.0, 1.0, 2.0}) {  // tensor exponents take another path
    const auto of_base = [b](auto& x) { return pow(x, tensor(b, float64)); };
    CHECK(at(of_base, 0, float64).second == (b == 1 ? 1 : 0));
    const auto of_exponent = [](auto& x) { return pow(tensor(0.0, float64), x); };
    CHECK(at(of_exponent, b, float64).second == 0);
  }
  CHECK(at([](auto& x) { return maximum(x, 1.0); }, 1, float64).second == 0.5);
  CHECK(at([](auto& x) { return clamp(x, -1, 1); }, 1, float64).second == 0);
}

TEST_CASE("fused gradients and composed ones are the same") {
  Generator g(1);
  const Function fused_ones[] = {[](auto& x) { return relu(x); }, [](auto& x) { return gelu(x); },
                                 [](auto& x) { return gelu(x, Gelu::kTanh); }};
  const double tolerance[] = {0, 1, 1};
  for (const Dtype dtype : {float32, float64}) {
    const Tensor x = (randn({1000}, dtype, g) * 3).detach().requires_grad_();
    const Tensor v = randn({1000}, dtype, g).requires_grad_();
    for (std::size_t i = 0; i < 3; ++i) {
      CAPTURE(i);
      const Tensor y = fused_ones[i](x);
      const Tensor fused = grad(y, x, v, {.retain_graph = true});
      const Tensor composed = grad(y, x, v, {.create_graph = true});
      CHECK_FALSE(fused.requires_grad());
      CHECK(composed.requires_grad());
      const double epsilon = dtype == float32 ? 1e-6 : 1e-14;
      CHECK(max(abs(fused - composed)).item() <= tolerance[i] * epsilon);
    }
  }
}

TEST_CASE("the mixed second derivative of a^b is a^(b-1)·(1 + b·log a), at b = 0 too") {
  const Tensor a = tensor(3.0, float64).requires_grad_();
  for (const double exponent : {0.0, 1.0, 2.5}) {
    const Tensor b = tensor(exponent, float64).requires_grad_();
    const Tensor slope = grad(pow(a, b), a, {}, {.create_graph = true});
    const double expected = std::pow(3, exponent - 1) * (1 + exponent * std::log(3));
    CHECK(grad(slope, b).item() == doctest::Approx(expected));
  }
}

TEST_CASE(
    "a number to a number's power, and pow under another dtype, keep the rules of arithmetic") {
  CHECK(pow(full({2}, 3, int64), 2).dtype() == int64);
  CHECK(pow(full({2}, 3, int64), 2.0).dtype() == float32);
  CHECK(pow(full({2}, 3, float64), 2).dtype() == float64);
  CHECK(pow(2, full({2}, 3, float64)).dtype() == float64);
}

TEST_CASE("a number takes the tensor's dtype, unless it is fractional and the tensor is not") {
  CHECK((ones({2}, float32) * 2.5).dtype() == float32);
  CHECK((ones({2}, int64) * 2).dtype() == int64);
  CHECK((ones({2}, int64) * 2.5).dtype() == float32);
  CHECK((ones({2}, uint8) + ones({2}, uint8)).dtype() == int64);
  CHECK((ones({2}, float32) + ones({2}, float64)).dtype() == float64);
  CHECK((ones({2}, int64) / 2).dtype() == float32);
  CHECK((2 - ones({})).item<float>() == 1);
}
