// SPDX-License-Identifier: MIT
// Rows for ops/loss/classification.hpp and ops/loss/ctc.hpp.
#include <algorithm>
#include <cmath>

#include "support/loss_rows.hpp"

namespace tinygrad::test {

namespace {

constexpr Index kIgnored = 1;  // the class id that the "ignored" rows leave out
const std::vector<double> kWeights = {0.5, 2, 1, 0.25};

// The cross entropy of (N, K, …) logits by its definition.
struct Definition {
  bool weighted = false;
  double smoothing = 0;
  Index ignore = -100;
  Reduction reduction = Reduction::kMean;
  bool from_log = false;  // the input is log-probabilities (nll_loss)

  Naive operator()(const Naives& in) const {
    const Naive &x = in[0], &target = in[1];
    const int dim = x.shape.rank() == 1 ? 0 : 1;
    const Index classes = x.shape[dim];
    const bool ids = target.shape.rank() < x.shape.rank();
    Shape outer = x.shape;
    outer.erase(dim);
    double total = 0, divisor = 0;
    Naive losses = tabulate(outer, [&](const Shape& at) {
      const auto x_of = [&](const Naive& values, Index k) {
        Shape index = at;
        index.insert(dim, k);
        return values(index);
      };
      double top = -kInf, sum = 0;
      for (Index k = 0; k < classes; ++k) top = std::fmax(top, x_of(x, k));
      for (Index k = 0; k < classes; ++k) sum += std::exp(x_of(x, k) - top);
      const auto id = ids ? static_cast<Index>(target(at)) : -1;
      if (ids && id == ignore) return 0.0;
      double loss = 0;
      for (Index k = 0; k < classes; ++k) {
        const double log_p = from_log ? x_of(x, k) : x_of(x, k) - top - std::log(sum);
        const double p = ids ? (k == id ? 1 : 0) : x_of(target, k);
        const double q = (1 - smoothing) * p + smoothing / static_cast<double>(classes);
        if (q != 0) loss -= (weighted ? kWeights[static_cast<std::size_t>(k)] : 1.0) * q * log_p;
      }
      divisor += ids && weighted ? kWeights[static_cast<std::size_t>(id)] : 1.0;
      total += loss;
      return loss;
    });
    if (reduction == Reduction::kNone) return losses;
    return Naive({}, reduction == Reduction::kMean ? total / divisor : total);
  }

  std::string torch() const {
    std::string out = from_log ? "F.nll_loss(x0, x1" : "F.cross_entropy(x0, x1";
    if (weighted) out += ", weight=torch.tensor([0.5, 2, 1, 0.25], dtype=x0.dtype)";
    if (ignore >= 0) out += str_cat(", ignore_index=", ignore);
    if (smoothing > 0) out += str_cat(", label_smoothing=", smoothing);
    constexpr const char* names[] = {"none", "mean", "sum"};
    return out + ", reduction='" + names[static_cast<int>(reduction)] + "')";
  }

