// SPDX-License-Identifier: MIT
// Rows for ops/reduction.hpp.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {
using Fold = double (*)(const std::vector<double>&);

// f of the values along some axes, in row-major order; every axis for {-1}.
std::function<Naive(const Naives&)> folded(Fold f, const Shape& axes, bool keepdims) {
  return [=](const Naives& in) {
    const Naive& x = in[0];
    const auto reduced = [&](int axis) {
      return axes == Shape{-1} || std::find(axes.begin(), axes.end(), axis) != axes.end();
    };
    Shape kept = x.shape, to;
    for (int i = 0; i < kept.rank(); ++i) {
      if (reduced(i)) kept[i] = 1;
      if (keepdims || !reduced(i)) to.push_back(kept[i]);
    }
    Naive out = tabulate(kept, [&](const Shape& at) {
      std::vector<double> values;
      for_each_index(x.shape, [&](const Shape& i) {
        for (int axis = 0; axis < i.rank(); ++axis)
          if (!reduced(axis) && i[axis] != at[axis]) return;
        values.push_back(x(i));
      });
      return f(values);
    });
    out.shape = to;
    return out;
  };
}

double sum_of(const std::vector<double>& x) { return std::accumulate(x.begin(), x.end(), 0.0); }
double mean_of(const std::vector<double>& x) { return sum_of(x) / static_cast<double>(x.size()); }
double max_of(const std::vector<double>& x) { return *std::max_element(x.begin(), x.end()); }
double min_of(const std::vector<double>& x) { return *std::min_element(x.begin(), x.end()); }
double prod_of(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 1.0, std::multiplies<>());
}
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
double logsumexp_of(const std::vector<double>& x) {
  double total = 0;
  for (const double v : x) total += std::exp(v);
  return std::log(total);
}
double argmax_of(const std::vector<double>& x) {
  return static_cast<double>(std::max_element(x.begin(), x.end()) - x.begin());
}
double argmin_of(const std::vector<double>& x) {
  return static_cast<double>(std::min_element(x.begin(), x.end()) - x.begin());
}

// Four rows of a reduction: all axes, the first, the last with keepdims, and two that are not
// neighbours. The first row gets the errors, the second and third the benchmarks.
template <class Run> void add_rows(Rows& rows, const std::string& name, Run run, Fold f,
                                   const Input& like, bool empty, std::vector<ErrorSample> errors,
                                   bool differentiable = true) {
  const auto sample = [&](const Shape& shape) {
    Input input = like;
    input.shape = shape;
    return std::vector<Input>{input};
  };
  const std::vector<BenchSample> square = {
      {.inputs = {{{1024, 1024}}}, .flops = 1024.0 * 1024, .bytes = 4.0 * 1024 * 1024}};
  const auto row = [&](const char* variant, const Axes& axes, const Shape& plain, bool keepdims,
                       std::vector<std::vector<Input>> samples) {
    OpCase c;
    c.name = name + variant;
    c.differentiable = differentiable;
    c.run = [=](const Tensors& x) { return run(x[0], axes, keepdims); };
    c.reference = folded(f, plain, keepdims);
    c.samples = std::move(samples);
    return c;
  };
  OpCase all = row("", {}, {-1}, false, {sample({7}), sample({3, 5}), sample({2, 3, 4})});
  if (empty) all.samples.push_back(sample({0}));
  all.errors = std::move(errors);
  OpCase first = row("/first", 0, {0}, false, {sample({5}), sample({4, 3}), sample({3, 2, 5})});
  if (empty) first.samples.push_back(sample({0, 3}));
  OpCase last = row("/last", -1, {1}, true, {sample({4, 5}), sample({3, 33})});
  if (empty) last.samples.push_back(sample({3, 0}));
  first.benchmarks = last.benchmarks = square;
  const OpCase apart =
      row("/apart", {0, -1}, {0, 2}, false, {sample({3, 2, 4}), sample({2, 1, 3})});
  rows.insert(rows.end(), {all, first, last, apart});
}
}  // namespace

