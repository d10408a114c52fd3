// SPDX-License-Identifier: MIT
// Tests memory of the user at unaligned addresses, and shapes that fill no vector and no tile:
// values and gradients equal those from aligned memory. Small samples of every op are in
// ops/test_all_ops.cpp.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/operands.hpp"
#include "support/bits.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/optim.hpp"
#include "tinygrad/tensor.hpp"

namespace tinygrad::test {
namespace {

/// A copy of `a` in memory of the user's, `offset` elements behind a 64-byte boundary.
Array moved(const Array& a, Index offset) {
  const Array room = Array::empty({a.count() + offset}, a.dtype());
  float* const start = room.data<float>() + offset;
  std::copy_n(a.data<float>(), a.count(), start);
  return Array::wrap(start, a.shape(), std::make_shared<Array>(room));
}

/// One computation, and the shapes of what it takes.
struct Case {
  std::string name;
  std::vector<Shape> shapes;
  std::function<Tensor(const std::vector<Tensor>&)> run;
};

std::vector<Case> cases() {
  using X = const std::vector<Tensor>&;
  std::vector<Case> all;
  for (const Shape& s : {Shape{0}, Shape{1}, Shape{3, 0, 5}, Shape{1, 1, 1, 1}, Shape{37},
                         Shape{4097, 3}, Shape{3, 4097}, Shape{65537}}) {
    all.push_back({"add", {s, s}, [](X x) { return x[0] + x[1]; }});
    all.push_back({"gelu", {s}, [](X x) { return gelu(x[0]); }});
    all.push_back({"exp tanh", {s}, [](X x) { return exp(tanh(x[0])); }});
    all.push_back({"sum", {s}, [](X x) { return sum(x[0]); }});
    all.push_back({"softmax", {s}, [](X x) { return softmax(x[0], -1); }});
    all.push_back({"log_softmax", {s}, [](X x) { return log_softmax(x[0], 0); }});
  }
  all.push_back({"add row", {{33, 4097}, {4097}}, [](X x) { return x[0] + x[1]; }});
  all.push_back({"mul column", {{4097, 33}, {4097, 1}}, [](X x) { return x[0] * x[1]; }});
  for (const Shape& s : {Shape{7, 13}, Shape{257, 4097}, Shape{1, 3}, Shape{0, 3}})
    for (const Index dim : {0, 1})
      all.push_back({"mean", {s}, [dim](X x) { return mean(x[0], dim); }});
  const auto product = [&](Index m, Index k, Index n) {
    all.push_back({"matmul", {{m, k}, {k, n}}, [](X x) { return matmul(x[0], x[1]); }});
    all.push_back({"linear", {{m, k}, {n, k}, {n}}, [](X x) { return linear(x[0], x[1], x[2]); }});
  };
  product(1, 1, 1), product(0, 5, 3), product(3, 0, 5), product(1, 4097, 1), product(4097, 3, 7);
  product(65, 129, 257);
  const auto convolution = [&](Index n, Index in, Index out, Index side, Index kernel) {
    all.push_back({"conv2d",
                   {{n, in, side, side}, {out, in, kernel, kernel}, {out}},
                   [kernel](X x) { return conv2d(x[0], x[1], x[2], {.padding = kernel / 2}); }});
  };
  convolution(0, 2, 3, 5, 3), convolution(1, 1, 1, 1, 1), convolution(2, 3, 5, 7, 3);
  convolution(1, 4097, 2, 3, 3), convolution(1, 2, 4097, 3, 3), convolution(3, 16, 17, 19, 3);
  convolution(2, 33, 31, 13, 1), convolution(2, 5, 7, 11, 5);
  for (const Shape& s :
       {Shape{0, 2, 4, 4}, Shape{1, 1, 2, 2}, Shape{2, 3, 7, 9}, Shape{1, 4097, 5, 5}}) {
    const Shape channels{s[1]};
    all.push_back({"max_pool2d", {s}, [](X x) { return max_pool2d(x[0], 2); }});
    all.push_back({"avg_pool2d", {s}, [](X x) { return avg_pool2d(x[0], 2); }});
    all.push_back({"layer_norm", {s, {s[3]}, {s[3]}}, [](X x) {
                     return layer_norm(x[0], {x[0].shape()[3]}, x[1], x[2]);
                   }});
    if (s[0] > 0)
      all.push_back({"batch_norm", {s, channels, channels}, [](X x) {
                       return batch_norm(x[0], {}, {}, x[1], x[2], {.training = true});
                     }});
  }
  return all;
}

/// The value and the gradients of all inputs.
std::vector<Array> results(const Case& c, const std::vector<Array>& inputs) {
  std::vector<Tensor> x(inputs.begin(), inputs.end());
  for (Tensor& t : x) t.requires_grad_();
  const Tensor y = c.run(x);
  y.backward(full_like(y, 0.5));
  std::vector<Array> all{y.array()};
  for (const Tensor& t : x) all.push_back(t.grad().array());
  return all;
}

}  // namespace

TEST_CASE("values and gradients do not depend on where memory begins") {
  for (const Case& c : cases()) {
    std::vector<Array> aligned;
    for (const Shape& s : c.shapes) aligned.push_back(random_array(s, float32, aligned.size() + 1));
    const std::vector<Array> expected = results(c, aligned);
    for (const Index offset : {1, 3, 7}) {
      std::vector<Array> shifted;
      for (const Array& a : aligned) shifted.push_back(moved(a, offset));
      const std::vector<Array> found = results(c, shifted);
      std::string shapes;
      for (const Shape& s : c.shapes) shapes += to_string(s);
      for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK_MESSAGE(same_bits(found[i], expected[i]),
                      c.name << shapes << " result " << i << ", offset " << offset);
    }
  }
}

TEST_CASE("optimizers step over parameters and gradients wherever they begin") {
  for (const Index count : {Index{0}, Index{1}, Index{37}, Index{4097}}) {
    const Array start = random_array({count}, float32, 1),
                slope = random_array({count}, float32, 2);
    const auto trained = [&](Index offset, auto make) {
      Tensor p(offset ? moved(start, offset) : start.copy());
      p.requires_grad_();
      auto optimizer = make(std::vector{p});
      for (int i = 0; i < 3; ++i) {
        optimizer.zero_grad();
        sum(p * Tensor(offset ? moved(slope, offset) : slope)).backward();
        optimizer.step();
      }
      return p.array();
    };
    const auto check = [&](auto make) {
      for (const Index offset : {1, 5}) CHECK(same_bits(trained(offset, make), trained(0, make)));
    };
    check([](const auto& p) { return optim::SGD(p, {.lr = 0.1, .momentum = 0.9}); });
    check([](const auto& p) { return optim::Adam(p, {.lr = 0.1}); });
    check([](const auto& p) { return optim::RMSprop(p, {.lr = 0.1}); });
    check([](const auto& p) { return optim::Lion(p, {.lr = 0.1}); });
  }
}

}  // namespace tinygrad::test
