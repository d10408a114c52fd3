// SPDX-License-Identifier: MIT
// Times kernels beside plain baselines: a bare BLAS call, a hand-written loop, memcpy.
#include <benchmark/benchmark.h>
#include <cblas.h>

#include "limits.hpp"
#include "tinygrad/core/cpu_level.hpp"
#include "tinygrad/kernels/elementwise/arithmetic.hpp"
#include "tinygrad/kernels/elementwise/exponential.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"
#include "tinygrad/kernels/matrix/gemm.hpp"
#include "tinygrad/kernels/movement/strided.hpp"
#include "tinygrad/kernels/random/fill.hpp"
#include "tinygrad/kernels/reduction/reduce.hpp"

using namespace tinygrad;
using benchmark::Counter;
using benchmark::State;

namespace {

// Printed at the head of every report of this program.
const bool level_is_told = (benchmark::AddCustomContext("cpu_level", name_of(cpu_level())), true);

Array random(const Shape& shape) {
  Generator generator(1);
  return kernels::normal(shape, float32, 0, 1, generator);
}

void bytes(State& state, double each) {
  state.counters["B/s"] = Counter(each, Counter::kIsIterationInvariantRate, Counter::kIs1024);
}

// ---- matrix products: x (m, k)·w (n, k)ᵀ, as in the layers of the examples

struct Product {
  Index m, n, k;
  Array x, w, y;
  explicit Product(const State& state)
      : m(state.range(0)),
        n(state.range(1)),
        k(state.range(2)),
        x(random({m, k})),
        w(random({n, k})),
        y(Array::empty({m, n}, float32)) {}
  void report(State& state) const {
    state.counters["FLOP/s"] =
        Counter(2.0 * static_cast<double>(m * n * k), Counter::kIsIterationInvariantRate);
  }
};

void gemm_ours(State& state) {
  const Product p(state);
  for (auto _ : state)
    kernels::gemm<float>(p.m, p.n, p.k, 1, {p.x.data<float>(), p.k}, {p.w.data<float>(), p.k, true},
                         0, p.y.data<float>(), p.n);
  p.report(state);
}

void gemm_bare_blas(State& state) {
  const Product p(state);
  const kernels::BlasScope one_thread;
  const auto i = [](Index v) { return static_cast<int>(v); };
  for (auto _ : state)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, i(p.m), i(p.n), i(p.k), 1,
                p.x.data<float>(), i(p.k), p.w.data<float>(), i(p.k), 0, p.y.data<float>(), i(p.n));
  p.report(state);
}

void layers(benchmark::internal::Benchmark* b) {
  b->Args({64, 128, 784})
      ->Args({128, 512, 784})
      ->Args({128, 512, 512})
      ->Args({256, 1024, 1024})
      ->UseRealTime();
}
BENCHMARK(gemm_ours)->Apply(layers);
BENCHMARK(gemm_bare_blas)->Apply(layers);

// ---- elementwise and reductions over 64·50·32·32 floats

constexpr Index kCount = Index{64} * 50 * 32 * 32;

void copy_memcpy(State& state) {  // on all threads
  const Array x = random({kCount}), y = Array::empty({kCount}, float32);
  for (auto _ : state) {
    bench::copy_in_parallel(x, y);
    benchmark::ClobberMemory();
  }
  bytes(state, 8.0 * kCount);
}
BENCHMARK(copy_memcpy)->UseRealTime();

void relu_ours(State& state) {
  const Array x = random({kCount});
  for (auto _ : state)
    benchmark::DoNotOptimize(kernels::map<float, float>({"relu"}, x, kernels::Relu{}));
  bytes(state, 8.0 * kCount);
}
BENCHMARK(relu_ours)->UseRealTime();

void relu_hand_loop(State& state) {  // one thread, into memory that is there already
  const Array x = random({kCount}), y = Array::empty({kCount}, float32);
  const float* in = x.data<float>();
  float* out = y.data<float>();
  for (auto _ : state) {
    for (Index i = 0; i < kCount; ++i) out[i] = in[i] > 0 ? in[i] : 0;
    benchmark::ClobberMemory();
  }
  bytes(state, 8.0 * kCount);
}
BENCHMARK(relu_hand_loop)->UseRealTime();

void exp_ours(State& state) {
  const Array x = random({kCount});
  for (auto _ : state)
    benchmark::DoNotOptimize(kernels::map<float, float>({"exp"}, x, kernels::Exp{}));
  bytes(state, 8.0 * kCount);
}
BENCHMARK(exp_ours)->UseRealTime();

void add_channel_bias_ours(State& state) {
  const Array x = random({64, 50, 32, 32}), b = random({1, 50, 1, 1});
  for (auto _ : state)
    benchmark::DoNotOptimize(kernels::zip<float, float>({"add"}, x.shape(), x, b, kernels::Add{}));
  bytes(state, 8.0 * kCount);
}
BENCHMARK(add_channel_bias_ours)->UseRealTime();

void add_channel_bias_xtensor(State& state) {
  const Array x = random({64, 50, 32, 32}), b = random({1, 50, 1, 1});
  Array y = Array::empty(x.shape(), float32);
  const auto vx = x.view<float>(), vb = b.view<float>();
  auto vy = y.view<float>();
  for (auto _ : state) xt::noalias(vy) = vx + vb;
  bytes(state, 8.0 * kCount);
}
BENCHMARK(add_channel_bias_xtensor)->UseRealTime();

void sum_dim(State& state) {
  const Array x = random({1024, 1024});
  kernels::AxisSet dims;
  dims.reduced[state.range(0)] = true;
  for (auto _ : state)
    benchmark::DoNotOptimize(kernels::reduce<kernels::SumOf, float>({"sum"}, x, dims));
  bytes(state, 4.0 * 1024 * 1024);
}
BENCHMARK(sum_dim)->Arg(0)->Arg(1)->UseRealTime();

void transpose_ours(State& state) {
  const Array x = random({1024, 1024});
  for (auto _ : state)
    benchmark::DoNotOptimize(
        kernels::strided_copy({"transpose"}, x, {1024, 1024}, {{1024, 1024}, {1, 1024}, 0}));
  bytes(state, 8.0 * 1024 * 1024);
}
BENCHMARK(transpose_ours)->UseRealTime();

}  // namespace
