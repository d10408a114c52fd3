// SPDX-License-Identifier: MIT
// Tests of optim/lion.hpp: its definition, NaN, and errors.
#include "optim/trajectory.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
// Algorithm 2 of the paper.
void follow(Reference& r, int, const optim::LionOptions& o) {
  for (std::size_t i = 0; i < r.p.size(); ++i) {
    const double g = o.maximize ? -r.g[i] : r.g[i];
    const double c = o.betas.first * r.m[i] + (1 - o.betas.first) * g;
    r.m[i] = o.betas.second * r.m[i] + (1 - o.betas.second) * g;
    r.p[i] -= o.lr * ((c > 0 ? 1 : c < 0 ? -1 : 0) + o.weight_decay * r.p[i]);
  }
}
}  // namespace

TEST_CASE("Lion follows its definition") {
  SUBCASE("defaults but for lr") {
    const optim::LionOptions o{.lr = 0.1};
    check_against<optim::Lion>(o, [&](Reference& r, int t) { follow(r, t, o); });
  }
  SUBCASE("every option") {
    const optim::LionOptions o{.lr = 0.05, .betas = {0.5, 0.8}, .weight_decay = 0.2};
    check_against<optim::Lion>(o, [&](Reference& r, int t) { follow(r, t, o); });
  }
  SUBCASE("maximize") {
    const optim::LionOptions o{.lr = 0.05, .maximize = true};
    check_against<optim::Lion>(o, [&](Reference& r, int t) { follow(r, t, o); });
  }
}

TEST_CASE("Lion keeps a NaN, and stands still where mean and gradient are zero") {
  const Tensor p = ones({2}).requires_grad_();
  optim::Lion lion({p});
  p.set_grad(tensor({std::nan(""), 0}));
  lion.step();
  CHECK(std::isnan(p.array().at(0)));
  CHECK(p.array().at(1) == 1);
}

TEST_CASE("Lion refuses options that make no sense") {
  const auto refused = [](const optim::LionOptions& options) {
    return message_of([&] { optim::Lion optimizer({start(float32)}, options); });
  };
  CHECK(contains(refused({.lr = -1}), "[Lion] lr=-1 must not be negative"));
  CHECK(contains(refused({.weight_decay = -1}), "[Lion] weight_decay=-1 must not be negative"));
  CHECK(contains(refused({.betas = {1, 0.9}}), "[Lion] betas.first=1 must be in [0, 1)"));
  CHECK(contains(refused({.betas = {0.9, -1}}), "[Lion] betas.second=-1 must be in [0, 1)"));
}
