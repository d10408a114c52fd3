// SPDX-License-Identifier: MIT
// Tests of optim/adafactor.hpp: PyTorch's trajectories, its memory, and errors.
#include "optim/trajectory.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
namespace recorded = golden::optimizers;

TEST_CASE("Adafactor follows PyTorch's trajectories") {
  const auto follows = [](const optim::AdafactorOptions& options, const auto& in64,
                          const auto& in32, const Shape& shape) {
    check_both<optim::Adafactor>(options, in64, in32, shape);
  };
  SUBCASE("a vector") {
    follows({.lr = 0.1}, recorded::adafactor_vector_float64, recorded::adafactor_vector_float32,
            {kProblem});
  }
  SUBCASE("a matrix") {
    follows({.lr = 0.1}, recorded::adafactor_matrix_float64, recorded::adafactor_matrix_float32,
            {3, 4});
  }
  SUBCASE("every option") {
    follows({.lr = 0.3,
             .beta2_decay = -0.5,
             .eps = {0.1, 0.2},
             .d = 1.5,
             .weight_decay = 0.1,
             .maximize = true},
            recorded::adafactor_options_float64, recorded::adafactor_options_float32, {4, 3});
  }
  SUBCASE("three dims are a list of matrices") {
    follows({.lr = 0.1}, recorded::adafactor_dims_float64, recorded::adafactor_dims_float32,
            {2, 2, 3});
  }
}

TEST_CASE("Adafactor remembers rows and columns of a matrix, all of a vector") {
  const Tensor matrix = start(float32, {3, 4}), vector = start(float32);
  optim::Adafactor adafactor({matrix, vector});
  set_gradient(matrix);
  set_gradient(vector);
  adafactor.step();
  const StateDict state = adafactor.state_dict();
  CHECK(state.at("0.row_var").shape() == Shape{3, 1});
  CHECK(state.at("0.col_var").shape() == Shape{1, 4});
  CHECK(state.count("0.variance") == 0);
  CHECK(state.at("1.variance").shape() == Shape{kProblem});
  CHECK(state.count("1.row_var") == 0);
}

TEST_CASE("Adafactor refuses options that make no sense") {
  const auto refused = [](const optim::AdafactorOptions& options) {
    return message_of([&] { optim::Adafactor optimizer({start(float32)}, options); });
  };
  CHECK(contains(refused({.lr = -1}), "[Adafactor] lr=-1 must not be negative"));
  CHECK(
      contains(refused({.weight_decay = -1}), "[Adafactor] weight_decay=-1 must not be negative"));
  CHECK(
      contains(refused({.beta2_decay = 0.5}), "[Adafactor] beta2_decay=0.5 must not be positive"));
  CHECK(contains(refused({.eps = {-1.0, 0}}), "[Adafactor] eps.first=-1 must not be negative"));
  CHECK(contains(refused({.eps = {{}, -1}}), "[Adafactor] eps.second=-1 must not be negative"));
  CHECK(contains(refused({.d = 0.5}), "[Adafactor] d=0.5 must be at least 1"));
}
