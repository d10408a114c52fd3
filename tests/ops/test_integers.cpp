// SPDX-License-Identifier: MIT
// Tests that integers are exact: every row of the op-case table that takes int64 and gives
// integers, at 2^24 and 2^53, where float32 and float64 lose integers. Also tests that no row can
// express.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <sstream>
#include <string>

#include "support/messages.hpp"
#include "support/op_cases.hpp"
#include "support/tensors.hpp"
#include "tinygrad/nn.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

using Integers = std::vector<std::int64_t>;
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kBig = (std::int64_t{1} << 53) + 1;  // no double
constexpr std::int64_t kOdd = (std::int64_t{1} << 24) + 1;  // no float

Integers integers(const Tensor& t) {
  Integers out;
  for (Index i = 0; i < t.numel(); ++i) out.push_back(t.array().at<std::int64_t>(i));
  return out;
}

// The inputs of a sample as int64: those drawn as floating become small positive integers plus
// `shift`, if `shifted` says so.
Tensors integer_inputs(const std::vector<Input>& sample, std::int64_t shift,
                       const std::vector<bool>& shifted) {
  Tensors out;
  const Tensors drawn = draw(sample, 3, float64);
  for (std::size_t k = 0; k < sample.size(); ++k) {
    if (!is_floating(sample[k].dtype)) {
      out.push_back(drawn[k]);
      continue;
    }
    const std::vector<double> from = values(drawn[k]);
    Integers to;
    for (const double v : from) {
      const auto rank = std::count_if(from.begin(), from.end(), [v](double w) { return w < v; });
      const auto small = sample[k].distinct ? static_cast<std::int64_t>(rank)
                                            : static_cast<std::int64_t>(std::floor(3 * v));
      to.push_back(wrapping_add(small + 12, shifted[k] ? shift : 0));
    }
    out.emplace_back(Array::from(to, int64).reshaped(sample[k].shape));
  }
  return out;
}

// y as a polynomial of degree 2 of the shift, from y(0), y(1) and y(2): Newton's forward
// differences, modulo 2^64 as integers are.
TINYGRAD_WRAPS std::int64_t extrapolated(const std::int64_t y[3], std::int64_t shift) {
  const auto c = static_cast<std::uint64_t>(shift);
  const std::uint64_t pairs = c % 2 ? (c - 1) / 2 * c : c / 2 * (c - 1);
  const auto u = [y](int i) { return static_cast<std::uint64_t>(y[i]); };
  return static_cast<std::int64_t>(u(0) + (u(1) - u(0)) * c + (u(2) - 2 * u(1) + u(0)) * pairs);
}

std::string family(const OpCase& c) { return c.name.substr(0, c.name.find('/')); }

// A row's result for these inputs as integers; none if it refuses them or gives floating numbers.
bool run(const OpCase& c, const Tensors& inputs, Tensor& y) {
  try {
    y = c.run(inputs);
  } catch (const Error&) {
    return false;
  }
  return !is_floating(y.dtype());
}

// Whether each input of a sample is shifted: each of the floating ones alone, then all of them.
std::vector<std::vector<bool>> choices(const std::vector<Input>& sample) {
  std::vector<std::vector<bool>> out;
  std::vector<bool> all(sample.size());
  for (std::size_t k = 0; k < sample.size(); ++k) {
    if (!is_floating(sample[k].dtype)) continue;
    std::vector<bool> one(sample.size());
    one[k] = all[k] = true;
    out.push_back(one);
  }
  if (out.size() > 1) out.push_back(all);
  return out;
}

}  // namespace

TEST_CASE("every op that takes integers gives its reference's value at 2^24 + 1") {
  std::set<std::string> joined;
  for (const OpCase& c : op_cases()) {
    if (!c.reference) continue;
    for (const auto& sample : c.samples) {
      for (const auto& shifted : choices(sample)) {
        const Tensors x = integer_inputs(sample, kOdd, shifted);
        Tensor y;
        if (!run(c, x, y)) continue;
        Naives in;
        for (const Tensor& t : x) in.emplace_back(t.array());
        const Naive expected = c.reference(in);
        INFO(c.name);
        REQUIRE(y.shape() == expected.shape);
        bool exact = y.dtype() != uint8;  // the reference, in doubles
        for (const double v : expected.values)
          exact = exact && std::fabs(v) < 0x1p53 && v == std::floor(v);
        if (!exact) continue;
        joined.insert(family(c));
        CHECK(values(y) == expected.values);
      }
    }
  }
  for (const char* name : {"add", "sub", "mul", "sum", "eq", "lt", "maximum", "remainder", "fmod",
                           "floor_divide", "where", "max", "cumsum", "gather", "abs", "sign"})
    CHECK_MESSAGE(joined.count(name) == 1, std::string(name));
}

