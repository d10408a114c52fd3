// SPDX-License-Identifier: MIT
// Tests of optim/optimizer.hpp and optim/saved_state.hpp: groups, steps, states, errors.
#include <memory>
#include <sstream>

#include "optim/trajectory.hpp"
#include "support/bits.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("an optimizer wants leaves, at least one of which requires a gradient") {
  const auto refused = [](const std::vector<Tensor>& params) {
    return message_of([&] { optim::SGD sgd(params, {.lr = 0.1}); });
  };
  const Tensor p = start(float32);
  CHECK(contains(refused({}), "[SGD] the list of parameters is empty"));
  CHECK(contains(refused({ones({2}), ones({3})}), "none of the parameters requires a gradient"));
  CHECK(contains(refused({p, Tensor()}), "params[1] is undefined"));
  CHECK(contains(refused({p, ones({2}, int64)}), "params[1] is int64; only floating tensors"));
  CHECK(contains(refused({p * 2}), "params[0] was computed from other tensors"));
  CHECK(contains(refused({p, start(float32), p}), "params[2], of shape (5), is already in"));
  CHECK(contains(refused({p, p}), "test_optimizer.cpp:"));
}

TEST_CASE("a refused group leaves the optimizer as it was") {
  const Tensor p = start(float32), q = start(float32);
  optim::SGD sgd({p}, {.lr = 0.1});
  CHECK(contains(message_of([&] { sgd.add_param_group({q, p}, {.lr = 0.2}); }), "already in"));
  CHECK(contains(message_of([&] { sgd.add_param_group({q}, {.lr = -1}); }), "lr=-1"));
  CHECK(sgd.group_count() == 1);
  sgd.add_param_group({q}, {.lr = 0.2});
  CHECK(sgd.group_count() == 2);
  CHECK(sgd.lr(1) == 0.2);
}

TEST_CASE("parameters without a gradient are passed over") {
  const Tensor p = start(float32), q = start(float32);
  optim::Adam adam({p, q});
  set_gradient(q);
  adam.step();
  CHECK(same_bits(p, start(float32)));
  CHECK_FALSE(same_bits(q, start(float32)));
  CHECK(adam.state_dict().count("0.step") == 0);
  CHECK(adam.state_dict().at("1.step").item<Index>() == 1);
}

TEST_CASE("frozen parameters are passed over, also those frozen later with a gradient left") {
  const Tensor p = start(float32), frozen = start(float32).detach();
  Tensor later = start(float32);
  optim::SGD sgd({p, frozen, later}, {.lr = 0.1});
  for (const Tensor& each : {p, frozen, later}) set_gradient(each);
  later.requires_grad_(false);
  sgd.step();
  CHECK_FALSE(same_bits(p, start(float32)));
  CHECK(same_bits(frozen, start(float32)));
  CHECK(same_bits(later, start(float32)));
}

TEST_CASE("zero_grad forgets every gradient") {
  const Tensor p = start(float32), q = start(float32);
  optim::SGD sgd({p}, {});
  sgd.add_param_group({q}, {});
  set_gradient(p);
  set_gradient(q);
  sgd.zero_grad();
  CHECK_FALSE(p.grad().defined());
  CHECK_FALSE(q.grad().defined());
}

TEST_CASE("the learning rate can be set for one group or for all, through the base class") {
  const Tensor p = full({1}, 1, float64).requires_grad_(),
               q = full({1}, 1, float64).requires_grad_();
  optim::SGD sgd({p}, {.lr = 0.1});
  sgd.add_param_group({q}, {.lr = 0.2});
  optim::Optimizer& base = sgd;
  base.set_lr(0.5, 1);
  CHECK(base.lr(0) == 0.1);
  CHECK(base.lr(1) == 0.5);
  base.set_lr(0.25);
  CHECK(base.lr(0) == 0.25);
  CHECK(base.lr(1) == 0.25);
  p.set_grad(ones({1}, float64));
  base.step();
  CHECK(p.item() == 0.75);
  CHECK(contains(message_of([&] { base.set_lr(-1); }), "[SGD] lr=-1 must not be negative"));
  CHECK(contains(message_of([&] { base.set_lr(0.1, 2); }), "there is no group 2"));
}

