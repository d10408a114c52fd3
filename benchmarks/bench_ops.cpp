// SPDX-License-Identifier: MIT
// Times every benchmark sample of the op-case table, forward alone, and forward with backward.
#include <benchmark/benchmark.h>

#include "support/op_cases.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

void counters(benchmark::State& state, const BenchSample& sample, double passes) {
  using benchmark::Counter;
  if (sample.flops > 0)
    state.counters["FLOP/s"] = Counter(sample.flops * passes, Counter::kIsIterationInvariantRate);
  if (sample.bytes > 0)
    state.counters["B/s"] =
        Counter(sample.bytes * passes, Counter::kIsIterationInvariantRate, Counter::kIs1024);
}

void forward(benchmark::State& state, const OpCase& c, const BenchSample& sample) {
  const Tensors x = draw(sample.inputs, 1, float32);
  const NoGradGuard no_grad;
  for (auto _ : state) benchmark::DoNotOptimize(c.run(x));
  counters(state, sample, 1);
}

void forward_backward(benchmark::State& state, const OpCase& c, const BenchSample& sample) {
  const Tensors x = draw(sample.inputs, 1, float32);
  const Tensor v = ones_like(c.run(x));
  for (auto _ : state) {
    for (const Tensor& t : x) t.zero_grad();
    c.run(x).backward(v);
  }
  counters(state, sample, 3);
}

const bool registered = [] {
  for (const OpCase& c : op_cases())
    for (const BenchSample& sample : c.benchmarks) {
      std::string name = c.name;
      for (const Input& input : sample.inputs) name += ' ' + to_string(input.shape);
      benchmark::RegisterBenchmark((name + "/fwd").c_str(), forward, c, sample)->UseRealTime();
      if (c.differentiable)
        benchmark::RegisterBenchmark((name + "/fwdbwd").c_str(), forward_backward, c, sample)
            ->UseRealTime();
    }
  return true;
}();

}  // namespace
