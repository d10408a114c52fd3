// SPDX-License-Identifier: MIT
// Tests the float32 functions against the C library's in float64, over the whole range of float32.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "kernels/operands.hpp"
#include "tinygrad/kernels/elementwise/arithmetic.hpp"
#include "tinygrad/kernels/elementwise/error_function.hpp"
#include "tinygrad/kernels/elementwise/exponential.hpp"
#include "tinygrad/kernels/elementwise/power.hpp"
#include "tinygrad/kernels/elementwise/sigmoid.hpp"
#include "tinygrad/kernels/elementwise/trigonometric.hpp"

using namespace tinygrad::kernels;
using tinygrad::test::kInf;
using tinygrad::test::kNaN;

namespace {

constexpr float kMin = std::numeric_limits<float>::min(), kMax = std::numeric_limits<float>::max();
constexpr float kTiny = std::numeric_limits<float>::denorm_min();

// The distance of y from the exact value, in units of the last place of the exact value as float.
double ulps(float y, double exact) {
  const auto rounded = static_cast<float>(exact);
  if (y == rounded || (std::isnan(y) && std::isnan(exact))) return 0;
  if (!std::isfinite(y) || !std::isfinite(rounded)) return kInf;
  const double ulp =
      std::ldexp(1.0, std::max(std::ilogb(rounded == 0 ? kTiny : rounded), -126) - 23);
  return std::fabs(y - exact) / ulp;
}

// Every 997th float of both signs (subnormals, infinities and NaNs among them), and where it hurts.
std::vector<float> arguments() {
  std::vector<float> out = {kInf,     -kInf,    kNaN,      -kNaN,        0.0F,        -0.0F,
                            1.0F,     -1.0F,    kMin,      -kMin,        kMax,        -kMax,
                            kTiny,    -kTiny,   0.3F,      0.9F,         4.0F,        -4.0F,
                            88.722F,  88.723F,  88.73F,    -87.3F,       -87.4F,      -103.97F,
                            -103.98F, -104.01F, 89.0F,     2.0F / 3,     4.0F / 3,    0x1p-23F,
                            0x1p-24F, 0x1p24F,  -0x1p-24F, -0.99999994F, 0.99999994F, 1.0000001F};
  for (std::uint64_t bits = 0; bits <= 0xffffffffU; bits += 997)
    out.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  return out;
}

template <class F> void agrees(const char* name, F f, double (*exact)(double), double limit) {
  static const std::vector<float> all = arguments();
  double worst = 0;
  float at = 0;
  for (const float x : all) {
    const double error = ulps(f(x), exact(static_cast<double>(x)));
    if (error <= worst) continue;
    worst = error;
    at = x;
  }
  INFO(name << " is " << worst << " ulp off at " << at);
  CHECK(worst < limit);
  CHECK(worst > 0);  // the comparison itself works: no float function is exact everywhere
}

bool same_bits(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

}  // namespace

TEST_CASE("float32 exp, log, log1p, tanh and erf are as accurate as their comments say") {
  agrees(
      "exp", [](float x) { return fast_exp(x); }, [](double x) { return std::exp(x); }, 1);
  agrees(
      "log", [](float x) { return fast_log(x); }, [](double x) { return std::log(x); }, 1);
  agrees(
      "log1p", [](float x) { return fast_log1p(x); }, [](double x) { return std::log1p(x); }, 3);
  agrees(
      "tanh", [](float x) { return fast_tanh(x); }, [](double x) { return std::tanh(x); }, 3);
  agrees(
      "erf", [](float x) { return fast_erf(x); }, [](double x) { return std::erf(x); }, 2);
}

TEST_CASE("float32 expm1, sin and cos are as accurate as their comments say") {
  agrees(
      "expm1", [](float x) { return fast_expm1(x); }, [](double x) { return std::expm1(x); }, 2);
  // Beyond kFastAngle the C library answers.
  agrees(
      "sin", [](float x) { return Sin{}(x); }, [](double x) { return std::sin(x); }, 2);
  agrees(
      "cos", [](float x) { return Cos{}(x); }, [](double x) { return std::cos(x); }, 2);
  for (const float x : {kFastAngle, -kFastAngle, 0.0F, -0.0F, 1.5707963F, 355.0F, 52174.0F}) {
    CHECK(Sin::is_near(x));
    CHECK(ulps(Sin::near(x), std::sin(static_cast<double>(x))) < 2);
    CHECK(ulps(Cos::near(x), std::cos(static_cast<double>(x))) < 2);
  }
  CHECK_FALSE(Sin::is_near(1.01F * kFastAngle));
  CHECK_FALSE(Sin::is_near(kInf));
  CHECK(std::isnan(Sin::near(kNaN)));
  CHECK(fast_expm1(-kInf) == -1);
  CHECK(fast_expm1(kInf) == kInf);
  for (const float zero : {0.0F, -0.0F}) {
    CHECK(same_bits(fast_expm1(zero), zero));
    CHECK(same_bits(Sin::near(zero), zero));
    CHECK(Cos::near(zero) == 1);
  }
}

TEST_CASE("float32 pow is as accurate as its comment says") {
  double worst = 0;
  float at_x = 0, at_y = 0;
  std::uint64_t state = 1;
  const auto word = [&state] {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>(state >> 32);
  };
  for (int i = 0; i < 500000; ++i) {
    float x = std::bit_cast<float>(word()), y = std::bit_cast<float>(word());
    if (i % 2) {  // any floats half of the time, else powers that are not too large
      x = std::exp2(static_cast<float>(static_cast<std::int32_t>(word())) * 0x1p-24F);
      y = static_cast<float>(static_cast<std::int32_t>(word())) * 0x1p-28F;
    }
    const double error =
        ulps(fast_pow(x, y), std::pow(static_cast<double>(x), static_cast<double>(y)));
    if (error <= worst) continue;
    worst = error;
    at_x = x;
    at_y = y;
  }
  INFO("pow is " << worst << " ulp off at " << at_x << ", " << at_y);
  CHECK(worst < 0.6);
  CHECK(worst > 0.4);
}

TEST_CASE("float32 pow has the special cases of C's") {
  const float sizes[] = {0,    1,       2,       3,           0.5F,       1.5F,
                         149,  128,     kInf,    kNaN,        kTiny,      1e-40F,
                         kMax, 0x1p23F, 0x1p24F, 0x1p24F + 2, 1048575.5F, 0x1p23F + 1};
  for (const float x_size : sizes)
    for (const float y_size : sizes)
      for (const float x : {x_size, -x_size})
        for (const float y : {y_size, -y_size}) {
          const double expected = std::pow(static_cast<double>(x), static_cast<double>(y));
          const float got = fast_pow(x, y);
          CAPTURE(x);
          CAPTURE(y);
          CHECK(ulps(got, expected) < 0.6);
          if (!std::isnan(expected)) CHECK(std::signbit(got) == std::signbit(expected));
        }
}

TEST_CASE("float32 sigmoid and softplus are as accurate as their comments say") {
  agrees(
      "sigmoid", [](float x) { return sigmoid_of(x); },
      [](double x) { return 1 / (1 + std::exp(-x)); }, 3);
  CHECK(sigmoid_of(-88.73F) > 0);  // subnormal
  CHECK(sigmoid_of(-kInf) == 0);
  agrees(
      "softplus", [](float x) { return Softplus{}(x); },
      [](double x) { return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x))); }, 3);
}

