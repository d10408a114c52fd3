// SPDX-License-Identifier: MIT
// Tests of optim/rmsprop.hpp: PyTorch's trajectories, and errors.
#include "optim/trajectory.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
namespace recorded = golden::optimizers;

TEST_CASE("RMSprop follows PyTorch's trajectories") {
  const auto follows = [](const optim::RMSpropOptions& options, const auto& in64,
                          const auto& in32) { check_both<optim::RMSprop>(options, in64, in32); };
  SUBCASE("plain") { follows({.lr = 0.05}, recorded::rmsprop_float64, recorded::rmsprop_float32); }
  SUBCASE("momentum and weight decay") {
    follows({.lr = 0.02, .alpha = 0.9, .weight_decay = 0.1, .momentum = 0.8},
            recorded::rmsprop_momentum_float64, recorded::rmsprop_momentum_float32);
  }
  SUBCASE("centered") {
    follows({.lr = 0.02, .alpha = 0.7, .eps = 1e-3, .centered = true},
            recorded::rmsprop_centered_float64, recorded::rmsprop_centered_float32);
  }
  SUBCASE("centered, with momentum, maximize") {
    follows({.lr = 0.01,
             .alpha = 0.7,
             .eps = 1e-3,
             .momentum = 0.5,
             .centered = true,
             .maximize = true},
            recorded::rmsprop_all_float64, recorded::rmsprop_all_float32);
  }
  SUBCASE("two groups") {
    check_groups<optim::RMSprop, optim::RMSpropOptions>(
        {.lr = 0.05}, {.lr = 0.01, .momentum = 0.9, .centered = true},
        recorded::rmsprop_groups_float64, recorded::rmsprop_groups_float32);
  }
}

TEST_CASE("RMSprop refuses options that make no sense") {
  const auto refused = [](const optim::RMSpropOptions& options) {
    return message_of([&] { optim::RMSprop optimizer({start(float32)}, options); });
  };
  CHECK(contains(refused({.lr = -1}), "[RMSprop] lr=-1 must not be negative"));
  CHECK(contains(refused({.alpha = -1}), "[RMSprop] alpha=-1 must not be negative"));
  CHECK(contains(refused({.eps = -1}), "[RMSprop] eps=-1 must not be negative"));
  CHECK(contains(refused({.weight_decay = -1}), "[RMSprop] weight_decay=-1 must not be negative"));
  CHECK(contains(refused({.momentum = -1}), "[RMSprop] momentum=-1 must not be negative"));
}
