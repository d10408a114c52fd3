// SPDX-License-Identifier: MIT
// Tests of optim/nadam.hpp: PyTorch's trajectories, and errors.
#include "optim/trajectory.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
namespace recorded = golden::optimizers;

TEST_CASE("NAdam follows PyTorch's trajectories") {
  const auto follows = [](const optim::NAdamOptions& options, const auto& in64, const auto& in32) {
    check_both<optim::NAdam>(options, in64, in32);
  };
  SUBCASE("plain") { follows({.lr = 0.1}, recorded::nadam_float64, recorded::nadam_float32); }
  SUBCASE("weight decay, betas, momentum decay") {
    follows({.lr = 0.1, .betas = {0.8, 0.9}, .weight_decay = 0.1, .momentum_decay = 0.1},
            recorded::nadam_options_float64, recorded::nadam_options_float32);
  }
  SUBCASE("decoupled weight decay") {
    follows({.lr = 0.1, .eps = 1e-2, .weight_decay = 0.3, .decoupled_weight_decay = true},
            recorded::nadam_decoupled_float64, recorded::nadam_decoupled_float32);
  }
  SUBCASE("maximize") {
    follows({.lr = 0.05, .maximize = true}, recorded::nadam_maximize_float64,
            recorded::nadam_maximize_float32);
  }
}

TEST_CASE("NAdam refuses options that make no sense") {
  const auto refused = [](const optim::NAdamOptions& options) {
    return message_of([&] { optim::NAdam optimizer({start(float32)}, options); });
  };
  CHECK(contains(refused({.lr = -1}), "[NAdam] lr=-1 must not be negative"));
  CHECK(contains(refused({.eps = -1}), "[NAdam] eps=-1 must not be negative"));
  CHECK(contains(refused({.weight_decay = -1}), "[NAdam] weight_decay=-1 must not be negative"));
  CHECK(
      contains(refused({.momentum_decay = -1}), "[NAdam] momentum_decay=-1 must not be negative"));
  CHECK(contains(refused({.betas = {1, 0.9}}), "[NAdam] betas.first=1 must be in [0, 1)"));
  CHECK(contains(refused({.betas = {0.9, -1}}), "[NAdam] betas.second=-1 must be in [0, 1)"));
}
