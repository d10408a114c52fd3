// SPDX-License-Identifier: MIT
// Rows for ops/loss/margin.hpp.
#include <algorithm>
#include <cmath>

#include "support/loss_rows.hpp"

namespace tinygrad::test {

namespace {

// Labels are drawn as 0 and 1; the losses take −1 and 1: "2 * x1 - 1" in PyTorch.
Input bits(const Shape& shape) { return {.shape = shape, .low = 0, .high = 2, .dtype = int64}; }
Tensor signs(const Tensor& drawn) { return 2 * drawn - 1; }
double sign_of(double bit) { return 2 * bit - 1; }

Given values(const std::vector<double>& v) { return {{static_cast<Index>(v.size())}, v}; }
Given labels(const std::vector<double>& v) { return {{static_cast<Index>(v.size())}, v, int64}; }

// A row of a matrix, or all of a vector.
std::vector<double> row_of(const Naive& x, Index n) {
  const Index columns = x.shape.back();
  const auto first = x.values.begin() + n * columns;
  return {first, first + columns};
}
Shape without_last(Shape shape) {
  shape.erase(shape.rank() - 1);
  return shape;
}
// f(row number) for every row of x.
Naive for_rows(const Naive& x, const std::function<double(Index)>& f) {
  Naive out(without_last(x.shape));
  for (Index n = 0; n < out.count(); ++n) out[n] = f(n);
  return out;
}

const std::vector<Shape> kShapes = {{}, {0}, {1}, {7}, {3, 1, 5}, {2, 0}};

std::vector<std::vector<Input>> labelled(Input x = {}) {
  std::vector<std::vector<Input>> out;
  for (const Shape& shape : kShapes) {
    x.shape = shape;
    out.push_back({x, bits(shape)});
  }
  return out;
}

void add_labelled(Rows& rows) {
  for (const double margin : {1.0, 0.5}) {
    OpCase& row = add_reductions(
        rows, {.name = margin == 1 ? "hinge_embedding_loss" : "hinge_embedding_loss/margin=0.5",
               .torch = margin == 1 ? "F.hinge_embedding_loss(x0, 2 * x1 - 1"
                                    : "F.hinge_embedding_loss(x0, 2 * x1 - 1, margin=0.5",
               .run =
                   [margin](const Tensors& x, Reduction how) {
                     return hinge_embedding_loss(x[0], signs(x[1]),
                                                 {.margin = margin, .reduction = how});
                   },
               .losses = pairwise([margin](double x, double bit) {
                 return bit == 1 ? x : x > margin ? 0 : margin - x;  // NaN stays
               }),
               .samples = labelled({.shape = {}, .away_from = margin}),
               .specials = {{values({0, 1, 0.5, 2, -1, 1e4, -1e4, kInf, -kInf, kNaN}),
                             labels({0, 0, 0, 0, 0, 0, 0, 0, 0, 0})},
                            {values({0, 1, -1, 1e4, kInf, kNaN}), labels({1, 1, 1, 1, 1, 1})}}});
    if (margin == 1) {
      row.benchmarks = {
          {.inputs = {{{1024, 1000}}, bits({1024, 1000})}, .bytes = 12.0 * 1024 * 1000}};
      row.errors = {
          {[] {
             hinge_embedding_loss(ones({2, 2}), tensor({{1, -1}, {1, 0}}));
           },
           "[hinge_embedding_loss] target[1, 1]=0 must be 1 or -1; labels 0 and 1 become"},
          {[] {
             hinge_embedding_loss(ones({3, 1}), ones({3}));
           },
           "x (3, 1) and target (3) must have the same shape"}};
    }
  }

  OpCase* row = &add_reductions(
      rows, {.name = "soft_margin_loss",
             .torch = "F.soft_margin_loss(x0, (2 * x1 - 1).to(x0.dtype)",
             .run = [](const Tensors& x,
                       Reduction how) { return soft_margin_loss(x[0], signs(x[1]), how); },
             .losses = pairwise([](double x, double bit) {
               const double z = -sign_of(bit) * x;
               return z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z));
             }),
             .samples = labelled(),
             .specials = {{values({0, 1, -1, 20, -20, kNaN, kInf, 1e4}),
                           labels({0, 1, 0, 1, 1, 1, 1, 1})}}});
  row->benchmarks = {{.inputs = {{{1024, 1000}}, bits({1024, 1000})}, .bytes = 12.0 * 1024 * 1000}};
  row->errors = {{[] { soft_margin_loss(ones({2}), zeros({2}, int64)); },
                  "[soft_margin_loss] target[0]=0 must be 1 or -1"},
                 {[] {
                    soft_margin_loss(ones({3, 1}), ones({3}));
                  },
                  "x (3, 1) and target (3) must have the same shape"}};
  add_reductions(
      rows, {.name = "soft_margin_loss/extremes",
             .torch = "F.soft_margin_loss(x0, (2 * x1 - 1).to(x0.dtype)",
             .run = [](const Tensors& x,
                       Reduction how) { return soft_margin_loss(x[0], signs(x[1]), how); },
             .losses = pairwise(
                 [](double x, double bit) { return sign_of(bit) * x < 0 ? std::fabs(x) : 0; }),
             .samples = {},
             .specials = {{values({1e4, -1e4, -kInf}), labels({0, 1, 1})}},
             .differs_from_torch = "finite and with gradient -1 where PyTorch's exp overflows"});

