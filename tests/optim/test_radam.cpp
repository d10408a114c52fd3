// SPDX-License-Identifier: MIT
// Tests of optim/radam.hpp: PyTorch's trajectories, and errors.
#include "optim/trajectory.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
namespace recorded = golden::optimizers;

TEST_CASE("RAdam follows PyTorch's trajectories") {
  const auto follows = [](const optim::RAdamOptions& options, const auto& in64, const auto& in32) {
    check_both<optim::RAdam>(options, in64, in32);
  };
  SUBCASE("plain: rectified from the sixth step on") {
    follows({.lr = 0.1}, recorded::radam_float64, recorded::radam_float32);
  }
  SUBCASE("weight decay and betas") {
    follows({.lr = 0.05, .betas = {0.8, 0.9}, .eps = 1e-3, .weight_decay = 0.1},
            recorded::radam_options_float64, recorded::radam_options_float32);
  }
  SUBCASE("decoupled weight decay") {
    follows({.lr = 0.05, .weight_decay = 0.3, .decoupled_weight_decay = true},
            recorded::radam_decoupled_float64, recorded::radam_decoupled_float32);
  }
  SUBCASE("a second moment too short ever to be used") {
    follows({.lr = 0.05, .betas = {0.9, 0.5}, .maximize = true},
            recorded::radam_unrectified_float64, recorded::radam_unrectified_float32);
  }
}

TEST_CASE("RAdam refuses options that make no sense") {
  const auto refused = [](const optim::RAdamOptions& options) {
    return message_of([&] { optim::RAdam optimizer({start(float32)}, options); });
  };
  CHECK(contains(refused({.lr = -1}), "[RAdam] lr=-1 must not be negative"));
  CHECK(contains(refused({.eps = -1}), "[RAdam] eps=-1 must not be negative"));
  CHECK(contains(refused({.weight_decay = -1}), "[RAdam] weight_decay=-1 must not be negative"));
  CHECK(contains(refused({.betas = {1, 0.9}}), "[RAdam] betas.first=1 must be in [0, 1)"));
  CHECK(contains(refused({.betas = {0.9, -1}}), "[RAdam] betas.second=-1 must be in [0, 1)"));
}
