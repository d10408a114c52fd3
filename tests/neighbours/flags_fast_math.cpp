// SPDX-License-Identifier: MIT
// Checks the library's values under flags that let a compiler change arithmetic. If the library
// compiles, the values are those of a plain build. Expected values follow from rules or are given.
//
// build: -O1
// build: -O2 -ffast-math
// build: -O3 -ffast-math -march=native
// build: -O2 -ffast-math -fno-finite-math-only
// build: -O1 -funsafe-math-optimizations
// build: -O2 -march=native -fassociative-math -freciprocal-math -fno-signed-zeros -fno-trapping-math
// expect: values or refusal
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <tinygrad/optim.hpp>
#include <tinygrad/tensor.hpp>
#include <vector>

using namespace tinygrad;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
int wrong = 0;

// By the bits: the flags under trial may make comparisons with NaN and Inf untrue.
std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }
bool is_nan(double value) { return (bits(value) << 1) > (bits(kInf) << 1); }
bool same(double got, double expected, double tolerance) {
  if (is_nan(got) || is_nan(expected)) return is_nan(got) && is_nan(expected);
  if (bits(got) == bits(expected)) return true;
  if ((bits(got) << 1) >= (bits(kInf) << 1) || (bits(expected) << 1) >= (bits(kInf) << 1))
    return false;
  return std::fabs(got - expected) <= tolerance * std::fmax(1.0, std::fabs(expected));
}

void expect(const char* what, const Tensor& got, const std::vector<double>& expected,
            double tolerance = 1e-6) {
  const Tensor flat = got.detach();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto at = static_cast<Index>(i);
    if (at < flat.numel() && same(flat.array().at(at), expected[i], tolerance)) continue;
    if (wrong++ == 0)
      std::printf("%s, element %zu: got %.9g, expected %.9g\n", what, i,
                  at < flat.numel() ? flat.array().at(at) : kNan, expected[i]);
    return;
  }
}

void functions(Dtype dtype) {
  const auto in = [&](std::vector<double> x) { return tensor(x, dtype); };
  const double eps = dtype == float64 ? 1e-13 : 2e-6;
  expect("exp", exp(in({0, 1, 2, 3, -kInf, kInf, kNan, -20.5})),
         {1, 2.7182818284590452, 7.3890560989306502, 20.085536923187668, 0, kInf, kNan,
          1.2501528663867426e-9},
         eps);
  expect("exp of much", log(exp(in({-80, 80}))), {-80, 80}, eps);
  expect("exp2", exp2(in({0.5, 1.25, -3.75})),
         {1.4142135623730951, 2.3784142300054421, 0.074325444687670064}, eps);
  expect("expm1", expm1(in({1e-6, 0.3, 2.5})),
         {1.0000005000001667e-6, 0.3498588075760031, 11.182493960703473}, eps);
  expect("log", log(in({1, 10, 0, kInf, -1})), {0, 2.302585092994046, -kInf, kInf, kNan}, eps);
  expect("log1p", 1e6 * log1p(in({1e-6, 3e-6})), {0.9999995000003333, 2.9999955000090000}, eps);
  expect("tanh", tanh(in({0, 0.2, 1, -5, kInf})),
         {0, 0.19737532022490401, 0.76159415595576489, -0.99990920426259513, 1}, eps);
  expect("sigmoid", sigmoid(in({0, 2, -30, kNan})),
         {0.5, 0.88079707797788243, 9.3576229688392989e-14, kNan}, eps);
  expect("erf", erf(in({0.1, 0.9, 2, -kInf})),
         {0.11246291601828489, 0.79690821242283213, 0.99532226501895273, -1}, eps);
  expect("gelu", gelu(in({-1, 0.5, 3})),
         {-0.15865525393145705, 0.34573123063700656, 2.99595030590511}, eps);
  expect("sin", sin(in({1, 100, 20000, 1e6})),
         {0.84147098480789651, -0.50636564110975879, 0.5819847619942949, -0.34999350217129294},
         eps);
  expect("cos", cos(in({1, 100, 20000, 1e6})),
         {0.54030230586813972, 0.86231887228768389, 0.8131996906089204, 0.93675212753314479}, eps);
  expect("pow", pow(in({2, 3, 1.5}), in({0.5, 4, -2.25})),
         {1.4142135623730951, 81, 0.40160089049326436}, eps);
  expect("round", round(in({0.5, 1.5, 2.5, -2.6, 1e9})), {0, 2, 2, -3, 1e9}, 0);
  expect("floor", floor(in({0.7, -0.2, kInf})), {0, -1, kInf}, 0);
  expect("ceil", ceil(in({0.7, -1.2})), {1, -1}, 0);
  expect("trunc", trunc(in({1.9, -1.9})), {1, -1}, 0);
  expect("division", floor(in({6, 49, 0.3F}) / in({3, 49, 0.1F})), {2, 1, 3}, 0);
  expect("to int64", to(in({1.9, -1.9, 300}), int64), {1, -1, 300}, 0);
  expect("isnan", isnan(in({1, kNan, kInf})), {0, 1, 0}, 0);
  expect("isinf", isinf(in({1, kNan, kInf, -kInf})), {0, 0, 1, 1}, 0);
  expect("isfinite", isfinite(in({1, kNan, kInf})), {1, 0, 0}, 0);
  expect("1 / -0", 1.0 / in({-0.0, 0.0}), {-kInf, kInf}, 0);
}