  for (const double margin : {0.0, 0.5}) {
    std::vector<std::vector<Input>> samples;
    for (const Shape& shape : kShapes) samples.push_back({{shape}, {shape, 2.5, 5}, bits(shape)});
    samples.push_back({{{7}, 2.5, 5}, {{7}}, bits({7})});
    row = &add_reductions(
        rows,
        {.name = margin == 0 ? "margin_ranking_loss" : "margin_ranking_loss/margin=0.5",
         .torch = margin == 0 ? "F.margin_ranking_loss(x0, x1, 2 * x2 - 1"
                              : "F.margin_ranking_loss(x0, x1, 2 * x2 - 1, margin=0.5",
         .run =
             [margin](const Tensors& x, Reduction how) {
               return margin_ranking_loss(x[0], x[1], signs(x[2]),
                                          {.margin = margin, .reduction = how});
             },
         .losses =
             [margin](const Naives& x) {
               return tabulate(x[0].shape, [&](const Shape& i) {
                 const double z = margin - sign_of(x[2](i)) * (x[0](i) - x[1](i));
                 return z < 0 ? 0 : z;
               });
             },
         .samples = samples,
         .specials = {{values({0, 1, 1, 1e4, -1e4, kInf, kNaN, kInf}),
                       values({0, 0.5, 2, 0, 0, 0, 0, kInf}), labels({1, 1, 0, 0, 1, 0, 1, 1})}}});
    if (margin == 0) {
      row->benchmarks = {{.inputs = {{{1024, 1000}}, {{1024, 1000}}, bits({1024, 1000})},
                          .bytes = 16.0 * 1024 * 1000}};
      row->errors = {{[] {
                        margin_ranking_loss(ones({3, 1}), ones({3}), ones({3}));
                      },
                      "[margin_ranking_loss] x1 (3, 1) and x2 (3) must have the same shape"},
                     {[] {
                        margin_ranking_loss(ones({3}), ones({3}), ones({3, 1}));
                      },
                      "x1 (3) and target (3, 1) must have the same shape"},
                     {[] {
                        margin_ranking_loss(ones({2}), ones({2}), tensor({1, 2}));
                      },
                      "target[1]=2 must be 1 or -1"}};
    }
  }
}

