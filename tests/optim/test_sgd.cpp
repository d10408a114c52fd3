// SPDX-License-Identifier: MIT
// Tests of optim/sgd.hpp: PyTorch's trajectories, conventions of momentum, errors, threads.
#include "optim/trajectory.hpp"
#include "support/bits.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/random/fill.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
namespace recorded = golden::optimizers;

TEST_CASE("SGD follows PyTorch's trajectories") {
  const auto follows = [](const optim::SGDOptions& options, const auto& in64, const auto& in32) {
    check_both<optim::SGD>(options, in64, in32);
  };
  SUBCASE("plain") { follows({.lr = 0.1}, recorded::sgd_float64, recorded::sgd_float32); }
  SUBCASE("momentum") {
    follows({.lr = 0.05, .momentum = 0.9}, recorded::sgd_momentum_float64,
            recorded::sgd_momentum_float32);
  }
  SUBCASE("dampening, which spares the first step") {
    follows({.lr = 0.05, .momentum = 0.9, .dampening = 0.3}, recorded::sgd_dampening_float64,
            recorded::sgd_dampening_float32);
  }
  SUBCASE("Nesterov") {
    follows({.lr = 0.05, .momentum = 0.9, .nesterov = true}, recorded::sgd_nesterov_float64,
            recorded::sgd_nesterov_float32);
  }
  SUBCASE("weight decay") {
    follows({.lr = 0.05, .momentum = 0.9, .weight_decay = 0.1}, recorded::sgd_weight_decay_float64,
            recorded::sgd_weight_decay_float32);
  }
  SUBCASE("maximize") {
    follows({.lr = 0.01, .momentum = 0.5, .weight_decay = 0.1, .maximize = true},
            recorded::sgd_maximize_float64, recorded::sgd_maximize_float32);
  }
  SUBCASE("two groups") {
    check_groups<optim::SGD, optim::SGDOptions>(
        {.lr = 0.1}, {.lr = 0.02, .momentum = 0.8, .nesterov = true}, recorded::sgd_groups_float64,
        recorded::sgd_groups_float32);
  }
}

TEST_CASE("at a constant rate the three conventions of momentum make the same steps") {
  using enum optim::MomentumConvention;
  for (const bool nesterov : {false, true}) {
    const double lr = 0.05, momentum = 0.8;
    const Tensor p = start(float64), q = start(float64), r = start(float64);
    const auto options = [&](double rate, optim::MomentumConvention convention) {
      return optim::SGDOptions{.lr = rate,
                               .momentum = momentum,
                               .weight_decay = 0.1,
                               .nesterov = nesterov,
                               .momentum_convention = convention};
    };
    optim::SGD torch({p}, options(lr, kPyTorch)), sutskever({q}, options(lr, kSutskever)),
        unit_gain({r}, options(lr / (1 - momentum), kUnitGain));
    for (int step = 0; step < 10; ++step) {
      for (const Tensor& each : {p, q, r}) set_gradient(each);
      torch.step();
      sutskever.step();
      unit_gain.step();
      for (Index i = 0; i < kProblem; ++i) {
        CHECK(q.array().at(i) == doctest::Approx(p.array().at(i)).epsilon(1e-12));
        CHECK(r.array().at(i) == doctest::Approx(p.array().at(i)).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("a new rate scales past gradients in PyTorch's momentum, only new ones in Sutskever's") {
  using enum optim::MomentumConvention;
  const auto last_step = [](optim::MomentumConvention convention) {
    const Tensor p = zeros({1}, float64).requires_grad_();
    optim::SGD sgd({p}, {.lr = 1, .momentum = 0.5, .momentum_convention = convention});
    p.set_grad(ones({1}, float64));
    sgd.step();
    const double before = p.item();
    sgd.set_lr(0.1);
    sgd.step();
    return p.item() - before;
  };
  CHECK(last_step(kPyTorch) == doctest::Approx(-0.1 * (0.5 * 1 + 1)));
  CHECK(last_step(kSutskever) == doctest::Approx(-(0.5 * 1 + 0.1 * 1)));
  CHECK(last_step(kUnitGain) == doctest::Approx(-0.1 * (0.5 * 0.5 + 0.5 * 1)));
}

TEST_CASE("SGD refuses options that make no sense") {
  const auto refused = [](const optim::SGDOptions& options) {
    return message_of([&] { optim::SGD sgd({start(float32)}, options); });
  };
  CHECK(contains(refused({.lr = -1}), "[SGD] lr=-1 must not be negative"));
  CHECK(contains(refused({.lr = -1}), "test_sgd.cpp:"));
  CHECK(contains(refused({.lr = std::nan("")}), "lr="));
  CHECK(contains(refused({.momentum = -0.5}), "momentum=-0.5 must not be negative"));
  CHECK(contains(refused({.weight_decay = -0.5}), "weight_decay=-0.5 must not be negative"));
  CHECK(contains(refused({.nesterov = true}), "nesterov needs momentum > 0 and dampening = 0"));
  CHECK(contains(refused({.momentum = 0.9, .dampening = 0.1, .nesterov = true}),
                 "nesterov needs momentum > 0 and dampening = 0"));
  CHECK(refused({.lr = 0, .momentum = 0.9, .nesterov = true}) == "no error");
  using enum optim::MomentumConvention;
  CHECK(contains(refused({.momentum = 1, .momentum_convention = kUnitGain}),
                 "momentum=1 must be below 1 for unit gain"));
  CHECK(contains(refused({.momentum = 0.9, .dampening = 0.1, .momentum_convention = kSutskever}),
                 "dampening=0.1 must be 0 unless the momentum is PyTorch's"));
}

TEST_CASE("a large parameter gets the same bits from any number of threads") {
  const auto run = [](int threads) {
    const int before = num_threads();
    set_num_threads(threads);
    Generator generator(1);
    const Tensor p = Tensor(kernels::normal({600, 500}, float32, 0, 1, generator)).requires_grad_();
    optim::SGD sgd({p}, {.lr = 0.1, .momentum = 0.9, .weight_decay = 1e-3, .nesterov = true});
    for (int i = 0; i < 3; ++i) {
      p.set_grad(Tensor(kernels::normal(p.shape(), float32, 0, 1, generator)));
      sgd.step();
    }
    set_num_threads(before);
    return p;
  };
  CHECK(same_bits(run(1), run(3)));
}
