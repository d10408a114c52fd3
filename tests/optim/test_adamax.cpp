// SPDX-License-Identifier: MIT
// Tests of optim/adamax.hpp: PyTorch's trajectories, and errors.
#include "optim/trajectory.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
namespace recorded = golden::optimizers;

TEST_CASE("Adamax follows PyTorch's trajectories") {
  const auto follows = [](const optim::AdamaxOptions& options, const auto& in64, const auto& in32) {
    check_both<optim::Adamax>(options, in64, in32);
  };
  SUBCASE("plain") { follows({.lr = 0.1}, recorded::adamax_float64, recorded::adamax_float32); }
  SUBCASE("every option") {
    follows({.lr = 0.1, .betas = {0.5, 0.7}, .eps = 1e-2, .weight_decay = 0.1},
            recorded::adamax_options_float64, recorded::adamax_options_float32);
  }
  SUBCASE("maximize") {
    follows({.lr = 0.05, .maximize = true}, recorded::adamax_maximize_float64,
            recorded::adamax_maximize_float32);
  }
}

TEST_CASE("Adamax refuses options that make no sense") {
  const auto refused = [](const optim::AdamaxOptions& options) {
    return message_of([&] { optim::Adamax optimizer({start(float32)}, options); });
  };
  CHECK(contains(refused({.lr = -1}), "[Adamax] lr=-1 must not be negative"));
  CHECK(contains(refused({.eps = -1}), "[Adamax] eps=-1 must not be negative"));
  CHECK(contains(refused({.weight_decay = -1}), "[Adamax] weight_decay=-1 must not be negative"));
  CHECK(contains(refused({.betas = {1, 0.9}}), "[Adamax] betas.first=1 must be in [0, 1)"));
  CHECK(contains(refused({.betas = {0.9, -1}}), "[Adamax] betas.second=-1 must be in [0, 1)"));
}
