// SPDX-License-Identifier: MIT
// Times convolutions beside a plain baseline: im2col of a whole image, then one call of BLAS, with
// the images divided among the threads. Arguments: channels in and out, size of the square image,
// size of the kernel, 1 for forward and backward.
#include <benchmark/benchmark.h>

#include <cstring>

#include "conv_layers.hpp"
#include "tinygrad/kernels/conv/conv.hpp"
#include "tinygrad/kernels/random/fill.hpp"

using namespace tinygrad;
using benchmark::Counter;
using benchmark::State;

namespace {

struct Layer {
  Index in, out, size, kernel;
  kernels::ConvShape shape;
  Array x, w, bias, grad_y;

  explicit Layer(const State& state)
      : in(state.range(0)), out(state.range(1)), size(state.range(2)), kernel(state.range(3)) {
    shape.batch = bench::kConvBatch;
    shape.in_channels = in;
    shape.out_channels = out;
    for (const std::size_t dim : {1, 2})
      shape.dims[dim] = {.in = size, .kernel = kernel, .low = kernel / 2, .high = kernel / 2};
    shape.finish({"bench"});
    Generator generator(1);
    const auto random = [&](const Shape& s) {
      return kernels::normal(s, float32, 0, 1, generator);
    };
    x = random(shape.input());
    w = random(shape.weight());
    bias = random({out});
    grad_y = random(shape.output());
  }
  void report(State& state, bool backward) const {
    const auto flops = 2.0 * static_cast<double>(shape.multiply_adds()) * (backward ? 3 : 1);
    state.counters["FLOP/s"] = Counter(flops, Counter::kIsIterationInvariantRate);
  }
};

void conv_ours(State& state) {
  const Op op{"bench"};
  const Layer l(state);
  const bool backward = state.range(4) != 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(kernels::conv_forward(op, l.shape, l.x, l.w, l.bias));
    if (!backward) continue;
    benchmark::DoNotOptimize(kernels::conv_grad_input(op, l.shape, l.grad_y, l.w));
    benchmark::DoNotOptimize(kernels::conv_grad_weight(op, l.shape, l.x, l.grad_y));
  }
  l.report(state, backward);
}

// Calls f(channel·taps + tap, output position, input position of the channel's plane) for what
// each column of an unfolded image reads.
template <class F> void plain_unfolding(const Layer& l, F f) {
  const Index n = l.size, k = l.kernel, pad = k / 2;
  for (Index c = 0; c < l.in; ++c)
    for (Index a = 0; a < k; ++a)
      for (Index b = 0; b < k; ++b)
        for (Index i = 0; i < n; ++i) {
          const Index row = i + a - pad;
          f((c * k + a) * k + b, i * n, c * n * n + row * n + b - pad, row >= 0 && row < n,
            std::max<Index>(0, pad - b), std::min(n, n + pad - b));
        }
}

void plain_im2col(const Layer& l, const float* x, float* columns) {
  const Index n = l.size;
  plain_unfolding(l, [=](Index r, Index to, Index from, bool inside, Index first, Index last) {
    float* row = columns + r * n * n + to;
    if (!inside || first > 0 || last < n) std::memset(row, 0, static_cast<std::size_t>(n) * 4);
    if (inside)
      std::memcpy(row + first, x + from + first, static_cast<std::size_t>(last - first) * 4);
  });
}

void plain_col2im(const Layer& l, const float* columns, float* x) {
  const Index n = l.size;
  plain_unfolding(l, [=](Index r, Index to, Index from, bool inside, Index first, Index last) {
    const float* row = columns + r * n * n + to;
    if (inside)
      for (Index j = first; j < last; ++j) x[from + j] += row[j];
  });
}

void conv_im2col_sgemm(State& state) {
  const Layer l(state);
  const bool backward = state.range(4) != 0, unfolded = l.kernel > 1;
  const Index n = l.size * l.size, k = l.in * l.kernel * l.kernel;
  const Index threads = num_threads();
  const Array y = Array::empty(l.shape.output(), float32);
  const Array grad_x = Array::empty(l.shape.input(), float32);
  const Array grad_w = Array::empty({threads, l.out * k}, float32);
  const Array scratch = Array::empty({threads, k * n}, float32);
  for (auto _ : state) {
    const kernels::BlasScope blas;
    parallel_tasks(threads, [&](Index thread) {
      float* columns = scratch.data<float>() + thread * k * n;
      float* sum = grad_w.data<float>() + thread * l.out * k;
      const float* w = l.w.data<float>();
      bool first = true;
      for (Index i = bench::kConvBatch * thread / threads;
           i < bench::kConvBatch * (thread + 1) / threads; ++i) {
        const float* x = l.x.data<float>() + i * l.in * n;
        const float* g = l.grad_y.data<float>() + i * l.out * n;
        float* to = y.data<float>() + i * l.out * n;
        if (unfolded) plain_im2col(l, x, columns);
        const float* right = unfolded ? columns : x;
        kernels::gemm_serial<float>(blas, l.out, n, k, 1, {w, k}, {right, n}, 0, to, n);
        for (Index o = 0; o < l.out; ++o)
          for (Index p = 0; p < n; ++p) to[o * n + p] += l.bias.data<float>()[o];
        if (!backward) continue;
        kernels::gemm_serial<float>(blas, l.out, k, n, 1, {g, n}, {right, n, true}, first ? 0 : 1,
                                    sum, k);
        float* back = grad_x.data<float>() + i * l.in * n;
        if (unfolded) std::memset(back, 0, static_cast<std::size_t>(l.in * n) * 4);
        kernels::gemm_serial<float>(blas, k, n, l.out, 1, {w, k, true}, {g, n}, 0,
                                    unfolded ? columns : back, n);
        if (unfolded) plain_col2im(l, columns, back);
        first = false;
      }
    });
    for (Index thread = 1; backward && thread < threads; ++thread)
      for (Index i = 0; i < l.out * k; ++i)
        grad_w.data<float>()[i] += grad_w.data<float>()[thread * l.out * k + i];
    benchmark::ClobberMemory();
  }
  l.report(state, backward);
}

void conv_layers(benchmark::internal::Benchmark* b) {
  for (const Index backward : {0, 1})
    for (const bench::ConvLayer& l : bench::kConvLayers)
      b->Args({l.in, l.out, l.side, l.kernel, backward});
  b->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(conv_ours)->Apply(conv_layers);
BENCHMARK(conv_im2col_sgemm)->Apply(conv_layers);

}  // namespace
