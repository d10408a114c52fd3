// SPDX-License-Identifier: MIT
// Tests of optim/adamw.hpp: PyTorch's trajectories, weight decay, and errors.
#include "optim/trajectory.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
namespace recorded = golden::optimizers;

TEST_CASE("AdamW follows PyTorch's trajectories") {
  const auto follows = [](const optim::AdamWOptions& options, const auto& in64, const auto& in32) {
    check_both<optim::AdamW>(options, in64, in32);
  };
  SUBCASE("defaults, with their weight decay") {
    follows({.lr = 0.1}, recorded::adamw_float64, recorded::adamw_float32);
  }
  SUBCASE("weight decay and betas") {
    follows({.lr = 0.1, .betas = {0.8, 0.99}, .weight_decay = 0.5},
            recorded::adamw_weight_decay_float64, recorded::adamw_weight_decay_float32);
  }
  SUBCASE("AMSGrad and maximize") {
    follows({.lr = 0.3, .betas = {0.8, 0.7}, .amsgrad = true, .maximize = true},
            recorded::adamw_amsgrad_float64, recorded::adamw_amsgrad_float32);
  }
}

TEST_CASE("AdamW's decay shrinks parameters whose gradient is zero, Adam's feeds the moments") {
  const Tensor p = full({3}, 2, float64).requires_grad_();
  optim::AdamW adamw({p}, {.lr = 0.1, .weight_decay = 0.5});
  p.set_grad(zeros({3}, float64));
  adamw.step();
  CHECK(p.array().at(0) == doctest::Approx(2 * (1 - 0.1 * 0.5)).epsilon(1e-15));

  const Tensor q = full({3}, 2, float64).requires_grad_();
  optim::Adam adam({q}, {.lr = 0.1, .weight_decay = 0.5});
  q.set_grad(zeros({3}, float64));
  adam.step();
  CHECK(q.array().at(0) == doctest::Approx(2 - 0.1).epsilon(1e-7));
}

TEST_CASE("AdamW refuses options that make no sense") {
  CHECK(contains(message_of([] { optim::AdamW adamw({start(float32)}, {.weight_decay = -1}); }),
                 "[AdamW] weight_decay=-1 must not be negative"));
}
