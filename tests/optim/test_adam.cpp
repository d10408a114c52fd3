// SPDX-License-Identifier: MIT
// Tests of optim/adam.hpp: PyTorch's trajectories, NaN, and errors.
#include "optim/trajectory.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
namespace recorded = golden::optimizers;

TEST_CASE("Adam follows PyTorch's trajectories") {
  const auto follows = [](const optim::AdamOptions& options, const auto& in64, const auto& in32) {
    check_both<optim::Adam>(options, in64, in32);
  };
  SUBCASE("defaults") { follows({.lr = 0.1}, recorded::adam_float64, recorded::adam_float32); }
  SUBCASE("weight decay") {
    follows({.lr = 0.1, .weight_decay = 0.2}, recorded::adam_weight_decay_float64,
            recorded::adam_weight_decay_float32);
  }
  SUBCASE("AMSGrad") {
    follows({.lr = 0.3, .betas = {0.8, 0.7}, .amsgrad = true}, recorded::adam_amsgrad_float64,
            recorded::adam_amsgrad_float32);
  }
  SUBCASE("other betas and eps") {
    follows({.lr = 0.05, .betas = {0.5, 0.9}, .eps = 1e-3}, recorded::adam_betas_float64,
            recorded::adam_betas_float32);
  }
  SUBCASE("maximize") {
    follows({.lr = 0.05, .weight_decay = 0.1, .maximize = true}, recorded::adam_maximize_float64,
            recorded::adam_maximize_float32);
  }
  SUBCASE("two groups") {
    check_groups<optim::Adam, optim::AdamOptions>({.lr = 0.1}, {.lr = 0.3, .weight_decay = 0.1},
                                                  recorded::adam_groups_float64,
                                                  recorded::adam_groups_float32);
  }
}

TEST_CASE("Adam refuses options that make no sense") {
  const auto refused = [](const optim::AdamOptions& options) {
    return message_of([&] { optim::Adam adam({start(float32)}, options); });
  };
  CHECK(contains(refused({.lr = -1}), "[Adam] lr=-1 must not be negative"));
  CHECK(contains(refused({.betas = {1, 0.999}}), "betas.first=1 must be in [0, 1)"));
  CHECK(contains(refused({.betas = {0.9, -0.1}}), "betas.second=-0.1 must be in [0, 1)"));
  CHECK(contains(refused({.eps = -1e-8}), "eps=-1e-08 must not be negative"));
  CHECK(contains(refused({.weight_decay = -1}), "weight_decay=-1 must not be negative"));
}

TEST_CASE("a NaN gradient reaches the parameter, also through AMSGrad's maximum") {
  for (const bool amsgrad : {false, true}) {
    const Tensor p = ones({2}).requires_grad_();
    optim::Adam adam({p}, {.amsgrad = amsgrad});
    p.set_grad(tensor({std::nan(""), 1}));
    adam.step();
    CHECK(std::isnan(p.array().at(0)));
    CHECK(p.array().at(1) < 1);
  }
}