TEST_CASE("a step is seen by every handle, and by backward as an overwritten value") {
  const Tensor p = tensor({2}).requires_grad_();
  const Tensor loss = sum_to(p * p, {});
  loss.backward({.retain_graph = true});
  optim::SGD sgd({p}, {.lr = 0.5});
  sgd.step();
  CHECK(p.item() == 0);
  CHECK(contains(message_of([&] { loss.backward(); }), "was overwritten by step"));
}

TEST_CASE("a gradient that does not fit is an error before anything is changed") {
  Tensor p = start(float32), q = start(float32);
  optim::SGD sgd({p, q}, {.lr = 0.1});
  set_gradient(p);
  q.set_grad(ones({5}, float64));
  CHECK(contains(message_of([&] { sgd.step(); }),
                 "[SGD] parameter 1 is float32, but its gradient is float64"));
  CHECK(same_bits(p, start(float32)));
}

TEST_CASE("after the first step a step allocates no memory") {
  const auto allocations = [](optim::Optimizer& optimizer, const Tensor& p) {
    run(optimizer, p, 1);
    set_gradient(p);
    const std::size_t live = Pool::instance().stats().live_bytes;
    Pool::instance().reset_peak();
    optimizer.step();
    return Pool::instance().stats().peak_bytes - live;
  };
  const Tensor p = start(float32);
  optim::SGD sgd({p}, {.lr = 0.1, .momentum = 0.9});
  CHECK(allocations(sgd, p) == 0);
  optim::Adam adam({p}, {.amsgrad = true});
  CHECK(allocations(adam, p) == 0);
}

TEST_CASE("state buffers exist only where the options need them") {
  const Tensor p = start(float32);
  optim::SGD plain({p}, {.lr = 0.1});
  run(plain, p, 1);
  CHECK(plain.state_dict().count("0.momentum_buffer") == 0);
  optim::Adam adam({p});
  run(adam, p, 1);
  CHECK(adam.state_dict().count("0.exp_avg_sq") == 1);
  CHECK(adam.state_dict().count("0.max_exp_avg_sq") == 0);
}

TEST_CASE("training continues with the same bits from a saved state") {
  const auto continues = [](auto make) {
    const Tensor p = start(float32);
    const auto first = make(p);
    run(*first, p, 3);
    first->set_lr(0.07);
    const StateDict saved = through_file(first->state_dict());
    const Tensor q = Tensor(p.array().copy()).requires_grad_();
    run(*first, p, 4);

    const auto second = make(q);
    second->load_state_dict(saved);
    run(*second, q, 4);
    CHECK(second->lr() == 0.07);
    CHECK(same_bits(p, q));
  };
  continues([](const Tensor& p) {
    return std::make_unique<optim::SGD>(
        std::vector{p}, optim::SGDOptions{.lr = 0.1, .momentum = 0.9, .dampening = 0.5});
  });
  continues([](const Tensor& p) {
    return std::make_unique<optim::Adam>(std::vector{p},
                                         optim::AdamOptions{.lr = 0.1, .amsgrad = true});
  });
  continues([](const Tensor& p) {
    return std::make_unique<optim::AdamW>(std::vector{p}, optim::AdamWOptions{.lr = 0.1});
  });
}

TEST_CASE("a loaded state is a copy") {
  const Tensor p = start(float32);
  optim::SGD sgd({p}, {.lr = 0.1, .momentum = 0.9});
  run(sgd, p, 1);
  optim::SGD other({p}, {.lr = 0.1, .momentum = 0.9});
  other.load_state_dict(sgd.state_dict());
  const double before = sgd.state_dict().at("0.momentum_buffer").array().at(0);
  run(other, p, 1);
  CHECK(sgd.state_dict().at("0.momentum_buffer").array().at(0) == before);
}