Rows reduction_cases() {
  const Input any{.shape = {}}, distinct{.shape = {}, .distinct = true};
  const Input factors{.shape = {}, .low = 0.6, .high = 1.5};
  const Tensor square = ones({2, 3}), none = ones({0, 3}), whole = full({3}, 1, int64);
  Rows rows;
  add_rows(rows, "sum", [](const Tensor& x, const Axes& a, bool keep) { return sum(x, a, keep); },
           sum_of, any, true,
           {{[=] { sum(square, 2); }, "[sum] axis=2 is out of range for rank 2"},
            {[=] {
               sum(square, {0, -2});
             },
             "[sum] axes (0, -2) name axis 0 twice"},
            {[=] { sum(ones({}), 0); }, "a scalar has no axes"}});
  add_rows(rows, "mean", [](const Tensor& x, const Axes& a, bool keep) { return mean(x, a, keep); },
           mean_of, any, true,
           {{[=] { mean(whole); }, "[mean] wants float32 or float64, got int64; convert with to"},
            {[=] {
               mean(square, {1, 1});
             },
             "[mean] axes (1, 1) name axis 1 twice"}});
  add_rows(rows, "max", [](const Tensor& x, const Axes& a, bool keep) { return max(x, a, keep); },
           max_of, distinct, false,
           {{[=] { max(none, 0); },
             "[max] x (0, 3) has no values along the reduced axes, and so no max"}});
  add_rows(
      rows, "min", [](const Tensor& x, const Axes& a, bool keep) { return min(x, a, keep); },
      min_of, distinct, false,
      {{[=] { min(none); }, "[min] x (0, 3) has no values along the reduced axes, and so no min"}});
  // The benchmark's values keep the product of a thousand within float32.
  add_rows(rows, "prod", [](const Tensor& x, const Axes& a, bool keep) { return prod(x, a, keep); },
           prod_of, factors, true, {{[=] { prod(square, -3); }, "[prod] axis=-3 is out of range"}});
  for (OpCase& c : rows)
    if (c.name.rfind("prod", 0) == 0)
      for (BenchSample& b : c.benchmarks) b.inputs[0] = {{1024, 1024}, 0.97, 1.03};
  add_rows(rows, "var", [](const Tensor& x, const Axes& a, bool keep) { return var(x, a, keep); },
           var_of, any, false,
           {{[=] { var(whole); }, "[var] wants float32 or float64, got int64"}});
  add_rows(rows, "std",
           [](const Tensor& x, const Axes& a, bool keep) { return std(x, a, keep, 0); }, std_of,
           any, false, {{[=] { std(whole); }, "[std] wants float32 or float64, got int64"}});
  add_rows(rows, "logsumexp",
           [](const Tensor& x, const Axes& a, bool keep) { return logsumexp(x, a, keep); },
           logsumexp_of, any, true,
           {{[=] { logsumexp(whole); }, "[logsumexp] wants float32 or float64, got int64"}});

  const auto position = [&](const char* name,
                            Tensor (*f)(const Tensor&, std::optional<Index>, bool, At),
                            Fold reference) {
    Rows of_axes;
    add_rows(
        of_axes, name, [f](const Tensor& x, const Axes&, bool) { return f(x, {}, false, {}); },
        reference, distinct, false,
        {{[=] { f(none, 0, false, At::here()); },
          concat("[", name, "] x (0, 3) has no values along the reduced axes, and so no ", name)},
         {[=] { f(square, 2, false, At::here()); }, "axis=2 is out of range"}},
        false);
    of_axes.pop_back();  // several axes have no position
    of_axes[1].run = [f](const Tensors& x) { return f(x[0], 0, false, {}); };
    of_axes[2].run = [f](const Tensors& x) { return f(x[0], -1, true, {}); };
    rows.insert(rows.end(), of_axes.begin(), of_axes.end());
  };
  position("argmax", argmax, argmax_of);
  position("argmin", argmin, argmin_of);
  return rows;
}

}  // namespace tinygrad::test
