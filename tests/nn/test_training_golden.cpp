// SPDX-License-Identifier: MIT
// Tests a whole training run against one recorded from PyTorch: values, gradients, losses, last
// weights.
#include <cmath>
#include <iterator>

#include "golden/answers/training.hpp"
#include "nn/support.hpp"
#include "tinygrad/ops/loss/classification.hpp"
#include "tinygrad/optim.hpp"

using namespace tinygrad;
using namespace tinygrad::test;
namespace recorded = golden::training;

namespace {
template <std::size_t N>
Tensor values(const double (&numbers)[N], const Shape& shape, Dtype dtype) {
  return Tensor(Array::from(std::vector<double>(numbers, numbers + N), dtype).reshaped(shape));
}

template <std::size_t N>
void check_close(const Array& got, const double (&expected)[N], double allowed) {
  REQUIRE(got.count() == static_cast<Index>(N));
  for (std::size_t i = 0; i < N; ++i) {
    CAPTURE(i);
    CHECK(std::fabs(got.at(static_cast<Index>(i)) - expected[i]) <= allowed);
  }
}

/// The numbers of all tensors in one row.
Array flat(const std::vector<Tensor>& tensors) {
  std::vector<double> all;
  for (const Tensor& t : tensors)
    for (Index i = 0; i < t.numel(); ++i) all.push_back(t.array().at(i));
  return Array::from(all, float64);
}

void follows(const recorded::Run& run, Dtype dtype, double allowed) {
  nn::Sequential model{nn::Linear(5, 4), nn::ReLU(), nn::Linear(4, 4), nn::ReLU(),
                       nn::Linear(4, 3)};
  model.to(dtype);
  const double* next = recorded::start;
  for (const Tensor& p : model.parameters()) {
    const std::vector<double> numbers(next, next + p.numel());
    Tensor(p.detach()).copy_(Array::from(numbers, dtype).reshaped(p.shape()));
    next += p.numel();
  }
  REQUIRE(next == std::end(recorded::start));

  const Tensor x = values(recorded::x, {6, 5}, dtype);
  const Tensor labels = values(recorded::labels, {6}, int64);
  optim::SGD sgd(model.parameters(), {.lr = 0.2, .momentum = 0.9});
  for (int step = 0; step < 20; ++step) {
    CAPTURE(step);
    sgd.zero_grad();
    const Tensor logits = model(x);
    const Tensor loss = cross_entropy(logits, labels);
    loss.backward();
    CHECK(std::fabs(loss.item() - run.losses[step]) <= allowed);
    if (step == 0) {
      check_close(logits.array(), run.logits, allowed);
      std::vector<Tensor> grads;
      for (const Tensor& p : model.parameters()) grads.push_back(p.grad());
      check_close(flat(grads), run.grads, allowed);
    }
    sgd.step();
  }
  check_close(flat(model.parameters()), run.end, allowed);
}
}  // namespace

TEST_CASE("twenty training steps of an MLP equal PyTorch's") {
  SUBCASE("in float64") { follows(recorded::in_float64, float64, 1e-12); }
  SUBCASE("in float32") { follows(recorded::in_float32, float32, 1e-5); }
  CHECK(Node::live() == 0);
}
