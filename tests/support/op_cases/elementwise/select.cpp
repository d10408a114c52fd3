// SPDX-License-Identifier: MIT
// Rows for ops/elementwise/select.hpp.
#include <algorithm>
#include <cmath>

#include "support/elementwise_rows.hpp"

namespace tinygrad::test {

Rows elementwise_select_cases() {
  Rows rows;
  const Input any{.shape = {}};
  const std::vector<BenchSample> sizes = binary_benchmarks();
  // Values of the second operand that never meet the first's: no ties.
  const Input apart{.shape = {}, .low = 2.1, .high = 4};
  rows.push_back({.name = "maximum",
                  .torch = "torch.maximum(x0, x1)",
                  .run = binary_run(maximum),
                  .reference = elementwise([](double a, double b) {
                    return std::isnan(a) || std::isnan(b) ? kNaN : std::max(a, b);
                  }),
                  .samples = binary_samples({.shape = {}, .low = -4, .high = 4, .away_from = 0},
                                            {.shape = {}, .low = -0.04, .high = 0.04}),
                  .specials = binary_specials(),
                  .errors = clashing([](auto a, auto b) { maximum(a, b); }),
                  .benchmarks = {sizes[2]}});
  rows.push_back({.name = "minimum",
                  .torch = "torch.minimum(x0, x1)",
                  .run = binary_run(minimum),
                  .reference = elementwise([](double a, double b) {
                    return std::isnan(a) || std::isnan(b) ? kNaN : std::min(a, b);
                  }),
                  .samples = binary_samples(any, apart),
                  .specials = binary_specials(),
                  .errors = clashing([](auto a, auto b) { minimum(a, b); }),
                  .benchmarks = {sizes[2]}});
  rows.push_back(
      {.name = "clamp",
       .torch = "torch.clamp(x0, -1, 0.5)",
       .run = [](const Tensors& x) { return clamp(x[0], -1, 0.5); },
       .reference = elementwise([](double x) { return std::clamp(x, -1.0, 0.5); }),
       .samples = unary_samples({.shape = {}, .low = -0.9, .high = 2, .away_from = 0.5}),
       .specials = unary_specials(),
       .errors = {{[] { clamp(ones({2}), 1, 0); }, "[clamp] low=1 must not be above high=0"},
                  {[] { clamp(ones({2}), 1e300); }, "[clamp] 1e+300 does not fit into float32"},
                  {[] { clamp(ones({2}, bool_), 0, 1); }, "[clamp] wants numbers, got bool"}},
       .benchmarks = {{.inputs = {{{64, 50, 32, 32}}}, .bytes = 8.0 * 64 * 50 * 1024}}});
  rows.push_back({.name = "clamp/int64",
                  .torch = "torch.clamp(x0, -2, 3)",
                  .run = [](const Tensors& x) { return clamp(x[0], -2, 3); },
                  .reference = elementwise([](double x) { return std::clamp(x, -2.0, 3.0); }),
                  .samples = unary_samples({.shape = {}, .low = -9, .high = 10, .dtype = int64}),
                  .differentiable = false});
  rows.push_back({.name = "clamp/uint8",
                  .torch = "torch.clamp(x0, 20, 200)",
                  .run = [](const Tensors& x) { return clamp(x[0], 20, 200); },
                  .reference = elementwise([](double x) { return std::clamp(x, 20.0, 200.0); }),
                  .samples = unary_samples({.shape = {}, .low = 0, .high = 256, .dtype = uint8}),
                  .differentiable = false});
  rows.push_back(
      {.name = "where",
       .torch = "torch.where(x0, x1, x2)",
       .run = [](const Tensors& x) { return where(x[0], x[1], x[2]); },
       .reference =
           [](const Naives& x) {
             Shape shape = broadcast_shapes({"reference"}, x[1].shape, x[2].shape);
             shape = broadcast_shapes({"reference"}, x[0].shape, shape);
             return tabulate(shape, [&](const Shape& i) {
               return x[0].broadcast(i) != 0 ? x[1].broadcast(i) : x[2].broadcast(i);
             });
           },
       .samples = {{{.shape = {3, 4}, .low = 0, .high = 2, .dtype = bool_}, {{3, 4}}, {{3, 4}}},
                   {{.shape = {4}, .low = 0, .high = 2, .dtype = bool_}, {{3, 1}}, {{}}},
                   {{.shape = {2, 3, 1}, .low = 0, .high = 2, .dtype = bool_}, {{4}}, {{3, 4}}},
                   {{.shape = {0}, .low = 0, .high = 2, .dtype = bool_}, {{1}}, {{}}}},
       .specials = {{{.shape = {2, 1}, .values = {0, 1}, .dtype = bool_},
                     {.shape = {4}, .values = {kNaN, kInf, -0.0, 1e4}},
                     {.shape = {4}, .values = {1, kNaN, -kInf, kNaN}}}},
       .errors = {{[] { where(ones({2}), 1.0, 2.0); },
                   "[where] condition is float32, it must be bool"},
                  {[] { where(full({2}, 1, bool_), ones({3}), 0); }, "shapes do not broadcast"}},
       .benchmarks = {{.inputs = {{.shape = {1024, 1024}, .low = 0, .high = 2, .dtype = bool_},
                                  {{1024, 1024}},
                                  {{1024, 1024}}},
                       .bytes = 13.0 * 1024 * 1024}}});

  const auto either = [&](const char* name, Tensor (*f)(const Operand&, const Operand&, At),
                          double (*reference)(double, double)) {
    rows.push_back(binary_row(
        name, str_cat("torch.", name, "(x0, x1)"),
        [f](auto& a, auto& b) { return f(a, b, At::here()); }, reference, any, apart));
  };
  either("fmax", fmax, [](double a, double b) { return std::fmax(a, b); });
  either("fmin", fmin, [](double a, double b) { return std::fmin(a, b); });

  const auto bounded = [&](const std::string& name, const std::string& torch, bool low, bool high,
                           double (*reference)(double, double, double)) {
    OpCase row{.name = "clamp/" + name, .torch = torch};
    row.run = [=](const Tensors& x) {
      return clamp(x[0], low ? x[1] : Tensor(), high ? x.back() : Tensor());
    };
    row.reference = [=](const Naives& x) {
      Shape shape = x[0].shape;
      for (const Naive& other : x) shape = broadcast_shapes({"reference"}, shape, other.shape);
      return tabulate(shape, [&](const Shape& i) {
        return reference(x[0].broadcast(i), x[1].broadcast(i), x.back().broadcast(i));
      });
    };
    const Input least{.shape = {}, .low = -1, .high = -0.6},
        most{.shape = {}, .low = 0.6, .high = 1};
    const auto sample = [&](const Shape& a, const Shape& b, const Shape& c) {
      Input middle{.shape = a, .low = -0.5, .high = 0.5}, bottom = least, top = most;
      bottom.shape = b;
      top.shape = c;
      for (const double offset : {-1.5, 0.0, 1.5}) {  // below, between and above the bounds
        Input moved = middle;
        moved.low += offset;
        moved.high += offset;
        row.samples.push_back({moved});
        if (low) row.samples.back().push_back(bottom);
        if (high) row.samples.back().push_back(top);
      }
    };
    sample({}, {}, {});
    sample({3, 5}, {5}, {3, 1});
    sample({4}, {2, 1}, {});
    sample({0}, {1}, {1});
    row.errors = refused([] { clamp(ones({2}), Tensor(), Tensor()); },
                         "[clamp] low and high are both undefined");
    rows.push_back(row);
  };
  bounded("tensors", "torch.clamp(x0, x1, x2)", true, true,
          [](double x, double low, double high) { return std::min(std::max(x, low), high); });
  rows.back().specials = {{{.shape = {6}, .values = {0.0, 1, 2, 3, kInf, -kInf}},
                           {.shape = {}, .values = {1}},
                           {.shape = {}, .values = {2}}},
                          {{.shape = {2}, .values = {1, -5}},
                           {.shape = {}, .values = {3}},
                           {.shape = {}, .values = {-1}}}};
  bounded("low", "torch.clamp(x0, min=x1)", true, false,
          [](double x, double low, double) { return std::max(x, low); });
  bounded("high", "torch.clamp(x0, max=x1)", false, true,
          [](double x, double, double high) { return std::min(x, high); });
  return rows;
}

}  // namespace tinygrad::test
