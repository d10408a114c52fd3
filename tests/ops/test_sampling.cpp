// SPDX-License-Identifier: MIT
// Tests of random tensors: distributions, seeds, errors. The statistical bounds are 4.5 to 6
// standard errors. Seeds are fixed, so a test either always passes or always fails; a correct draw
// fails for one in 10^5 seeds.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "support/tensors.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/ops/creation/creation.hpp"
#include "tinygrad/ops/creation/sampling.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
constexpr Index kDraws = 200'000;

double mean_of(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}
double variance_of(const std::vector<double>& x) {
  const double mean = mean_of(x);
  double total = 0;
  for (const double v : x) total += (v - mean) * (v - mean);
  return total / static_cast<double>(x.size());
}
// Kolmogorov–Smirnov: √n · the largest distance to the distribution function. Above 2.3 with
// probability 5e-5.
double distance(std::vector<double> x, double (*distribution)(double)) {
  std::sort(x.begin(), x.end());
  const auto n = static_cast<double>(x.size());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double expected = distribution(x[i]), k = static_cast<double>(i);
    worst = std::max({worst, expected - k / n, (k + 1) / n - expected});
  }
  return worst * std::sqrt(n);
}
// Standard errors between `count` of n and what probability p expects.
double errors(double count, double n, double p) {
  return std::fabs(count - n * p) / std::sqrt(n * p * (1 - p) + 1e-9);
}
}  // namespace

TEST_CASE("uniform numbers are uniform, in either precision") {
  for (const Dtype dtype : {float32, float64}) {
    Generator g(1);
    const auto x = values(uniform(-1, 3, {kDraws}, g, dtype));
    CHECK(*std::min_element(x.begin(), x.end()) >= -1);
    CHECK(*std::max_element(x.begin(), x.end()) < 3);
    CHECK(distance(x, [](double v) { return (v + 1) / 4; }) < 2.3);
  }
}

TEST_CASE("normal numbers are normal with the mean and standard deviation asked for") {
  Generator g(2);
  const auto x = values(normal(0, 1, {kDraws}, g));
  CHECK(distance(x, [](double v) { return std::erfc(-v / std::sqrt(2.0)) / 2; }) < 2.3);
  const auto y = values(normal(-3, 0.5, {kDraws}, g, float64));
  CHECK(std::fabs(mean_of(y) + 3) < 5 * 0.5 / std::sqrt(2e5));
  CHECK(std::fabs(variance_of(y) / 0.25 - 1) < 5 * std::sqrt(2 / 2e5));
  CHECK(values(normal(7, 0, {3}, g)) == std::vector<double>{7, 7, 7});
}