void add_cosine(Rows& rows) {
  for (const double margin : {0.0, 0.25}) {
    OpCase& row = add_reductions(
        rows, {.name = margin == 0 ? "cosine_embedding_loss" : "cosine_embedding_loss/margin=0.25",
               .torch = margin == 0 ? "F.cosine_embedding_loss(x0, x1, 2 * x2 - 1"
                                    : "F.cosine_embedding_loss(x0, x1, 2 * x2 - 1, margin=0.25",
               .run =
                   [margin](const Tensors& x, Reduction how) {
                     return cosine_embedding_loss(x[0], x[1], signs(x[2]),
                                                  {.margin = margin, .reduction = how});
                   },
               .losses =
                   [margin](const Naives& x) {
                     return for_rows(x[0], [&](Index n) {
                       const auto a = row_of(x[0], n), b = row_of(x[1], n);
                       double dot = 0, aa = 1e-12F, bb = 1e-12F;
                       for (std::size_t i = 0; i < a.size(); ++i) {
                         dot += a[i] * b[i];
                         aa += a[i] * a[i];
                         bb += b[i] * b[i];
                       }
                       const double cosine = dot / std::sqrt(aa * bb);
                       if (x[2][n] == 1) return 1 - cosine;
                       return cosine < margin ? 0 : cosine - margin;
                     });
                   },
               .samples = {{{{5, 4}}, {{5, 4}}, bits({5})},
                           {{{4}}, {{4}}, bits({})},
                           {{{3, 1}, 0.5, 2}, {{3, 1}, 0.5, 2}, bits({3})},
                           {{{0, 4}}, {{0, 4}}, bits({0})}},
               .specials = {{{{4, 2}, {0, 0, 1, 0, 1, 0, 3, 4}},
                             {{4, 2}, {1, 0, 0, 1, 1, 0, -3, -4}},
                             labels({1, 0, 0, 1})},
                            {{{3, 2}, {1e4, 1e4, kInf, 0, kNaN, 1}},
                             {{3, 2}, {1e4, -1e4, 1, 1, 1, 1}},
                             labels({1, 1, 0})}}});
    if (margin == 0) {
      row.benchmarks = {
          {.inputs = {{{4096, 256}}, {{4096, 256}}, bits({4096})}, .bytes = 8.0 * 4096 * 256}};
      row.errors = {{[] {
                       cosine_embedding_loss(ones({3, 2}), ones({3, 2}), ones({3, 2}));
                     },
                     "[cosine_embedding_loss] target (3, 2) does not fit x1 (3, 2); it must have "
                     "the shape (3)"},
                    {[] { cosine_embedding_loss(ones({}), ones({}), ones({})); },
                     "x1 () must be (N, F) or (F)"},
                    {[] {
                       cosine_embedding_loss(ones({3, 2}), ones({2}), ones({3}));
                     },
                     "x1 (3, 2) and x2 (2) must have the same shape"}};
    }
  }
}

// The p-norm of a − b + eps.
double distance(const std::vector<double>& a, const std::vector<double>& b, double p, double eps) {
  double total = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = std::fabs(a[i] - b[i] + eps);
    total = p == kInf ? std::max(total, d) : total + std::pow(d, p);
  }
  return p == kInf ? total : std::pow(total, 1 / p);
}

