// SPDX-License-Identifier: MIT
// Tests of optim/averaged_model.hpp: averages, swaps, saved states, errors.
#include "optim/trajectory.hpp"
#include "support/bits.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
// Overwrites a parameter, as an optimizer would.
void set(const Tensor& p, double value) {
  const NoGradGuard guard;
  Tensor(p).copy_(full(p.shape(), value, p.dtype()));
}
}  // namespace

TEST_CASE("without a decay every update counts alike") {
  const Tensor p = full({3}, 5, float64).requires_grad_();
  optim::AveragedModel swa({p});
  double sum = 0;
  for (const double value : {1.0, 4.0, -2.0, 7.5}) {
    set(p, value);
    swa.update_parameters();
    sum += value;
    const auto n = static_cast<double>(swa.n_averaged());
    CHECK(swa.averages()[0].at(2) == doctest::Approx(sum / n).epsilon(1e-14));
  }
  CHECK(swa.n_averaged() == 4);
}

TEST_CASE("with a decay old parameters fade, and the first update copies") {
  for (const Dtype dtype : {float64, float32}) {
    const Tensor p = full({3}, 5, dtype).requires_grad_();
    optim::AveragedModel ema({p}, {.ema_decay = 0.75});
    double average = 1;
    for (const double value : {1.0, 4.0, -2.0, 7.5}) {
      set(p, value);
      ema.update_parameters();
      if (value != 1) average = 0.75 * average + 0.25 * value;
      CHECK(ema.averages()[0].at(0) ==
            doctest::Approx(average).epsilon(dtype == float64 ? 1e-14 : 1e-6));
    }
  }
}

TEST_CASE("the averages are swapped in and back, seen by every handle") {
  const Tensor p = full({2}, 1, float64).requires_grad_();
  optim::AveragedModel swa({p});
  swa.update_parameters();
  set(p, 3);
  swa.update_parameters();
  {
    const optim::SwappedWeights swapped(swa);
    CHECK(swa.swapped());
    CHECK(p.array().at(1) == 2);
    CHECK(contains(message_of([&] { swa.update_parameters(); }),
                   "[AveragedModel] the averages are in the model; swap() them back first"));
  }
  CHECK_FALSE(swa.swapped());
  CHECK(p.array().at(1) == 3);
  CHECK(swa.averages()[0].at(1) == 2);
}

TEST_CASE("a swap is seen by backward as an overwritten value") {
  const Tensor p = full({2}, 1, float64).requires_grad_();
  optim::AveragedModel swa({p});
  const Tensor loss = sum_to(p * p, {});
  swa.swap();
  CHECK(contains(message_of([&] { loss.backward(); }), "was overwritten by swap"));
}

TEST_CASE("an average continues with the same bits from a saved state") {
  const Tensor p = start(float32), q = start(float32);
  optim::AveragedModel first({p}, {.ema_decay = 0.9}), second({q}, {.ema_decay = 0.9});
  for (const double value : {0.1, 0.7}) {
    set(p, value);
    first.update_parameters();
  }
  second.load_state_dict(through_file(first.state_dict()));
  for (const auto& [average, each] : {std::pair{&first, p}, std::pair{&second, q}}) {
    set(each, 0.3);
    average->update_parameters();
  }
  CHECK(second.n_averaged() == 3);
  CHECK(same_bits(first.averages()[0], second.averages()[0]));

  StateDict state = first.state_dict();
  state["0.average"] = ones({4});
  state.erase("n_averaged");
  const std::string message = message_of([&] { second.load_state_dict(state); });
  CHECK(contains(message, "missing n_averaged"));
  CHECK(contains(message, "mismatched 0.average: (5) in the averages, (4) in the dict"));
}

TEST_CASE("averages refuse what makes no sense") {
  CHECK(contains(message_of([] { optim::AveragedModel({}); }), "list of parameters is empty"));
  CHECK(contains(message_of([] { optim::AveragedModel({ones({2})}, {.ema_decay = 1.5}); }),
                 "[AveragedModel] ema_decay=1.5 must be in [0, 1]"));
  CHECK(contains(message_of([] { optim::AveragedModel({ones({2}, int64)}); }),
                 "params[0] is int64; only floating tensors are averaged"));
}
