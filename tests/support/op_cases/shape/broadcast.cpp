// SPDX-License-Identifier: MIT
// Rows for ops/shape/broadcast.hpp.
#include <cmath>
#include <string>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {
// A shape as Python's tuple: "(2, 3,)", "()".
std::string sizes(const Shape& shape) {
  std::string out = "(";
  for (const Index size : shape) out += std::to_string(size) + ", ";
  return out + ")";
}
}  // namespace

Rows shape_broadcast_cases() {
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
                    .torch = "x0.expand(" + sizes(to) + ")",
                    .run = [to = to](const Tensors& x) { return expand(x[0], to); },
                    .reference = expanded(to),
                    .samples = {{{from}}}});
    rows.push_back({.name = "sum_to/" + name,
                    .torch = "x0.sum_to_size(" + sizes(from) + ")",
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
                  .torch = "x0.sum_to_size((1, x0.shape[1]))",
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
  // The first two rows: (3, 1) repeated to (3, 4), and summed back.
  rows[0].specials = {{{{3, 1}, {NAN, -INFINITY, -0.0}}}};
  rows[1].specials = {{{{3, 4}, {1, NAN, 2, 3, INFINITY, 1, -INFINITY, 0, 1e4, -1e4, -0.0, 0}}}};

  OpCase by_shape;
  by_shape.name = "broadcast_to";
  by_shape.torch = "torch.broadcast_to(x0, (2, 3, 4))";
  by_shape.run = [](const Tensors& x) { return broadcast_to(x[0], {2, 3, 4}); };
  by_shape.reference = expanded({2, 3, 4});
  by_shape.samples = {{{{3, 1}}}, {{{}}}, {{{2, 1, 4}}}, {{{1}}}};
  by_shape.errors = {{[] {
                        broadcast_to(ones({3}), {2, 4});
                      },
                      "x (3) does not broadcast to (2, 4)"}};
  by_shape.benchmarks = {{.inputs = {{{3, 1}}}}};
  rows.push_back(by_shape);

  OpCase by_other = by_shape;
  by_other.name = "expand_as";
  by_other.torch = "x0.expand_as(x1)";
  by_other.run = [](const Tensors& x) { return expand_as(x[0], x[1]); };
  by_other.reference = [](const Naives& x) {
    return tabulate(x[1].shape, [&](const Shape& i) { return x[0].broadcast(i); });
  };
  // The other one lends its shape only: integers, so that no gradient is asked of it.
  const auto shaped = [](const Shape& shape) {
    return Input{.shape = shape, .low = 0, .high = 9, .dtype = int64};
  };
  by_other.samples = {{{{3, 1}}, shaped({3, 4})}, {{{}}, shaped({2})}, {{{1}}, shaped({0})}};
  by_other.errors = {{[] { expand_as(ones({3}), ones({2})); }, "x (3) does not broadcast to (2)"}};
  by_other.benchmarks = {{.inputs = {{{1, 1024}}, shaped({1024, 1024})}}};
  rows.push_back(by_other);
  return rows;
}

}  // namespace tinygrad::test
