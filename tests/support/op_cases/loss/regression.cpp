// SPDX-License-Identifier: MIT
// Rows for ops/loss/regression.hpp.
#include <cmath>
#include <numbers>

#include "support/loss_rows.hpp"

namespace tinygrad::test {

namespace {

// Predictions and targets of the same shape, both drawn like `x` and `target`.
std::vector<std::vector<Input>> pairs(Input x = {}, Input target = {}) {
  std::vector<std::vector<Input>> out;
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{7}, Shape{3, 1, 5}, Shape{2, 0}}) {
    x.shape = target.shape = shape;
    out.push_back({x, target});
  }
  return out;
}

// Equal values, distances at, below and above 1 and 2, extremes and infinities.
std::vector<std::vector<Given>> distances() {
  const std::vector<double> x = {0, 1, -1, 2, -2, 0.5, 1e4, -1e4, kInf, -kInf};
  return {{{{10}, x}, {{10}, std::vector<double>(10, 0.0)}}};
}
std::vector<std::vector<Given>> not_numbers() {
  return {{{{4}, {kNaN, 0, kInf, kInf}}, {{4}, {0, kNaN, kInf, -kInf}}}};
}

std::vector<BenchSample> bench_pair() {
  return {{.inputs = {{{1024, 1000}}, {{1024, 1000}}}, .bytes = 8.0 * 1024 * 1000}};
}

double huber(double distance, double delta) {
  return distance < delta ? distance * distance / 2 : delta * (distance - delta / 2);
}

void add_distances(Rows& rows) {
  OpCase* row = &add_reductions(
      rows, {.name = "mse_loss",
             .torch = "F.mse_loss(x0, x1",
             .run = [](const Tensors& x, Reduction how) { return mse_loss(x[0], x[1], how); },
             .losses = pairwise([](double x, double t) { return (x - t) * (x - t); }),
             .samples = pairs(),
             .specials = distances()});
  row->errors = {{[] {
                    mse_loss(ones({3, 1}), ones({3}));
                  },
                  "[mse_loss] x (3, 1) and target (3) must have the same shape; they hold as many "
                  "values: reshape one of them"},
                 {[] {
                    mse_loss(ones({3, 4}), ones({4}));
                  },
                  "if broadcasting is meant, expand one of them"},
                 {[] { mse_loss(ones({3}), ones({3}, int64)); },
                  "dtypes differ: x float32, target int64; convert one with to()"},
                 {[] { mse_loss(ones({3}), ones({3}), Reduction::kBatchMean); },
                  "[mse_loss] reduction kBatchMean is kl_div's"}};
  row->benchmarks = bench_pair();
  add_reductions(rows,
                 {.name = "mse_loss/NaN",
                  .torch = "F.mse_loss(x0, x1",
                  .run = [](const Tensors& x, Reduction how) { return mse_loss(x[0], x[1], how); },
                  .losses = pairwise([](double x, double t) { return (x - t) * (x - t); }),
                  .samples = {},
                  .specials = not_numbers()});

  row = &add_reductions(
      rows, {.name = "l1_loss",
             .torch = "F.l1_loss(x0, x1",
             .run = [](const Tensors& x, Reduction how) { return l1_loss(x[0], x[1], how); },
             .losses = pairwise([](double x, double t) { return std::fabs(x - t); }),
             .samples = pairs(),
             .specials = distances()});
  row->errors = {{[] {
                    l1_loss(ones({3}), ones({3, 1}));
                  },
                  "[l1_loss] x (3) and target (3, 1) must have the same shape"}};
  row->benchmarks = bench_pair();
  add_reductions(
      rows, {.name = "l1_loss/NaN",
             .torch = "F.l1_loss(x0, x1",
             .run = [](const Tensors& x, Reduction how) { return l1_loss(x[0], x[1], how); },
             .losses = pairwise([](double x, double t) { return std::fabs(x - t); }),
             .samples = {},
             .specials = not_numbers(),
             .differs_from_torch = "the gradient follows sign(NaN), which PyTorch takes as 0"});

  for (const double delta : {1.0, 0.5, 2.0}) {
    const std::string text = delta == 1 ? "" : delta == 2 ? ", delta=2.0" : ", delta=0.5";
    row = &add_reductions(
        rows,
        {.name = delta == 1 ? "huber_loss" : "huber_loss/" + text.substr(2),
         .torch = "F.huber_loss(x0, x1" + text,
         .run =
             [delta](const Tensors& x, Reduction how) {
               return huber_loss(x[0], x[1], {.reduction = how, .delta = delta});
             },
         .losses = pairwise([delta](double x, double t) { return huber(std::fabs(x - t), delta); }),
         .samples = pairs(),
         .specials = distances()});
    row->benchmarks = bench_pair();
    row->specials.push_back(not_numbers()[0]);
    if (delta == 1)
      row->errors = {{[] { huber_loss(ones({3}), ones({3}), {.delta = 0}); },
                      "[huber_loss] delta=0 must be positive"},
                     {[] {
                        huber_loss(ones({3, 1}), ones({3}));
                      },
                      "must have the same shape"}};
  }
  for (const double beta : {1.0, 0.5, 0.0}) {
    const std::string text = beta == 1 ? "" : beta == 0 ? ", beta=0.0" : ", beta=0.5";
    row = &add_reductions(
        rows, {.name = beta == 1 ? "smooth_l1_loss" : "smooth_l1_loss/" + text.substr(2),
               .torch = "F.smooth_l1_loss(x0, x1" + text,
               .run =
                   [beta](const Tensors& x, Reduction how) {
                     return smooth_l1_loss(x[0], x[1], {.reduction = how, .beta = beta});
                   },
               .losses = pairwise([beta](double x, double t) {
                 const double d = std::fabs(x - t);
                 return d < beta ? d * d / (2 * beta) : d - beta / 2;
               }),
               .samples = pairs(),
               .specials = distances()});
    row->benchmarks = bench_pair();
    if (beta > 0) row->specials.push_back(not_numbers()[0]);
    if (beta == 1)
      row->errors = {{[] { smooth_l1_loss(ones({3}), ones({3}), {.beta = -1}); },
                      "[smooth_l1_loss] beta=-1 must not be negative"},
                     {[] {
                        smooth_l1_loss(ones({3, 1}), ones({3}));
                      },
                      "must have the same shape"}};
  }
}

