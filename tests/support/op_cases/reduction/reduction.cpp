// SPDX-License-Identifier: MIT
// Rows for ops/reduction/reduction.hpp.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {
using Fold = double (*)(const std::vector<double>&);

// f of the values along some dims, in row-major order; every dim for {-1}.
std::function<Naive(const Naives&)> folded(Fold f, const Shape& dims, bool keepdims) {
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

double sum_of(const std::vector<double>& x) { return std::accumulate(x.begin(), x.end(), 0.0); }
double mean_of(const std::vector<double>& x) { return sum_of(x) / static_cast<double>(x.size()); }
// Position of the largest value of sign·x: the first among equals, or the first NaN.
std::size_t position_of(const std::vector<double>& x, double sign) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i])) return i;
    if (sign * x[i] > sign * x[best]) best = i;
  }
  return best;
}
double max_of(const std::vector<double>& x) { return x[position_of(x, 1)]; }
double min_of(const std::vector<double>& x) { return x[position_of(x, -1)]; }
double argmax_of(const std::vector<double>& x) { return static_cast<double>(position_of(x, 1)); }
double argmin_of(const std::vector<double>& x) { return static_cast<double>(position_of(x, -1)); }
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

/// A reduction in PyTorch: of all dims, and of those that stand for the %.
struct Torch {
  std::string all, over;

  std::string with(const std::string& dims) const {
    std::string out = over;
    return out.replace(out.find('%'), 1, dims);
  }
};
Torch torch(const std::string& name, const std::string& option = "") {
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
}  // namespace

