// SPDX-License-Identifier: MIT
// Tests the fused normalisations against the same formulas made of other operations.
#include <doctest/doctest.h>

#include <cmath>

#include "tinygrad/tensor.hpp"

using namespace tinygrad;

namespace {
Tensor normal_leaf(const Shape& shape, std::uint64_t seed, double mean = 0) {
  Generator generator(seed);
  Tensor t = Tensor(kernels::normal(shape, float32, mean, 1, generator));
  t.requires_grad_();
  return t;
}

double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double worst = 0;
  for (Index i = 0; i < a.numel(); ++i)
    worst = std::fmax(
        worst, std::fabs(a.array().at(i) - b.array().at(i)) / (1 + std::fabs(b.array().at(i))));
  return worst;
}

Tensor composed(const Tensor& x, const Tensor& weight, const Tensor& bias, bool centred) {
  const Tensor shifted = centred ? x - mean(x, -1, true) : x;
  const Tensor y = shifted / sqrt(mean(square(shifted), -1, true) + 1e-5) * weight;
  return centred ? y + bias : y;
}
}  // namespace

TEST_CASE("fused normalisation gives the values and gradients of the composed one") {
  for (const bool centred : {true, false})
    for (const Shape& shape : {Shape{257, 33}, Shape{3, 4096}, Shape{5000, 8}}) {
      CAPTURE(to_string(shape));
      const Index n = shape.back();
      const Tensor x = normal_leaf(shape, 1), w = normal_leaf({n}, 2), b = normal_leaf({n}, 3),
                   v = normal_leaf(shape, 4);
      const auto gradients = [&](const Tensor& y) {
        for (const Tensor& t : {x, w, b}) t.zero_grad();
        y.backward(v.detach());
        return std::vector{y.detach(), x.grad(), w.grad()};
      };
      const auto fused =
          gradients(centred ? layer_norm(x, {n}, w, b, 1e-5) : rms_norm(x, {n}, w, 1e-5));
      const auto plain = gradients(composed(x, w, b, centred));
      CHECK(difference(fused[0], plain[0]) < 1e-5);
      CHECK(difference(fused[1], plain[1]) < 1e-5);
      CHECK(difference(fused[2], plain[2]) < 5e-5);  // sums of up to 5000 float32 terms
    }
}

TEST_CASE("layer_norm is exact for rows far from 0") {
  const Tensor x = normal_leaf({4, 1000}, 5, 10000);
  const Tensor y = layer_norm(x, {1000});
  const Tensor expected = layer_norm(to(x.detach(), float64), {1000});
  CHECK(difference(y, to(expected, float32)) < 1e-6);
}