  Tensor run(const Tensors& x) const {
    const Tensor weight = weighted ? tensor(kWeights, x[0].dtype()) : Tensor();
    if (from_log)
      return nll_loss(x[0], x[1],
                      {.weight = weight, .ignore_index = ignore, .reduction = reduction});
    return cross_entropy(x[0], x[1],
                         {.weight = weight,
                          .ignore_index = ignore,
                          .label_smoothing = smoothing,
                          .reduction = reduction});
  }
};

Input share(const Shape& shape) { return {.shape = shape, .low = 0.1, .high = 0.4}; }

using Samples = std::vector<std::vector<Input>>;
using Specials = std::vector<std::vector<Given>>;

OpCase classification(const std::string& name, const Definition& d, const Samples& samples,
                      const Specials& specials = {}) {
  OpCase row;
  row.name = name;
  row.torch = d.torch();
  row.run = [d](const Tensors& x) { return d.run(x); };
  row.reference = d;
  row.samples = samples;
  row.specials = specials;
  return row;
}

Specials extreme_logits() {
  const Given ids_of_rows{{4}, {0, 1, 2, 0}, int64};
  return {
      {{{4, 4}, {1e4, -1e4, 0, 1e4, 1e4, -1e4, 0, 1e4, -kInf, 0, 1, 2, -kInf, 0, 1, 2}},
       ids_of_rows},
      {{{4, 4}, {kInf, 0, 0, 0, kInf, 0, 0, 0, kNaN, 0, 0, 0, -kInf, -kInf, -kInf, -kInf}},
       ids_of_rows},
      {{{0, 4}, {}}, {{0}, {}, int64}},
  };
}

void add_classification(Rows& rows) {
  const Samples by_id = {{{{5, 4}}, ids({5}, 4)},
                         {{{4}}, ids({}, 4)},
                         {{{3, 4, 2}}, ids({3, 2}, 4)},
                         {{{2, 4, 2, 3}}, ids({2, 2, 3}, 4)}};
  const Samples several = {by_id[0], by_id[2]};  // not all are ignored
  const Samples by_probability = {{{{5, 4}}, share({5, 4})},
                                  {{{4}}, share({4})},
                                  {{{3, 4, 2}}, share({3, 4, 2})},
                                  {{{2, 4, 2, 3}}, share({2, 4, 2, 3})}};
  const Specials all_ignored = {{{{2, 4}, {0, 1, 2, 3, 4, 5, 6, 7}}, {{2}, {1, 1}, int64}}};
  // Probabilities of 0 and 1, and rows that are not distributions.
  const Specials certain = {{{{4, 4}, {0, 1, 2, 3, 1e4, -1e4, 0, 0, 1e4, -1e4, 0, 0, 1, 2, 3, 4}},
                             {{4, 4}, {0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}}}};
  const Reduction none = Reduction::kNone, total = Reduction::kSum;

  const std::size_t ce = rows.size();
  rows.push_back(classification("cross_entropy", {}, by_id, extreme_logits()));
  rows.push_back(
      classification("cross_entropy/sum", {.reduction = total}, by_id, extreme_logits()));
  rows.push_back(
      classification("cross_entropy/none", {.reduction = none}, by_id, extreme_logits()));
  rows.push_back(
      classification("cross_entropy/weights", {.weighted = true}, by_id, extreme_logits()));
  for (const Reduction how : {Reduction::kMean, none, total}) {
    const std::string suffix = how == none ? ", none" : how == total ? ", sum" : "";
    rows.push_back(classification("cross_entropy/smoothing" + suffix,
                                  {.weighted = true, .smoothing = 0.2, .reduction = how}, by_id,
                                  {extreme_logits()[0]}));
    rows.push_back(classification("cross_entropy/ignored" + suffix,
                                  {.ignore = kIgnored, .reduction = how}, several, all_ignored));
    rows.push_back(
        classification("cross_entropy/weights, smoothing, ignored" + suffix,
                       {.weighted = true, .smoothing = 0.2, .ignore = kIgnored, .reduction = how},
                       several, all_ignored));
    rows.push_back(classification("cross_entropy/probabilities" + suffix, {.reduction = how},
                                  by_probability, certain));
    rows.push_back(classification("cross_entropy/probabilities, weights, smoothing" + suffix,
                                  {.weighted = true, .smoothing = 0.1, .reduction = how},
                                  by_probability, certain));
  }
  OpCase impossible = classification("cross_entropy/impossible class", {.reduction = none}, {},
                                     {{{{2, 2}, {0, -kInf, -kInf, 3}}, {{2, 2}, {1, 0, 0, 1}}}});
  impossible.differs_from_torch =
      "a class of probability 0 and logit -inf counts as 0; in PyTorch 0·inf is NaN";
  rows.push_back(impossible);

  for (const bool from_log : {false, true}) {
    OpCase weightless;
    weightless.name = from_log ? "nll_loss/weight 0" : "cross_entropy/weight 0";
    weightless.torch = std::string(from_log ? "F.nll_loss" : "F.cross_entropy") +
                       "(x0, x1, weight=torch.tensor([1, 0], dtype=x0.dtype), reduction='sum')";
    weightless.run = [from_log](const Tensors& x) {
      const Tensor weight = tensor({1, 0}, x[0].dtype());
      return from_log ? nll_loss(x[0], x[1], {.weight = weight, .reduction = Reduction::kSum})
                      : cross_entropy(x[0], x[1], {.weight = weight, .reduction = Reduction::kSum});
    };
    weightless.reference = [from_log](const Naives& x) {
      // Only row 1, of class 0, counts.
      return Naive({}, from_log ? -x[0][2] : std::log(1 + std::exp(x[0][3] - x[0][2])));
    };
    weightless.specials = {{{{2, 2}, {0, -kInf, -1, -2}}, {{2}, {1, 0}, int64}}};
    weightless.differs_from_torch =
        "an infinite loss of weight 0 counts as 0; in PyTorch it is NaN";
    rows.push_back(weightless);
  }

  const std::size_t nll = rows.size();
  const std::vector<Given> nothing = {{{0, 4}, {}}, {{0}, {}, int64}};  // the mean is 0/0
  const Specials log_p = {
      nothing,
      {{{4, 4}, {0, -kInf, -1, -2, -kInf, 0, -1, -2, -1e4, 0, 0, kNaN, kNaN, 1, 2, 3}},
       {{4}, {0, 0, 0, 0}, int64}}};
  for (const Reduction how : {Reduction::kMean, none, total}) {
    const std::string suffix = how == none ? "none" : how == total ? "sum" : "";
    const std::string more = suffix.empty() ? "" : ", " + suffix;
    rows.push_back(classification(suffix.empty() ? "nll_loss" : "nll_loss/" + suffix,
                                  {.reduction = how, .from_log = true}, by_id, log_p));
    rows.push_back(
        classification("nll_loss/weights, ignored" + more,
                       {.weighted = true, .ignore = kIgnored, .reduction = how, .from_log = true},
                       several, all_ignored));
  }

  OpCase weightless{.name = "nll_loss/all weights 0",
                    .torch = "F.nll_loss(x0, x1, weight=torch.zeros_like(x0[0]))"};
  weightless.run = [](const Tensors& x) {
    return nll_loss(x[0], x[1], {.weight = zeros({x[0].size(1)}, x[0].dtype())});
  };
  weightless.reference = [](const Naives&) {
    return tabulate(Shape{}, [](const Shape&) { return kNaN; });
  };
  weightless.specials = {{{{2, 2}, {-1, -2, -0.5, -3}}, {{2}, {0, 1}, int64}}};
  weightless.differs_from_torch =
      "the gradient of a mean over nothing is 0; in PyTorch it is NaN where the targets are";
  rows.push_back(weightless);

  rows[ce].errors = {
      {[] {
         cross_entropy(ones({2, 10}), tensor({3, 10}, int64));
       },
       "[cross_entropy] target[1]=10 is not a class: x has 10 classes, 0 to 9"},
      {[] {
         cross_entropy(ones({2, 3, 2}), tensor({{0, 1}, {2, -1}}, int64));
       },
       "target[1, 1]=-1 is not a class: x has 3 classes, 0 to 2"},
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
         cross_entropy(ones({2, 3}), ones({2, 3}, float64));
       },
       "target is float64, x is float32; probabilities must have the logits' dtype"},
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
       "must be floating logits"},
      {[] { cross_entropy(ones({}), zeros({}, int64)); }, "x is a scalar; it must have a class"},
      {[] {
         cross_entropy(ones({2, 3}), zeros({2}, int64), {.reduction = Reduction::kBatchMean});
       },
       "[cross_entropy] reduction kBatchMean is kl_div's"}};
  rows[ce].benchmarks = {
      {.inputs = {{{1024, 1000}}, ids({1024}, 1000)}, .bytes = 8.0 * 1024 * 1000},
      {.inputs = {{{64, 10}}, ids({64}, 10)}, .bytes = 8.0 * 64 * 10}};
  rows[nll].errors = {
      {[] {
         nll_loss(ones({2, 3}), tensor({0, -1}, int64));
       },
       "[nll_loss] target[1]=-1 is not a class: x has 3 classes, 0 to 2"},
      {[] {
         nll_loss(ones({2, 3}), ones({2}));
       },
       "class ids must be int64"},
      {[] {
         nll_loss(ones({2, 3}, int64), zeros({2}, int64));
       },
       "floating log-probabilities"},
      {[] {
         nll_loss(ones({2, 3, 4}), zeros({2, 3}, int64));
       },
       "target (2, 3) does not fit x (2, 3, 4); class ids must have the shape (2, 4)"}};
  rows[nll].benchmarks = {
      {.inputs = {{{1024, 1000}}, ids({1024}, 1000)}, .bytes = 4.0 * 1024 * 1000}};
}