Rows reduction_reduction_cases() {
  const Input any{.shape = {}}, distinct{.shape = {}, .distinct = true};
  const Input factors{.shape = {}, .low = 0.6, .high = 1.5};
  const Tensor square = ones({2, 3}), none = ones({0, 3}), whole = full({3}, 1, int64);
  Rows rows;
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
  add_rows(rows, "max", Torch{"torch.max(x0)", "torch.amax(x0, %)"},
           [](const Tensor& x, const Dims& a, bool keep) { return max(x, a, keep); }, max_of,
           distinct, false,
           {{[=] { max(none, 0); },
             "[max] x (0, 3) has no values along the reduced dims, and so no max"}});
  add_rows(
      rows, "min", Torch{"torch.min(x0)", "torch.amin(x0, %)"},
      [](const Tensor& x, const Dims& a, bool keep) { return min(x, a, keep); }, min_of, distinct,
      false,
      {{[=] { min(none); }, "[min] x (0, 3) has no values along the reduced dims, and so no min"}});
  // The benchmark's values keep the product of a thousand within float32.
  add_rows(rows, "prod", Torch{"torch.prod(x0)", "torch.prod(x0, %)"},
           [](const Tensor& x, const Dims& a, bool keep) { return prod(x, a, keep); }, prod_of,
           factors, true, {{[=] { prod(square, -3); }, "[prod] dim=-3 is out of range"}});
  rows.back().torch = "torch.prod(torch.prod(x0, -1), 0)";  // takes one dim at a time
  for (OpCase& c : rows)
    if (c.name.rfind("prod", 0) == 0)
      for (BenchSample& b : c.benchmarks) b.inputs[0] = {{1024, 1024}, 0.97, 1.03};
  add_rows(rows, "var", torch("var"),
           [](const Tensor& x, const Dims& a, bool keep) { return var(x, a, keep); }, var_of, any,
           false, {{[=] { var(whole); }, "[var] wants float32 or float64, got int64"}});
  add_rows(rows, "std", torch("std", ", correction=0"),
           [](const Tensor& x, const Dims& a, bool keep) { return std(x, a, keep, 0); }, std_of,
           any, false, {{[=] { std(whole); }, "[std] wants float32 or float64, got int64"}});
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

  const auto position = [&](const char* name,
                            Tensor (*f)(const Tensor&, std::optional<Index>, bool, At),
                            Fold reference) {
    Rows of_dims;
    add_rows(
        of_dims, name, torch(name),
        [f](const Tensor& x, const Dims&, bool) { return f(x, {}, false, At::here()); }, reference,
        distinct, false,
        {{[=] { f(none, 0, false, At::here()); },
          str_cat("[", name, "] x (0, 3) has no values along the reduced dims, and so no ", name)},
         {[=] { f(square, 2, false, At::here()); }, "dim=2 is out of range"}},
        false);
    of_dims.pop_back();  // several dims have no position
    of_dims[1].run = [f](const Tensors& x) { return f(x[0], 0, false, At::here()); };
    of_dims[2].run = [f](const Tensors& x) { return f(x[0], -1, true, At::here()); };
    rows.insert(rows.end(), of_dims.begin(), of_dims.end());
  };
  position("argmax", argmax, argmax_of);
  position("argmin", argmin, argmin_of);

  add_rows(rows, "amax", Torch{"torch.amax(x0)", "torch.amax(x0, %)"},
           [](const Tensor& x, const Dims& a, bool keep) { return amax(x, a, keep); }, max_of,
           distinct, false,
           {{[=] { amax(none, 0); }, "[amax] x (0, 3) has no values along the reduced dims"}});
  add_rows(rows, "amin", Torch{"torch.amin(x0)", "torch.amin(x0, %)"},
           [](const Tensor& x, const Dims& a, bool keep) { return amin(x, a, keep); }, min_of,
           distinct, false,
           {{[=] { amin(none, 0); }, "[amin] x (0, 3) has no values along the reduced dims"}});
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

  const auto one = [&rows](const char* name, const char* expression,
                           std::function<Tensor(const Tensors&)> run, Fold f, const Shape& dims,
                           bool keepdims, const Input& like) -> OpCase& {
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
  };
  const std::vector<std::vector<Given>> ties = {
      {{{2, 3}, {1, 3, 3, -0.0, 0, -1}}},
      {{{3, 2}, {NAN, 1, 2, NAN, NAN, NAN}}},
      {{{2, 2}, {INFINITY, INFINITY, -INFINITY, -INFINITY}}}};
  for (const bool largest : {true, false}) {
    const auto f = largest ? max_with_indices : min_with_indices;
    const std::string name = largest ? "max" : "min", ours = name + "_with_indices";
    OpCase& values = one((ours + "/values").c_str(), ("torch." + name + "(x0, 1).values").c_str(),
                         [f](const Tensors& x) { return f(x[0], 1, false, At::here()).values; },
                         largest ? max_of : min_of, {1}, false, distinct);
    values.specials = ties;
    values.errors = {{[=] { f(none, 0, false, At::here()); },
                      str_cat("[", ours, "] x (0, 3) has no values along the reduced dims")},
                     {[=] { f(ones({}), 0, false, At::here()); }, "a scalar has no dims"}};
    values.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 4.0 * 1024 * 1024}};
    OpCase& indices = one((ours + "/indices").c_str(),
                          ("torch." + name + "(x0, 0, keepdim=True).indices").c_str(),
                          [f](const Tensors& x) { return f(x[0], 0, true, At::here()).indices; },
                          largest ? argmax_of : argmin_of, {0}, true, distinct);
    indices.specials = ties;
    indices.differentiable = false;
  }
  const auto spread = [&](const char* name, const char* expression,
                          std::function<Tensor(const Tensors&)> run, Fold f) -> OpCase& {
    return one(name, expression, std::move(run), f, {1}, true, any);
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

  // NaN, infinities, zeros, ties and one value alone.
  const std::vector<std::vector<Given>> odd = {
      {{{3}, {1, NAN, 3}}}, {{{2}, {INFINITY, 1}}}, {{{2}, {-INFINITY, -INFINITY}}},
      {{{3}, {2, 2, 1}}},   {{{3}, {0, -0.0, 2}}},  {{{3}, {1e4, -1e4, 1e4}}},
      {{{1}, {-2}}}};
  for (OpCase& c : rows) {
    if (c.name.find('/') != std::string::npos) continue;
    c.specials = odd;
    if (c.name == "prod") c.specials.erase(c.specials.begin(), c.specials.begin() + 3);
    if (c.name == "logsumexp") c.specials.erase(c.specials.begin() + 2);  // a row of its own
    if (c.name == "mean")  // the sum overflows in float32
      c.specials.push_back({{{4}, std::vector<double>(4, std::ldexp(1.5, 127))}});
    if (c.name == "std")  // the variance does
      c.specials.push_back({{{2}, {std::ldexp(3, 68), std::ldexp(4, 68)}}});
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
  with_specials("prod", "/NaN and infinities", {odd[0], odd[1], odd[2]},
                "a factor's gradient is the product of the others, NaN and infinities too; PyTorch "
                "divides the product by it");
  with_specials("nanmean", "/only NaN", {{{{2}, {NAN, NAN}}}},
                "a NaN has no part in y and gets the gradient 0; PyTorch multiplies it by 1/0");
  return rows;
}

}  // namespace tinygrad::test
