// SPDX-License-Identifier: MIT
// Tests of core/random.hpp: known answers, distributions, repeatability.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/random/fill.hpp"

using namespace tinygrad;

TEST_CASE("philox gives the published known answers") {
  CHECK(philox({0, 0, 0, 0}, {0, 0}) ==
        std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("the portable logarithm and circle functions agree with the C library") {
  Generator g(3);
  for (int i = 0; i < 10000; ++i) {
    const double u = g.uniform(1e-10, 1);
    CHECK(detail::portable_log(u) == doctest::Approx(std::log(u)).epsilon(1e-14));
    const auto [c, s] = detail::portable_cos_sin(u);
    CHECK(std::fabs(c - std::cos(2 * M_PI * u)) < 1e-14);
    CHECK(std::fabs(s - std::sin(2 * M_PI * u)) < 1e-14);
  }
}

TEST_CASE("normal numbers have mean 0, variance 1, and thin tails") {
  Generator g(1);
  const Array a = kernels::normal({1'000'000}, float32, 0, 1, g);
  double sum = 0, squares = 0;
  int beyond = 0;
  for (Index i = 0; i < a.count(); ++i) {
    const double v = a.at(i);
    sum += v;
    squares += v * v;
    beyond += std::fabs(v) > 3;
  }
  CHECK(std::fabs(sum / 1e6) < 4e-3);
  CHECK(std::fabs(squares / 1e6 - 1) < 6e-3);
  CHECK(std::abs(beyond - 2700) < 260);
}

TEST_CASE("random arrays have the same bits for every thread count and each seed its own") {
  const int threads = num_threads();
  const auto draw = [](int n, std::uint64_t seed) {
    set_num_threads(n);
    Generator g(seed);
    return kernels::normal({100'003}, float32, 0, 1, g);
  };
  const Array one = draw(1, 7), three = draw(3, 7), other = draw(1, 8);
  set_num_threads(threads);
  CHECK(std::memcmp(one.raw(), three.raw(), one.bytes()) == 0);
  CHECK(std::memcmp(one.raw(), other.raw(), one.bytes()) != 0);
}

TEST_CASE("a generator goes on where it stopped, and two draws differ") {
  Generator g(5);
  const Array a = kernels::uniform({5}, float32, 0, 1, g),
              b = kernels::uniform({5}, float32, 0, 1, g);
  CHECK(std::memcmp(a.raw(), b.raw(), a.bytes()) != 0);
  Generator again(5);
  again.reset(5, 2);  // five words took two blocks
  const Array c = kernels::uniform({5}, float32, 0, 1, again);
  CHECK(std::memcmp(b.raw(), c.raw(), b.bytes()) == 0);
}

TEST_CASE("the first bits of seed 42 never change") {
  Generator g(42);
  CHECK(g.bits() ==
        (std::uint64_t{philox_block(42, 0)[0]} | std::uint64_t{philox_block(42, 0)[1]} << 32));
  Generator n(42);
  const Array a = kernels::normal({2}, float64, 0, 1, n);
  CHECK(a.at(0) ==
        doctest::Approx(normal_pair(philox_block(42, 0)[0], philox_block(42, 0)[1]).first));
}

TEST_CASE("permutations hold each index once and integers stay in range without bias") {
  Generator g(9);
  auto p = g.permutation(1000);
  CHECK_FALSE(std::is_sorted(p.begin(), p.end()));
  std::sort(p.begin(), p.end());
  for (Index i = 0; i < 1000; ++i) CHECK(p[static_cast<std::size_t>(i)] == i);
  int counts[7] = {};
  for (int i = 0; i < 70000; ++i) ++counts[g.integer(7)];
  for (const int count : counts) CHECK(std::abs(count - 10000) < 400);
  CHECK_THROWS_AS(g.integer(0), ValueError);
}

TEST_CASE("uniform numbers stay inside their range") {
  Generator g(2);
  const Array a = kernels::uniform({100'000}, float32, -0.3, 0.7, g);
  for (Index i = 0; i < a.count(); ++i) {
    CHECK(a.at<float>(i) >= -0.3F);
    CHECK(a.at<float>(i) < 0.7F);
  }
}
