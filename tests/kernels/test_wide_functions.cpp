// SPDX-License-Identifier: MIT
// Tests the float64 functions against the C library's of long double, which has 64 bits: errors at
// random numbers, the ends of the range, and the same bits from loops and from single calls.
#include <doctest/doctest.h>

#include <bit>
#include <cfloat>
#include <cmath>
#include <limits>
#include <vector>

#include "tinygrad/kernels/elementwise/error_function.hpp"
#include "tinygrad/kernels/elementwise/exponential.hpp"
#include "tinygrad/kernels/elementwise/functions.hpp"
#include "tinygrad/kernels/elementwise/hyperbolic.hpp"
#include "tinygrad/kernels/elementwise/inverse_trigonometric.hpp"
#include "tinygrad/kernels/elementwise/logarithm.hpp"
#include "tinygrad/kernels/elementwise/power.hpp"
#include "tinygrad/kernels/elementwise/sigmoid.hpp"
#include "tinygrad/kernels/elementwise/trigonometric.hpp"

using namespace tinygrad;
using namespace tinygrad::kernels;

namespace {

using Long = long double;

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kLargest = std::numeric_limits<double>::max();
constexpr double kLeast = std::numeric_limits<double>::denorm_min();

/// How far `got` is from the exact result, in units of its last place.
double ulps_off(double got, Long exact) {
  const double rounded = static_cast<double>(exact);
  if (std::isnan(rounded) || std::isnan(got))
    return std::isnan(rounded) == std::isnan(got) ? 0 : kInfinite;
  if (rounded == got) return std::signbit(rounded) == std::signbit(got) ? 0 : kInfinite;
  if (std::isinf(rounded) || std::isinf(got)) return kInfinite;
  const double size = std::fmax(std::fabs(rounded), DBL_MIN);
  return static_cast<double>(std::fabs(static_cast<Long>(got) - exact) /
                             std::scalbn(1.0L, std::ilogb(size) - 52));
}

class WideNumbers {
 public:
  std::uint64_t word() {  // splitmix64
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  double within(double low, double high) {
    return std::fma(high - low, static_cast<double>(word() >> 11) * 0x1p-53, low);
  }
  double any() { return std::bit_cast<double>(word()); }
  double of_any_size() { return std::ldexp(within(1, 2), static_cast<int>(within(-40, 12))); }

 private:
  std::uint64_t state_ = 1;
};

const std::vector<double>& wide_specials() {
  static const std::vector<double> all = [] {
    std::vector<double> out;
    for (const double size : {0.0,
                              kLeast,
                              1e-310,
                              DBL_MIN,
                              1e-300,
                              0x1p-54,
                              0x1p-28,
                              0.25,
                              0.3,
                              0.5,
                              0.75,
                              1.0,
                              1.5,
                              2.0,
                              3.0,
                              10.0,
                              20.0,
                              26.5,
                              40.0,
                              700.0,
                              708.5,
                              709.78,
                              710.4,
                              711.0,
                              745.1,
                              746.0,
                              1023.5,
                              1074.5,
                              1e5,
                              1e9,
                              0x1p53,
                              1e20,
                              1e154,
                              1e300,
                              kLargest,
                              kInfinite,
                              std::numeric_limits<double>::quiet_NaN()})
      for (const double x : {size, -size})
        for (const double to : {x, std::nextafter(x, kInfinite), std::nextafter(x, -kInfinite)})
          out.push_back(to);
    return out;
  }();
  return all;
}

/// Checks one function, and that a loop gives what single calls give.
template <class F>
void agrees_wide(const char* name, F f, Long (*exact)(Long), double low, double high, double most) {
  WideNumbers random;
  std::vector<double> points = wide_specials();
  for (int i = 0; i < 20000; ++i) points.push_back(random.within(low, high));
  for (int i = 0; i < 5000; ++i) points.push_back(random.any());
  for (int i = 0; i < 5000; ++i) points.push_back(random.of_any_size() * (i % 2 ? 1 : -1));
  double worst = 0, at = 0;
  for (const double x : points) {
    const double error = ulps_off(f(x), exact(static_cast<Long>(x)));
    if (error <= worst) continue;
    worst = error;
    at = x;
  }
  INFO(name << " is " << worst << " ulp off at " << at);
  CHECK(worst < most);

  const Array x = Array::empty({static_cast<Index>(points.size())}, float64, {"test"});
  std::copy(points.begin(), points.end(), x.data<double>());
  const Array y = map({"test"}, x, Function(f));
  int different = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double once = f(points[i]), in_loop = y.data<double>()[i];
    if (std::isnan(once)
            ? !std::isnan(in_loop)
            : std::bit_cast<std::uint64_t>(once) != std::bit_cast<std::uint64_t>(in_loop))
      ++different;
  }
  INFO(name << " differs in a loop for " << different << " numbers");
  CHECK(different == 0);
}

}  // namespace