void add_triplet(Rows& rows) {
  const auto triple = [](const Shape& shape) {
    return std::vector<Input>(3, Input{.shape = shape});
  };
  struct Variant {
    std::string name, torch;
    TripletMarginLossOptions options;
  };
  for (const Variant& v : {Variant{"", "", {}}, Variant{"/p=1", ", p=1.0", {.p = 1}},
                           Variant{"/p=3", ", p=3.0, margin=0.5", {.margin = 0.5, .p = 3}},
                           Variant{"/p=inf", ", p=math.inf", {.p = kInf}},
                           Variant{"/swap", ", swap=True, margin=5.0", {.margin = 5, .swap = true}},
                           Variant{"/eps=0", ", eps=0.0", {.eps = 0}}}) {
    const TripletMarginLossOptions& o = v.options;
    LossRow loss = {.name = "triplet_margin_loss" + v.name,
                    .torch = "F.triplet_margin_loss(x0, x1, x2" + v.torch,
                    .run =
                        [o](const Tensors& x, Reduction how) {
                          TripletMarginLossOptions options = o;
                          options.reduction = how;
                          return triplet_margin_loss(x[0], x[1], x[2], options);
                        },
                    .losses =
                        [o](const Naives& x) {
                          return for_rows(x[0], [&](Index n) {
                            const auto a = row_of(x[0], n), b = row_of(x[1], n),
                                       c = row_of(x[2], n);
                            double far = distance(a, c, o.p, o.eps);
                            if (o.swap) far = std::min(far, distance(b, c, o.p, o.eps));
                            const double z = distance(a, b, o.p, o.eps) - far + o.margin;
                            return z < 0 ? 0 : z;
                          });
                        },
                    .samples = {triple({5, 4}), triple({4}), triple({0, 4}), triple({2, 3, 4})},
                    .specials = {{{{3, 2}, {0, 0, 1, 2, 1e4, 0}},
                                  {{3, 2}, {3, 4, 1, 3, -1e4, 1}},
                                  {{3, 2}, {1, 0.5, 4, 4, 4, 0}}}}};
    if (v.name == "/eps=0") {  // equal points: the length's kink at 0
      loss.samples.clear();
      loss.specials = {{{{2, 2}, {1, 1, 0, 0}}, {{2, 2}, {1, 1, 3, 4}}, {{2, 2}, {1, 3, 0, 0}}}};
    }
    OpCase& row = add_reductions(rows, loss);
    if (v.name.empty()) {
      row.benchmarks = {{.inputs = triple({4096, 256}), .bytes = 12.0 * 4096 * 256}};
      row.errors = {{[] {
                       triplet_margin_loss(ones({3, 2}), ones({2}), ones({3, 2}));
                     },
                     "[triplet_margin_loss] anchor (3, 2) and positive (2) must have the same"},
                    {[] { triplet_margin_loss(ones({2}), ones({2}), ones({3})); },
                     "anchor (2) and negative (3) must have the same shape"},
                    {[] { triplet_margin_loss(ones({}), ones({}), ones({})); },
                     "anchor is a scalar; it must have a dim of features"},
                    {[] { triplet_margin_loss(ones({2}), ones({2}), ones({2}), {.p = 0}); },
                     "p=0 must be positive"}};
    }
  }

  for (const bool swap : {false, true}) {
    OpCase& row = add_reductions(
        rows,
        {.name =
             swap ? "triplet_margin_with_distance_loss/swap" : "triplet_margin_with_distance_loss",
         .torch = std::string("F.triplet_margin_with_distance_loss(x0, x1, x2, margin=2.0, "
                              "distance_function=lambda a, b: ((a - b) ** 2).sum(-1), swap=") +
                  (swap ? "True" : "False"),
         .run =
             [swap](const Tensors& x, Reduction how) {
               return triplet_margin_with_distance_loss(
                   x[0], x[1], x[2],
                   [](const Tensor& a, const Tensor& b) { return sum(square(a - b), -1); },
                   {.margin = 2, .swap = swap, .reduction = how});
             },
         .losses =
             [swap](const Naives& x) {
               return for_rows(x[0], [&](Index n) {
                 const auto squares = [&](const Naive& a, const Naive& b) {
                   const double d = distance(row_of(a, n), row_of(b, n), 2, 0);
                   return d * d;
                 };
                 double far = squares(x[0], x[2]);
                 if (swap) far = std::min(far, squares(x[1], x[2]));
                 return std::max(squares(x[0], x[1]) - far + 2, 0.0);
               });
             },
         .samples = {triple({5, 4}), triple({4})}});
    if (!swap) {
      row.benchmarks = {{.inputs = triple({4096, 256}), .bytes = 12.0 * 4096 * 256}};
      row.errors = {{[] {
                       triplet_margin_with_distance_loss(
                           ones({2}), ones({3}), ones({2}),
                           [](const Tensor& a, const Tensor& b) { return sum(abs(a - b), -1); });
                     },
                     "[triplet_margin_with_distance_loss] anchor (2) and positive (3)"}};
    }
  }
}

