// SPDX-License-Identifier: MIT
// Tests of optim/lamb.hpp: its definition, and errors.
#include "optim/trajectory.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
// Algorithm 2 of the paper, with the identity for φ.
void follow(Reference& r, int t, const optim::LAMBOptions& o) {
  std::vector<double> d(r.p.size());
  double size = 0, length = 0;
  for (std::size_t i = 0; i < r.p.size(); ++i) {
    const double g = o.maximize ? -r.g[i] : r.g[i];
    r.m[i] = o.betas.first * r.m[i] + (1 - o.betas.first) * g;
    r.v[i] = o.betas.second * r.v[i] + (1 - o.betas.second) * g * g;
    const double m = r.m[i] / (1 - std::pow(o.betas.first, t));
    const double v = r.v[i] / (1 - std::pow(o.betas.second, t));
    d[i] = m / (std::sqrt(v) + o.eps) + o.weight_decay * r.p[i];
    size += r.p[i] * r.p[i];
    length += d[i] * d[i];
  }
  const double ratio = size == 0 || length == 0 ? 1 : std::sqrt(size) / std::sqrt(length);
  for (std::size_t i = 0; i < r.p.size(); ++i) r.p[i] -= o.lr * ratio * d[i];
}
}  // namespace

TEST_CASE("LAMB follows its definition") {
  SUBCASE("defaults but for lr") {
    const optim::LAMBOptions o{.lr = 0.1};
    check_against<optim::LAMB>(o, [&](Reference& r, int t) { follow(r, t, o); });
  }
  SUBCASE("every option") {
    const optim::LAMBOptions o{.lr = 0.05, .betas = {0.5, 0.8}, .eps = 1e-2, .weight_decay = 0.2};
    check_against<optim::LAMB>(o, [&](Reference& r, int t) { follow(r, t, o); });
  }
  SUBCASE("maximize") {
    const optim::LAMBOptions o{.lr = 0.05, .maximize = true};
    check_against<optim::LAMB>(o, [&](Reference& r, int t) { follow(r, t, o); });
  }
}

TEST_CASE("LAMB moves a parameter of zeros by lr") {
  const Tensor p = zeros({2}, float64).requires_grad_();
  optim::LAMB lamb({p}, {.lr = 0.1});
  p.set_grad(tensor({3, -3}, float64));
  lamb.step();
  CHECK(p.array().at(0) == doctest::Approx(-0.1).epsilon(1e-6));
  CHECK(p.array().at(1) == doctest::Approx(0.1).epsilon(1e-6));
}

TEST_CASE("LAMB refuses options that make no sense") {
  const auto refused = [](const optim::LAMBOptions& options) {
    return message_of([&] { optim::LAMB optimizer({start(float32)}, options); });
  };
  CHECK(contains(refused({.lr = -1}), "[LAMB] lr=-1 must not be negative"));
  CHECK(contains(refused({.eps = -1}), "[LAMB] eps=-1 must not be negative"));
  CHECK(contains(refused({.weight_decay = -1}), "[LAMB] weight_decay=-1 must not be negative"));
  CHECK(contains(refused({.betas = {1, 0.9}}), "[LAMB] betas.first=1 must be in [0, 1)"));
  CHECK(contains(refused({.betas = {0.9, -1}}), "[LAMB] betas.second=-1 must be in [0, 1)"));
}
