// SPDX-License-Identifier: MIT
// Times batch, layer and group norm beside plain loops: one pass for the mean, one for the variance
// and one for the result, with the channels divided among the threads. Arguments: batch, channels,
// size of the square image, 1 for forward and backward.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "tinygrad/autograd/backward.hpp"
#include "tinygrad/kernels/random/fill.hpp"
#include "tinygrad/ops/layers/batch_norm.hpp"
#include "tinygrad/ops/layers/layer_norm.hpp"

using namespace tinygrad;
using benchmark::State;

namespace {

struct NormLayer {
  Index batch, channels, plane;
  bool backward;
  Tensor x, weight, bias, grad_y;

  // `affine` is the shape of weight and bias.
  explicit NormLayer(const State& state, const Shape& affine)
      : batch(state.range(0)),
        channels(state.range(1)),
        plane(state.range(2) * state.range(2)),
        backward(state.range(3)) {
    Generator generator(1);
    const auto random = [&](const Shape& shape) {
      return Tensor(kernels::normal(shape, float32, 0, 1, generator)).requires_grad_(backward);
    };
    const Shape shape{batch, channels, state.range(2), state.range(2)};
    x = random(shape);
    weight = random(affine);
    bias = random(affine);
    grad_y = random(shape).detach();
  }
  /// Bytes of x and y, and of both gradients.
  void report(State& state) const {
    state.SetBytesProcessed(state.iterations() * x.numel() * (backward ? 4 : 2) * 4);
  }
};

template <class Norm> void norm(State& state, NormLayer l, Norm f) {
  for (auto _ : state) {
    const Tensor y = f(l);
    benchmark::DoNotOptimize(y.array().raw());
    if (!l.backward) continue;
    y.backward(l.grad_y);
    for (Tensor* t : {&l.x, &l.weight, &l.bias}) t->zero_grad();
  }
  l.report(state);
}
void batch_norm_ours(State& state) {
  norm(state, NormLayer(state, {state.range(1)}), [](const NormLayer& l) {
    return batch_norm(l.x, {}, {}, l.weight, l.bias, {.training = true});
  });
}
void layer_norm_ours(State& state) {
  const Shape shape{state.range(1), state.range(2), state.range(2)};
  norm(state, NormLayer(state, shape),
       [&](const NormLayer& l) { return layer_norm(l.x, shape, l.weight, l.bias); });
}
void group_norm_ours(State& state) {
  norm(state, NormLayer(state, {state.range(1)}),
       [](const NormLayer& l) { return group_norm(l.x, 4, l.weight, l.bias); });
}

void batch_norm_loops(State& state) {
  const NormLayer l(state, {state.range(1)});
  const Index n = l.plane, step = l.channels * n;
  const auto count = static_cast<float>(l.batch * n);
  const Array y = Array::empty(l.x.shape(), float32), grad_x = Array::empty(l.x.shape(), float32);
  const Array grad_weight = Array::empty({l.channels}, float32);
  const Array grad_bias = Array::empty({l.channels}, float32);
  for (auto _ : state) {
    parallel_for(l.channels, 1, [&](Index first, Index last) {
      for (Index c = first; c < last; ++c) {
        const float *x = l.x.data<float>() + c * n, *g = l.grad_y.data<float>() + c * n;
        float *to = y.data<float>() + c * n, *back = grad_x.data<float>() + c * n;
        const auto each = [&](auto f) {
          for (Index b = 0; b < l.batch; ++b)
            for (Index i = b * step; i < b * step + n; ++i) f(i);
        };
        float sum = 0, squares = 0;
        each([&](Index i) { sum += x[i]; });
        const float mean = sum / count;
        each([&](Index i) { squares += (x[i] - mean) * (x[i] - mean); });
        const float scale = 1 / std::sqrt(squares / count + 1e-5F);
        const float weight = l.weight.data<float>()[c], bias = l.bias.data<float>()[c];
        each([&](Index i) { to[i] = (x[i] - mean) * scale * weight + bias; });
        if (!l.backward) continue;
        float along = 0, total = 0;
        each([&](Index i) {
          total += g[i];
          along += g[i] * (x[i] - mean) * scale;
        });
        grad_bias.data<float>()[c] = total;
        grad_weight.data<float>()[c] = along;
        each([&](Index i) {
          const float normal = (x[i] - mean) * scale;
          back[i] = scale * weight * (g[i] - total / count - normal * along / count);
        });
      }
    });
    benchmark::ClobberMemory();
  }
  l.report(state);
}

void norm_layers(benchmark::internal::Benchmark* b) {
  const std::vector<std::vector<Index>> sizes = {
      {256, 16, 32}, {256, 32, 16}, {256, 32, 8}, {128, 64, 8}};
  for (const Index backward : {0, 1})
    for (std::vector<Index> size : sizes) {
      size.push_back(backward);
      b->Args(size);
    }
  b->UseRealTime()->Unit(benchmark::kMicrosecond);
}
BENCHMARK(batch_norm_ours)->Apply(norm_layers);
BENCHMARK(batch_norm_loops)->Apply(norm_layers);
BENCHMARK(layer_norm_ours)->Apply(norm_layers);
BENCHMARK(group_norm_ours)->Apply(norm_layers);

}  // namespace