void add_multi_margin(Rows& rows) {
  const std::vector<double> factors = {0.5, 2, 1, 0.25};
  struct Variant {
    std::string name, torch;
    int p;
    double margin;
    bool weighted;
  };
  for (const Variant& v :
       {Variant{"", "", 1, 1, false}, Variant{"/p=2", ", p=2", 2, 1, false},
        Variant{"/all options",
                ", p=2, margin=0.5, weight=torch.tensor([0.5, 2, 1, 0.25], dtype=x0.dtype)", 2, 0.5,
                true}}) {
    OpCase& row = add_reductions(
        rows,
        {.name = "multi_margin_loss" + v.name,
         .torch = "F.multi_margin_loss(x0, x1" + v.torch,
         .run =
             [v, factors](const Tensors& x, Reduction how) {
               const Tensor weight = v.weighted ? tensor(factors, x[0].dtype()) : Tensor();
               return multi_margin_loss(
                   x[0], x[1], {.p = v.p, .margin = v.margin, .weight = weight, .reduction = how});
             },
         .losses =
             [v, factors](const Naives& x) {
               return for_rows(x[0], [&](Index n) {
                 const auto scores = row_of(x[0], n);
                 const auto id = static_cast<std::size_t>(x[1][n]);
                 double total = 0;
                 for (std::size_t k = 0; k < scores.size(); ++k) {
                   const double z = v.margin - scores[id] + scores[k];
                   if (k != id && !(z < 0)) total += std::pow(z, v.p);
                 }
                 return total * (v.weighted ? factors[id] : 1) / static_cast<double>(scores.size());
               });
             },
         .samples = {{{{5, 4}}, ids({5}, 4)}, {{{4}}, ids({}, 4)}},
         .specials = {{{{3, 4}, {1, 0, 2, 0.5, 1e4, -1e4, 1e4, 0, kInf, 0, 0, 0}},
                       labels({0, 1, 2})}}});
    if (!v.weighted) row.samples.push_back({{{3, 1}}, ids({3}, 1)});
    if (v.name.empty()) {
      row.benchmarks = {
          {.inputs = {{{1024, 1000}}, ids({1024}, 1000)}, .bytes = 4.0 * 1024 * 1000}};
      row.errors = {{[] {
                       multi_margin_loss(ones({2, 3}), tensor({0, 3}, int64));
                     },
                     "[multi_margin_loss] target[1]=3 is not a class: x has 3 classes, 0 to 2"},
                    {[] {
                       multi_margin_loss(ones({2, 3}), zeros({3}, int64));
                     },
                     "target (3) does not fit x (2, 3); class ids must have the shape (2)"},
                    {[] {
                       multi_margin_loss(ones({2, 3}), zeros({2}, int64), {.p = 3});
                     },
                     "p=3 must be 1 or 2"},
                    {[] {
                       multi_margin_loss(ones({2, 3, 4}), zeros({2}, int64));
                     },
                     "x (2, 3, 4) must be (N, K) or (K)"},
                    {[] {
                       multi_margin_loss(ones({2, 3}), zeros({2}, int64), {.weight = ones({2})});
                     },
                     "weight (2) must be (3)"}};
    }
  }
  add_reductions(
      rows, {.name = "multi_margin_loss/NaN",
             .torch = "F.multi_margin_loss(x0, x1",
             .run = [](const Tensors& x,
                       Reduction how) { return multi_margin_loss(x[0], x[1], {.reduction = how}); },
             .losses = [](const Naives& x) { return Naive(x[1].shape, kNaN); },
             .samples = {},
             .specials = {{{{1, 3}, {1, kNaN, 0}}, labels({0})}},
             .differs_from_torch = "PyTorch counts a NaN score as one that keeps the "
                                   "margin; here the loss is NaN"});
}