TEST_CASE("every op that is a polynomial of integers continues it at 2^24 + 1 and 2^53 + 1") {
  // What is one for a while only: quotients, a tolerance in proportion, uint8 and float32.
  const std::set<std::string> passing = {"fmod", "remainder", "floor_divide", "isclose", "to"};
  std::set<std::string> joined;
  for (const OpCase& c : op_cases()) {
    if (passing.count(family(c)) > 0) continue;
    for (const auto& sample : c.samples) {
      for (const auto& shifted : choices(sample)) {
        INFO(c.name);
        const auto at = [&](std::int64_t shift, Integers& out) {
          Tensor y;
          if (!run(c, integer_inputs(sample, shift, shifted), y)) return false;
          out = integers(y);
          return true;
        };
        constexpr std::int64_t kFirst = 1000;  // no value is on another side of one beyond it
        Integers y[5];
        bool runs = true;
        for (int k = 0; k < 5; ++k)
          runs = runs && at(kFirst + k, y[k]) && y[k].size() == y[0].size();
        if (!runs) continue;
        const auto continued = [&](std::int64_t shift) {
          Integers out;
          for (std::size_t i = 0; i < y[0].size(); ++i) {
            const std::int64_t first[3] = {y[0][i], y[1][i], y[2][i]};
            out.push_back(extrapolated(first, shift - kFirst));
          }
          return out;
        };
        if (continued(kFirst + 3) != y[3] || continued(kFirst + 4) != y[4]) continue;
        for (const std::int64_t shift : {kOdd, kBig}) {
          Integers large;
          if (!at(shift, large)) continue;
          joined.insert(family(c));
          CHECK(large == continued(shift));
        }
      }
    }
  }
  for (const char* name : {"add", "sub", "mul", "sum", "square", "neg", "maximum", "where", "eq",
                           "sort", "gather", "cumsum", "diff", "scatter_add", "index_add", "max"})
    CHECK_MESSAGE(joined.count(name) == 1, std::string(name));
}

TEST_CASE("every op that takes integers takes the largest and the smallest") {
  for (const OpCase& c : op_cases())
    for (const auto& sample : c.samples)
      for (const auto& shifted : choices(sample))
        for (const std::int64_t shift : {kMax - 1000, kMin + 1000}) {
          Tensor y;
          run(c, integer_inputs(sample, shift, shifted), y);
        }
}