TEST_CASE("load_state_dict lists everything that is wrong and changes nothing") {
  const Tensor p = start(float32), q = start(float32);
  optim::Adam adam({p, q}, {.lr = 0.1});
  run(adam, p, 2);
  StateDict state = adam.state_dict();
  state.erase("0.exp_avg");
  state["0.exp_avg_sq"] = ones({4});
  state["1.step"] = ones({}, float32);
  state["2.step"] = ones({}, int64);
  state["0.velocity"] = ones({5});
  state["group.1.lr"] = ones({});
  const std::string message = message_of([&] { adam.load_state_dict(state); });
  CHECK(contains(message, "[load_state_dict] "));
  CHECK(contains(message, "missing 0.exp_avg"));
  CHECK(contains(message, "mismatched 0.exp_avg_sq: (5) in the optimizer, (4) in the dict"));
  CHECK(contains(message, "mismatched 1.step: int64 in the optimizer, float32 in the dict"));
  CHECK(contains(message, "unexpected 2.step"));
  CHECK(contains(message, "unexpected 0.velocity"));
  CHECK(contains(message, "unexpected group.1.lr"));
  CHECK(contains(message, "test_optimizer.cpp:"));
  CHECK(adam.state_dict().at("0.step").item<Index>() == 2);
  CHECK(adam.state_dict().at("0.exp_avg").shape() == Shape{5});

  const std::string empty = message_of([&] { adam.load_state_dict({}); });
  CHECK(contains(empty, "missing optimizer"));
  CHECK(contains(empty, "missing group.0.lr"));
  CHECK(contains(empty, "missing group.0.betas.second"));
  state = adam.state_dict();
  state["group.0.lr"] = full({}, -1, float64);
  state["0.step"] = full({}, -3, int64);
  const std::string negative = message_of([&] { adam.load_state_dict(state); });
  CHECK(contains(negative, "group.0: lr=-1 must not be negative"));
  CHECK(contains(negative, "0.step is -3"));
  CHECK(adam.lr() == 0.1);
  for (const double rate : {-1.0, HUGE_VAL, std::nan("")}) {
    state = adam.state_dict();
    state["group.0.initial_lr"] = full({}, rate, float64);
    CHECK(contains(message_of([&] { adam.load_state_dict(state); }), "group.0.initial_lr holds "));
  }
  CHECK(adam.initial_lr(0) == 0.1);
}

TEST_CASE("a state of another optimizer is refused, even if its names are the same") {
  const Tensor p = start(float32), q = start(float32);
  optim::Adam adam({p});
  optim::AdamW adamw({q});
  optim::SGD sgd({q});
  CHECK(contains(message_of([&] { adamw.load_state_dict(adam.state_dict()); }),
                 "the state is of Adam, not of AdamW"));
  CHECK(contains(message_of([&] { sgd.load_state_dict(adam.state_dict()); }),
                 "missing group.0.momentum"));
}

TEST_CASE("a model moved to another dtype takes its state along") {
  Tensor p = start(float32);
  optim::SGD sgd({p}, {.lr = 0.1, .momentum = 0.9});
  run(sgd, p, 2);
  p.set_data(kernels::cast({"to"}, p.array(), float64));
  run(sgd, p, 1);
  CHECK(sgd.state_dict().at("0.momentum_buffer").dtype() == float64);
}

TEST_CASE("an optimizer prints its options, a line for each group") {
  const Tensor p = start(float32), q = start(float32);
  optim::SGD sgd({p}, {.lr = 0.1, .momentum = 0.9});
  sgd.add_param_group({q}, {.lr = 0.2});
  std::ostringstream out;
  out << sgd;
  CHECK(out.str() ==
        "SGD(lr=0.1, momentum=0.9, dampening=0, weight_decay=0, nesterov=0, maximize=0, "
        "momentum_convention=0)\n"
        "SGD(lr=0.2, momentum=0, dampening=0, weight_decay=0, nesterov=0, maximize=0, "
        "momentum_convention=0)");
}