void add_multilabel(Rows& rows) {
  // Labels are drawn from −1 up: some lists end early, some repeat a label.
  OpCase* row = &add_reductions(
      rows,
      {.name = "multilabel_margin_loss",
       .torch = "F.multilabel_margin_loss(x0, x1",
       .run = [](const Tensors& x,
                 Reduction how) { return multilabel_margin_loss(x[0], x[1], how); },
       .losses =
           [](const Naives& x) {
             return for_rows(x[0], [&](Index n) {
               const auto scores = row_of(x[0], n);
               auto list = row_of(x[1], n);
               list.erase(std::find(list.begin(), list.end(), -1), list.end());
               double total = 0;
               for (const double j : list)
                 for (std::size_t k = 0; k < scores.size(); ++k)
                   if (std::find(list.begin(), list.end(), static_cast<double>(k)) == list.end())
                     total += std::max(0.0, 1 - scores[static_cast<std::size_t>(j)] + scores[k]);
               return total / static_cast<double>(scores.size());
             });
           },
       .samples = {{{{5, 4}}, {.shape = {5, 4}, .low = -1, .high = 4, .dtype = int64}},
                   {{{7}}, {.shape = {7}, .low = -1, .high = 7, .dtype = int64}}},
       .specials = {{{{4, 4}, {1, 0, 0.5, 0.25, 2, 1, 0, 0, 1e4, -1e4, 0, kInf, 1, 1, 1, 1}},
                     {{4, 4}, {0, 0, -1, 1, 0, 2, -1, -1, 0, 1, -1, 0, -1, 0, 1, 2}, int64}}}});
  // No rows at all: unreduced only, because PyTorch leaves the mean and the sum uninitialised
  // there.
  rows[rows.size() - 2].samples.push_back({{{0, 4}}, ids({0, 4}, 4)});
  row->benchmarks = {
      {.inputs = {{{256, 1000}}, {.shape = {256, 1000}, .low = -1, .high = 1000, .dtype = int64}},
       .bytes = 12.0 * 256 * 1000}};
  row->errors = {{[] {
                    multilabel_margin_loss(ones({2, 3}), full({2, 3}, 3, int64));
                  },
                  "[multilabel_margin_loss] target[0, 0]=3 is not a class: x has 3 classes"},
                 {[] {
                    multilabel_margin_loss(ones({2, 3}), zeros({3}, int64));
                  },
                  "x (2, 3) and target (3) must have the same shape"},
                 {[] {
                    multilabel_margin_loss(ones({2, 3}), ones({2, 3}));
                  },
                  "class ids must be int64"}};

  const std::vector<double> factors = {0.5, 2, 1, 0.25};
  for (const bool weighted : {false, true}) {
    row = &add_reductions(
        rows,
        {.name = weighted ? "multilabel_soft_margin_loss/weights" : "multilabel_soft_margin_loss",
         .torch = weighted ? "F.multilabel_soft_margin_loss(x0, x1, "
                             "weight=torch.tensor([0.5, 2, 1, 0.25], dtype=x0.dtype)"
                           : "F.multilabel_soft_margin_loss(x0, x1",
         .run =
             [weighted, factors](const Tensors& x, Reduction how) {
               const Tensor weight = weighted ? tensor(factors, x[0].dtype()) : Tensor();
               return multilabel_soft_margin_loss(x[0], x[1], {.weight = weight, .reduction = how});
             },
         .losses =
             [weighted, factors](const Naives& x) {
               const auto softplus_of = [](double v) {
                 return v > 0 ? v + std::log1p(std::exp(-v)) : std::log1p(std::exp(v));
               };
               return for_rows(x[0], [&](Index n) {
                 const auto scores = row_of(x[0], n), truth = row_of(x[1], n);
                 double total = 0;
                 for (std::size_t k = 0; k < scores.size(); ++k)
                   total += (weighted ? factors[k] : 1) * (truth[k] * softplus_of(-scores[k]) +
                                                           (1 - truth[k]) * softplus_of(scores[k]));
                 return total / static_cast<double>(scores.size());
               });
             },
         .samples = {{{{5, 4}}, {{5, 4}, 0, 1}},
                     {{{4}}, {{4}, 0, 1}},
                     {{{2, 3, 4}}, {{2, 3, 4}, 0, 1}}},
         .specials = {{{{4, 4},
                        {0, 1e4, -1e4, 1, 0, 1e4, -1e4, 1, kInf, 0, 0, 0, -kInf, kNaN, 0, 0}},
                       {{4, 4}, {0, 0, 0, 0.5, 1, 1, 1, 0.5, 0, 1, 0, 1, 1, 0, 1, 0}}}}});
    if (!weighted) {
      row->samples.push_back({{{3, 1}}, {{3, 1}, 0, 1}});
      row->benchmarks = {
          {.inputs = {{{1024, 1000}}, {{1024, 1000}, 0, 1}}, .bytes = 8.0 * 1024 * 1000}};
      row->errors = {
          {[] {
             multilabel_soft_margin_loss(ones({3, 1}), ones({3}));
           },
           "[multilabel_soft_margin_loss] x (3, 1) and target (3)"},
          {[] { multilabel_soft_margin_loss(ones({}), ones({})); },
           "x is a scalar; it must have a class dim"},
          {[] {
             multilabel_soft_margin_loss(ones({2, 3}), ones({2, 3}), {.weight = ones({2, 3})});
           },
           "weight (2, 3) must be (3)"}};
    }
  }
  add_reductions(
      rows,
      {.name = "multilabel_soft_margin_loss/infinite",
       .torch = "F.multilabel_soft_margin_loss(x0, x1",
       .run =
           [](const Tensors& x, Reduction how) {
             return multilabel_soft_margin_loss(x[0], x[1], {.reduction = how});
           },
       .losses =
           [](const Naives& x) { return for_rows(x[0], [](Index) { return std::log(2.0) / 2; }); },
       .samples = {},
       .specials = {{{{2, 2}, {kInf, 0, -kInf, 0}}, {{2, 2}, {1, 0, 0, 0}}}},
       .differs_from_torch = "an infinite score that is right costs 0; in PyTorch 0·inf is NaN"});
}

}  // namespace

Rows loss_margin_cases() {
  Rows rows;
  add_labelled(rows);
  add_cosine(rows);
  add_triplet(rows);
  add_multi_margin(rows);
  add_multilabel(rows);
  for (OpCase& c : rows)
    if (c.name.rfind("hinge_embedding", 0) == 0 || c.name.rfind("margin_ranking", 0) == 0)
      c.differs_from_torch = "where the loss is NaN, PyTorch's gradient is 0 and ours is not";
  return rows;
}

}  // namespace tinygrad::test