TEST_CASE("a number among int64 is exact wherever it is given") {
  const Tensor t = tensor({kBig, kBig - 1, kBig + 1}, int64);
  const auto truth = [](const Tensor& y) { return values(y); };
  using Values = std::vector<double>;
  CHECK(integers(t) == Integers{kBig, kBig - 1, kBig + 1});
  CHECK(truth(eq(t, kBig)) == Values{1, 0, 0});
  CHECK(truth(ne(t, kBig)) == Values{0, 1, 1});
  CHECK(truth(t < kBig) == Values{0, 1, 0});
  CHECK(truth(t <= kBig) == Values{1, 1, 0});
  CHECK(truth(t > kBig) == Values{0, 0, 1});
  CHECK(truth(t >= kBig) == Values{1, 0, 1});
  CHECK(truth(eq(kBig, t)) == Values{1, 0, 0});
  CHECK(truth(lt(kBig, t)) == Values{0, 0, 1});
  CHECK(integers(t + kBig) == Integers{2 * kBig, 2 * kBig - 1, 2 * kBig + 1});
  CHECK(integers(kBig - t) == Integers{0, 1, -1});
  CHECK(integers(t * 3) == Integers{3 * kBig, 3 * kBig - 3, 3 * kBig + 3});
  CHECK(integers(full({2}, kBig, int64)) == Integers{kBig, kBig});
  CHECK(integers(full_like(t, kBig)) == Integers{kBig, kBig, kBig});
  CHECK(integers(tensor(kBig, int64)) == Integers{kBig});
  CHECK(integers(tensor({{kBig, 1}, {2, kMin}}, int64)) == Integers{kBig, 1, 2, kMin});
  CHECK(integers(tensor(std::vector<std::size_t>{kBig}, int64)) == Integers{kBig});
  CHECK(integers(arange(kBig, kBig + 3)) == Integers{kBig, kBig + 1, kBig + 2});
  CHECK(integers(arange(kBig, kBig - 4, -3)) == Integers{kBig, kBig - 3});
  CHECK(integers(arange(kMax - 1, kMax)) == Integers{kMax - 1});
  CHECK(integers(arange(kMin, kMax, kMax)) == Integers{kMin, -1, kMax - 1});
  CHECK(integers(linspace(0, 2 * kBig, 3, int64)) == Integers{0, kBig, 2 * kBig});
  CHECK(integers(linspace(-10, 0, 4, int64)) == Integers{-10, -6, -3, 0});
  CHECK(integers(linspace(kMin, kMax, 2, int64)) == Integers{kMin, kMax});
  Tensor filled = zeros({2}, int64);
  CHECK(integers(fill_(filled, kBig)) == Integers{kBig, kBig});
  const Tensor first = eq(t, kBig), place = tensor({0}, int64);
  CHECK(integers(masked_fill(t, first, -kBig)) == Integers{-kBig, kBig - 1, kBig + 1});
  CHECK(integers(index_fill(t, 0, place, -kBig)) == Integers{-kBig, kBig - 1, kBig + 1});
  CHECK(integers(index_put(t, {0}, -kBig)) == Integers{-kBig, kBig - 1, kBig + 1});
  CHECK(integers(scatter(t, 0, place, -kBig)) == Integers{-kBig, kBig - 1, kBig + 1});
  CHECK(integers(where(first, t, kBig - 2)) == Integers{kBig, kBig - 2, kBig - 2});
  CHECK(integers(clamp(t, kBig, kBig)) == Integers{kBig, kBig, kBig});
  CHECK(integers(maximum(t, kBig)) == Integers{kBig, kBig, kBig + 1});
  CHECK(integers(pad(place, {1, 0}, PadMode::kConstant, kBig)) == Integers{kBig, 0});
  CHECK(integers(nn::ConstantPad1d({1, 0}, kBig).forward(zeros({1, 1}, int64))) ==
        Integers{kBig, 0});
  CHECK(integers(bitwise_xor(t, kBig)) == Integers{0, 1, 3});
  CHECK(integers(sum(t)) == Integers{3 * kBig});
  CHECK(sum(t).item<std::int64_t>() == 3 * kBig);
  CHECK(integers(randint(kMax - 1, kMax, {2})) == Integers{kMax - 1, kMax - 1});
  std::ostringstream text;
  text << t << full({}, kMin, int64);
  CHECK(contains(text.str(), "9007199254740993, 9007199254740992, 9007199254740994"));
  CHECK(contains(text.str(), "-9223372036854775808"));
  CHECK(isclose(t, t - 1, {.rtol = 0, .atol = 0.5}).array().at<bool>(0) == false);
  CHECK(isclose(t, t - 1, {.rtol = 0, .atol = 1}).array().at<bool>(0) == true);
  CHECK_FALSE(equal(t, t - 1));
}