void add_kl_div(Rows& rows) {
  const Input log_p{.shape = {}, .low = -3, .high = -0.1}, p{.shape = {}, .low = 0.1, .high = 1};
  const auto run = [](bool log_target) {
    return [log_target](const Tensors& x, Reduction how) {
      return kl_div(x[0], x[1], {.reduction = how, .log_target = log_target});
    };
  };
  const auto by_p = pairwise([](double x, double t) {
    return t == 0 && std::isinf(x) ? 0 : (t == 0 ? 0 : t * std::log(t)) - t * x;
  });
  const auto by_log_p =
      pairwise([](double x, double t) { return t == -kInf && x == x ? 0 : std::exp(t) * (t - x); });
  OpCase* row = &add_reductions(
      rows, {.name = "kl_div",
             .torch = "F.kl_div(x0, x1",
             .run = run(false),
             .losses = by_p,
             .samples = pairs(log_p, p),
             .specials = {{{{5}, {-1, -kInf, -1e4, kNaN, -kInf}}, {{5}, {1, 0.5, 1, 0.5, 1}}}}});
  row->errors = {{[] { kl_div(ones({3, 1}), ones({3})); }, "[kl_div] x (3, 1) and target (3)"}};
  row->benchmarks = {{.inputs = {{.shape = {1024, 1000}, .low = -3, .high = -0.1},
                                 {.shape = {1024, 1000}, .low = 0.1, .high = 1}},
                      .bytes = 8.0 * 1024 * 1000}};
  add_reductions(
      rows,
      {.name = "kl_div/target 0",
       .torch = "F.kl_div(x0, x1",
       .run = run(false),
       .losses = by_p,
       .samples = {},
       .specials = {{{{3}, {-1, -kInf, 0}}, {{3}, {0, 0, 0}}}},
       .differs_from_torch =
           "the target's gradient at 0 is -x, in PyTorch 0/0, a NaN; the loss is 0 where x is "
           "-inf, in PyTorch 0·inf"});
  add_reductions(rows, {.name = "kl_div/log_target",
                        .torch = "F.kl_div(x0, x1, log_target=True",
                        .run = run(true),
                        .losses = by_log_p,
                        .samples = pairs(log_p, log_p),
                        .specials = {{{{3}, {-kInf, -1e4, kNaN}}, {{3}, {-0.5, -1, -1}}}}});
  add_reductions(rows,
                 {.name = "kl_div/log_target -inf",
                  .torch = "F.kl_div(x0, x1, log_target=True",
                  .run = run(true),
                  .losses = by_log_p,
                  .samples = {},
                  .specials = {{{{3}, {-1, -kInf, -2}}, {{3}, {-kInf, -kInf, -1}}},
                               {{{2}, {kNaN, -2}}, {{2}, {-kInf, -1}}}},
                  .differs_from_torch = "what never happens counts as 0; in PyTorch 0·inf is NaN"});
  for (const bool log_target : {false, true}) {
    OpCase batch;
    batch.name = log_target ? "kl_div/log_target, batchmean" : "kl_div/batchmean";
    batch.torch = log_target ? "F.kl_div(x0, x1, log_target=True, reduction='batchmean')"
                             : "F.kl_div(x0, x1, reduction='batchmean')";
    batch.run = [log_target](const Tensors& x) {
      return kl_div(x[0], x[1], {.reduction = Reduction::kBatchMean, .log_target = log_target});
    };
    batch.reference = [losses = log_target ? by_log_p : by_p](const Naives& x) {
      Naive total = reduced(losses(x), Reduction::kSum);
      if (x[0].shape.rank() > 0) total[0] /= static_cast<double>(x[0].shape[0]);
      return total;
    };
    batch.samples = pairs(log_p, log_target ? log_p : p);
    batch.samples.erase(batch.samples.begin() + 1);  // an empty batch: 0/0
    batch.specials = {{{{0}, {}}, {{0}, {}}}};
    rows.push_back(batch);
  }
}

