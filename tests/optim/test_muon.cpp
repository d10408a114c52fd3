// SPDX-License-Identifier: MIT
// Tests of optim/muon.hpp: PyTorch's trajectories, Newton–Schulz steps, errors.
#include "optim/trajectory.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
namespace recorded = golden::optimizers;

TEST_CASE("Muon follows PyTorch's trajectories") {
  const auto follows = [](const optim::MuonOptions& options, const auto& in64, const auto& in32,
                          const Shape& shape) {
    check_both<optim::Muon>(options, in64, in32, shape);
  };
  SUBCASE("a wide matrix") {
    follows({.lr = 0.1}, recorded::muon_wide_float64, recorded::muon_wide_float32, {3, 4});
  }
  SUBCASE("a tall matrix, without Nesterov") {
    follows({.lr = 0.1, .weight_decay = 0, .momentum = 0.8, .nesterov = false},
            recorded::muon_tall_float64, recorded::muon_tall_float32, {4, 3});
  }
  SUBCASE("AdamW's root mean square") {
    follows({.lr = 0.1, .ns_steps = 3, .adjust_lr_fn = optim::AdjustLr::kMatchRmsAdamW},
            recorded::muon_match_float64, recorded::muon_match_float32, {6, 2});
  }
  SUBCASE("other coefficients") {
    follows({.lr = 0.1,
             .ns_coefficients = {2, -1.5, 0.5},
             .eps = 1e-3,
             .adjust_lr_fn = optim::AdjustLr::kSpectralUnclamped},
            recorded::muon_spectral_float64, recorded::muon_spectral_float32, {3, 4});
  }
}

TEST_CASE("Muon takes matrices only") {
  CHECK(contains(message_of([] {
                   optim::Muon muon({start(float32, {3, 4}), start(float32)});
                 }),
                 "[Muon] params[1] is (5); only matrices can be updated"));
}

TEST_CASE("Newton-Schulz steps bring every singular value near 1") {
  // Singular values 3 and 0.5: a diagonal matrix stays diagonal.
  const Array x = Array::from(std::vector<double>{3, 0, 0, 0, 0.5, 0}, float64).reshaped({2, 3});
  const Array y = kernels::newton_schulz(
      {"test"}, x, {.a = 3.4445, .b = -4.775, .c = 2.0315, .eps = 1e-7, .steps = 5});
  CHECK(std::fabs(y.at(0) - 1) < 0.35);
  CHECK(std::fabs(y.at(4) - 1) < 0.35);
  for (const Index i : {1, 2, 3, 5}) CHECK(y.at(i) == 0);
}

TEST_CASE("Muon's maximize turns the step around") {
  const Tensor p = start(float64, {3, 4}), q = start(float64, {3, 4});
  optim::Muon down({p}, {.lr = 0.1, .weight_decay = 0});
  optim::Muon up({q}, {.lr = 0.1, .weight_decay = 0, .maximize = true});
  const Array before = p.array().copy();
  set_gradient(p);
  set_gradient(q);
  down.step();
  up.step();
  for (Index i = 0; i < kMatrixProblem; ++i)
    CHECK(p.array().at(i) + q.array().at(i) == doctest::Approx(2 * before.at(i)).epsilon(1e-12));
}

TEST_CASE("Muon refuses options that make no sense") {
  const auto refused = [](const optim::MuonOptions& options) {
    return message_of([&] { optim::Muon optimizer({start(float32, {3, 4})}, options); });
  };
  CHECK(contains(refused({.lr = -1}), "[Muon] lr=-1 must not be negative"));
  CHECK(contains(refused({.weight_decay = -1}), "[Muon] weight_decay=-1 must not be negative"));
  CHECK(contains(refused({.momentum = -1}), "[Muon] momentum=-1 must not be negative"));
  CHECK(contains(refused({.eps = -1}), "[Muon] eps=-1 must not be negative"));
  CHECK(contains(refused({.ns_steps = 100}), "[Muon] ns_steps=100 must be in [0, 100)"));
  CHECK(contains(refused({.adjust_lr_fn = static_cast<optim::AdjustLr>(7)}),
                 "[Muon] adjust_lr_fn=7 must be in [0, 2]"));
}
