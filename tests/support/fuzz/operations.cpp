// SPDX-License-Identifier: MIT
#include "support/fuzz/operations.hpp"

namespace tinygrad::test {

namespace {

Index below(Generator& g, Index n) {
  return std::min(n - 1, static_cast<Index>(g.uniform() * static_cast<double>(n)));
}
int axis_of(Generator& g, const Shape& s) { return static_cast<int>(below(g, s.rank())); }

bool broadcasts(const Shape& a, const Shape& b) {
  for (int i = 1; i <= std::min(a.rank(), b.rank()); ++i) {
    const Index x = a[a.rank() - i], y = b[b.rank() - i];
    if (x != y && x != 1 && y != 1) return false;
  }
  return true;
}

// f(x), element by element.
Operation map(std::string name, Tensor (*run)(const Tensor&), Number (*define)(Number)) {
  return {name, 1, [=](Generator&, const Shape&, const Shape&) {
            return Step{name, [=](const Tensor& x, const Tensor&) { return run(x); },
                        [=](const Dual& x, const Dual&) { return map_dual(x, define); }};
          }};
}

// f(a, b), element by element, broadcast.
Operation zip(std::string name, Tensor (*run)(const Tensor&, const Tensor&),
              Number (*define)(Number, Number)) {
  return {name, 2, [=](Generator&, const Shape& a, const Shape& b) -> std::optional<Step> {
            if (!broadcasts(a, b)) return {};
            return Step{name, run,
                        [=](const Dual& x, const Dual& y) { return zip_dual(x, y, define); }};
          }};
}

// What needs an axis: step(axis).
Operation along(std::string name, Step (*step)(int axis, Index size)) {
  return {name, 1, [=](Generator& g, const Shape& a, const Shape&) -> std::optional<Step> {
            if (a.rank() == 0) return {};
            const int axis = axis_of(g, a);
            Step s = step(axis, a[axis]);
            s.text = concat(name, " axis ", axis);
            return s;
          }};
}

Number plus(Number a, Number b) { return a + b; }

void add_maps(std::vector<Operation>& all) {
  all.push_back(map(
      "sin", [](const Tensor& x) { return sin(x); },
      [](Number x) { return chain(x, std::sin(x.value), std::cos(x.value)); }));
  all.push_back(map(
      "tanh", [](const Tensor& x) { return tanh(x); },
      [](Number x) {
        const double t = std::tanh(x.value);
        return chain(x, t, 1 - t * t);
      }));
  all.push_back(map(
      "sigmoid", [](const Tensor& x) { return sigmoid(x); },
      [](Number x) {
        return number(1) / (number(1) + chain(x, std::exp(-x.value), -std::exp(-x.value)));
      }));
  all.push_back(map(
      "exp(-x^2)", [](const Tensor& x) { return exp(neg(square(x))); },
      [](Number x) {
        const double e = std::exp(-x.value * x.value);
        return chain(x, e, -2 * x.value * e);
      }));
  all.push_back(map(
      "log(1 + x^2)", [](const Tensor& x) { return log1p(square(x)); },
      [](Number x) {
        return chain(x, std::log(1 + x.value * x.value), 2 * x.value / (1 + x.value * x.value));
      }));
  all.push_back(map(
      "sqrt(1 + x^2)", [](const Tensor& x) { return sqrt(square(x) + 1); },
      [](Number x) {
        const double r = std::sqrt(x.value * x.value + 1);
        return chain(x, r, x.value / r);
      }));
  all.push_back(map(
      "relu", [](const Tensor& x) { return relu(x); },
      [](Number x) { return above(x, number(0)) ? x : number(0); }));
  all.push_back(map(
      "abs", [](const Tensor& x) { return abs(x); },
      [](Number x) { return x.value > 0   ? x
                            : x.value < 0 ? number(0) - x
                                          : number(0); }));
  all.push_back(map(
      "softplus", [](const Tensor& x) { return softplus(x); },
      [](Number x) {
        return chain(x, std::log1p(std::exp(x.value)), 1 / (1 + std::exp(-x.value)));
      }));
  all.push_back(map(
      "erf", [](const Tensor& x) { return erf(x); },
      [](Number x) {
        return chain(x, std::erf(x.value),
                     2 / std::sqrt(std::acos(-1.0)) * std::exp(-x.value * x.value));
      }));
  all.push_back(map(
      "x * 0.5 - 1", [](const Tensor& x) { return x * 0.5 - 1; },
      [](Number x) { return x * number(0.5) - number(1); }));
  all.push_back(map(
      "clamp", [](const Tensor& x) { return clamp(x, -0.7, 0.8); },
      [](Number x) {
        return above(number(-0.7), x) ? number(-0.7) : above(x, number(0.8)) ? number(0.8) : x;
      }));
  all.push_back(map(
      "add_, mul_ in place",
      [](const Tensor& x) {
        Tensor y = x * 1;
        add_(y, 0.25);
        return mul_(y, 0.5);
      },
      [](Number x) { return (x + number(0.25)) * number(0.5); }));
}

void add_zips(std::vector<Operation>& all) {
  all.push_back(zip(
      "add", [](const Tensor& a, const Tensor& b) { return a + b; },
      [](Number a, Number b) { return a + b; }));
  all.push_back(zip(
      "sub", [](const Tensor& a, const Tensor& b) { return a - b; },
      [](Number a, Number b) { return a - b; }));
  all.push_back(zip(
      "mul", [](const Tensor& a, const Tensor& b) { return a * b; },
      [](Number a, Number b) { return a * b; }));
  all.push_back(zip(
      "a / (1 + b^2)", [](const Tensor& a, const Tensor& b) { return a / (square(b) + 1); },
      [](Number a, Number b) { return a / (number(1) + b * b); }));
  all.push_back(zip(
      "where(a > b, a, sin b)",
      [](const Tensor& a, const Tensor& b) { return where(gt(a, b), a, sin(b)); },
      [](Number a, Number b) {
        if (std::fabs(a.value - b.value) < 1e-7) too_close() = true;  // there the value jumps
        return above(a, b) ? a : chain(b, std::sin(b.value), std::cos(b.value));
      }));
  all.push_back(zip(
      "maximum", [](const Tensor& a, const Tensor& b) { return maximum(a, b); },
      [](Number a, Number b) { return above(a, b) ? a : b; }));
  all.push_back(zip(
      "minimum", [](const Tensor& a, const Tensor& b) { return minimum(a, b); },
      [](Number a, Number b) { return above(b, a) ? a : b; }));
  all.push_back(
      {"matmul", 2, [](Generator&, const Shape& a, const Shape& b) -> std::optional<Step> {
         if (a.rank() < 2 || b.rank() != 2 || a[a.rank() - 1] != b[0]) return {};
         return Step{"matmul / k",
                     [](const Tensor& x, const Tensor& y) {
                       return matmul(x, y) / static_cast<double>(y.size(0));
                     },
                     [](const Dual& x, const Dual& y) {
                       Shape shape = x.shape();
                       const int last = shape.rank() - 1;
                       const Index k = shape[last];
                       shape[last] = y.shape()[1];
                       return tabulate_dual(shape, [&](const Shape& index) {
                         Number total = number(0);
                         Shape i = index;
                         for (Index j = 0; j < k; ++j) {
                           i[last] = j;
                           total = total + at(x, i) * at(y, {j, index[last]});
                         }
                         return total / number(static_cast<double>(k));
                       });
                     }};
       }});
  all.push_back(
      {"concat", 2, [](Generator& g, const Shape& a, const Shape& b) -> std::optional<Step> {
         if (a.rank() == 0 || a.rank() != b.rank()) return {};
         const int axis = axis_of(g, a);
         for (int i = 0; i < a.rank(); ++i)
           if (i != axis && a[i] != b[i]) return {};
         return Step{tinygrad::concat("concat axis ", axis),
                     [=](const Tensor& x, const Tensor& y) {
                       return tinygrad::concat({x, y}, axis);
                     },
                     [=](const Dual& x, const Dual& y) {
                       Shape shape = x.shape();
                       const Index first = shape[axis];
                       shape[axis] += y.shape()[axis];
                       return tabulate_dual(shape, [&](const Shape& index) {
                         Shape i = index;
                         if (i[axis] < first) return at(x, i);
                         i[axis] -= first;
                         return at(y, i);
                       });
                     }};
       }});
}

void add_axis_operations(std::vector<Operation>& all) {
  all.push_back(along("mean, kept", [](int axis, Index size) {
    return Step{{},
                [=](const Tensor& x, const Tensor&) { return mean(x, {axis}, true); },
                [=](const Dual& x, const Dual&) {
                  const Dual sum = fold_dual(x, axis, number(0), plus);
                  return map_dual(sum,
                                  [=](Number s) { return s / number(static_cast<double>(size)); });
                }};
  }));
  all.push_back(along("softmax", [](int axis, Index) {
    return Step{{},
                [=](const Tensor& x, const Tensor&) { return softmax(x, axis); },
                [=](const Dual& x, const Dual&) {
                  const Dual e = map_dual(
                      x, [](Number n) { return chain(n, std::exp(n.value), std::exp(n.value)); });
                  const Dual sum = fold_dual(e, axis, number(0), plus);
                  return zip_dual(e, sum, [](Number a, Number b) { return a / b; });
                }};
  }));
  all.push_back(along("logsumexp", [](int axis, Index) {
    return Step{
        {},
        [=](const Tensor& x, const Tensor&) { return logsumexp(x, {axis}, true); },
        [=](const Dual& x, const Dual&) {
          const Dual e =
              map_dual(x, [](Number n) { return chain(n, std::exp(n.value), std::exp(n.value)); });
          const Dual sum = fold_dual(e, axis, number(0), plus);
          return map_dual(sum, [](Number s) { return chain(s, std::log(s.value), 1 / s.value); });
        }};
  }));
  all.push_back(along("sum of squares / (1 + n)", [](int axis, Index size) {
    const double n = 1 + static_cast<double>(size);
    return Step{{},
                [=](const Tensor& x, const Tensor&) { return sum(square(x), {axis}) / n; },
                [=](const Dual& x, const Dual&) {
                  const Dual kept =
                      fold_dual(x, axis, number(0), [](Number a, Number b) { return a + b * b; });
                  Shape shape;
                  for (int a = 0; a < x.shape().rank(); ++a)
                    if (a != axis) shape.push_back(x.shape()[a]);
                  Dual out = map_dual(kept, [=](Number s) { return s / number(n); });
                  out.value.shape = out.slope.shape = shape;
                  return out;
                }};
  }));
  all.push_back(along("every other, backwards", [](int axis, Index size) {
    return Step{{},
                [=](const Tensor& x, const Tensor&) {
                  std::vector<IndexItem> items(static_cast<std::size_t>(axis), Slice{});
                  items.push_back(Slice{.step = -2});
                  return slice(x, items);
                },
                [=](const Dual& x, const Dual&) {
                  Shape shape = x.shape();
                  shape[axis] = (size + 1) / 2;
                  return tabulate_dual(shape, [&](const Shape& index) {
                    Shape i = index;
                    i[axis] = size - 1 - 2 * index[axis];
                    return at(x, i);
                  });
                }};
  }));
  all.push_back(
      {"index_select", 1, [](Generator& g, const Shape& a, const Shape&) -> std::optional<Step> {
         if (a.rank() == 0) return {};
         const int axis = axis_of(g, a);
         std::vector<std::int64_t> picks(static_cast<std::size_t>(below(g, 4)) + 1);
         for (auto& pick : picks) pick = below(g, a[axis]);
         return Step{tinygrad::concat("index_select axis ", axis),
                     [=](const Tensor& x, const Tensor&) {
                       return index_select(x, axis, Tensor(Array::from(picks, int64)));
                     },
                     [=](const Dual& x, const Dual&) {
                       Shape shape = x.shape();
                       shape[axis] = static_cast<Index>(picks.size());
                       return tabulate_dual(shape, [&](const Shape& index) {
                         Shape i = index;
                         i[axis] = picks[static_cast<std::size_t>(index[axis])];
                         return at(x, i);
                       });
                     }};
       }});
  all.push_back({"permute", 1, [](Generator& g, const Shape& a, const Shape&) {
                   Shape order;
                   for (const auto i : g.permutation(a.rank()))
                     order.push_back(static_cast<Index>(i));
                   return Step{"permute",
                               [=](const Tensor& x, const Tensor&) { return permute(x, order); },
                               [=](const Dual& x, const Dual&) {
                                 Shape shape = x.shape();
                                 for (int i = 0; i < shape.rank(); ++i)
                                   shape[i] = x.shape()[static_cast<int>(order[i])];
                                 return tabulate_dual(shape, [&](const Shape& index) {
                                   Shape i = index;
                                   for (int k = 0; k < index.rank(); ++k)
                                     i[static_cast<int>(order[k])] = index[k];
                                   return at(x, i);
                                 });
                               }};
                 }});
  all.push_back({"flatten", 1, [](Generator&, const Shape& a, const Shape&) {
                   return Step{"flatten",
                               [](const Tensor& x, const Tensor&) { return reshape(x, {-1}); },
                               [n = a.count()](const Dual& x, const Dual&) {
                                 Dual out = x;
                                 out.value.shape = out.slope.shape = Shape{n};
                                 return out;
                               }};
                 }});
  all.push_back(
      {"new axis", 1, [](Generator&, const Shape& a, const Shape&) -> std::optional<Step> {
         if (a.rank() >= 4) return {};
         return Step{"unsqueeze", [](const Tensor& x, const Tensor&) { return unsqueeze(x, 0); },
                     [](const Dual& x, const Dual&) {
                       Shape shape{1};
                       for (int i = 0; i < x.shape().rank(); ++i) shape.push_back(x.shape()[i]);
                       Dual out = x;
                       out.value.shape = out.slope.shape = shape;
                       return out;
                     }};
       }});
}

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = [] {
    std::vector<Operation> list;
    add_maps(list);
    add_zips(list);
    add_axis_operations(list);
    return list;
  }();
  return all;
}

}  // namespace tinygrad::test