TEST_CASE("float64 exponentials and logarithms are as accurate as their comments say") {
  agrees_wide(
      "exp", Exp{}, [](Long x) { return std::exp(x); }, -746, 710, 1);
  agrees_wide(
      "exp2", [](double x) { return fast_exp2(x); }, [](Long x) { return std::exp2(x); }, -1076,
      1024, 1);
  agrees_wide(
      "expm1", Expm1{}, [](Long x) { return std::expm1(x); }, -5, 5, 2);
  agrees_wide(
      "log", Log{}, [](Long x) { return std::log(x); }, 0.3, 3, 1);
  agrees_wide(
      "log1p", Log1p{}, [](Long x) { return std::log1p(x); }, -0.99, 3, 2);
  agrees_wide(
      "log2", [](double x) { return fast_log2(x); }, [](Long x) { return std::log2(x); }, 0.3, 3,
      1);
  agrees_wide(
      "log10", [](double x) { return fast_log10(x); }, [](Long x) { return std::log10(x); }, 0.3, 3,
      1);
}

TEST_CASE("float64 hyperbolic functions and their inverses are as accurate as their comments say") {
  agrees_wide(
      "tanh", Tanh{}, [](Long x) { return std::tanh(x); }, -3, 3, 3);
  agrees_wide(
      "sinh", [](double x) { return fast_sinh(x); }, [](Long x) { return std::sinh(x); }, -5, 5, 3);
  agrees_wide(
      "cosh", [](double x) { return fast_cosh(x); }, [](Long x) { return std::cosh(x); }, -5, 5, 2);
  agrees_wide(
      "asinh", [](double x) { return fast_asinh(x); }, [](Long x) { return std::asinh(x); }, -9, 9,
      2);
  agrees_wide(
      "acosh", [](double x) { return fast_acosh(x); }, [](Long x) { return std::acosh(x); }, 1, 9,
      3);
  agrees_wide(
      "atanh", [](double x) { return fast_atanh(x); }, [](Long x) { return std::atanh(x); }, -1, 1,
      3);
}

TEST_CASE("float64 trigonometric functions and their inverses are as accurate as they say") {
  agrees_wide(
      "sin", Sin{}, [](Long x) { return std::sin(x); }, -100, 100, 2);
  agrees_wide(
      "cos", Cos{}, [](Long x) { return std::cos(x); }, -100, 100, 2);
  agrees_wide(
      "tan", Tan{}, [](Long x) { return std::tan(x); }, -100, 100, 3);
  agrees_wide(
      "asin", [](double x) { return fast_asin(x); }, [](Long x) { return std::asin(x); }, -1, 1, 3);
  agrees_wide(
      "acos", [](double x) { return fast_acos(x); }, [](Long x) { return std::acos(x); }, -1, 1, 2);
  agrees_wide(
      "atan", [](double x) { return fast_atan(x); }, [](Long x) { return std::atan(x); }, -5, 5, 2);
}

TEST_CASE("float64 error functions are as accurate as their comments say") {
  agrees_wide(
      "erf", Erf{}, [](Long x) { return std::erf(x); }, -4, 4, 2);
  agrees_wide(
      "erfc", [](double x) { return fast_erfc(x); }, [](Long x) { return std::erfc(x); }, -6, 27,
      4);
}

TEST_CASE("float64 pow and atan2 are as accurate as their comments say") {
  WideNumbers random;
  double worst_power = 0, worst_angle = 0;
  const auto check = [&](double x, double y) {
    const Long a = static_cast<Long>(x), b = static_cast<Long>(y);
    worst_power = std::fmax(worst_power, ulps_off(fast_pow(x, y), std::pow(a, b)));
    worst_angle = std::fmax(worst_angle, ulps_off(fast_atan2(y, x), std::atan2(b, a)));
  };
  for (const double x : wide_specials())
    for (const double y : wide_specials()) check(x, y);
  for (int i = 0; i < 20000; ++i) {
    check(random.within(0.5, 2), random.within(-900, 900));
    check(random.of_any_size(), random.within(-20, 20));
    check(random.any(), random.within(-2, 2));
  }
  CHECK(worst_power < 1);
  CHECK(worst_angle < 2);
}
