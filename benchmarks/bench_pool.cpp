// SPDX-License-Identifier: MIT
// Times 2×2 pooling beside plain loops over the windows, with the planes divided among the threads.
// Arguments: batch, channels, size of the square image, 1 for forward and backward.
#include <benchmark/benchmark.h>

#include <vector>

#include "tinygrad/autograd/backward.hpp"
#include "tinygrad/kernels/random/fill.hpp"
#include "tinygrad/ops/layers/pooling.hpp"

using namespace tinygrad;
using benchmark::State;

namespace {

struct PoolLayer {
  Index planes, size;
  bool backward;
  Tensor x, grad_y;

  explicit PoolLayer(const State& state)
      : planes(state.range(0) * state.range(1)), size(state.range(2)), backward(state.range(3)) {
    Generator generator(1);
    const Index n = state.range(0), c = state.range(1);
    x = Tensor(kernels::normal({n, c, size, size}, float32, 0, 1, generator));
    x.requires_grad_(backward);
    grad_y = Tensor(kernels::normal({n, c, size / 2, size / 2}, float32, 0, 1, generator));
  }
  /// Bytes of x and y, and of both gradients.
  void report(State& state) const {
    const Index numbers = (x.numel() + grad_y.numel()) * (backward ? 2 : 1);
    state.SetBytesProcessed(state.iterations() * numbers * 4);
  }
};

template <class Pool> void pool(State& state, Pool f) {
  PoolLayer l(state);
  for (auto _ : state) {
    const Tensor y = f(l.x);
    benchmark::DoNotOptimize(y.array().raw());
    if (!l.backward) continue;
    y.backward(l.grad_y);
    l.x.zero_grad();
  }
  l.report(state);
}
void max_pool_ours(State& state) {
  pool(state, [](const Tensor& x) { return max_pool2d(x, 2); });
}
void avg_pool_ours(State& state) {
  pool(state, [](const Tensor& x) { return avg_pool2d(x, 2); });
}
void global_avg_pool_ours(State& state) {
  PoolLayer l(state);
  for (auto _ : state) benchmark::DoNotOptimize(adaptive_avg_pool2d(l.x, 1).array().raw());
  state.SetBytesProcessed(state.iterations() * l.x.numel() * 4);
}

void max_pool_loops(State& state) {
  const PoolLayer l(state);
  const Index n = l.size, half = n / 2;
  const Array y = Array::empty(l.grad_y.shape(), float32);
  const Array grad_x = Array::empty(l.x.shape(), float32);
  const Array places = Array::empty(l.grad_y.shape(), int64);
  for (auto _ : state) {
    parallel_for(l.planes, 16384 / (n * n) + 1, [&](Index first, Index last) {
      for (Index plane = first; plane < last; ++plane) {
        const float* x = l.x.data<float>() + plane * n * n;
        float* to = y.data<float>() + plane * half * half;
        Index* place = places.data<Index>() + plane * half * half;
        for (Index i = 0; i < half; ++i)
          for (Index j = 0; j < half; ++j) {
            Index best = 2 * i * n + 2 * j;
            for (const Index other : {best + 1, best + n, best + n + 1})
              if (x[other] > x[best]) best = other;
            to[i * half + j] = x[best];
            place[i * half + j] = best;
          }
        if (!l.backward) continue;
        float* back = grad_x.data<float>() + plane * n * n;
        const float* g = l.grad_y.data<float>() + plane * half * half;
        std::fill_n(back, n * n, 0.0F);
        for (Index o = 0; o < half * half; ++o) back[place[o]] += g[o];
      }
    });
    benchmark::ClobberMemory();
  }
  l.report(state);
}

void pool_layers(benchmark::internal::Benchmark* b) {
  const std::vector<std::vector<Index>> sizes = {
      {64, 50, 32}, {64, 100, 16}, {64, 20, 24}, {64, 50, 8}, {256, 8, 32}};
  for (const Index backward : {0, 1})
    for (std::vector<Index> size : sizes) {
      size.push_back(backward);
      b->Args(size);
    }
  b->UseRealTime()->Unit(benchmark::kMicrosecond);
}
BENCHMARK(max_pool_ours)->Apply(pool_layers);
BENCHMARK(max_pool_loops)->Apply(pool_layers);
BENCHMARK(avg_pool_ours)->Apply(pool_layers);
BENCHMARK(global_avg_pool_ours)->Args({128, 10, 8, 0})->Args({64, 64, 8, 0})->UseRealTime();

}  // namespace