// −[p·t·log x + (1−t)·log(1−x)], with logarithms of at least −100.
double binary(double x, double t, double positive = 1) {
  return -(positive * t * std::fmax(std::log(x), -100) +
           (1 - t) * std::fmax(std::log(1 - x), -100));
}
// The same from logits, as far from 0 and 1 as they may be.
double binary_with_logits(double x, double t, double positive = 1) {
  const auto softplus_of = [](double v) {
    return (v < 0 ? 0 : v) + std::log1p(std::exp(-std::fabs(v)));
  };
  return (t == 1 ? 0 : (1 - t) * softplus_of(x)) + (t == 0 ? 0 : positive * t * softplus_of(-x));
}

void add_binary(Rows& rows) {
  const Input x{.shape = {}, .low = 0.05, .high = 0.95}, t{.shape = {}, .low = 0, .high = 1};
  const auto pairs = [](Input left, Input right, const std::vector<Shape>& shapes) {
    Samples out;
    for (const Shape& shape : shapes) {
      left.shape = right.shape = shape;
      out.push_back({left, right});
    }
    return out;
  };
  const std::vector<Shape> shapes = {{}, {0}, {1}, {7}, {3, 1, 5}, {2, 0}}, matrices = {{3, 4}};
  const char* weights = "torch.tensor([0.5, 2, 1, 0.25], dtype=x0.dtype)";
  const Specials edges = {{{{7}, {0, 1, 0, 1, 0.5, 0.5, 0.5}}, {{7}, {0, 1, 1, 0, 0, 1, 0.5}}}};

  OpCase* row = &add_reductions(
      rows,
      {.name = "binary_cross_entropy",
       .torch = "F.binary_cross_entropy(x0, x1",
       .run = [](const Tensors& in,
                 Reduction how) { return binary_cross_entropy(in[0], in[1], {.reduction = how}); },
       .losses = pairwise([](double p, double y) { return binary(p, y); }),
       .samples = pairs(x, t, shapes),
       .specials = edges});
  row->errors = {
      {[] {
         binary_cross_entropy(ones({3, 1}), ones({3}));
       },
       "[binary_cross_entropy] x (3, 1) and target (3) must have the same shape"},
      {[] {
         binary_cross_entropy(tensor({{0, 1.5}}), tensor({{0, 1}}));
       },
       "x[0, 1]=1.5 is not a probability; it must be in [0, 1]"},
      {[] { binary_cross_entropy(tensor({0.5}), tensor({-1})); }, "target[0]=-1 is not a"},
      {[] { binary_cross_entropy(ones({3}), ones({3}), {.weight = ones({2})}); },
       "weight (2) does not broadcast to x (3)"}};
  row->benchmarks = {
      {.inputs = {{{1024, 1000}, 0.05, 0.95}, {{1024, 1000}, 0, 1}}, .bytes = 8.0 * 1024 * 1000}};
  add_reductions(
      rows, {.name = "binary_cross_entropy/weight",
             .torch = std::string("F.binary_cross_entropy(x0, x1, weight=") + weights,
             .run =
                 [](const Tensors& in, Reduction how) {
                   return binary_cross_entropy(
                       in[0], in[1], {.weight = tensor(kWeights, in[0].dtype()), .reduction = how});
                 },
             .losses =
                 [](const Naives& in) {
                   return tabulate(in[0].shape, [&](const Shape& i) {
                     return kWeights[static_cast<std::size_t>(i[1])] * binary(in[0](i), in[1](i));
                   });
                 },
             .samples = pairs(x, t, matrices)});

  const Specials extremes = {
      {{{7}, {0, 1e4, 1e4, -1e4, -1e4, kInf, kNaN}}, {{7}, {0.5, 0, 1, 0, 1, 0, 0}}}};
  row = &add_reductions(
      rows, {.name = "binary_cross_entropy_with_logits",
             .torch = "F.binary_cross_entropy_with_logits(x0, x1",
             .run =
                 [](const Tensors& in, Reduction how) {
                   return binary_cross_entropy_with_logits(in[0], in[1], {.reduction = how});
                 },
             .losses = pairwise([](double z, double y) { return binary_with_logits(z, y); }),
             .samples = pairs({}, t, shapes),
             .specials = extremes});
  row->errors = {
      {[] { binary_cross_entropy_with_logits(ones({3}), ones({2})); }, "must have the same shape"},
      {[] { binary_cross_entropy_with_logits(ones({3}), ones({3}, int64)); },
       "both must have the same floating dtype"},
      {[] { binary_cross_entropy_with_logits(ones({3}), ones({3}), {.weight = ones({2})}); },
       "[binary_cross_entropy_with_logits] weight (2) does not broadcast to x (3)"},
      {[] { binary_cross_entropy_with_logits(ones({3}), ones({3}), {.pos_weight = ones({2})}); },
       "pos_weight (2) does not broadcast to x (3)"}};
  row->benchmarks = {
      {.inputs = {{{1024, 1000}}, {{1024, 1000}, 0, 1}}, .bytes = 8.0 * 1024 * 1000}};
  add_reductions(
      rows,
      {.name = "binary_cross_entropy_with_logits/infinite",
       .torch = "F.binary_cross_entropy_with_logits(x0, x1",
       .run =
           [](const Tensors& in, Reduction how) {
             return binary_cross_entropy_with_logits(in[0], in[1], {.reduction = how});
           },
       .losses = pairwise([](double z, double y) { return (z > 0) == (y == 1) ? 0 : kInf; }),
       .samples = {},
       .specials = {{{{2}, {kInf, -kInf}}, {{2}, {1, 0}}},
                    {{{4}, {kInf, -kInf, kInf, -kInf}}, {{4}, {1, 0, 0, 1}}}},
       .differs_from_torch = "an infinite logit that is right costs 0, one that is wrong inf; in "
                             "PyTorch both are 0·inf, NaN"});
  const std::string call = "F.binary_cross_entropy_with_logits(x0, x1, ";
  struct Variant {
    std::string name, torch;
    bool weight, pos_weight;
  };
  for (const Variant& v : {Variant{"weight", "weight=", true, false},
                           Variant{"pos_weight", "pos_weight=", false, true}})
    add_reductions(rows, {.name = "binary_cross_entropy_with_logits/" + v.name,
                          .torch = call + v.torch + weights,
                          .run =
                              [v](const Tensors& in, Reduction how) {
                                const Tensor factors = tensor(kWeights, in[0].dtype());
                                return binary_cross_entropy_with_logits(
                                    in[0], in[1],
                                    {.weight = v.weight ? factors : Tensor(),
                                     .pos_weight = v.pos_weight ? factors : Tensor(),
                                     .reduction = how});
                              },
                          .losses =
                              [v](const Naives& in) {
                                return tabulate(in[0].shape, [&](const Shape& i) {
                                  const double factor = kWeights[static_cast<std::size_t>(i[1])];
                                  return (v.weight ? factor : 1) *
                                         binary_with_logits(in[0](i), in[1](i),
                                                            v.pos_weight ? factor : 1);
                                });
                              },
                          .samples = pairs({}, t, matrices),
                          .specials = {{{{2, 4}, {1e4, -1e4, 1e4, -1e4, 0, 1, -1, 2}},
                                        {{2, 4}, {0, 0, 1, 1, 1, 0, 0.5, 1}}}}});
}