void add_gaussian_nll(Rows& rows) {
  const Input var{.shape = {}, .low = 0.2, .high = 2};
  const auto with_var = [&](const Shape& x, const Shape& v) {
    Input variance = var;
    variance.shape = v;
    return std::vector<Input>{{.shape = x}, {.shape = x}, variance};
  };
  struct Variant {
    std::string name, torch;
    bool full;
    double eps;
  };
  for (const Variant& v :
       {Variant{"", "", false, 1e-6}, Variant{"/full", ", full=True", true, 1e-6},
        Variant{"/eps=0.5", ", eps=0.5", false, 0.5}}) {
    OpCase& row = add_reductions(
        rows,
        {.name = "gaussian_nll_loss" + v.name,
         .torch = "F.gaussian_nll_loss(x0, x1, x2" + v.torch,
         .run =
             [v](const Tensors& x, Reduction how) {
               return gaussian_nll_loss(x[0], x[1], x[2],
                                        {.full = v.full, .eps = v.eps, .reduction = how});
             },
         .losses =
             [v](const Naives& x) {
               const Naive &mean = x[0], &target = x[1];
               Naive variance = x[2];
               if (variance.shape.rank() < mean.shape.rank()) variance.shape.push_back(1);
               return tabulate(mean.shape, [&](const Shape& i) {
                 double s = variance.broadcast(i);
                 s = s < v.eps ? v.eps : s;
                 const double d = mean(i) - target(i);
                 return (std::log(s) + d * d / s) / 2 +
                        (v.full ? std::log(2 * std::numbers::pi) / 2 : 0);
               });
             },
         // Below eps the gradient passes through on purpose: no difference would agree.
         .samples =
             v.eps == 0.5
                 ? std::vector<std::vector<Input>>{}
                 : std::vector<std::vector<Input>>{with_var({}, {}), with_var({0}, {0}),
                                                   with_var({7}, {7}), with_var({7}, {1}),
                                                   with_var({3, 4}, {3, 1}), with_var({3, 4}, {3}),
                                                   with_var({3, 4}, {1, 4}),
                                                   with_var({2, 3, 4}, {2, 3, 1}),
                                                   with_var({2, 3, 4}, {2, 3})},
         .specials = {{{{6}, {0, 1, 0, 1e4, -1e4, kInf}},
                       {{6}, {0, 0, 0, 0, 0, 0}},
                       {{6}, {0, 0, 0.25, 1, 1e4, 1}}},
                      {{{3}, {kNaN, 1, 0}}, {{3}, {0, kNaN, 1}}, {{3}, {1, 1, kInf}}}}});
    if (v.name.empty()) {
      row.errors = {
          {[] {
             gaussian_nll_loss(ones({3, 4}), ones({3, 4}), ones({4}));
           },
           "[gaussian_nll_loss] var (4) does not fit x (3, 4); it must have its shape, or size 1"},
          {[] {
             gaussian_nll_loss(ones({3, 1}), ones({3}), ones({3}));
           },
           "x (3, 1) and target (3) must have the same shape"},
          {[] {
             gaussian_nll_loss(ones({2}), ones({2}), tensor({1, -2}));
           },
           "var holds negative variances; the smallest is -2"},
          {[] { gaussian_nll_loss(ones({2}), ones({2}), ones({2}), {.eps = 0}); },
           "eps=0 must be positive"},
          {[] { gaussian_nll_loss(ones({2}), ones({2}), ones({2}, float64)); },
           "dtypes differ: x float32, var float64"}};
      row.benchmarks = {
          {.inputs = with_var({1024, 1000}, {1024, 1000}), .bytes = 12.0 * 1024 * 1000}};
    }
  }
}

