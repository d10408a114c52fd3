// SPDX-License-Identifier: MIT
// Tests for every optimizer: it continues exactly from a saved state, gives the same bits with any
// number of threads, and does not change parameters that have no gradient or no elements.
#include <memory>

#include "optim/trajectory.hpp"
#include "support/bits.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/random/fill.hpp"
#include "tinygrad/nn/linear.hpp"
#include "tinygrad/ops/elementwise/trigonometric.hpp"
#include "tinygrad/ops/reduction/reduction.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

using Params = std::vector<Tensor>;
using Made = std::unique_ptr<optim::Optimizer>;

template <class Optimizer, class Options> Made make(const Params& params, const Options& options) {
  return std::make_unique<Optimizer>(params, options);
}

/// Every optimizer that steps without a closure, with options that make it remember all it can.
struct Row {
  const char* name;
  Made (*make)(const Params&);
};
const Row kOptimizers[] = {
    {"SGD",
     [](const Params& p) {
       return make<optim::SGD>(p, optim::SGDOptions{.lr = 0.1, .momentum = 0.9, .dampening = 0.3});
     }},
    {"SGD, Sutskever",
     [](const Params& p) {
       return make<optim::SGD>(
           p, optim::SGDOptions{.lr = 0.1,
                                .momentum = 0.9,
                                .momentum_convention = optim::MomentumConvention::kSutskever});
     }},
    {"Adam",
     [](const Params& p) {
       return make<optim::Adam>(p, optim::AdamOptions{.lr = 0.1, .amsgrad = true});
     }},
    {"AdamW",
     [](const Params& p) { return make<optim::AdamW>(p, optim::AdamWOptions{.lr = 0.1}); }},
    {"RMSprop",
     [](const Params& p) {
       return make<optim::RMSprop>(
           p, optim::RMSpropOptions{.lr = 0.01, .momentum = 0.9, .centered = true});
     }},
    {"Adagrad",
     [](const Params& p) {
       return make<optim::Adagrad>(p, optim::AdagradOptions{.lr = 0.1, .lr_decay = 0.1});
     }},
    {"Adadelta",
     [](const Params& p) { return make<optim::Adadelta>(p, optim::AdadeltaOptions{}); }},
    {"Adamax",
     [](const Params& p) { return make<optim::Adamax>(p, optim::AdamaxOptions{.lr = 0.1}); }},
    {"NAdam",
     [](const Params& p) { return make<optim::NAdam>(p, optim::NAdamOptions{.lr = 0.1}); }},
    {"RAdam",
     [](const Params& p) { return make<optim::RAdam>(p, optim::RAdamOptions{.lr = 0.1}); }},
    {"Lion", [](const Params& p) { return make<optim::Lion>(p, optim::LionOptions{.lr = 0.1}); }},
    {"LAMB", [](const Params& p) { return make<optim::LAMB>(p, optim::LAMBOptions{.lr = 0.1}); }},
    {"LARS", [](const Params& p) { return make<optim::LARS>(p, optim::LARSOptions{.lr = 10}); }},
    {"Muon", [](const Params& p) { return make<optim::Muon>(p, optim::MuonOptions{.lr = 0.1}); }},
    {"Adafactor",
     [](const Params& p) {
       return make<optim::Adafactor>(p, optim::AdafactorOptions{.lr = 0.1, .eps = {0.01, 0.1}});
     }},
};

StateDict copy_of(const StateDict& state) {
  StateDict copies;
  for (const auto& [name, value] : state) copies[name] = value.array().copy();
  return copies;
}

void check_same(const StateDict& a, const StateDict& b) {
  CHECK(a.size() == b.size());
  for (const auto& entry : a) {
    INFO(entry.first);
    CHECK((b.count(entry.first) && same_bits(entry.second, b.at(entry.first))));
  }
}

