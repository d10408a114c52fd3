// SPDX-License-Identifier: MIT
// Tests of autograd/checkpoint.hpp: equal bits, second runs, nesting, transforms, memory.
#include <doctest/doctest.h>

#include <stdexcept>
#include <thread>

#include "support/bits.hpp"
#include "support/messages.hpp"
#include "support/tensors.hpp"
#include "tinygrad/autograd.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
using Inputs = std::vector<Tensor>;

// Counts its runs; its inside saves inputs, outputs, a leaf and a constant mask.
struct Block {
  Tensor weight = random_leaf({4, 4}, 7), bias = random_leaf({4}, 8);
  int runs = 0;

  auto function() {
    return [this](const Tensor& x) {
      ++runs;
      const Tensor h = tanh(matmul(x, weight) + bias);
      return dropout(h * exp(h), 0.5) + x;
    };
  }
};

// The gradients with respect to x, weight and bias of a loss around the block, with or without
// checkpoint, all random numbers from the same seed.
Inputs gradients(Block& block, const Tensor& x, bool with) {
  manual_seed(5);
  const Tensor h = sin(x);
  const Tensor y = with ? checkpoint(block.function(), h) : block.function()(h);
  const Tensor noise = rand({3, 4}, float64);  // the stream goes on after the block
  return grad({sum(square(y) * noise)}, {x, block.weight, block.bias});
}
}  // namespace

