// SPDX-License-Identifier: MIT
// The table of the operations of the random graphs. Those that work element by element or along a
// dim are in this file.
#include "support/fuzz/operations.hpp"

#include <limits>

#include "support/fuzz/steps.hpp"

namespace tinygrad::test {

namespace {

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
  all.push_back(
      {"in place", 2, [](Generator&, const Shape& a, const Shape& b) -> std::optional<Step> {
         if (!broadcasts(a, b) || broadcast_shapes({"fuzz"}, a, b) != a) return {};
         return Step{"clone, mul_, sub_, tanh_ of",
                     [](const Tensor& x, const Tensor& y) {
                       Tensor z = clone(x);
                       mul_(z, y);
                       sub_(z, x);  // z is another tensor by now; x has kept its values
                       return tanh_(z);
                     },
                     [](const Dual& x, const Dual& y) {
                       return zip_dual(x, y, [](Number p, Number q) {
                         const Number z = p * q - p;
                         const double t = std::tanh(z.value);
                         return chain(z, t, 1 - t * t);
                       });
                     }};
       }});
  all.push_back(zip(
      "maximum", [](const Tensor& a, const Tensor& b) { return maximum(a, b); },
      [](Number a, Number b) { return above(a, b) ? a : b; }));
  all.push_back(zip(
      "minimum", [](const Tensor& a, const Tensor& b) { return minimum(a, b); },
      [](Number a, Number b) { return above(b, a) ? a : b; }));
}

void add_dim_operations(std::vector<Operation>& all) {
  all.push_back(along("mean, kept", [](int dim, Index size) {
    return Step{{},
                [=](const Tensor& x, const Tensor&) { return mean(x, {dim}, true); },
                [=](const Dual& x, const Dual&) {
                  const Dual sum = fold_dual(x, dim, number(0), plus);
                  return map_dual(sum,
                                  [=](Number s) { return s / number(static_cast<double>(size)); });
                }};
  }));
  all.push_back(along("softmax", [](int dim, Index) {
    return Step{{},
                [=](const Tensor& x, const Tensor&) { return softmax(x, dim); },
                [=](const Dual& x, const Dual&) {
                  const Dual e = map_dual(
                      x, [](Number n) { return chain(n, std::exp(n.value), std::exp(n.value)); });
                  const Dual sum = fold_dual(e, dim, number(0), plus);
                  return zip_dual(e, sum, [](Number a, Number b) { return a / b; });
                }};
  }));
  all.push_back(along("logsumexp", [](int dim, Index) {
    return Step{
        {},
        [=](const Tensor& x, const Tensor&) { return logsumexp(x, {dim}, true); },
        [=](const Dual& x, const Dual&) {
          const Dual e =
              map_dual(x, [](Number n) { return chain(n, std::exp(n.value), std::exp(n.value)); });
          const Dual sum = fold_dual(e, dim, number(0), plus);
          return map_dual(sum, [](Number s) { return chain(s, std::log(s.value), 1 / s.value); });
        }};
  }));
  all.push_back(along("log_softmax", [](int dim, Index) {
    return Step{{},
                [=](const Tensor& x, const Tensor&) { return log_softmax(x, dim); },
                [=](const Dual& x, const Dual&) {
                  const Dual e = map_dual(
                      x, [](Number n) { return chain(n, std::exp(n.value), std::exp(n.value)); });
                  return zip_dual(x, fold_dual(e, dim, number(0), plus), [](Number n, Number sum) {
                    return n - chain(sum, std::log(sum.value), 1 / sum.value);
                  });
                }};
  }));
  all.push_back(along("cumsum / n", [](int dim, Index size) {
    const double n = static_cast<double>(size);
    return Step{{},
                [=](const Tensor& x, const Tensor&) { return cumsum(x, dim) / n; },
                [=](const Dual& x, const Dual&) {
                  return map_dual(scan_dual(x, dim, plus), [=](Number s) { return s / number(n); });
                }};
  }));
  all.push_back(along("cumprod", [](int dim, Index) {
    return Step{{},
                [=](const Tensor& x, const Tensor&) { return cumprod(x, dim); },
                [=](const Dual& x, const Dual&) {
                  return scan_dual(x, dim, [](Number a, Number b) { return a * b; });
                }};
  }));
  all.push_back(along("amax", [](int dim, Index) {
    return Step{{},
                [=](const Tensor& x, const Tensor&) { return amax(x, {dim}, true); },
                [=](const Dual& x, const Dual&) {
                  const Number least = number(-std::numeric_limits<double>::infinity());
                  return fold_dual(x, dim, least,
                                   [](Number a, Number b) { return above(a, b) ? a : b; });
                }};
  }));
  all.push_back(along("var", [](int dim, Index size) {
    const Number n = number(static_cast<double>(size));
    return Step{{},
                [=](const Tensor& x, const Tensor&) { return var(x, {dim}, true, 0); },
                [=](const Dual& x, const Dual&) {
                  const Dual sum = fold_dual(x, dim, number(0), plus);
                  const Dual squares = zip_dual(
                      x, sum, [=](Number a, Number s) { return (a - s / n) * (a - s / n); });
                  return map_dual(fold_dual(squares, dim, number(0), plus),
                                  [=](Number s) { return s / n; });
                }};
  }));
  all.push_back(along("vector_norm", [](int dim, Index) {
    return Step{{},
                [=](const Tensor& x, const Tensor&) { return vector_norm(x, 2, {dim}, true); },
                [=](const Dual& x, const Dual&) {
                  const Dual squares =
                      fold_dual(x, dim, number(0), [](Number a, Number b) { return a + b * b; });
                  return map_dual(squares, [](Number s) {
                    if (s.value == 0) return number(0);      // the subgradient there is 0
                    if (s.value < 1e-6) too_close() = true;  // rounding decides the direction
                    return chain(s, std::sqrt(s.value), 0.5 / std::sqrt(s.value));
                  });
                }};
  }));
  all.push_back(along("sum of squares / (1 + n)", [](int dim, Index size) {
    const double n = 1 + static_cast<double>(size);
    return Step{{},
                [=](const Tensor& x, const Tensor&) { return sum(square(x), {dim}) / n; },
                [=](const Dual& x, const Dual&) {
                  const Dual kept =
                      fold_dual(x, dim, number(0), [](Number a, Number b) { return a + b * b; });
                  Shape shape;
                  for (int a = 0; a < x.shape().rank(); ++a)
                    if (a != dim) shape.push_back(x.shape()[a]);
                  Dual out = map_dual(kept, [=](Number s) { return s / number(n); });
                  out.value.shape = out.slope.shape = shape;
                  return out;
                }};
  }));
}

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = [] {
    std::vector<Operation> list;
    add_maps(list);
    add_zips(list);
    add_dim_operations(list);
    add_movements(list);
    add_contractions(list);
    return list;
  }();
  return all;
}

}  // namespace tinygrad::test