/// A small network of matrices, which every optimizer takes, and its training.
struct Net final : nn::Module {
  explicit Net(Generator& g) : fc1(3, 4, {.bias = false}, g), fc2(4, 2, {.bias = false}, g) {}
  nn::Linear fc1, fc2;
  void members(nn::Members& m) override { m("fc1", fc1)("fc2", fc2); }
  Tensor forward(const Tensor& x) override { return fc2(tanh(fc1(x))); }
};
struct Run {
  Run(const Row& row, std::uint64_t seed)
      : generator(seed),
        model(generator),
        optimizer(row.make(model.parameters())),
        schedule(*optimizer, 0.9) {}
  void steps(int count) {
    const Tensor x = start(float32, {4, 3});
    for (int i = 0; i < count; ++i) {
      optimizer->zero_grad();
      const Tensor y = model(x);
      mean(y * y).backward();
      optimizer->step();
      schedule.step();
    }
  }
  Generator generator;
  Net model;
  Made optimizer;
  optim::ExponentialLR schedule;
};

}  // namespace

TEST_CASE("a run continues from files with the bits of one that was never interrupted") {
  for (const Row& row : kOptimizers) {
    INFO(row.name);
    const support::TemporaryFolder folder;
    const auto file = [&](const char* part) {
      return folder.file(std::string(part) + ".safetensors");
    };
    Run whole(row, 1);
    whole.steps(3);
    save_state(file("model"), whole.model.state_dict());
    save_state(file("optimizer"), whole.optimizer->state_dict());
    save_state(file("schedule"), whole.schedule.state_dict());
    whole.steps(4);

    Run resumed(row, 2);
    resumed.model.load_state_dict(load_state(file("model")));
    resumed.optimizer->load_state_dict(load_state(file("optimizer")));
    resumed.schedule.load_state_dict(load_state(file("schedule")));
    resumed.steps(4);
    check_same(whole.model.state_dict(), resumed.model.state_dict());
    check_same(whole.optimizer->state_dict(), resumed.optimizer->state_dict());
    check_same(whole.schedule.state_dict(), resumed.schedule.state_dict());
  }
}

TEST_CASE("every optimizer continues with the same bits from a saved state") {
  for (const Row& row : kOptimizers) {
    INFO(row.name);
    for (const Dtype dtype : {float32, float64}) {
      const Tensor p = start(dtype, {3, 4});
      const Made first = row.make({p});
      run(*first, p, 7);
      first->set_lr(0.07);
      const StateDict saved = copy_of(first->state_dict());
      const Tensor q = Tensor(p.array().copy()).requires_grad_();
      run(*first, p, 3);

      const Made second = row.make({q});
      second->load_state_dict(saved);
      run(*second, q, 3);
      CHECK(second->lr() == 0.07);
      CHECK(same_bits(p, q));
      check_same(first->state_dict(), second->state_dict());
    }
  }
}

TEST_CASE("every optimizer refuses the state of every other") {
  for (const Row& from : kOptimizers)
    for (const Row& to : kOptimizers) {
      const Tensor p = start(float32, {3, 4}), q = start(float32, {3, 4});
      const Made one = from.make({p}), other = to.make({q});
      if (std::string(one->name()) == other->name()) continue;
      run(*one, p, 1);
      INFO(from.name, " to ", to.name);
      CHECK(contains(message_of([&] { other->load_state_dict(one->state_dict()); }),
                     "the state is of "));
    }
}

TEST_CASE("every optimizer refuses the state of other shapes") {
  for (const Row& row : kOptimizers) {
    INFO(row.name);
    const Tensor p = start(float32, {3, 4}), q = start(float32, {2, 6});
    const Made one = row.make({p}), other = row.make({q});
    run(*one, p, 2);
    const std::string message = message_of([&] { other->load_state_dict(one->state_dict()); });
    CHECK(contains(message, ": (2, "));
    CHECK(contains(message, " in the optimizer, (3, "));
  }
}

