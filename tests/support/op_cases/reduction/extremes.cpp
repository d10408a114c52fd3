// SPDX-License-Identifier: MIT
// Rows for ops/reduction/extremes.hpp.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "support/op_cases.hpp"
#include "support/reduction_rows.hpp"

namespace tinygrad::test {

namespace {
double min_of(const std::vector<double>& x) { return x[position_of(x, -1)]; }

double argmax_of(const std::vector<double>& x) { return static_cast<double>(position_of(x, 1)); }

double argmin_of(const std::vector<double>& x) { return static_cast<double>(position_of(x, -1)); }
}  // namespace

Rows reduction_extremes_cases() {
  Rows rows;
  const Input distinct{.shape = {}, .distinct = true};
  const Tensor square = ones({2, 3}), none = ones({0, 3}), whole = full({3}, 1, int64);
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

  const std::vector<std::vector<Given>> ties = {
      {{{2, 3}, {1, 3, 3, -0.0, 0, -1}}},
      {{{3, 2}, {NAN, 1, 2, NAN, NAN, NAN}}},
      {{{2, 2}, {INFINITY, INFINITY, -INFINITY, -INFINITY}}}};
  for (const bool largest : {true, false}) {
    const auto f = largest ? max_with_indices : min_with_indices;
    const std::string name = largest ? "max" : "min", ours = name + "_with_indices";
    OpCase& values = add_one(
        rows, (ours + "/values").c_str(), ("torch." + name + "(x0, 1).values").c_str(),
        [f](const Tensors& x) { return f(x[0], 1, false, At::here()).values; },
        largest ? max_of : min_of, {1}, false, distinct);
    values.specials = ties;
    values.errors = {{[=] { f(none, 0, false, At::here()); },
                      str_cat("[", ours, "] x (0, 3) has no values along the reduced dims")},
                     {[=] { f(ones({}), 0, false, At::here()); }, "a scalar has no dims"}};
    values.benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 4.0 * 1024 * 1024}};
    OpCase& indices = add_one(
        rows, (ours + "/indices").c_str(),
        ("torch." + name + "(x0, 0, keepdim=True).indices").c_str(),
        [f](const Tensors& x) { return f(x[0], 0, true, At::here()).indices; },
        largest ? argmax_of : argmin_of, {0}, true, distinct);
    indices.specials = ties;
    indices.differentiable = false;
  }

  for (OpCase& c : rows)
    if (c.name.find('/') == std::string::npos) c.specials = kOddLists;
  return rows;
}

}  // namespace tinygrad::test