TEST_CASE("normal takes tensors for mean and standard deviation, and broadcasts them") {
  Generator g(3);
  const Tensor wide = normal(tensor({{0.0}, {100.0}}), full({1, 50'000}, 2), g);
  REQUIRE(wide.shape() == Shape{2, 50'000});
  const auto x = values(wide);
  const std::vector<double> low(x.begin(), x.begin() + 50'000), high(x.begin() + 50'000, x.end());
  CHECK(std::fabs(mean_of(low)) < 0.05);
  CHECK(std::fabs(mean_of(high) - 100) < 0.05);
  CHECK(std::fabs(variance_of(high) / 4 - 1) < 0.04);
  CHECK(normal(tensor({1, 2}, float64), 0.0, g).dtype() == float64);
  CHECK(values(normal(tensor({1, 2}), 0.0, g)) == std::vector<double>{1, 2});
  CHECK(normal(0.0, ones({4, 1}), g).shape() == Shape{4, 1});
  CHECK_FALSE(normal(ones({2}).requires_grad_(), 1.0, g).requires_grad());
}

TEST_CASE("bernoulli is 1 as often as its probability says") {
  Generator g(4);
  const auto x = values(bernoulli(0.3, {kDraws}, g));
  CHECK(errors(mean_of(x) * 2e5, 2e5, 0.3) < 5);
  CHECK(std::all_of(x.begin(), x.end(), [](double v) { return v == 0 || v == 1; }));
  CHECK(mean_of(values(bernoulli(1, {1000}, g))) == 1);
  CHECK(mean_of(values(bernoulli(0, {1000}, g))) == 0);
  const Tensor each = tensor({0.0, 1.0, 0.25}, float64);
  double hits = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Tensor y = bernoulli(each, g);
    REQUIRE(y.array().at(0) == 0);
    REQUIRE(y.array().at(1) == 1);
    hits += y.array().at(2);
  }
  CHECK(errors(hits, 1e4, 0.25) < 5);
  CHECK(bernoulli(each, g).dtype() == float64);
}

TEST_CASE("exponential numbers have the distribution 1 - exp(-rate x)") {
  Generator g(5);
  const auto x = values(exponential(2, {kDraws}, g));
  CHECK(*std::min_element(x.begin(), x.end()) >= 0);
  CHECK(distance(x, [](double v) { return 1 - std::exp(-2 * v); }) < 2.3);
}

TEST_CASE("random integers are in range and equally frequent") {
  Generator g(6);
  const Tensor x = randint(-3, 4, {kDraws}, g);
  CHECK(x.dtype() == int64);
  double count[7] = {};
  for (const double v : values(x)) {
    REQUIRE(-3 <= v);
    REQUIRE(v < 4);
    ++count[static_cast<int>(v) + 3];
  }
  for (const double c : count) CHECK(errors(c, 2e5, 1.0 / 7) < 4.5);
  const Index low = std::numeric_limits<Index>::min(), high = std::numeric_limits<Index>::max();
  const auto wide = values(randint(low, high, {1000}, g));
  CHECK(*std::min_element(wide.begin(), wide.end()) < -8e18);
  CHECK(*std::max_element(wide.begin(), wide.end()) > 8e18);
}

TEST_CASE("a random permutation has every number once, each equally often in front") {
  Generator g(7);
  double front[5] = {};
  for (int i = 0; i < 10'000; ++i) {
    const Tensor order = randperm(5, g);
    auto x = values(order);
    ++front[static_cast<int>(x[0])];
    std::sort(x.begin(), x.end());
    REQUIRE(x == std::vector<double>{0, 1, 2, 3, 4});
  }
  for (const double c : front) CHECK(errors(c, 1e4, 0.2) < 4.5);
  CHECK(randperm(0, g).shape() == Shape{0});
  CHECK(randperm(3, g).dtype() == int64);
}

TEST_CASE("multinomial with replacement draws each position as often as its weight says") {
  Generator g(8);
  const Tensor weights = tensor({{1, 0, 3, 4}, {0, 5, 5, 0}});
  const Tensor drawn = multinomial(weights, kDraws, true, g);
  REQUIRE(drawn.shape() == Shape{2, kDraws});
  double count[2][4] = {};
  for (Index i = 0; i < drawn.numel(); ++i) ++count[i / kDraws][drawn.data<Index>()[i]];
  const double expected[2][4] = {{0.125, 0, 0.375, 0.5}, {0, 0.5, 0.5, 0}};
  for (int r = 0; r < 2; ++r)
    for (int k = 0; k < 4; ++k) CHECK(errors(count[r][k], 2e5, expected[r][k]) < 4.5);
}

TEST_CASE("multinomial without replacement draws one position after the other, none twice") {
  // Weights 1, 2, 3: the first is k with w/6, the second of the others in proportion.
  Generator g(9);
  const Tensor weights = expand(tensor({{1, 2, 3}}, float64), {kDraws, 3});
  const Tensor drawn = multinomial(weights, 2, false, g);
  double first[3] = {}, pair[3][3] = {};
  for (Index r = 0; r < kDraws; ++r) {
    const Index a = drawn.data<Index>()[2 * r], b = drawn.data<Index>()[2 * r + 1];
    REQUIRE(a != b);
    ++first[a];
    ++pair[a][b];
  }
  for (int a = 0; a < 3; ++a) {
    const double pa = (a + 1) / 6.0;
    CHECK(errors(first[a], 2e5, pa) < 4.5);
    for (int b = 0; b < 3; ++b)
      if (a != b) CHECK(errors(pair[a][b], 2e5, pa * (b + 1) / (6.0 - (a + 1))) < 4.5);
  }
  auto all = values(multinomial(tensor({5, 0, 1, 1}), 3, false, g));
  std::sort(all.begin(), all.end());
  CHECK(all == std::vector<double>{0, 2, 3});
}

TEST_CASE("the same seed draws the same bits for any number of threads, and another other bits") {
  const Tensor weights = expand(arange(1, 8, 1, float32), {5000, 7});
  const Tensor p = expand(tensor({{0.3}}), {1, 50'001}), spread = expand(tensor({2.0}), {50'001});
  const std::vector<std::function<Tensor(Generator&)>> draws = {
      [](Generator& g) { return uniform(0, 1, {50'001}, g); },
      [](Generator& g) { return normal(0, 1, {50'001}, g, float64); },
      [&](Generator& g) { return normal(1.0, spread, g); },
      [](Generator& g) { return bernoulli(0.5, {50'001}, g); },
      [&](Generator& g) { return bernoulli(p, g); },
      [](Generator& g) { return exponential(1, {50'001}, g); },
      [](Generator& g) { return randint(0, 1000, {50'001}, g); },
      [](Generator& g) { return randperm(1001, g); },
      [&](Generator& g) { return multinomial(weights, 3, true, g); },
      [&](Generator& g) { return multinomial(weights, 3, false, g); }};
  const int threads = num_threads();
  const auto bytes = [](const Tensor& t) {
    const auto* raw = reinterpret_cast<const char*>(t.array().raw());
    return std::vector<char>(raw, raw + t.array().bytes());
  };
  for (const auto& draw : draws) {
    std::vector<std::vector<char>> bits;
    for (const int n : {1, 2, 3}) {
      set_num_threads(n);
      Generator g(11);
      const Tensor first = draw(g);
      CHECK(bytes(first) != bytes(draw(g)));  // the generator has moved on
      bits.push_back(bytes(first));
    }
    CHECK(bits[0] == bits[1]);
    CHECK(bits[0] == bits[2]);
    Generator other(12);
    CHECK(bytes(draw(other)) != bits[0]);
  }
  set_num_threads(threads);
}

TEST_CASE("rand, randn and their _like forms draw from the default generator, or a given one") {
  manual_seed(5);
  const Tensor x = rand({3, 4});
  manual_seed(5);
  CHECK(values(rand_like(x)) == values(x));
  Generator a(1), b(1);
  CHECK(values(randn({5}, float64, a)) == values(randn_like(zeros({5}, float64), b)));
  CHECK(rand({2, 0}).shape() == Shape{2, 0});
}

TEST_CASE("draws with impossible parameters are refused") {
  Generator g(1);
  const auto before = g.position();
  CHECK_THROWS_AS(uniform(1, 0, {2}, g), ValueError);
  CHECK_THROWS_AS(uniform(0, INFINITY, {2}, g), ValueError);
  CHECK_THROWS_AS(uniform(0, 1, {2}, g, int64), DtypeError);
  CHECK_THROWS_AS(normal(0, -1, {2}, g), ValueError);
  CHECK_THROWS_AS(normal(0.0, tensor({1, -1}), g), ValueError);
  CHECK_THROWS_AS(normal(ones({2}), ones({3}), g), ShapeError);
  CHECK_THROWS_AS(bernoulli(1.1, {2}, g), ValueError);
  CHECK_THROWS_AS(bernoulli(NAN, {2}, g), ValueError);
  CHECK_THROWS_WITH_AS(bernoulli(tensor({0.5, -0.1}), g),
                       doctest::Contains("[bernoulli] p holds -0.1 at position 1; it must be in"),
                       ValueError);
  CHECK_THROWS_AS(bernoulli(tensor({NAN}), g), ValueError);
  CHECK_THROWS_AS(bernoulli(ones({2}, int64), g), DtypeError);
  CHECK_THROWS_AS(exponential(0, {2}, g), ValueError);
  CHECK_THROWS_AS(randint(3, 3, {2}, g), ValueError);
  CHECK_THROWS_AS(randperm(-1, g), ValueError);
  CHECK_THROWS_AS(multinomial(tensor({1, -1}), 1, true, g), ValueError);
  CHECK_THROWS_AS(multinomial(tensor({1.0, NAN}), 1, true, g), ValueError);
  CHECK_THROWS_AS(multinomial(tensor({1.0, INFINITY}), 1, true, g), ValueError);
  CHECK_THROWS_AS(multinomial(zeros({2}), 1, true, g), ValueError);
  CHECK_THROWS_AS(multinomial(ones({2}), 0, true, g), ValueError);
  CHECK_THROWS_AS(multinomial(ones({2, 2, 2}), 1, true, g), ShapeError);
  CHECK_THROWS_AS(multinomial(ones({2}, int64), 1, true, g), DtypeError);
  CHECK_THROWS_WITH_AS(multinomial(tensor({{1, 1, 1}, {1, 0, 1}}), 3, false, g),
                       doctest::Contains("samples=3, but row 1 of weights has only 2 above 0"),
                       ValueError);
  CHECK(g.position() == before);  // a refused draw takes nothing
}

TEST_CASE("every random function draws from the default generator if none is given") {
  const Tensor weights = tensor({1, 2, 3}), p = tensor({0.25, 0.75});
  const auto draw = [&] {
    Tensor x = zeros({4});
    const std::vector<Tensor> drawn = {
        uniform(0, 1, {4}),   normal(0, 1, {4}),     normal(p, 1.0),
        bernoulli(0.5, {4}),  bernoulli(p),          exponential(1, {4}),
        randint(0, 9, {4}),   randperm(9),           multinomial(weights, 2),
        rand({2, 3}),         randn({2, 3}),         rand_like(p),
        randn_like(p),        dropout(ones({9})),    uniform_(x, 0, 1) * 1,
        normal_(x, 0, 1) * 1, bernoulli_(x, 0.5) * 1};
    std::vector<std::vector<double>> all;
    for (const Tensor& t : drawn) all.push_back(values(t));
    return all;
  };
  manual_seed(3);
  const auto first = draw(), second = draw();
  manual_seed(3);
  CHECK(draw() == first);
  CHECK(first != second);
  CHECK(randn({2, 3}).shape() == Shape{2, 3});
}