TEST_CASE("a number that no element of a tensor can be is compared all the same") {
  using Values = std::vector<double>;
  const Tensor b = tensor({0, 255}, uint8), whole = tensor({2, 3}, int64);
  for (const int above : {256, 300}) {
    CHECK(values(b < above) == Values{1, 1});
    CHECK(values(b >= above) == Values{0, 0});
    CHECK(values(eq(b, above)) == Values{0, 0});
    CHECK(values(ne(b, above)) == Values{1, 1});
    CHECK(values(gt(above, b)) == Values{1, 1});
  }
  CHECK(values(b > -1) == Values{1, 1});
  CHECK(values(b <= -1) == Values{0, 0});
  CHECK(values(eq(b, -1)) == Values{0, 0});
  CHECK(values(b > 254.5) == Values{0, 1});
  CHECK(values(eq(b, 255.0)) == Values{0, 1});
  CHECK(values(whole < 2.5) == Values{1, 0});
  CHECK(values(whole >= 2.5) == Values{0, 1});
  CHECK(values(eq(whole, 2.5)) == Values{0, 0});
  CHECK(values(ne(whole, 2.5)) == Values{1, 1});
  CHECK(values(whole < INFINITY) == Values{1, 1});
  CHECK(values(whole < -INFINITY) == Values{0, 0});
  CHECK(values(whole < NAN) == Values{0, 0});
  CHECK(values(ne(whole, NAN)) == Values{1, 1});
  CHECK(values(whole < 18446744073709551615U) == Values{1, 1});
  CHECK(values(tensor({kMax}, int64) < 0x1p63) == Values{1});  // 2^63 is one more
  CHECK(values(tensor({kMin}, int64) >= -0x1p63) == Values{1});
  CHECK(values(tensor({true, false}, bool_) < 2) == Values{1, 1});
  CHECK(values(eq(tensor({true, false}, bool_), 1)) == Values{1, 0});
  const Tensor f = tensor({INFINITY, -INFINITY, 1.0F, NAN});
  CHECK(values(f < 1e300) == Values{0, 1, 1, 0});
  CHECK(values(f <= 1e300) == Values{0, 1, 1, 0});
  CHECK(values(f > 1e300) == Values{1, 0, 0, 0});
  CHECK(values(f < -1e300) == Values{0, 1, 0, 0});
  CHECK(values(f >= -1e300) == Values{1, 0, 1, 0});
  CHECK(values(eq(f, 1e300)) == Values{0, 0, 0, 0});
  CHECK(values(ne(f, 1e300)) == Values{1, 1, 1, 1});
}

TEST_CASE("tensors of different dtypes compare by their values, in blocks") {
  const Index n = 1500;  // several blocks
  const Tensor whole = arange(n) + kOdd;
  const Tensor bytes = to(remainder(arange(n), 256), uint8);
  CHECK(all(eq(to(whole, float64), whole)).item<bool>());
  CHECK(all(le(bytes, remainder(arange(n), 256))).item<bool>());
  CHECK(sum(eq(to(whole, float32), whole)).item<Index>() == n / 2);  // the even ones
  CHECK(sum(eq(bytes, reshape(arange(256), {256, 1}))).item<Index>() == n);
  CHECK(sum(reshape(arange(3), {3, 1}) > bytes).item<Index>() ==
        sum(reshape(arange(3), {3, 1}) > to(bytes, int64)).item<Index>());
  CHECK(values(ones({2}, bool_) >= tensor({1, 2}, uint8)) == std::vector<double>{1, 0});
}

TEST_CASE("integers are divided, raised and wrapped as integers") {
  const Integers a{7, -7, 7, -7, kMin, kMin, kMax, kBig}, b{2, 2, -2, -2, -1, 3, -1, 2};
  const Tensor x = tensor(a, int64), y = tensor(b, int64);
  CHECK(integers(fmod(x, y)) == Integers{1, -1, 1, -1, 0, -2, 0, 1});
  CHECK(integers(remainder(x, y)) == Integers{1, 1, -1, -1, 0, 1, 0, 1});
  CHECK(integers(floor_divide(x, y)) ==
        Integers{3, -4, -4, 3, kMin, kMin / 3 - 1, -kMax, kBig / 2});
  CHECK(remainder(x, 2).dtype() == int64);
  CHECK(integers(remainder(tensor({kOdd}, int64), 2)) == Integers{1});
  CHECK(remainder(x, 2.0).dtype() == float32);
  CHECK(remainder(tensor({7}, uint8), tensor({4}, uint8)).dtype() == int64);
  CHECK((x / y).dtype() == float32);
  CHECK(integers(pow(tensor({3, -3, 2, 0}, int64), tensor({39, 39, 64, 0}, int64))) ==
        Integers{4052555153018976267, -4052555153018976267, 0, 1});
  CHECK(integers(pow(tensor({kOdd}, int64), 2)) == Integers{kOdd * kOdd});
  CHECK(integers(pow(2, tensor({62, 63}, int64))) == Integers{kMax / 2 + 1, kMin});
  CHECK(pow(x, 0.5).dtype() == float32);
  const Tensor ends = tensor({kMin, kMax}, int64);
  CHECK(integers(-ends) == Integers{kMin, -kMax});
  CHECK(integers(abs(ends)) == Integers{kMin, kMax});
  CHECK(integers(ends + ends) == Integers{0, -2});
  CHECK(integers(ends - 1) == Integers{kMax, kMax - 1});
  CHECK(integers(ends * ends) == Integers{0, 1});
  CHECK(integers(square(ends)) == Integers{0, 1});
  CHECK(integers(sum(ends + ends)) == Integers{-2});
  CHECK(integers(sum(concat(std::vector{ends, ends}))) == Integers{-2});
  CHECK(integers(cumsum(full({3}, kMax, int64), 0)) == Integers{kMax, -2, kMax - 2});
  CHECK(integers(cumprod(full({3}, kMax, int64), 0)) == Integers{kMax, 1, kMax});
  CHECK(integers(prod(full({2}, kMax, int64))) == Integers{1});
  CHECK(integers(heaviside(tensor({-1, 0, 3}, int64), kBig)) == Integers{0, kBig, 1});
  CHECK(integers(addcmul(x, y, y, 3)) ==
        Integers{19, 5, 19, 5, kMin + 3, kMin + 27, kMin + 2, kBig + 12});
}

