// SPDX-License-Identifier: MIT
// Tests of optim/adagrad.hpp: PyTorch's trajectories, and errors.
#include "optim/trajectory.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
namespace recorded = golden::optimizers;

TEST_CASE("Adagrad follows PyTorch's trajectories") {
  const auto follows = [](const optim::AdagradOptions& options, const auto& in64,
                          const auto& in32) { check_both<optim::Adagrad>(options, in64, in32); };
  SUBCASE("plain") { follows({.lr = 0.3}, recorded::adagrad_float64, recorded::adagrad_float32); }
  SUBCASE("decay of lr and weights, a start of the sum") {
    follows({.lr = 0.5, .lr_decay = 0.1, .weight_decay = 0.2, .initial_accumulator_value = 0.7},
            recorded::adagrad_decay_float64, recorded::adagrad_decay_float32);
  }
  SUBCASE("maximize") {
    follows({.lr = 0.1, .eps = 1e-2, .maximize = true}, recorded::adagrad_maximize_float64,
            recorded::adagrad_maximize_float32);
  }
}

TEST_CASE("Adagrad refuses options that make no sense") {
  const auto refused = [](const optim::AdagradOptions& options) {
    return message_of([&] { optim::Adagrad optimizer({start(float32)}, options); });
  };
  CHECK(contains(refused({.lr = -1}), "[Adagrad] lr=-1 must not be negative"));
  CHECK(contains(refused({.lr_decay = -1}), "[Adagrad] lr_decay=-1 must not be negative"));
  CHECK(contains(refused({.weight_decay = -1}), "[Adagrad] weight_decay=-1 must not be negative"));
  CHECK(contains(refused({.initial_accumulator_value = -1}),
                 "[Adagrad] initial_accumulator_value=-1 must not be negative"));
  CHECK(contains(refused({.eps = -1}), "[Adagrad] eps=-1 must not be negative"));
}