// What the classes at all steps spell: repeats merged, blanks left out.
std::vector<Index> spelled(const std::vector<Index>& path, Index blank) {
  std::vector<Index> out;
  for (std::size_t t = 0; t < path.size(); ++t)
    if (path[t] != blank && (t == 0 || path[t] != path[t - 1])) out.push_back(path[t]);
  return out;
}

// −log of the sum over all C^T paths that spell the labels.
double ctc_of(const Naive& log_p, Index n, Index steps, const std::vector<Index>& labels,
              Index blank) {
  const Index classes = log_p.shape[2];
  std::vector<Index> path(static_cast<std::size_t>(steps), 0);
  double total = 0;
  while (true) {
    if (spelled(path, blank) == labels) {
      double sum = 0;
      for (Index t = 0; t < steps; ++t) sum += log_p({t, n, path[static_cast<std::size_t>(t)]});
      total += std::exp(sum);
    }
    std::size_t t = 0;
    while (t < path.size() && ++path[t] == classes) path[t++] = 0;
    if (t == path.size()) return -std::log(total);
  }
}

void add_ctc(Rows& rows) {
  struct Variant {
    std::string name, torch;
    std::vector<Index> steps, labels;  // the lengths
    bool padded = true;
    bool from_logits = true;
    CtcLossOptions options = {};
  };
  const auto list = [](const std::vector<Index>& values) {
    std::string out = "torch.tensor([";
    for (const Index v : values) out += std::to_string(v) + ", ";
    return out + "])";
  };
  const Input logits{.shape = {5, 3, 4}};
  const Input words{.shape = {3, 3}, .low = 1, .high = 4, .dtype = int64};
  const Input line{.shape = {4}, .low = 1, .high = 4, .dtype = int64};
  const Input early{.shape = {3, 3}, .low = 0, .high = 3, .dtype = int64};
  for (const Variant& v :
       {Variant{"", "", {5, 5, 5}, {1, 2, 2}}, Variant{"/lengths", "", {5, 3, 4}, {2, 1, 0}},
        Variant{"/hardly fitting", "", {5, 4, 3}, {3, 2, 2}},
        Variant{"/concatenated", "", {5, 4, 4}, {2, 1, 1}, false},
        Variant{"/blank=3", ", blank=3", {5, 5, 4}, {2, 2, 1}, true, true, {.blank = 3}},
        Variant{"/impossible", "", {5, 2, 1}, {2, 3, 2}},
        Variant{"/zero_infinity",
                ", zero_infinity=True",
                {5, 2, 1},
                {2, 3, 2},
                true,
                true,
                {.zero_infinity = true}},
        Variant{"/any scores", "", {5, 4, 3}, {2, 2, 1}, true, false}}) {
    const Tensor steps = tensor(v.steps, int64), labels = tensor(v.labels, int64);
    const bool impossible = v.name == "/impossible";
    LossRow loss = {
        .name = "ctc_loss" + v.name,
        .torch = "F.ctc_loss(F.log_softmax(x0, -1), x1, " + list(v.steps) + ", " + list(v.labels) +
                 v.torch,
        .run =
            [v, steps, labels](const Tensors& x, Reduction how) {
              CtcLossOptions options = v.options;
              options.reduction = how;
              return ctc_loss(v.from_logits ? log_softmax(x[0], -1) : x[0], x[1], steps, labels,
                              options);
            },
        .losses =
            [v](const Naives& x) {
              Naive log_p = x[0];
              const Index classes = log_p.shape[2];
              for (Index row = 0; v.from_logits && row < log_p.count(); row += classes) {
                double sum = 0;
                for (Index c = 0; c < classes; ++c) sum += std::exp(x[0][row + c]);
                for (Index c = 0; c < classes; ++c) log_p[row + c] -= std::log(sum);
              }
              Naive out({log_p.shape[1]});
              Index next = 0;
              for (std::size_t n = 0; n < v.labels.size(); ++n) {
                if (v.padded) next = static_cast<Index>(n) * x[1].shape[1];
                std::vector<Index> word;
                for (Index i = 0; i < v.labels[n]; ++i, ++next)
                  word.push_back(static_cast<Index>(x[1][next]));
                double one =
                    ctc_of(log_p, static_cast<Index>(n), v.steps[n], word, v.options.blank);
                if (v.options.zero_infinity && std::isinf(one)) one = 0;
                out[static_cast<Index>(n)] = one;
              }
              return out;
            },
        .samples = {{logits, v.options.blank == 3 ? early
                             : v.padded           ? words
                                                  : line}}};
    if (impossible) {
      loss.differs_from_torch = "the gradient of an infinite loss is 0; in PyTorch it is NaN";
      std::vector<double> values(60);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 7) * 0.25;
      loss.samples.clear();
      loss.specials = {{{{5, 3, 4}, values}, {{3, 3}, {1, 2, 3, 1, 1, 2, 3, 1, 2}, int64}}};
    }
    const std::size_t first = rows.size();
    OpCase& row = add_reductions(rows, loss);
    // The mean divides each loss by its number of labels, at least 1, before it averages.
    row.reference = [losses = loss.losses, v](const Naives& x) {
      Naive each = losses(x);
      for (std::size_t n = 0; n < v.labels.size(); ++n)
        each[static_cast<Index>(n)] /= static_cast<double>(std::max<Index>(v.labels[n], 1));
      return reduced(each, Reduction::kMean);
    };
    if (!v.from_logits)  // PyTorch's gradient is right only after log_softmax
      for (std::size_t i = first; i < rows.size(); ++i) rows[i].torch.clear();
    if (!v.name.empty()) continue;
    row.errors = {
        {[] {
           ctc_loss(ones({5, 2, 3}), ones({2, 2}, int64), tensor({5, 6}, int64),
                    tensor({1, 1}, int64));
         },
         "[ctc_loss] input_lengths[1]=6 must be in [1, 5]"},
        {[] {
           ctc_loss(ones({5, 2, 3}), ones({2, 2}, int64), tensor({5, 5}, int64),
                    tensor({1, 3}, int64));
         },
         "target_lengths[1]=3 must be in [0, 2]"},
        {[] {
           ctc_loss(ones({5, 2, 3}), tensor({{1, 2}, {1, 0}}, int64), tensor({5, 5}, int64),
                    tensor({1, 2}, int64));
         },
         "targets[1, 1]=0 is not a label: there are 3 classes, 0 to 2, and 0 is the blank"},
        {[] {
           ctc_loss(ones({5, 2, 3}), ones({3}, int64), tensor({5, 5}, int64),
                    tensor({1, 1}, int64));
         },
         "target_lengths add up to 2, but targets holds 3 labels"},
        {[] { ctc_loss(ones({5}), ones({1}, int64), ones({}, int64), ones({}, int64)); },
         "log_probs (5) must be (T, N, C) or (T, C)"},
        {[] {
           ctc_loss(ones({5, 3}), ones({1, 1}, int64), ones({}, int64), ones({}, int64));
         },
         "targets (1, 1) does not fit log_probs (5, 3)"},
        {[] {
           ctc_loss(ones({5, 3}), ones({1}, int64), ones({}, int64), ones({}, int64), {.blank = 3});
         },
         "blank=3 is not a class"}};
  }

  OpCase single;
  single.name = "ctc_loss/one sample, none";
  single.torch =
      "F.ctc_loss(F.log_softmax(x0, -1), x1, torch.tensor(len(x0)), "
      "torch.tensor(len(x1)), reduction='none')";
  single.run = [](const Tensors& x) {
    return ctc_loss(log_softmax(x[0], -1), x[1], tensor(x[0].size(0), int64),
                    tensor(x[1].size(0), int64), {.reduction = Reduction::kNone});
  };
  single.reference = [](const Naives& x) {
    Naive log_p({5, 1, 3});
    for (Index t = 0; t < 5; ++t) {
      double top = -kInf, sum = 0;
      for (Index c = 0; c < 3; ++c) top = std::fmax(top, x[0]({t, c}));
      for (Index c = 0; c < 3; ++c) sum += std::exp(x[0]({t, c}) - top);
      for (Index c = 0; c < 3; ++c) log_p({t, 0, c}) = x[0]({t, c}) - top - std::log(sum);
    }
    const std::vector<Index> word = {static_cast<Index>(x[1][0]), static_cast<Index>(x[1][1])};
    return Naive({}, ctc_of(log_p, 0, 5, word, 0));
  };
  single.samples = {{{.shape = {5, 3}}, {.shape = {2}, .low = 1, .high = 3, .dtype = int64}}};
  OpCase ruled_out = single;
  ruled_out.name = "ctc_loss/class ruled out, none";
  ruled_out.samples.clear();
  ruled_out.specials = {
      {{{5, 3}, {0, 1, -kInf, 0, 1, -kInf, 0, 0, 0, 0, 1, 2, 1, 0, 1}}, {{2}, {1, 1}, int64}}};
  ruled_out.differs_from_torch = "a class of probability 0 has gradient 0; in PyTorch it is NaN";
  rows.push_back(ruled_out);
  single.specials = {
      // a certain path
      {{{5, 3}, {0, 1e4, 0, 0, 1e4, 0, 1e4, 0, 0, 0, 0, 1e4, 0, 0, 1e4}}, {{2}, {1, 2}, int64}}};
  single.benchmarks = {
      {.inputs = {{{500, 32}}, {.shape = {60}, .low = 1, .high = 32, .dtype = int64}},
       .bytes = 8.0 * 500 * 121}};
  rows.push_back(single);
}

}  // namespace

Rows loss_classification_cases() {
  Rows rows;
  add_classification(rows);
  add_binary(rows);
  add_ctc(rows);
  for (OpCase& c : rows)
    if (c.name.rfind("binary_cross_entropy", 0) == 0 &&
        c.name.find("logits") == std::string::npos) {
      c.torch_tolerance = 1e-9;
      c.torch_tolerance_reason = "PyTorch adds 1e-12 to x·(1 − x) in its second derivative";
    }
  return rows;
}

}  // namespace tinygrad::test