TEST_CASE("values and gradients are those without checkpoint, bit for bit, dropout included") {
  Block block;
  const Tensor x = random_leaf({3, 4});
  const Inputs plain = gradients(block, x, false);
  CHECK(block.runs == 1);
  const Inputs saved = gradients(block, x, true);
  CHECK(block.runs == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(same_bits(plain[i], saved[i]));
}

TEST_CASE("random numbers repeat from any generator, and the streams go on as if drawn once") {
  nn::Dropout own(0.5, Generator(3));
  Generator handed(4);
  const auto noisy = [&](const Tensor& x) { return tanh(own(x)) * rand({50}, float64, handed); };
  const Tensor x = random_leaf({50});
  const auto run = [&](bool with) {
    own.generator->reset(3);
    handed.reset(4);
    const Tensor y = with ? checkpoint(noisy, x) : noisy(x);
    const Tensor g = grad(sum(y), x);
    return Inputs{g, tensor(static_cast<double>(own.generator->position())),
                  tensor(static_cast<double>(handed.position()))};
  };
  const Inputs plain = run(false), saved = run(true);
  for (std::size_t i = 0; i < 3; ++i) CHECK(same_bits(plain[i], saved[i]));
}

TEST_CASE("a generator that was reseeded before backward cannot repeat and says so") {
  const Tensor x = random_leaf({5});
  manual_seed(1);
  const Tensor y = sum(checkpoint([](const Tensor& in) { return dropout(tanh(in)); }, x));
  manual_seed(2);
  CHECK(contains(message_of([&] { y.backward(); }), "the generator's seed was 1 and is now 2"));
}

TEST_CASE("the function runs once in forward and once for each backward") {
  Block block;
  const Tensor x = random_leaf({3, 4});
  const Tensor y = sum(checkpoint(block.function(), x));
  CHECK(block.runs == 1);
  y.backward({.retain_graph = true});
  CHECK(block.runs == 2);
  const Tensor first = x.grad();
  x.zero_grad();
  y.backward();
  CHECK(block.runs == 3);
  CHECK(same_bits(first, x.grad()));
  CHECK(contains(message_of([&] { y.backward(); }), "was freed by an earlier backward"));
}

TEST_CASE("nothing is kept, and nothing runs again, where no gradient is needed") {
  Block block;
  const auto before = Node::live();
  {
    const NoGradGuard no_grad;
    checkpoint(block.function(), random_leaf({3, 4}));
  }
  CHECK(block.runs == 1);
  const Tensor constant = checkpoint([](const Tensor& x) { return tanh(x); }, random({3}));
  CHECK_FALSE(constant.requires_grad());
  CHECK(Node::live() == before);
}

TEST_CASE("a part under NoGradGuard stays without gradient") {
  const Tensor x = random_leaf({4});
  const auto f = [](const Tensor& in) {
    Tensor scale;
    {
      const NoGradGuard no_grad;
      scale = exp(in);
    }
    return tanh(in) * scale;
  };
  CHECK(same_bits(grad(sum(f(x)), x), grad(sum(checkpoint(f, x)), x)));
}

TEST_CASE("grad() of a few inputs works through a checkpoint, also of tensors inside and around") {
  Block block;
  const Tensor x = random_leaf({3, 4});
  for (const bool of_weight : {false, true}) {
    manual_seed(5);
    const Tensor h = sin(x);
    const Tensor plain = grad(sum(block.function()(h)), of_weight ? block.weight : h);
    manual_seed(5);
    const Tensor again = sin(x);
    const Tensor saved =
        grad(sum(checkpoint(block.function(), again)), of_weight ? block.weight : again);
    CHECK(same_bits(plain, saved));
  }
}

TEST_CASE("a retained graph serves one input after the other, then all") {
  Block block;
  const Tensor x = random_leaf({3, 4});
  const Inputs expected = gradients(block, x, false);
  manual_seed(5);
  const Tensor y = checkpoint(block.function(), sin(x));
  const Tensor noise = rand({3, 4}, float64);
  const Tensor loss = sum(square(y) * noise);
  const Inputs each{x, block.weight, block.bias};
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(same_bits(grad(loss, each[i], {}, {.retain_graph = true}), expected[i]));
  loss.backward();
  for (std::size_t i = 0; i < 3; ++i) CHECK(same_bits(each[i].grad(), expected[i]));
}

TEST_CASE("create_graph works through a checkpoint: second derivatives, bit for bit") {
  Block block;
  const Tensor x = random_leaf({3, 4});
  const auto second = [&](bool with) {
    manual_seed(5);
    const Tensor h = sin(x);
    const Tensor y = with ? checkpoint(block.function(), h) : block.function()(h);
    const Inputs first = grad({sum(square(y))}, {x, block.weight}, {}, {.create_graph = true});
    return grad({sum(square(first[0])) + sum(first[1])}, {x, block.weight, block.bias});
  };
  const Inputs plain = second(false), saved = second(true);
  for (std::size_t i = 0; i < 3; ++i) CHECK(same_bits(plain[i], saved[i]));
}

TEST_CASE("gradcheck and gradgradcheck pass through a checkpoint") {
  const Tensor w = random_leaf({4, 4}, 3);
  const auto inner = [](const Tensor& a, const Tensor& b) {
    return tanh(matmul(a, b)) / (2 + sin(a));
  };
  const auto f = [&](const Inputs& in) { return checkpoint(inner, in[0], in[1]); };
  CHECK(gradcheck(f, {random_leaf({3, 4}), w}).ok);
  CHECK(gradgradcheck(f, {random_leaf({3, 4}), w}).ok);
}

TEST_CASE("the transforms go through a checkpoint, and a checkpoint through the transforms") {
  const Tensor x = random({3});
  const auto f = [](const Tensor& in) { return sum(exp(in) * sin(in)); };
  const auto saved = [&](const Tensor& in) { return checkpoint(f, in); };
  CHECK(same_bits(hessian(f, x), hessian(saved, x)));
  // a gradient taken inside the checkpointed function
  const auto slope = [&](const Tensor& in) {
    return square(value_and_grad(f, in, {.create_graph = true}).grad) * in;
  };
  const Tensor leaf = x.detach().requires_grad_();
  const Tensor plain = grad(sum(slope(leaf)), leaf);
  CHECK(same_bits(plain, grad(sum(checkpoint(slope, leaf)), leaf)));
  // … and again with a random number after it
  const auto noisy = [&](const Tensor& in) { return dropout(tanh(slope(dropout(in)))); };
  manual_seed(9);
  const Tensor expected = grad(sum(noisy(sin(leaf))), leaf);
  manual_seed(9);
  const Tensor got = grad(sum(checkpoint(noisy, sin(leaf))), leaf);
  CHECK(same_bits(expected, got));
}

TEST_CASE("a backward inside the second run does not disturb the one that is running") {
  const auto f = [](const Tensor& in) {
    return grad(sum(exp(in) * in), in, {}, {.create_graph = true}) * in;
  };
  const auto run = [&](bool with) {
    const Tensor x = random_leaf({4});
    const Tensor h = sin(x);
    const Tensor y = with ? checkpoint(f, h) : f(h);
    (sum(y) + sum(h * 3)).backward();  // a gradient waits at h when f runs again
    return x.grad();
  };
  CHECK(same_bits(run(false), run(true)));
}

TEST_CASE("checkpoints nest") {
  const Tensor x = random_leaf({3, 4}), w = random_leaf({4, 4}, 2);
  int inner_runs = 0;
  const auto layer = [&](const Tensor& in) {
    ++inner_runs;
    return dropout(tanh(matmul(in, w)), 0.2);
  };
  const auto run = [&](bool with) {
    manual_seed(3);
    const auto inner = [&, with](const Tensor& in) {
      return with ? checkpoint(layer, in) : layer(in);
    };
    const auto outer = [&, inner](const Tensor& in) { return inner(exp(inner(in)) + in) * in; };
    const Tensor y = with ? checkpoint(outer, sin(x)) : outer(sin(x));
    return grad({sum(square(y))}, {x, w});
  };
  const Inputs plain = run(false);
  inner_runs = 0;
  const Inputs saved = run(true);
  CHECK(same_bits(plain[0], saved[0]));
  CHECK(same_bits(plain[1], saved[1]));
  CHECK(inner_runs == 6);  // two layers: forward, again for the outer, again for the inner
}

TEST_CASE("several outputs, of which some are used or none needs a gradient") {
  const Tensor x = random_leaf({4});
  const auto f = [](const Inputs& in) { return Inputs{tanh(in[0]), exp(in[0]), in[1] * 2}; };
  const Inputs y = checkpoint(f, {x, ones({4}, float64)});
  CHECK_FALSE(y[2].requires_grad());
  CHECK(same_bits(grad(sum(y[1]), x, {}, {.retain_graph = true}), exp(x).detach()));
  CHECK(same_bits(grad(sum(y[0] + y[1]), x), grad(sum(tanh(x) + exp(x)), x)));
}

TEST_CASE("a second run that differs is an error that names both") {
  const Tensor x = random_leaf({4});
  int run = 0;
  const auto fails = [&](auto f) {
    run = 0;
    const Tensor y = sum(checkpoint(f, x));
    const std::string message = message_of([&] { y.backward({.retain_graph = true}); });
    CHECK(message_of([&] { y.backward(); }) == message);  // nothing of that run is used
    return message;
  };
  const std::string shape = fails([&](const Tensor& in) {
    return ++run == 1 ? sum(sqrt(in)) : sum(exp(reshape(in, {2, 2})));
  });
  CHECK(contains(shape, "[checkpoint] the function behaved differently when it ran again"));
  CHECK(contains(shape,
                 "value 0 was float64 (4) saved by 'sqrt', now float64 (2, 2) saved by 'exp'"));
  CHECK(contains(shape, "test_checkpoint.cpp:"));
  const std::string dtype = fails([&](const Tensor& in) {
    return ++run == 1 ? sum(sqrt(in)) : to(sum(sqrt(to(in, float32))), float64);
  });
  CHECK(contains(dtype, "value 0 was float64 (4) saved by 'sqrt', now float32 (4)"));
  const std::string more =
      fails([&](const Tensor& in) { return ++run == 1 ? sum(sqrt(in)) : sum(sqrt(sqrt(in))); });
  CHECK(contains(more, "it saved 1 values, now 2"));
  const std::string fewer =
      fails([&](const Tensor& in) { return ++run == 1 ? sum(sqrt(sqrt(in))) : sum(sqrt(in)); });
  CHECK(contains(fewer, "it saved 2 values, now 1"));
  const std::string draws =
      fails([&](const Tensor& in) { return ++run == 1 ? sum(sqrt(in)) : sum(dropout(in)); });
  CHECK(contains(draws, "only 0 draws were made then"));
}

TEST_CASE("inputs and leaves that were overwritten or frozen since are an error") {
  const Tensor bias = random_leaf({4}, 2);
  const auto f = [&](const Tensor& in) { return tanh(in + bias); };
  const auto after = [&](auto change) {
    const Tensor x = random_leaf({4});
    const Tensor h = (x * 2).detach().requires_grad_();
    const Tensor y = sum(checkpoint(f, sin(h)));
    change(h);
    return message_of([&] { y.backward(); });
  };
  CHECK(after([](const Tensor&) {}) == "no error");
  CHECK(contains(
      after([&](const Tensor&) {
        const NoGradGuard no_grad;
        Tensor(bias).copy_(ones({4}, float64));
      }),
      "[checkpoint] a leaf of shape (4) that the function reads was overwritten in place"));
  CHECK(contains(after([&](const Tensor&) { Tensor(bias).requires_grad_(false); }),
                 "was frozen between forward and backward"));
  Tensor(bias).requires_grad_();
  const Tensor x = random({4}), w = random_leaf({4}, 3);
  const Tensor y = sum(checkpoint([&](const Tensor& in) { return tanh(in * w); }, x));
  Tensor(x).copy_(ones({4}, float64));
  CHECK(contains(message_of([&] { y.backward(); }), "was overwritten by "));
}

TEST_CASE("an exception in either run leaves everything clean") {
  const Tensor x = random_leaf({4});
  const auto before = Node::live();
  bool fails = true;
  const auto f = [&](const Tensor& in) {
    const Tensor h = dropout(tanh(in));
    if (fails) throw std::runtime_error("on purpose");
    return h * h;
  };
  CHECK_THROWS_AS(checkpoint(f, x), std::runtime_error);
  CHECK(Node::live() == before);
  CHECK(SavedStore::current() == nullptr);
  {
    fails = false;
    const Tensor y = sum(checkpoint(f, x));
    fails = true;
    CHECK_THROWS_AS(y.backward(), std::runtime_error);
    CHECK(SavedStore::current() == nullptr);
    CHECK_FALSE(recomputing());
    CHECK(grad_enabled());
    fails = false;
    y.backward();
    CHECK(x.grad().defined());
  }
  CHECK(Node::live() == before);
}

TEST_CASE("recomputing() is true in the second run only") {
  std::vector<bool> seen;
  const Tensor x = random_leaf({4});
  const Tensor y = checkpoint(
      [&](const Tensor& in) {
        seen.push_back(recomputing());
        return exp(in);
      },
      x);
  sum(y).backward();
  CHECK(seen == std::vector{false, true});
  CHECK_FALSE(recomputing());
}

TEST_CASE("memory of a deep chain falls from its length to about twice the square root") {
  constexpr int kSegments = 16, kLayers = 16;
  constexpr double kBytes = 4096 * sizeof(double);
  const Tensor x = random_leaf({4096});
  const auto segment = [](const Tensor& in) {
    Tensor h = in;
    for (int i = 0; i < kLayers; ++i) h = tanh(h);
    return h;
  };
  const auto peak = [&](bool with) {
    x.zero_grad();
    const auto start = Pool::instance().stats().live_bytes;
    Pool::instance().reset_peak();
    Tensor h = x;
    for (int i = 0; i < kSegments; ++i) h = with ? checkpoint(segment, h) : segment(h);
    h = sum(h);
    const auto forward = Pool::instance().stats().live_bytes - start;
    h.backward();
    CHECK(x.grad().defined());
    CHECK(static_cast<double>(Pool::instance().stats().live_bytes - start) < 1.3 * kBytes);
    return std::pair(static_cast<double>(forward) / kBytes,
                     static_cast<double>(Pool::instance().stats().peak_bytes - start) / kBytes);
  };
  const auto [plain_forward, plain_peak] = peak(false);
  const Tensor plain = x.grad();
  const auto [forward, most] = peak(true);
  CHECK(same_bits(plain, x.grad()));
  CHECK(plain_forward >= kSegments * kLayers);
  CHECK(forward <= 1.3 * kSegments);
  CHECK(plain_peak >= kSegments * kLayers);
  CHECK(most <= 1.3 * (kSegments + kLayers) + 4);
}

TEST_CASE("a chain of many checkpoints runs backward and is freed without deep recursion") {
  const auto before = Node::live();
  const Tensor x = random_leaf({1}), one = ones({1}, float64);
  const auto chain = [&] {
    Tensor y = x;
    for (int i = 0; i < 100'000; ++i)
      y = checkpoint([&](const Tensor& in) { return tanh(in * one); }, y);
    return y;
  };
  chain();
  CHECK(Node::live() == before);
  chain().backward();
  CHECK(x.grad().defined());
  CHECK(Node::live() == before);
}

TEST_CASE("a nested checkpoint keeps no value of the outer one's inside") {
  constexpr double kBytes = 4096 * sizeof(double);
  const Tensor x = random_leaf({4096});
  const auto layer = [](const Tensor& in) { return tanh(tanh(in)); };
  const auto outer = [&](const Tensor& in) {
    Tensor h = in;
    for (int i = 0; i < 16; ++i) h = checkpoint(layer, h);
    return h;
  };
  const auto start = Pool::instance().stats().live_bytes;
  const Tensor y = checkpoint(outer, x);
  CHECK(static_cast<double>(Pool::instance().stats().live_bytes - start) < 2 * kBytes);
  sum(y).backward();
  CHECK(same_bits(x.grad(), grad(sum(outer(x)), x)));
}

TEST_CASE("two threads run their own checkpoints at once, with draws from the same generator") {
  std::vector<char> right(2, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      const Tensor w = random_leaf({8}, t), x = random_leaf({8}, t + 5);
      bool all = true;
      for (int i = 0; i < 50; ++i) {
        Tensor mask;
        const auto f = [&, w](const Tensor& in) {
          const Tensor y = dropout(tanh(in), 0.5);
          mask = y.detach();
          return y * w;
        };
        const Tensor y = checkpoint(f, x);
        const Tensor first = mask;
        const Tensor g = grad(sum(y), w);
        all = all && same_bits(first, mask) && same_bits(g, first);
      }
      right[t] = all;
    });
  for (auto& thread : threads) thread.join();
  CHECK(right[0]);
  CHECK(right[1]);
}
