// SPDX-License-Identifier: MIT
// Tests of core/print.hpp: arrays print as xtensor prints them.
#include <doctest/doctest.h>

#include <cmath>
#include <iomanip>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tinygrad/core/print.hpp"

#if __has_include(<xtensor/io/xio.hpp>)
#include <xtensor/io/xio.hpp>
#else
#include <xtensor/xio.hpp>
#endif

using namespace tinygrad;

namespace {

std::string printed(const Array& a, int precision = 6) {
  std::ostringstream out;
  out << std::setprecision(precision) << a;
  return out.str();
}

// What xtensor prints, followed by what Array adds.
template <class T> std::string by_xtensor(const Array& a, int precision = 6) {
  std::ostringstream out;
  out << std::setprecision(precision);
  if constexpr (std::is_same_v<T, std::uint8_t>) out << xt::xarray<int>(a.view<T>());
  else out << a.view<T>();
  if (a.rank() > 0) out << "  " << to_string(a.dtype()) << ' ' << to_string(a.shape());
  return out.str();
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Numbers of one of the kinds that need different formats.
double number_of(int kind, std::mt19937_64& draw) {
  const auto integer = [&](int below) {
    return static_cast<double>(draw() % static_cast<unsigned>(below));
  };
  const double sign = draw() % 2 ? 1 : -1;
  switch (kind) {
    case 0: return sign * integer(10);
    case 1: return sign * integer(1'000'000) / 64;
    case 2: return sign * std::ldexp(integer(1000), static_cast<int>(draw() % 60) - 30);
    case 3: return draw() % 4 == 0 ? sign * kInfinity : integer(100) / 8;
    case 4: return draw() % 4 == 0 ? kNaN : sign * integer(100);
    case 5: return sign * std::pow(10.0, static_cast<double>(draw() % 16) - 8);
    default:
      return sign * std::ldexp(1 + integer(1000) / 1000, static_cast<int>(draw() % 2000) - 1000);
  }
}

template <class T> void check_as_xtensor(int cases, int kinds) {
  std::mt19937_64 draw(5);
  for (int i = 0; i < cases; ++i) {
    CAPTURE(i);
    Shape shape;
    const std::size_t rank = draw() % 5, most = draw() % 10 == 0 ? 20 : 5;
    for (std::size_t dim = 0; dim < rank; ++dim) shape.push_back(static_cast<Index>(draw() % most));
    if (i % 50 == 0) shape = {1001 + i};
    const Array a = Array::empty(shape, dtype_of<T>());
    const int kind = i % kinds, precision = i % 7 == 0 ? 2 + i % 9 : 6;
    for (Index k = 0; k < a.count(); ++k) a.data<T>()[k] = static_cast<T>(number_of(kind, draw));
    CHECK(printed(a, precision) == by_xtensor<T>(a, precision));
  }
}

}  // namespace

TEST_CASE("arrays print as xtensor prints, with dtype and shape") {
  std::ostringstream out;
  out << Array::full({2}, 1.5, float32) << '|' << Array::full({}, 3, int64) << '|'
      << Array::full({2}, 65, uint8);
  CHECK(out.str() == "{ 1.5,  1.5}  float32 (2)|3|{65, 65}  uint8 (2)");
}

TEST_CASE("numbers of every kind print as xtensor prints them") {
  check_as_xtensor<double>(1400, 7);
  check_as_xtensor<float>(1200, 6);
}

TEST_CASE("numbers print with all the digits that the stream asks for") {
  const Array small = Array::from<double>({0x1p-1000, -3}, float64);
  const Array large = Array::from<double>({1234567.125, 0.1}, float64);
  for (const int precision : {0, 17, 60, 450}) {
    CHECK(printed(small, precision) == by_xtensor<double>(small, precision));
    CHECK(printed(large, precision) == by_xtensor<double>(large, precision));
  }
}

TEST_CASE("integers and bools print as xtensor prints them") {
  check_as_xtensor<std::int64_t>(400, 2);
  std::mt19937_64 draw(7);
  for (Index n : {0, 1, 7, 30, 1000, 1001}) {
    const Array bytes = Array::empty({n}, uint8), bits = Array::empty({2, n}, bool_);
    for (Index i = 0; i < n; ++i) bytes.data<std::uint8_t>()[i] = static_cast<std::uint8_t>(draw());
    for (Index i = 0; i < 2 * n; ++i) bits.data<bool>()[i] = draw() % 2;
    CHECK(printed(bytes) == by_xtensor<std::uint8_t>(bytes));
    CHECK(printed(bits) == by_xtensor<bool>(bits));
  }
}

TEST_CASE("NaN has no sign, the smallest int64 all its digits, and the stream keeps its settings") {
  CHECK(printed(Array::from<double>({-kNaN, kNaN, -kInfinity}, float64)) ==
        "{nan, nan, -inf}  float64 (3)");
  CHECK(printed(Array::from<std::int64_t>({std::numeric_limits<std::int64_t>::min(), 3}, int64)) ==
        "{-9223372036854775808,                    3}  int64 (2)");
  CHECK(printed(Array()) == "undefined");
  std::ostringstream out;
  out << std::hex << std::setprecision(3) << Array::full({}, 0.12345, float64) << ' ' << 255 << ' '
      << 0.98765;
  CHECK(out.str() == " 0.123 ff 0.988");
}
