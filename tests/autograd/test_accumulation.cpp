// SPDX-License-Identifier: MIT
// Tests of the gradients that training loops need: gradients of parts add up, and frozen parameters
// cost nothing.
#include <doctest/doctest.h>

#include <cmath>

#include "support/messages.hpp"
#include "support/tensors.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/optim.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

TEST_CASE("gradients of micro-batches sum to the batch's") {
  const Tensor x = random({12, 3}), target = random({12, 2}, 2);
  const Tensor w = random({3, 2}, 3).requires_grad_();
  const auto loss = [&](Index first, Index last) {
    const Tensor y = tanh(matmul(x.array().rows(first, last), w));
    return mse_loss(y, target.array().rows(first, last), Reduction::kSum) / 24;
  };
  loss(0, 12).backward();
  const Tensor whole = w.grad();
  w.zero_grad();
  for (Index first = 0; first < 12; first += 4) loss(first, first + 4).backward();
  for (Index i = 0; i < 6; ++i)
    CHECK(w.grad().array().at(i) == doctest::Approx(whole.array().at(i)).epsilon(1e-14));
}

TEST_CASE("frozen layers record nothing below the first trained one and get no gradient") {
  nn::Linear below(3, 4), above(4, 2);
  below.requires_grad_(false);
  const auto before = Node::live();
  const Tensor hidden = relu(below(ones({5, 3})));
  CHECK(Node::live() == before);  // nothing to keep for backward
  sum(above(hidden)).backward();
  CHECK(above.weight.grad().defined());
  CHECK_FALSE(below.weight.grad().defined());
}

TEST_CASE("a frozen layer between trained ones passes gradients on without one of its own") {
  nn::Linear below(3, 4), frozen(4, 4), above(4, 2);
  frozen.requires_grad_(false);
  sum(above(frozen(below(ones({5, 3}))))).backward();
  CHECK(below.weight.grad().defined());
  CHECK_FALSE(frozen.weight.grad().defined());
  CHECK_FALSE(frozen.bias.grad().defined());
  frozen.requires_grad_(true);
  sum(above(frozen(below(ones({5, 3}))))).backward();
  CHECK(frozen.weight.grad().defined());
}

TEST_CASE("a leaf frozen between forward and backward gets no gradient, one thawed gets none yet") {
  Tensor a = tensor(2.0, float64).requires_grad_(), b = tensor(3.0, float64);
  const Tensor y = a * a * b;
  a.requires_grad_(false);
  b.requires_grad_();
  CHECK(y.requires_grad());
  y.backward();
  CHECK_FALSE(a.grad().defined());
  CHECK_FALSE(b.grad().defined());  // the graph knows b as a constant
  CHECK_FALSE((a * 2).requires_grad());
}

TEST_CASE("every gradient that is handed out owns its memory") {
  for (const bool create_graph : {false, true}) {
    CAPTURE(create_graph);
    const BackwardOptions options{.retain_graph = true, .create_graph = create_graph};
    const Tensor a = leaf({1, 2}), b = leaf({3, 4}), start = ones({2}, float64);
    const Tensor h = a + b, y = h + 1;
    h.retain_grad();
    y.retain_grad();
    y.backward(start, options);
    std::vector<Tensor> all = grad({y}, {a, b, h}, {start}, options);
    for (const Tensor& t : {a.grad(), b.grad(), h.grad(), y.grad(), start}) all.push_back(t);
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) CHECK_FALSE(all[i].array().overlaps(all[j].array()));
    for (const Tensor& t : {a, b, h, y}) t.zero_grad();
  }
}

TEST_CASE("gradients of one sum are clipped once each") {
  const Tensor a = leaf({3}), b = leaf({4});
  sum(a * 3 + b * 4).backward({.create_graph = true});
  const NoGradGuard no_grad;
  optim::clip_grad_norm_({a, b}, 1);
  CHECK(a.grad().item() == doctest::Approx(0.6).epsilon(1e-5));
  CHECK(b.grad().item() == doctest::Approx(0.8).epsilon(1e-5));
  a.zero_grad();
  b.zero_grad();
}
