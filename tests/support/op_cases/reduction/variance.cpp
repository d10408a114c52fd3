// SPDX-License-Identifier: MIT
// Rows for ops/reduction/variance.hpp.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "support/op_cases.hpp"
#include "support/reduction_rows.hpp"

namespace tinygrad::test {

namespace {
double squares_of(const std::vector<double>& x) {
  double total = 0;
  for (const double v : x) total += (v - mean_of(x)) * (v - mean_of(x));
  return total;
}

double var_of(const std::vector<double>& x) {
  return squares_of(x) / static_cast<double>(x.size() - 1);
}

double std_of(const std::vector<double>& x) {
  return std::sqrt(squares_of(x) / static_cast<double>(x.size()));
}
}  // namespace

Rows reduction_variance_cases() {
  Rows rows;
  const Input any{.shape = {}};
  const Tensor square = ones({2, 3}), none = ones({0, 3}), whole = full({3}, 1, int64);
  add_rows(rows, "var", torch("var"),
           [](const Tensor& x, const Dims& a, bool keep) { return var(x, a, keep); }, var_of, any,
           false, {{[=] { var(whole); }, "[var] wants float32 or float64, got int64"}});
  add_rows(rows, "std", torch("std", ", correction=0"),
           [](const Tensor& x, const Dims& a, bool keep) { return std(x, a, keep, 0); }, std_of,
           any, false, {{[=] { std(whole); }, "[std] wants float32 or float64, got int64"}});

  const auto spread = [&](const char* name, const char* expression,
                          std::function<Tensor(const Tensors&)> run, Fold f) -> OpCase& {
    return add_one(rows, name, expression, std::move(run), f, {1}, true, any);
  };
  OpCase& variance = spread(
      "var_mean/var", "torch.var_mean(x0, 1, keepdim=True)[0]",
      [](const Tensors& x) { return var_mean(x[0], 1, true).var; }, var_of);
  variance.errors = {{[=] { var_mean(whole); }, "[var_mean] wants float32 or float64, got int64"}};
  variance.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 4.0 * 1024 * 1024}};
  spread(
      "var_mean/mean", "torch.var_mean(x0, 1, keepdim=True)[1]",
      [](const Tensors& x) { return var_mean(x[0], 1, true).mean; }, mean_of);
  OpCase& deviation = spread(
      "std_mean/std", "torch.std_mean(x0, 1, correction=0, keepdim=True)[0]",
      [](const Tensors& x) { return std_mean(x[0], 1, true, 0).std; }, std_of);
  deviation.errors = {{[=] { std_mean(whole); }, "[std_mean] wants float32 or float64, got int64"}};
  deviation.benchmarks = variance.benchmarks;
  spread(
      "std_mean/mean", "torch.std_mean(x0, 1, keepdim=True)[1]",
      [](const Tensors& x) { return std_mean(x[0], 1, true).mean; }, mean_of);
  spread(
      "var/correction", "torch.var(x0, 1, correction=1.5, keepdim=True)",
      [](const Tensors& x) { return var(x[0], 1, true, 1.5); },
      [](const std::vector<double>& x) {
        return squares_of(x) / (static_cast<double>(x.size()) - 1.5);
      });

  for (OpCase& c : rows) {
    if (c.name.find('/') != std::string::npos) continue;
    c.specials = kOddLists;
    if (c.name == "std")  // the variance overflows in float32
      c.specials.push_back({{{2}, {std::ldexp(3, 68), std::ldexp(4, 68)}}});
  }
  return rows;
}

}  // namespace tinygrad::test