void reductions(Dtype dtype) {
  const auto in = [&](std::vector<double> x) { return tensor(x, dtype); };
  const double eps = dtype == float64 ? 1e-13 : 2e-6;
  expect("max with NaN", max(in({1, kNan, 3})), {kNan}, 0);
  expect("max of -Inf", max(in({-kInf, -kInf})), {-kInf}, 0);
  expect("maximum", maximum(in({1, kNan, 2}), in({kNan, 1, 3})), {kNan, kNan, 3}, 0);
  expect("sort", sort(in({3, kNan, -kInf, 1, kInf}), 0).values, {-kInf, 1, 3, kInf, kNan}, 0);
  expect("sum", sum(full({1000003}, 0.1, dtype)), {1000003 * (dtype == float64 ? 0.1 : 0.1F)}, eps);
  expect("sum that cancels", sum(in({1, 1e8, -1e8})), {1}, dtype == float64 ? eps : 10);
  expect("logsumexp", logsumexp(in({1000, 1000, -kInf}), 0), {1000.6931471805599}, eps);
  expect("logsumexp of nothing", logsumexp(in({-kInf, -kInf}), 0), {-kInf}, 0);
  expect("cumsum", cumsum(in({1, 2, kInf, 1}), 0), {1, 3, kInf, kInf}, 0);
  // Far from 0, where a square of the mean would take all digits.
  const Tensor far = full({4, 1001}, 2023.4, dtype);
  expect("var of equal values", var(far, 1), {0, 0, 0, 0}, 1e-12);
  expect("layer_norm of equal values", layer_norm(far, {1001}), std::vector<double>(4004, 0.0),
         1e-3);
  expect("var far from 0", var(in({1e6, 1e6 + 1, 1e6 + 2}), 0), {1}, eps);
  expect("softmax", softmax(in({0, 1, -kInf, 2}), 0),
         {0.090030573170380458, 0.24472847105479767, 0, 0.66524095577482178}, eps);
  expect("log_softmax", log_softmax(in({1000, 0}), 0), {0, -1000}, eps);
}

void networks(Dtype dtype) {
  const double eps = dtype == float64 ? 1e-13 : 2e-6;
  // Causal attention: the first row sees the first value alone.
  const Tensor q = ones({1, 1, 3, 2}, dtype);
  const Tensor v = tensor({{{{1.0, 10}, {2, 20}, {3, 30}}}}, dtype);
  expect("causal attention", scaled_dot_product_attention(q, q, v, {.is_causal = true}),
         {1, 10, 1.5, 15, 2, 20}, eps);
  Tensor logits = tensor({{2.0, 1, 0}, {0, 0, -kInf}}, dtype);
  logits.requires_grad_();
  const Tensor loss = cross_entropy(logits, tensor({0, 1}, int64));
  expect("cross_entropy", loss, {(0.40760596444438013 + 0.69314718055994531) / 2}, eps);
  loss.backward();
  expect("its gradient", logits.grad(),
         {-0.1673795221125891, 0.12236423552739884, 0.045015286585190229, 0.25, -0.25, 0}, 1e-6);

  Tensor w = tensor({1.0, -2, 3}, dtype);
  w.requires_grad_();
  optim::Adam adam({w}, {.lr = 0.1});
  for (int step = 0; step < 3; ++step) {
    adam.zero_grad();
    sum(0.5 * square(w)).backward();
    adam.step();
  }
  // PyTorch's values.
  expect("three steps of Adam", w, {0.701586274504415, -1.7006233928121137, 2.7003815239578244},
         2e-6);
}

}  // namespace

int main() {
  for (const Dtype dtype : {float32, float64}) {
    functions(dtype);
    reductions(dtype);
    networks(dtype);
  }
  return wrong ? 1 : 0;
}