TEST_CASE("clamp leaves integers integers, and takes a bound beyond them for none") {
  const Tensor t = tensor({kMin, -5, 0, 5, kMax}, int64);
  CHECK(integers(clamp(t, -3, 3)) == Integers{-3, -3, 0, 3, 3});
  CHECK(integers(clamp(t, -INFINITY, INFINITY)) == integers(t));
  CHECK(integers(clamp(t, -3)) == Integers{-3, -3, 0, 5, kMax});
  CHECK(integers(clamp(t, -1e20, 3)) == Integers{kMin, -5, 0, 3, 3});
  CHECK(integers(clamp(t, 0, 18446744073709551615U)) == Integers{0, 0, 0, 5, kMax});
  CHECK(clamp(t, -0.5, 0.5).dtype() == float32);
  const Tensor b = tensor({1, 5, 9}, uint8);
  CHECK(clamp(b, -1, 7).dtype() == uint8);
  CHECK(integers(clamp(b, -1, 7)) == Integers{1, 5, 7});
  CHECK(integers(clamp(b, 3, 300)) == Integers{3, 5, 9});
  CHECK(values(clamp(tensor({-INFINITY, 1.0F}), -1e300, 1e300)) ==
        std::vector<double>{-INFINITY, 1});
  CHECK(contains(message_of([&] { clamp(b, 300, 400); }), "[clamp] 300 does not fit into uint8"));
  CHECK(contains(message_of([&] { clamp(t, INFINITY); }), "[clamp] inf does not fit into int64"));
  CHECK(
      contains(message_of([&] { clamp(t, kBig, kBig - 1); }), "low=9007199254740993 must not be"));
  CHECK(contains(message_of([] { clamp(ones({2}, bool_), 0, 1); }), "[clamp] wants numbers"));
}

