// SPDX-License-Identifier: MIT
// Tests of optim/adadelta.hpp: PyTorch's trajectories, and errors.
#include "optim/trajectory.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
namespace recorded = golden::optimizers;

TEST_CASE("Adadelta follows PyTorch's trajectories") {
  const auto follows = [](const optim::AdadeltaOptions& options, const auto& in64,
                          const auto& in32) { check_both<optim::Adadelta>(options, in64, in32); };
  SUBCASE("defaults") { follows({}, recorded::adadelta_float64, recorded::adadelta_float32); }
  SUBCASE("every option") {
    follows({.lr = 2, .rho = 0.7, .eps = 1e-2, .weight_decay = 0.1},
            recorded::adadelta_options_float64, recorded::adadelta_options_float32);
  }
  SUBCASE("maximize") {
    follows({.eps = 1e-3, .maximize = true}, recorded::adadelta_maximize_float64,
            recorded::adadelta_maximize_float32);
  }
}

TEST_CASE("Adadelta refuses options that make no sense") {
  const auto refused = [](const optim::AdadeltaOptions& options) {
    return message_of([&] { optim::Adadelta optimizer({start(float32)}, options); });
  };
  CHECK(contains(refused({.lr = -1}), "[Adadelta] lr=-1 must not be negative"));
  CHECK(contains(refused({.eps = -1}), "[Adadelta] eps=-1 must not be negative"));
  CHECK(contains(refused({.weight_decay = -1}), "[Adadelta] weight_decay=-1 must not be negative"));
  CHECK(contains(refused({.rho = 1.5}), "[Adadelta] rho=1.5 must be in [0, 1]"));
}
