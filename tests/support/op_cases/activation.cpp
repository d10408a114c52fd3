// SPDX-License-Identifier: MIT
// Rows for ops/activation.hpp.
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows activation_cases() {
  const Input off_zero{.shape = {}, .low = -3, .high = 3, .away_from = 0};
  const std::vector<BenchSample> image = {
      {.inputs = {{{64, 50, 32, 32}}}, .bytes = 8.0 * 64 * 50 * 1024}};
  Rows rows;
  const auto row = [&](const std::string& name, std::function<Tensor(const Tensor&)> f,
                       double (*reference)(double)) {
    rows.push_back(
        {.name = name,
         .run = [f](const Tensors& x) { return f(x[0]); },
         .reference = elementwise(reference),
         .samples = unary_samples(off_zero),
         .errors = {{[f] { f(ones({2}, int64)); }, "[" + name.substr(0, name.find('/')) +
                                                       "] wants float32 or float64, got int64; "}},
         .benchmarks = image});
  };
  row(
      "relu", [](const Tensor& x) { return relu(x); }, [](double x) { return x > 0 ? x : 0; });
  row(
      "leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.1); },
      [](double x) { return x > 0 ? x : 0.1 * x; });
  row(
      "elu", [](const Tensor& x) { return elu(x, 1.5); },
      [](double x) { return x > 0 ? x : 1.5 * (std::exp(x) - 1); });
  row(
      "silu", [](const Tensor& x) { return silu(x); },
      [](double x) { return x / (1 + std::exp(-x)); });
  row(
      "gelu", [](const Tensor& x) { return gelu(x); },
      [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); });
  row(
      "gelu/tanh", [](const Tensor& x) { return gelu(x, Gelu::kTanh); },
      [](double x) {
        return 0.5 * x *
               (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
      });
  return rows;
}

}  // namespace tinygrad::test