void add_poisson_nll(Rows& rows) {
  struct Variant {
    std::string name, torch;
    bool log_input, full;
    double eps;
  };
  for (const Variant& v :
       {Variant{"", "", true, false, 1e-8}, Variant{"/full", ", full=True", true, true, 1e-8},
        Variant{"/rate", ", log_input=False", false, false, 1e-8},
        Variant{"/rate, full, eps=0.5", ", log_input=False, full=True, eps=0.5", false, true,
                0.5}}) {
    const Input x{.shape = {}, .low = v.log_input ? -2.0 : 0.1, .high = 2};
    LossRow loss = {
        .name = "poisson_nll_loss" + v.name,
        .torch = "F.poisson_nll_loss(x0, x1" + v.torch,
        .run =
            [v](const Tensors& in, Reduction how) {
              return poisson_nll_loss(
                  in[0], in[1],
                  {.log_input = v.log_input, .full = v.full, .eps = v.eps, .reduction = how});
            },
        .losses = pairwise([v](double rate, double t) {
          double value =
              v.log_input ? std::exp(rate) - t * rate : rate - t * std::log(rate + v.eps);
          if (v.full && t > 1)
            value += t * std::log(t) - t + std::log(2 * std::numbers::pi * t) / 2;
          return value;
        }),
        .samples = pairs(x, {.shape = {}, .low = 0, .high = 5, .away_from = 1}),
        .specials = {{{{5}, {0, 0, 50, kNaN, 1e4}}, {{5}, {1, 2, 1e4, 2, 2}}}}};
    if (v.log_input) loss.specials.push_back({{{2}, {-kInf, -1e4}}, {{2}, {2, 3}}});
    if (!v.full) loss.specials.push_back({{{3}, {0, 1, 1e4}}, {{3}, {0, 0, 0}}});
    OpCase& row = add_reductions(rows, loss);
    if (v.name.empty()) {
      row.errors = {{[] {
                       poisson_nll_loss(ones({3, 1}), ones({3}));
                     },
                     "[poisson_nll_loss] x (3, 1) and target (3) must have the same shape"},
                    {[] { poisson_nll_loss(ones({3}, int64), ones({3}, int64)); },
                     "[poisson_nll_loss] wants float32 or float64, got int64"}};
      row.benchmarks = bench_pair();
    }
    LossRow infinite = loss;
    infinite.name += v.name.find('/') == std::string::npos ? "/infinite" : ", infinite";
    infinite.losses = pairwise([](double rate, double) { return rate < 0 ? 0 : kInf; });
    infinite.samples.clear();
    infinite.specials = {{{{2}, {kInf, kInf}}, {{2}, {2, 0}}}};
    if (v.log_input && !v.full) infinite.specials.push_back({{{2}, {-kInf, kInf}}, {{2}, {0, 2}}});
    infinite.differs_from_torch =
        "the rate is larger than its logarithm, and a count of 0 adds nothing; in PyTorch inf - "
        "inf "
        "and 0·inf are NaN";
    add_reductions(rows, infinite);
    if (v.name == "/full") {
      loss.name += ", target 0";
      loss.samples.clear();
      loss.specials = {{{{3}, {0, 1, -1}}, {{3}, {0, 0, 0}}}};
      loss.differs_from_torch =
          "the target's gradient is -x where Stirling's term is left out; at 0 PyTorch's is NaN";
      add_reductions(rows, loss);
    }
  }
}

}  // namespace

Rows loss_regression_cases() {
  Rows rows;
  add_distances(rows);
  add_kl_div(rows);
  add_gaussian_nll(rows);
  add_poisson_nll(rows);
  return rows;
}

}  // namespace tinygrad::test
