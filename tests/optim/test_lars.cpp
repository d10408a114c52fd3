// SPDX-License-Identifier: MIT
// Tests of optim/lars.hpp: its definition, and errors.
#include "optim/trajectory.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
// Algorithm 1 of the paper.
void follow(Reference& r, int, const optim::LARSOptions& o) {
  double size = 0, slope = 0;
  for (std::size_t i = 0; i < r.p.size(); ++i) {
    size += r.p[i] * r.p[i];
    slope += r.g[i] * r.g[i];
  }
  size = std::sqrt(size);
  slope = std::sqrt(slope);
  const double local = o.trust_coefficient * size / (slope + o.weight_decay * size);
  for (std::size_t i = 0; i < r.p.size(); ++i) {
    const double g = (o.maximize ? -r.g[i] : r.g[i]) + o.weight_decay * r.p[i];
    r.m[i] = o.momentum * r.m[i] + o.lr * local * g;
    r.p[i] -= r.m[i];
  }
}
}  // namespace

TEST_CASE("LARS follows its definition") {
  SUBCASE("defaults but for lr") {
    const optim::LARSOptions o{.lr = 50};
    check_against<optim::LARS>(o, [&](Reference& r, int t) { follow(r, t, o); });
  }
  SUBCASE("every option") {
    const optim::LARSOptions o{
        .lr = 1, .momentum = 0.5, .weight_decay = 0.2, .trust_coefficient = 0.1};
    check_against<optim::LARS>(o, [&](Reference& r, int t) { follow(r, t, o); });
  }
  SUBCASE("maximize") {
    const optim::LARSOptions o{.lr = 20, .maximize = true};
    check_against<optim::LARS>(o, [&](Reference& r, int t) { follow(r, t, o); });
  }
}

TEST_CASE("LARS moves a parameter of zeros by plain SGD") {
  const Tensor p = zeros({2}, float64).requires_grad_();
  optim::LARS lars({p}, {.lr = 0.1});
  p.set_grad(tensor({3, -3}, float64));
  lars.step();
  CHECK(p.array().at(0) == doctest::Approx(-0.3).epsilon(1e-15));
}

TEST_CASE("LARS refuses options that make no sense") {
  const auto refused = [](const optim::LARSOptions& options) {
    return message_of([&] { optim::LARS optimizer({start(float32)}, options); });
  };
  CHECK(contains(refused({.lr = -1}), "[LARS] lr=-1 must not be negative"));
  CHECK(contains(refused({.momentum = -1}), "[LARS] momentum=-1 must not be negative"));
  CHECK(contains(refused({.weight_decay = -1}), "[LARS] weight_decay=-1 must not be negative"));
  CHECK(contains(refused({.trust_coefficient = -1}),
                 "[LARS] trust_coefficient=-1 must not be negative"));
}
