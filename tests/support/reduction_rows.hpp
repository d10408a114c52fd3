// SPDX-License-Identifier: MIT
// Helpers for the rows of the reductions: their definitions in plain loops, and add_rows().
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "support/op_cases.hpp"

namespace tinygrad::test {

using Fold = double (*)(const std::vector<double>&);

// f of the values along some dims, in row-major order; every dim for {-1}.
inline std::function<Naive(const Naives&)> folded(Fold f, const Shape& dims, bool keepdims) {
  return [=](const Naives& in) {
    const Naive& x = in[0];
    const auto reduced = [&](int dim) {
      return dims == Shape{-1} || std::find(dims.begin(), dims.end(), dim) != dims.end();
    };
    Shape kept = x.shape, to;
    for (int i = 0; i < kept.rank(); ++i) {
      if (reduced(i)) kept[i] = 1;
      if (keepdims || !reduced(i)) to.push_back(kept[i]);
    }
    Naive out = tabulate(kept, [&](const Shape& at) {
      std::vector<double> values;
      for_each_index(x.shape, [&](const Shape& i) {
        for (int dim = 0; dim < i.rank(); ++dim)
          if (!reduced(dim) && i[dim] != at[dim]) return;
        values.push_back(x(i));
      });
      return f(values);
    });
    out.shape = to;
    return out;
  };
}

inline double sum_of(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0);
}

inline double mean_of(const std::vector<double>& x) {
  return sum_of(x) / static_cast<double>(x.size());
}

// Position of the largest value of sign·x: the first among equals, or the first NaN.
inline std::size_t position_of(const std::vector<double>& x, double sign) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i])) return i;
    if (sign * x[i] > sign * x[best]) best = i;
  }
  return best;
}

inline double max_of(const std::vector<double>& x) { return x[position_of(x, 1)]; }

/// A reduction in PyTorch: of all dims, and of those that stand for the %.
struct Torch {
  std::string all, over;

  std::string with(const std::string& dims) const {
    std::string out = over;
    return out.replace(out.find('%'), 1, dims);
  }
};

inline Torch torch(const std::string& name, const std::string& option = "") {
  return {"torch." + name + "(x0" + option + ")", "torch." + name + "(x0, %" + option + ")"};
}

// Four rows of a reduction: all dims, the first, the last with keepdims, and two that are not
// neighbours. The first row gets the errors, the second and third the benchmarks.
template <class Run> void add_rows(Rows& rows, const std::string& name, const Torch& in_torch,
                                   Run run, Fold f, const Input& like, bool empty,
                                   std::vector<ErrorSample> errors, bool differentiable = true) {
  const auto sample = [&](const Shape& shape) {
    Input input = like;
    input.shape = shape;
    return std::vector<Input>{input};
  };
  const std::vector<BenchSample> square = {
      {.inputs = {{{1024, 1024}}}, .flops = 1024.0 * 1024, .bytes = 4.0 * 1024 * 1024}};
  const auto row = [&](const char* variant, const std::string& expression, const Dims& dims,
                       const Shape& plain, bool keepdims, std::vector<std::vector<Input>> samples) {
    OpCase c;
    c.name = name + variant;
    c.torch = expression;
    c.differentiable = differentiable;
    c.run = [=](const Tensors& x) { return run(x[0], dims, keepdims); };
    c.reference = folded(f, plain, keepdims);
    c.samples = std::move(samples);
    return c;
  };
  OpCase all =
      row("", in_torch.all, {}, {-1}, false, {sample({7}), sample({3, 5}), sample({2, 3, 4})});
  if (empty) all.samples.push_back(sample({0}));
  all.errors = std::move(errors);
  OpCase first = row("/first", in_torch.with("0"), 0, {0}, false,
                     {sample({5}), sample({4, 3}), sample({3, 2, 5})});
  if (empty) first.samples.push_back(sample({0, 3}));
  OpCase last = row("/last", in_torch.with("-1, keepdim=True"), -1, {1}, true,
                    {sample({4, 5}), sample({3, 33})});
  if (empty) last.samples.push_back(sample({3, 0}));
  first.benchmarks = last.benchmarks = square;
  const OpCase apart = row("/apart", in_torch.with("(0, -1)"), {0, -1}, {0, 2}, false,
                           {sample({3, 2, 4}), sample({2, 1, 3})});
  rows.insert(rows.end(), {all, first, last, apart});
}

/// NaN, infinities, zeros, ties and one value alone.
inline const std::vector<std::vector<Given>> kOddLists = {
    {{{3}, {1, NAN, 3}}}, {{{2}, {INFINITY, 1}}}, {{{2}, {-INFINITY, -INFINITY}}},
    {{{3}, {2, 2, 1}}},   {{{3}, {0, -0.0, 2}}},  {{{3}, {1e4, -1e4, 1e4}}},
    {{{1}, {-2}}}};

/// Adds the row of one reduction of matrices, with values like `like`.
inline OpCase& add_one(Rows& rows, const char* name, const char* expression,
                       std::function<Tensor(const Tensors&)> run, Fold f, const Shape& dims,
                       bool keepdims, const Input& like) {
  OpCase c;
  c.name = name;
  c.torch = expression;
  c.run = std::move(run);
  c.reference = folded(f, dims, keepdims);
  for (const Shape& shape : {Shape{3, 5}, Shape{2, 4}}) {
    c.samples.push_back({like});
    c.samples.back()[0].shape = shape;
  }
  rows.push_back(c);
  return rows.back();
}

}  // namespace tinygrad::test