TEST_CASE("a number that a dtype cannot hold is refused with both named, and the user's line") {
  const Tensor whole = ones({2}, int64), byte = ones({2}, uint8), mask = ones({2}, bool_);
  const auto refuses = [](const std::string& text, auto f) {
    const std::string message = message_of(f);
    CHECK_MESSAGE(contains(message, text), message);
    CHECK_MESSAGE(contains(message, "at test_integers.cpp"), message);
  };
  const std::string nan = "nan does not fit into int64, which holds -9223372036854775808 to ";
  refuses("[full] " + nan, [] { full({1}, std::fabs(NAN), int64); });
  refuses("[full] inf does not fit into int64", [] { full({1}, INFINITY, int64); });
  refuses("[full] 9.22337e+18 does not fit into int64", [] { full({1}, 0x1p63, int64); });
  refuses("[full_like] 1e+20 does not fit", [&] { full_like(whole, 1e20); });
  refuses("[tensor] 1e+20 does not fit into int64", [] { tensor({1e20}, int64); });
  refuses("[tensor] 1e+20 does not fit into int64", [] { tensor(1e20, int64); });
  refuses("[tensor] 256 does not fit into uint8, which holds 0 to 255", [] {
    tensor({{1, 256}}, uint8);
  });
  refuses("[tensor] -1 does not fit into uint8", [] { tensor({-1}, uint8); });
  refuses("[tensor] 18446744073709551615 does not fit into int64",
          [] { tensor({18446744073709551615U}, int64); });
  refuses("[full] 1e+300 does not fit into float32", [] { full({1}, 1e300); });
  refuses("[mul] 1e+300 does not fit into float32", [] { ones({1}) * 1e300; });
  refuses("[add] 18446744073709551615 does not fit into int64",
          [&] { whole + 18446744073709551615U; });
  refuses("[fill_] 256 does not fit into uint8", [] {
    Tensor t = ones({1}, uint8);
    fill_(t, 256);
  });
  refuses("[masked_fill] nan does not fit", [&] { masked_fill(whole, mask, std::fabs(NAN)); });
  refuses("[where] 300 does not fit into uint8", [&] { where(mask, byte, 300); });
  refuses("[bitwise_and] -1 does not fit into uint8", [&] { bitwise_and(byte, -1); });
  refuses("[index_fill] 256 does not fit", [&] { index_fill(byte, 0, tensor({0}, int64), 256); });
  refuses("[index_put] 256 does not fit", [&] { index_put(byte, {0}, 256); });
  refuses("[scatter] 256 does not fit", [&] { scatter(byte, 0, tensor({0}, int64), 256); });
  refuses("[pad] nan does not fit", [&] {
    pad(whole, {1, 1}, PadMode::kConstant, std::fabs(NAN));
  });
  refuses("[arange] 299 does not fit into uint8", [] { arange(0, 300, 1, uint8); });
  refuses("[arange] -1 does not fit into uint8", [] { arange(-1, 3, 1, uint8); });
  refuses("[linspace] 300 does not fit into uint8", [] { linspace(0, 300, 3, uint8); });
  refuses("[logspace] 1000 does not fit into uint8", [] { logspace(0, 3, 4, 10, uint8); });
  refuses("[randint] 1e+20 does not fit into int64", [] { randint(0, 1e20, {2}); });
  refuses("[remainder] b is 0 at position 1 of (2), and integers cannot be divided by 0", [&] {
    remainder(whole, tensor({1, 0}, int64));
  });
  refuses("[floor_divide] b is 0", [&] { floor_divide(whole, 0); });
  refuses("[fmod] b is 0", [&] { fmod(whole, 0); });
  refuses("[pow] an integer has no integer power -2", [&] { pow(whole, -2); });
  refuses("[addcmul] value=0.5 is a floating number", [&] { addcmul(whole, whole, whole, 0.5); });
  CHECK(contains(message_of([] { tensor({std::fabs(NAN)}).item<std::int64_t>(); }), "[item] nan"));
  CHECK(
      contains(message_of([] { tensor({300}).item<std::uint8_t>(); }), "[item] 300 does not fit"));
  CHECK(contains(message_of([] { tensor({-1}, int64).item<unsigned>(); }),
                 "[item] -1 does not fit into the unsigned type, which holds 0 to 4294967295"));
}

TEST_CASE("what a dtype holds is not refused") {
  CHECK(values(full({1}, -INFINITY)) == std::vector<double>{-INFINITY});
  CHECK(std::isnan(full({}, NAN).item()));
  CHECK(full({}, 1e-300).item() == 0);
  CHECK(full({}, 3.7, int64).item() == 3);
  CHECK(full({}, -0.5, uint8).item() == 0);
  CHECK(full({}, 255.5, uint8).item() == 255);
  CHECK(full({}, NAN, bool_).item() == 1);
  CHECK(full({}, -0x1p63, int64).item<std::int64_t>() == kMin);
  CHECK(full({}, 18446744073709551615U, float64).item() == 0x1p64);
  CHECK(values(to(tensor({NAN, 1e30F, -1e30F}), int64)) == std::vector<double>{0, 0x1p63, -0x1p63});
  CHECK(remainder(zeros({0}, int64), 0).numel() == 0);
  const Array kept = Array::evaluate(xt::xarray<std::size_t>{1, 2});
  CHECK(kept.at<std::size_t>(1) == 2);
  CHECK_THROWS_AS(Array::evaluate(xt::xarray<std::size_t>{~std::size_t{0}}), ValueError);
}

