// SPDX-License-Identifier: MIT
#include "nn/support.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
namespace init = nn::init;

namespace {
struct Moments {
  double mean = 0, variance = 0, largest = 0;
};
Moments moments_of(const Tensor& t) {
  Moments m;
  const auto n = static_cast<double>(t.numel());
  for (Index i = 0; i < t.numel(); ++i) {
    const double v = t.array().at(i);
    m.mean += v / n;
    m.variance += v * v / n;
    m.largest = std::fmax(m.largest, std::fabs(v));
  }
  m.variance -= m.mean * m.mean;
  return m;
}

// 120·200·9 = 216,000 elements: the variance is within 2 % of its expectation, by 4 deviations.
Tensor kernel() { return Tensor(Array::empty({120, 200, 3, 3}, float32)).requires_grad_(); }
constexpr double kFanIn = 1800, kFanOut = 1080;

void check_uniform(const Tensor& t, double bound) {
  const Moments m = moments_of(t);
  CHECK(m.largest <= bound * (1 + 1e-6));
  CHECK(m.largest > 0.999 * bound);
  CHECK(std::fabs(m.mean) < 0.01 * bound);
  CHECK(m.variance == doctest::Approx(bound * bound / 3).epsilon(0.02));
}
void check_normal(const Tensor& t, double stddev) {
  const Moments m = moments_of(t);
  CHECK(m.largest > 3.5 * stddev);
  CHECK(m.largest < 6.5 * stddev);
  CHECK(std::fabs(m.mean) < 0.02 * stddev);
  CHECK(m.variance == doctest::Approx(stddev * stddev).epsilon(0.02));
}
}  // namespace

TEST_CASE("constants fill a leaf that requires a gradient and leave it one") {
  const Tensor t = ones({3}).requires_grad_();
  CHECK(init::zeros_(t).is(t));
  CHECK(t.array().at(2) == 0);
  init::ones_(t);
  CHECK(t.array().at(1) == 1);
  init::constant_(t, 2.5);
  CHECK(t.array().at(0) == 2.5);
  CHECK(t.requires_grad());
  CHECK(t.is_leaf());
}

TEST_CASE("uniform_ and normal_ have the range, mean and variance asked for") {
  const Tensor t = kernel();
  init::uniform_(t, -2, 2);
  check_uniform(t, 2);
  init::uniform_(t, 3, 4);
  CHECK(moments_of(t).mean == doctest::Approx(3.5).epsilon(0.01));
  init::normal_(t, 0, 0.5);
  check_normal(t, 0.5);
  init::normal_(t, 7, 0.5);
  CHECK(moments_of(t).mean == doctest::Approx(7).epsilon(0.001));
}

TEST_CASE("fans count the kernel") {
  CHECK(init::calculate_fan(kernel()).in == kFanIn);
  CHECK(init::calculate_fan(kernel()).out == kFanOut);
  CHECK(init::calculate_fan(zeros({10, 20})).in == 20);
  CHECK(init::calculate_fan(zeros({10, 20})).out == 10);
  CHECK(
      contains(message_of([] { init::xavier_uniform_(zeros({10})); }),
               "[calculate_fan] t (10) must have at least the axes (out, in) — at test_init.cpp:"));
}

TEST_CASE("gains are PyTorch's") {
  CHECK(init::calculate_gain(init::Nonlinearity::kLinear) == 1);
  CHECK(init::calculate_gain(init::Nonlinearity::kSigmoid) == 1);
  CHECK(init::calculate_gain(init::Nonlinearity::kTanh) == doctest::Approx(1.6666666666666667));
  CHECK(init::calculate_gain(init::Nonlinearity::kRelu) == doctest::Approx(1.4142135623730951));
  CHECK(init::calculate_gain(init::Nonlinearity::kLeakyRelu) ==
        doctest::Approx(1.4141428569978354).epsilon(1e-14));
  CHECK(init::calculate_gain(init::Nonlinearity::kLeakyRelu, 0.5) ==
        doctest::Approx(1.2649110640673518).epsilon(1e-14));
  CHECK(init::calculate_gain(init::Nonlinearity::kSelu) == 0.75);
}

TEST_CASE("Xavier initialisers have variance gain²·2/(fan_in + fan_out)") {
  const double stddev = std::sqrt(2 / (kFanIn + kFanOut));
  check_uniform(init::xavier_uniform_(kernel()), std::sqrt(3.0) * stddev);
  check_uniform(init::xavier_uniform_(kernel(), 2), 2 * std::sqrt(3.0) * stddev);
  check_normal(init::xavier_normal_(kernel()), stddev);
  check_normal(init::xavier_normal_(kernel(), 0.5), 0.5 * stddev);
}

TEST_CASE("Kaiming initialisers have variance gain²/fan") {
  using init::FanMode, init::Nonlinearity;
  check_uniform(init::kaiming_uniform_(kernel()), std::sqrt(6 / kFanIn));
  check_uniform(init::kaiming_uniform_(kernel(), {.mode = FanMode::kFanOut}),
                std::sqrt(6 / kFanOut));
  check_uniform(init::kaiming_uniform_(kernel(), {.a = std::sqrt(5.0)}), 1 / std::sqrt(kFanIn));
  check_normal(init::kaiming_normal_(kernel()), std::sqrt(2 / kFanIn));
  check_normal(init::kaiming_normal_(
                   kernel(), {.mode = FanMode::kFanOut, .nonlinearity = Nonlinearity::kTanh}),
               5.0 / 3 / std::sqrt(kFanOut));
}

TEST_CASE("the same seed gives the same bits, and a generator given is the one used") {
  const auto draw = [](std::uint64_t seed, int threads) {
    const int before = num_threads();
    set_num_threads(threads);
    Generator generator(seed);
    const Tensor a = kernel(), b = kernel();
    init::kaiming_uniform_(a, {}, generator);
    init::normal_(b, 0, 1, generator);
    set_num_threads(before);
    return std::pair(a.array(), b.array());
  };
  const auto same = [](const Array& a, const Array& b) {
    return std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
  };
  const std::uint64_t position = default_generator().position();
  const auto one = draw(1, 1), again = draw(1, 3), other = draw(2, 1);
  CHECK(same(one.first, again.first));
  CHECK(same(one.second, again.second));
  CHECK_FALSE(same(one.first, other.first));
  CHECK(default_generator().position() == position);
}

TEST_CASE("bad arguments are refused") {
  const Tensor t = zeros({2, 2});
  CHECK(
      contains(message_of([&] { init::uniform_(t, 1, 0); }), "[uniform_] low=1 must not be above"));
  CHECK(contains(message_of([&] { init::normal_(t, 0, -1); }), "stddev=-1 must not be negative"));
  CHECK(
      contains(message_of([&] { init::normal_(zeros({2}, int64)); }), "wants float32 or float64"));
  const Tensor computed = ones({2, 2}).requires_grad_() * 2;
  CHECK(contains(message_of([&] { init::zeros_(computed); }), "only a leaf can be set"));
}