TEST_CASE("every optimizer gives the same bits with any number of threads") {
  for (const Row& row : kOptimizers) {
    INFO(row.name);
    const auto after = [&](int threads) {
      const int before = num_threads();
      set_num_threads(threads);
      Generator generator(1);
      const Tensor p =
          Tensor(kernels::normal({400, 500}, float32, 0, 1, generator)).requires_grad_();
      const Made optimizer = row.make({p});
      for (int i = 0; i < 3; ++i) {
        p.set_grad(Tensor(kernels::normal(p.shape(), float32, 0, 1, generator)));
        optimizer->step();
      }
      set_num_threads(before);
      return p;
    };
    CHECK(same_bits(after(1), after(3)));
  }
}

TEST_CASE("every optimizer leaves alone what has no gradient, and bears empty parameters") {
  for (const Row& row : kOptimizers) {
    INFO(row.name);
    const Tensor p = start(float32, {3, 4}), without = start(float32, {3, 4});
    const Tensor frozen = start(float32, {3, 4}).detach();
    const Tensor empty = zeros({0, 4}).requires_grad_();
    const Made optimizer = row.make({without, p, frozen, empty});
    set_gradient(frozen);
    empty.set_grad(zeros({0, 4}));
    run(*optimizer, p, 2);
    CHECK_FALSE(same_bits(p, start(float32, {3, 4})));
    CHECK(same_bits(without, start(float32, {3, 4})));
    CHECK(same_bits(frozen, start(float32, {3, 4})));
    CHECK(optimizer->state_dict().at("1.step").item<Index>() == 2);
    CHECK(optimizer->state_dict().count("0.step") == 0);
  }
}

TEST_CASE("every optimizer lets NaN through to the parameter, and only to what depends on it") {
  for (const Row& row : kOptimizers) {
    INFO(row.name);
    const Tensor p = start(float32, {3, 4}), other = start(float32, {3, 4});
    const Made optimizer = row.make({p, other});
    set_gradient(p);
    set_gradient(other);
    p.grad().array().data<float>()[5] = std::nanf("");
    optimizer->step();
    CHECK(std::isnan(p.array().at(5)));
    for (Index i = 0; i < other.numel(); ++i) CHECK(std::isfinite(other.array().at(i)));
  }
}

TEST_CASE(
    "every optimizer refuses options that are not finite, also in a state, and keeps its own") {
  for (const Row& row : kOptimizers)
    for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
      const Tensor p = start(float32, {3, 4});
      const Made optimizer = row.make({p});
      const double lr = optimizer->lr();
      INFO(row.name, ", ", value);
      CHECK(contains(message_of([&] { optimizer->set_lr(value); }), "lr="));
      const StateDict saved = copy_of(optimizer->state_dict());
      for (const auto& [name, number] : saved) {
        if (name == "optimizer") continue;
        if (name == "group.0.eps.first" && std::isnan(value)) continue;  // none is given
        if (name == "group.0.d" && value > 0) continue;                  // no limit
        INFO(name);
        StateDict state = saved;
        state[name] = full({}, value, float64);
        CHECK(
            contains(message_of([&] { optimizer->load_state_dict(state); }), "[load_state_dict]"));
        CHECK(optimizer->lr() == lr);
      }
    }
}

TEST_CASE("after the first step elementwise optimizers allocate no memory") {
  for (const Row& row : kOptimizers) {
    const std::string_view name = row.name;
    if (name == "Muon" || name == "Adafactor") continue;  // their headers say so
    INFO(row.name);
    const Tensor p = start(float32, {3, 4});
    const Made optimizer = row.make({p});
    run(*optimizer, p, 1);
    set_gradient(p);
    const std::size_t live = Pool::instance().stats().live_bytes;
    Pool::instance().reset_peak();
    optimizer->step();
    CHECK(Pool::instance().stats().peak_bytes == live);
  }
}
