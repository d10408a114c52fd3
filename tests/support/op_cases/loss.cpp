// SPDX-License-Identifier: MIT
// Rows for ops/loss.hpp.
#include <cmath>

#include "support/op_cases.hpp"

namespace tinygrad::test {

namespace {

constexpr Index kIgnored = 1;  // the class id that the "ignored" rows leave out
const std::vector<double> kWeights = {0.5, 2, 1, 0.25};

// The cross entropy of (N, K, …) logits by its definition, from the softmax itself.
struct Definition {
  bool weighted = false;
  double smoothing = 0;
  Index ignore = -100;
  Reduction reduction = Reduction::kMean;
  bool from_log = false;  // the input is log-probabilities (nll_loss)

  Naive operator()(const Naives& in) const {
    const Naive &x = in[0], &target = in[1];
    const int axis = x.shape.rank() == 1 ? 0 : 1;
    const Index classes = x.shape[axis];
    const bool ids = target.shape.rank() < x.shape.rank();
    Shape outer = x.shape;
    outer.erase(axis);
    double total = 0, divisor = 0;
    Naive losses = tabulate(outer, [&](const Shape& at) {
      const auto class_at = [&](Index k) {
        Shape index = at;
        index.insert(axis, k);
        return index;
      };
      double sum = 0;
      for (Index k = 0; k < classes; ++k) sum += std::exp(x(class_at(k)));
      const auto id = ids ? static_cast<Index>(target(at)) : -1;
      if (ids && id == ignore) return 0.0;
      double loss = 0;
      for (Index k = 0; k < classes; ++k) {
        const double log_p = from_log ? x(class_at(k)) : x(class_at(k)) - std::log(sum);
        const double p = ids ? (k == id ? 1 : 0) : target(class_at(k));
        const double q = (1 - smoothing) * p + smoothing / static_cast<double>(classes);
        loss -= (weighted ? kWeights[static_cast<std::size_t>(k)] : 1.0) * q * log_p;
      }
      divisor += ids && weighted ? kWeights[static_cast<std::size_t>(id)] : 1.0;
      total += loss;
      return loss;
    });
    if (reduction == Reduction::kNone) return losses;
    return Naive({}, reduction == Reduction::kMean ? total / divisor : total);
  }
};

Tensor weights(const Tensor& like) { return tensor(kWeights, like.dtype()); }

Input ids(const Shape& shape, double classes) {
  return {.shape = shape, .low = 0, .high = classes, .dtype = int64};
}

using Loss = Tensor (*)(const Tensor&, const Tensor&, const CrossEntropyOptions&, At);

OpCase classification(const std::string& name, Loss f, Definition d,
                      std::vector<std::vector<Input>> samples) {
  return {.name = name,
          .run =
              [f, d](const Tensors& x) {
                return f(x[0], x[1],
                         {.weight = d.weighted ? weights(x[0]) : Tensor(),
                          .ignore_index = d.ignore,
                          .label_smoothing = d.smoothing,
                          .reduction = d.reduction},
                         At::here());
              },
          .reference = d,
          .samples = std::move(samples)};
}

}  // namespace

Rows loss_cases() {
  const std::vector<std::vector<Input>> by_id = {{{{5, 4}}, ids({5}, 4)},
                                                 {{{4}}, ids({}, 4)},
                                                 {{{3, 4, 2}}, ids({3, 2}, 4)},
                                                 {{{2, 4, 2, 3}}, ids({2, 2, 3}, 4)}};
  const std::vector<std::vector<Input>> several = {by_id[0], by_id[2]};  // not all are ignored
  const Input share{.shape = {5, 4}, .low = 0.1, .high = 0.4};
  const std::vector<std::vector<Input>> by_probability = {{{{5, 4}}, share}};
  Rows rows = {
      classification("cross_entropy", cross_entropy, {}, by_id),
      classification("cross_entropy/sum", cross_entropy, {.reduction = Reduction::kSum}, by_id),
      classification("cross_entropy/none", cross_entropy, {.reduction = Reduction::kNone}, by_id),
      classification("cross_entropy/weights", cross_entropy, {.weighted = true}, by_id),
      classification("cross_entropy/smoothing", cross_entropy, {.weighted = true, .smoothing = 0.2},
                     by_id),
      classification("cross_entropy/ignored", cross_entropy, {.ignore = kIgnored}, several),
      classification("cross_entropy/probabilities", cross_entropy, {}, by_probability),
      classification("cross_entropy/probabilities, all options", cross_entropy,
                     {.weighted = true, .smoothing = 0.1, .reduction = Reduction::kNone},
                     by_probability),
      classification("nll_loss", nll_loss, {.from_log = true}, by_id),
      classification("nll_loss/weights, ignored", nll_loss,
                     {.weighted = true, .ignore = kIgnored, .from_log = true}, several),
      classification("nll_loss/none", nll_loss, {.reduction = Reduction::kNone, .from_log = true},
                     by_id),
  };
  rows[0].errors = {{[] {
                       cross_entropy(ones({2, 10}), tensor({3, 10}, int64));
                     },
                     "[cross_entropy] target[1]=10 is not a class: x has 10 classes, 0 to 9"},
                    {[] {
                       cross_entropy(ones({2, 10}), tensor({3, 1}));
                     },
                     "class ids must be int64"},
                    {[] {
                       cross_entropy(ones({2, 10}), zeros({3}, int64));
                     },
                     "target (3) does not fit x (2, 10)"},
                    {[] {
                       cross_entropy(ones({2, 10}), zeros({2}, uint8));
                     },
                     "target is uint8; class ids must be int64"},
                    {[] {
                       cross_entropy(ones({2, 3}), zeros({2}, int64), {.weight = ones({2})});
                     },
                     "weight (2) must be (3)"},
                    {[] {
                       cross_entropy(ones({2, 3}), zeros({2}, int64), {.label_smoothing = 2});
                     },
                     "must be in [0, 1]"},
                    {[] {
                       cross_entropy(ones({2, 3}, int64), zeros({2}, int64));
                     },
                     "must be floating logits"}};
  rows[0].benchmarks = {{.inputs = {{{1024, 1000}}, ids({1024}, 1000)}, .bytes = 8.0 * 1024 * 1000},
                        {.inputs = {{{64, 10}}, ids({64}, 10)}, .bytes = 8.0 * 64 * 10}};
  rows[8].benchmarks = {
      {.inputs = {{{1024, 1000}}, ids({1024}, 1000)}, .bytes = 4.0 * 1024 * 1000}};
  rows[8].errors = {{[] {
                       nll_loss(ones({2, 3}), tensor({0, -1}, int64));
                     },
                     "[nll_loss] target[1]=-1 is not a class"},
                    {[] {
                       nll_loss(ones({2, 3}), ones({2}));
                     },
                     "class ids must be int64"},
                    {[] {
                       nll_loss(ones({2, 3}), zeros({2}, int64), {.label_smoothing = 0.1});
                     },
                     "is cross_entropy's; it must be 0 here"}};

  rows.push_back(
      {.name = "mse_loss",
       .run = [](const Tensors& x) { return mse_loss(x[0], x[1]); },
       .reference =
           [](const Naives& x) {
             double sum = 0;
             for (Index i = 0; i < x[0].count(); ++i)
               sum += (x[0][i] - x[1][i]) * (x[0][i] - x[1][i]);
             return Naive({}, sum / static_cast<double>(x[0].count()));
           },
       .samples = {{{{3, 4}}, {{3, 4}}}, {{{}}, {{}}}, {{{7}}, {{7}}}},
       .errors = {{[] {
                     mse_loss(ones({3, 1}), ones({3}));
                   },
                   "[mse_loss] x (3, 1) and target (3) must have the same shape"}},
       .benchmarks = {{.inputs = {{{1024, 1000}}, {{1024, 1000}}}, .bytes = 8.0 * 1024 * 1000}}});

  const auto bce = [](double x, double t, double positive) {
    const double s = 1 / (1 + std::exp(-x));
    return -(positive * t * std::log(s) + (1 - t) * std::log(1 - s));
  };
  const Input target{.shape = {3, 4}, .low = 0, .high = 1};
  rows.push_back(
      {.name = "binary_cross_entropy_with_logits",
       .run = [](const Tensors& x) { return binary_cross_entropy_with_logits(x[0], x[1]); },
       .reference =
           [bce](const Naives& x) {
             double sum = 0;
             for (Index i = 0; i < x[0].count(); ++i) sum += bce(x[0][i], x[1][i], 1);
             return Naive({}, sum / static_cast<double>(x[0].count()));
           },
       .samples = {{{{3, 4}}, target}},
       .errors = {{[] { binary_cross_entropy_with_logits(ones({3}), ones({2})); },
                   "must have the same shape"},
                  {[] { binary_cross_entropy_with_logits(ones({3}), ones({3}, int64)); },
                   "both must have the same floating dtype"}},
       .benchmarks = {{.inputs = {{{1024, 1000}}, {.shape = {1024, 1000}, .low = 0, .high = 1}},
                       .bytes = 8.0 * 1024 * 1000}}});
  rows.push_back({.name = "binary_cross_entropy_with_logits/pos_weight, none",
                  .run =
                      [](const Tensors& x) {
                        return binary_cross_entropy_with_logits(
                            x[0], x[1],
                            {.pos_weight = tensor({0.5, 2, 1, 3}, x[0].dtype()),
                             .reduction = Reduction::kNone});
                      },
                  .reference =
                      [bce](const Naives& x) {
                        const double positive[] = {0.5, 2, 1, 3};
                        return tabulate(x[0].shape, [&](const Shape& i) {
                          return bce(x[0](i), x[1](i), positive[i[1]]);
                        });
                      },
                  .samples = {{{{3, 4}}, target}}});
  return rows;
}

}  // namespace tinygrad::test