TEST_CASE("the quotient of a remainder is the same in its value and in its gradient") {
  const auto slope = [](auto f, double a, double b) {
    const Tensor x = leaf({a}), y = leaf({b});
    const Tensor value = f(x, y);
    const Tensor dy = grad(value, y, {}, {.create_graph = true});
    const double q = -dy.item();
    CHECK(a - q * b == doctest::Approx(value.item()).epsilon(1e-9));
    CHECK(dy.requires_grad());
    return q;
  };
  const auto rem = [](const Tensor& a, const Tensor& b) { return remainder(a, b); };
  const auto mod = [](const Tensor& a, const Tensor& b) { return fmod(a, b); };
  CHECK(slope(rem, 1, 0.1) == 9);
  CHECK(slope(mod, 1, 0.1) == 9);
  CHECK(floor_divide(tensor(1, float64), 0.1).item() == 9);
  for (const double a : {0.3, 1.0, -1.0, 5.5, -5.5, 1e6, 0.7})
    for (const double b : {0.1, -0.1, 0.7, -3.0, 1e-3}) {
      slope(rem, a, b);
      slope(mod, a, b);
    }
}

TEST_CASE("an operand without a value is an error that says which, of which operator and where") {
  const Tensor u;
  Tensor x = ones({2}).requires_grad_();
  const auto refuses = [](const std::string& text, int line, auto f) {
    const std::string message = message_of(f);
    CHECK_MESSAGE(contains(message, text), message);
    CHECK_MESSAGE(contains(message, "no backward has reached the leaf"), message);
    CHECK_MESSAGE(contains(message, at_line(line)), message);
  };
  const std::string a = "a, the first operand, is undefined",
                    b = "b, the second operand, is undefined";
  refuses("[mul] " + b, __LINE__, [&] { x* u; });
  refuses("[mul] " + a, __LINE__, [&] { u* x; });
  refuses("[add] " + a, __LINE__, [&] { u + 1; });
  refuses("[sub] " + b, __LINE__, [&] { 1 - u; });
  refuses("[div] " + b, __LINE__, [&] { x / u; });
  refuses("[mul] " + b, __LINE__, [&] { x -= 0.1 * x.grad(); });
  refuses("[sub_] y, the second operand, is undefined", __LINE__, [&] { x -= x.grad(); });
  refuses("[gt] " + b, __LINE__, [&] { static_cast<void>(x > u); });
  refuses("[lt] " + a, __LINE__, [&] { static_cast<void>(u < 0); });
  refuses("[eq] " + a, __LINE__, [&] { eq(u, x); });
  refuses("[where] " + b, __LINE__, [&] { where(x > 0, x, u); });
  refuses("[maximum] " + b, __LINE__, [&] { maximum(x, u); });
  refuses("[fmin] " + a, __LINE__, [&] { fmin(u, x); });
  refuses("[pow] " + a, __LINE__, [&] { pow(u, 2); });
  refuses("[pow] " + b, __LINE__, [&] { pow(x, u); });
  refuses("[float_power] " + b, __LINE__, [&] { float_power(x, u); });
  refuses("[atan2] " + b, __LINE__, [&] { atan2(x, u); });
  refuses("[remainder] " + b, __LINE__, [&] { remainder(x, u); });
  refuses("[xlogy] " + a, __LINE__, [&] { xlogy(u, x); });
  refuses("[bitwise_or] " + a, __LINE__, [&] { bitwise_or(u, 1); });
  refuses("[heaviside] values", __LINE__, [&] { heaviside(x, u); });
  refuses("[lerp] weight", __LINE__, [&] { lerp(x, x, u); });
  refuses("[masked_fill] value", __LINE__, [&] { masked_fill(x, x > 0, u); });
  refuses("[index_fill] value", __LINE__, [&] { index_fill(x, 0, tensor({0}, int64), u); });
  refuses("[index_put] values", __LINE__, [&] { index_put(x, {0}, u); });
  refuses("[normal] " + b, __LINE__, [&] { normal(0.0, u, default_generator()); });
  Tensor sum = zeros({});  // how an accumulator starts
  sum = sum + x;
  CHECK(values(sum) == std::vector<double>{1, 1});
}