TEST_CASE("float32 functions keep the sign of zero, and saturate at the ends") {
  for (const float zero : {0.0F, -0.0F}) {
    CHECK(same_bits(fast_log1p(zero), zero));
    CHECK(same_bits(fast_tanh(zero), zero));
    CHECK(same_bits(fast_erf(zero), zero));
    CHECK(fast_exp(zero) == 1);
    CHECK(fast_log(zero) == -kInf);
  }
  CHECK(fast_exp(-kInf) == 0);
  CHECK(fast_exp(-104.0F) == 0);
  CHECK(fast_exp(-100.0F) > 0);  // subnormal
  CHECK(fast_exp(88.73F) == kInf);
  CHECK(fast_log(kInf) == kInf);
  CHECK(std::isnan(fast_log(-kTiny)));
  CHECK(fast_log1p(-1.0F) == -kInf);
  CHECK(fast_log1p(kInf) == kInf);
  CHECK(std::isnan(fast_log1p(-1.5F)));
  CHECK(fast_tanh(-kInf) == -1);
  CHECK(fast_erf(-kInf) == -1);
}

TEST_CASE("every function of one number gives NaN for NaN") {
  const auto is_nan = [](auto f) {
    return std::isnan(f(kNaN)) && std::isnan(f(-kNaN)) &&
           std::isnan(f(std::numeric_limits<double>::quiet_NaN()));
  };
  const auto check = [&](auto... f) {
    for (const bool ok : {is_nan(f)...}) CHECK(ok);
  };
  check(Exp{}, Expm1{}, Log{}, Log1p{}, Square{}, Cube{}, Reciprocal{}, Sqrt{}, Rsqrt{}, Sin{},
        Cos{}, Tanh{}, Sigmoid{}, Erf{}, Neg{}, Abs{}, Sign{}, Softplus{}, Relu{});
}
