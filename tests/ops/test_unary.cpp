// SPDX-License-Identifier: MIT
// What the rows cannot say: NaN, infinities, extreme values, and the conventions at singular
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
                                    {"pow 3", [](auto& x) { return pow(x, 3); }},
                                    {"relu", [](auto& x) { return relu(x); }},
                                    {"leaky_relu", [](auto& x) { return leaky_relu(x); }},
                                    {"elu", [](auto& x) { return elu(x); }},
                                    {"gelu", [](auto& x) { return gelu(x); }},
                                    {"gelu tanh", [](auto& x) { return gelu(x, Gelu::kTanh); }},
                                    {"silu", [](auto& x) { return silu(x); }},
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
  for (const auto& [name, f] : kSmooth) {
    CAPTURE(name);
    for (const Dtype dtype : {float32, float64})
      CHECK(std::isnan(f(full({20}, NAN, dtype)).array().at(19)));
  }
}

TEST_CASE("large arguments saturate without NaN, in value and gradient") {
  struct Limit {
    const char* name;
    Function f;
    double x, value, slope;
  };
  const Limit limits[] = {{"softplus", [](auto& x) { return softplus(x); }, 1e4, 1e4, 1},
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
                          {"erf", [](auto& x) { return erf(x); }, 10, 1, 0},
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

TEST_CASE("infinities behave as in IEEE arithmetic") {
  const double inf = std::numeric_limits<double>::infinity();
  for (const Dtype dtype : {float32, float64}) {
    CHECK(exp(tensor(inf, dtype)).item() == inf);
    CHECK(exp(tensor(-inf, dtype)).item() == 0);
    CHECK(exp(tensor(1000.0, dtype)).item() == inf);
    CHECK(log(tensor(0.0, dtype)).item() == -inf);
    CHECK(std::isnan(log(tensor(-1.0, dtype)).item()));
    CHECK(tanh(tensor(inf, dtype)).item() == 1);
    CHECK(relu(tensor(-inf, dtype)).item() == 0);
    CHECK(rsqrt(tensor(0.0, dtype)).item() == inf);
  }
}

TEST_CASE("at kinks and singular points gradients follow PyTorch") {
  CHECK(at([](auto& x) { return relu(x); }, 0, float64).second == 0);
  CHECK(at([](auto& x) { return abs(x); }, 0, float64).second == 0);
  CHECK(at([](auto& x) { return sign(x); }, 3, float64).second == 0);
  CHECK(std::isinf(at([](auto& x) { return sqrt(x); }, 0, float64).second));
  CHECK(at([](auto& x) { return pow(x, 0); }, 0, float64).second == 0);
  CHECK(at([](auto& x) { return pow(x, 1); }, 0, float64).second == 1);
  CHECK(at([](auto& x) { return pow(tensor(0.0, float64), x); }, 2, float64).second == 0);
  CHECK(at([](auto& x) { return maximum(x, 1.0); }, 1, float64).second == 0.5);
  CHECK(at([](auto& x) { return clamp(x, -1, 1); }, 1, float64).second == 1);
}

TEST_CASE("relu's fused gradient and its composed one are the same") {
  Generator g(1);
  const Tensor x = randn({1000}, float64, g).requires_grad_(), v = randn({1000}, float64, g);
  const Tensor fused = grad(relu(x), x, v), composed = grad(relu(x), x, v, {.create_graph = true});
  CHECK(max(abs(fused - composed)).item() == 0);
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
