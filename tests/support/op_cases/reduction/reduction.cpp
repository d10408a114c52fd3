// SPDX-License-Identifier: MIT
// Rows for ops/reduction/reduction.hpp.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "support/op_cases.hpp"
#include "support/reduction_rows.hpp"

namespace tinygrad::test {

namespace {
double prod_of(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 1.0, std::multiplies<>());
}

double logsumexp_of(const std::vector<double>& x) {
  if (x.empty()) return -INFINITY;
  const double top = max_of(x);
  if (!std::isfinite(top)) return top;
  double total = 0;
  for (const double v : x) total += std::exp(v - top);
  return top + std::log(total);
}

double all_of(const std::vector<double>& x) {
  for (const double v : x)
    if (v == 0) return 0;
  return 1;
}

double any_of(const std::vector<double>& x) {
  for (const double v : x)
    if (v != 0) return 1;
  return 0;
}

double count_of(const std::vector<double>& x) {
  double count = 0;
  for (const double v : x) count += v != 0 ? 1 : 0;
  return count;
}

// The same of what is not NaN.
std::vector<double> numbers(const std::vector<double>& x) {
  std::vector<double> out;
  for (const double v : x)
    if (v == v) out.push_back(v);
  return out;
}

double nansum_of(const std::vector<double>& x) { return sum_of(numbers(x)); }

double nanmean_of(const std::vector<double>& x) { return mean_of(numbers(x)); }
}  // namespace

Rows reduction_reduction_cases() {
  Rows rows;
  const Input any{.shape = {}};
  const Input factors{.shape = {}, .low = 0.6, .high = 1.5};
  const Tensor square = ones({2, 3}), none = ones({0, 3}), whole = full({3}, 1, int64);
  add_rows(rows, "sum", torch("sum"),
           [](const Tensor& x, const Dims& a, bool keep) { return sum(x, a, keep); }, sum_of, any,
           true,
           {{[=] { sum(square, 2); }, "[sum] dim=2 is out of range for rank 2"},
            {[=] {
               sum(square, {0, -2});
             },
             "[sum] dims (0, -2) name dim 0 twice"},
            {[=] { sum(ones({}), 0); }, "a scalar has no dims"}});
  add_rows(rows, "mean", torch("mean"),
           [](const Tensor& x, const Dims& a, bool keep) { return mean(x, a, keep); }, mean_of, any,
           true,
           {{[=] { mean(whole); }, "[mean] wants float32 or float64, got int64; convert with to"},
            {[=] {
               mean(square, {1, 1});
             },
             "[mean] dims (1, 1) name dim 1 twice"}});
  // The benchmark's values keep the product of a thousand within float32.
  add_rows(rows, "prod", Torch{"torch.prod(x0)", "torch.prod(x0, %)"},
           [](const Tensor& x, const Dims& a, bool keep) { return prod(x, a, keep); }, prod_of,
           factors, true, {{[=] { prod(square, -3); }, "[prod] dim=-3 is out of range"}});
  rows.back().torch = "torch.prod(torch.prod(x0, -1), 0)";  // takes one dim at a time
  for (OpCase& c : rows)
    if (c.name.rfind("prod", 0) == 0)
      for (BenchSample& b : c.benchmarks) b.inputs[0] = {{1024, 1024}, 0.97, 1.03};
  add_rows(rows, "logsumexp",
           Torch{"torch.logsumexp(x0, tuple(range(x0.dim())))", "torch.logsumexp(x0, %)"},
           [](const Tensor& x, const Dims& a, bool keep) { return logsumexp(x, a, keep); },
           logsumexp_of, any, true,
           {{[=] { logsumexp(whole); }, "[logsumexp] wants float32 or float64, got int64"}});
  OpCase nothing = rows.back();
  nothing.name = "logsumexp/minus_infinity";
  nothing.torch = "torch.logsumexp(x0, -1)";
  nothing.run = [](const Tensors& x) { return logsumexp(x[0], -1); };
  nothing.reference = folded(logsumexp_of, {1}, false);
  nothing.samples = {};
  nothing.specials = {{{{2, 2}, {-INFINITY, -INFINITY, 1, -INFINITY}}}};
  nothing.differs_from_torch =
      "PyTorch's gradient is NaN where y is -inf; 0 is its limit, and what logcumsumexp gives";
  rows.push_back(nothing);
  const Input bits{.shape = {}, .low = 0, .high = 2, .dtype = int64};
  add_rows(
      rows, "all", torch("all"),
      [](const Tensor& x, const Dims& a, bool keep) { return all(x, a, keep); }, all_of, bits, true,
      {{[=] { all(square, 2); }, "[all] dim=2 is out of range"}}, false);
  add_rows(
      rows, "any", torch("any"),
      [](const Tensor& x, const Dims& a, bool keep) { return tinygrad::any(x, a, keep); }, any_of,
      bits, true, {{[=] { tinygrad::any(square, 2); }, "[any] dim=2 is out of range"}}, false);
  // PyTorch's has no keepdim.
  add_rows(
      rows, "count_nonzero", Torch{"torch.count_nonzero(x0)", "(x0 != 0).sum(%)"},
      [](const Tensor& x, const Dims& a, bool keep) { return count_nonzero(x, a, keep); }, count_of,
      bits, true, {{[=] { count_nonzero(square, 2); }, "dim=2 is out of range"}}, false);
  add_rows(rows, "nansum", torch("nansum"),
           [](const Tensor& x, const Dims& a, bool keep) { return nansum(x, a, keep); }, nansum_of,
           any, true, {{[=] { nansum(square, 2); }, "dim=2 is out of range"}});
  add_rows(rows, "nanmean", torch("nanmean"),
           [](const Tensor& x, const Dims& a, bool keep) { return nanmean(x, a, keep); },
           nanmean_of, any, false,
           {{[=] { nanmean(whole); }, "[nanmean] wants float32 or float64, got int64"}});

  for (OpCase& c : rows) {
    if (c.name.find('/') != std::string::npos) continue;
    c.specials = kOddLists;
    if (c.name == "prod") c.specials.erase(c.specials.begin(), c.specials.begin() + 3);
    if (c.name == "logsumexp") c.specials.erase(c.specials.begin() + 2);  // a row of its own
    if (c.name == "mean")  // the sum overflows in float32
      c.specials.push_back({{{4}, std::vector<double>(4, std::ldexp(1.5, 127))}});
    if (c.name == "all" || c.name == "any" || c.name == "count_nonzero")
      c.specials.push_back({{{0}, {}}});
  }
  const auto with_specials = [&rows](const std::string& name, const std::string& variant,
                                     std::vector<std::vector<Given>> specials,
                                     const char* reason = "") {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].name != name) continue;
      OpCase c = rows[i];
      c.name += variant;
      c.specials = std::move(specials);
      c.differs_from_torch = reason;
      c.errors = {};
      rows.push_back(c);
      return;
    }
  };
  with_specials("prod", "/NaN and infinities", {kOddLists[0], kOddLists[1], kOddLists[2]},
                "a factor's gradient is the product of the others, NaN and infinities too; PyTorch "
                "divides the product by it");
  with_specials("nanmean", "/only NaN", {{{{2}, {NAN, NAN}}}},
                "a NaN has no part in y and gets the gradient 0; PyTorch multiplies it by 1/0");
  return rows;
}

}  // namespace tinygrad::test
