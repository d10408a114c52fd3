// SPDX-License-Identifier: MIT
// Rows for ops/broadcast.hpp.
#include "support/op_cases.hpp"

namespace tinygrad::test {

Rows broadcast_cases() {
  const auto expanded = [](const Shape& shape) {
    return [shape](const Naives& x) {
      return tabulate(shape, [&](const Shape& i) { return x[0].broadcast(i); });
    };
  };
  const auto summed = [](const Shape& shape) {
    return [shape](const Naives& x) {
      Naive y(shape);
      for_each_index(x[0].shape, [&](const Shape& i) {
        Shape own;
        for (int a = 0; a < shape.rank(); ++a)
          own.push_back(shape[a] == 1 ? 0 : i[a + i.rank() - shape.rank()]);
        y(own) += x[0](i);
      });
      return y;
    };
  };
  Rows rows;
  for (const auto& [from, to] : {std::pair<Shape, Shape>{{3, 1}, {3, 4}},
                                 {{4}, {2, 3, 4}},
                                 {{}, {2, 2}},
                                 {{1, 3, 1}, {2, 3, 2}},
                                 {{1}, {0}},
                                 {{2, 3}, {2, 3}}}) {
    const std::string name = to_string(from) + " to " + to_string(to);
    rows.push_back({.name = "expand/" + name,
                    .run = [to = to](const Tensors& x) { return expand(x[0], to); },
                    .reference = expanded(to),
                    .samples = {{{from}}}});
    rows.push_back({.name = "sum_to/" + name,
                    .run = [from = from](const Tensors& x) { return sum_to(x[0], from); },
                    .reference = summed(from),
                    .samples = {{{to}}}});
  }
  rows[0].errors = {{[] {
                       expand(ones({3}), {2, 4});
                     },
                     "[expand] x (3) does not broadcast to (2, 4)"},
                    {[] {
                       expand(ones({2, 3}), {3});
                     },
                     "does not broadcast"}};
  rows[1].errors = {{[] {
                       sum_to(ones({2, 3}), {2});
                     },
                     "[sum_to] x (2, 3) cannot be summed to (2)"}};
  rows[0].benchmarks = {{.inputs = {{{3, 1}}}}};
  rows.push_back({.name = "sum_to/bias of a layer",
                  .run =
                      [](const Tensors& x) {
                        return sum_to(x[0], {1, x[0].size(1)});
                      },
                  .reference =
                      [summed](const Naives& x) {
                        return summed({1, x[0].shape[1]})(x);
                      },
                  .samples = {{{{5, 3}}}},
                  .benchmarks = {{.inputs = {{{1024, 1024}}}, .bytes = 4.0 * 1024 * 1024}}});
  return rows;
}

}  // namespace tinygrad::test
