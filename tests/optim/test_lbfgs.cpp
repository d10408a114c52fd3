// SPDX-License-Identifier: MIT
// Tests of optim/lbfgs.hpp: PyTorch's trajectories, saved states, bad points, errors.
#include <doctest/doctest.h>

#include <cmath>
#include <iterator>
#include <limits>

#include "golden/answers/lbfgs.hpp"
#include "optim/trajectory.hpp"
#include "support/bits.hpp"
#include "support/messages.hpp"
#include "tinygrad/optim/lbfgs.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

using optim::LineSearch;

// (1 − x)² + 100·(y − x²)², a curved valley with its bottom at (1, 1).
Tensor rosenbrock(const Tensor& p) {
  const Tensor x = slice(p, {0}), y = slice(p, {1});
  const Tensor off = 1 - x, above = y - x * x;
  return off * off + 100.0 * above * above;
}

Tensor least_squares(const Tensor& p) {
  std::vector<double> a, b(std::begin(golden::lbfgs::b), std::end(golden::lbfgs::b));
  for (const auto& row : golden::lbfgs::a) a.insert(a.end(), std::begin(row), std::end(row));
  const Tensor matrix = reshape(tensor(a, float64), {5, 3});
  const Tensor residual = matmul(matrix, reshape(p, {3, 1})) - reshape(tensor(b, float64), {5, 1});
  return sum(residual * residual);
}

template <class Loss> auto closure_of(optim::Optimizer& optimizer, const Tensor& p, Loss loss) {
  return [&optimizer, p, loss] {
    optimizer.zero_grad();
    const Tensor value = loss(p);
    value.backward();
    return value;
  };
}

template <std::size_t Columns, class Loss>
void follows(Loss loss, const std::vector<double>& start, const optim::LBFGSOptions& options,
             const double (&rows)[golden::lbfgs::kSteps][Columns]) {
  const double tolerance = 1e-12;
  const Tensor p = tensor(start, float64).requires_grad_();
  optim::LBFGS lbfgs({p}, options);
  int step = 0;
  for (const auto& row : rows) {
    INFO("step ", step++);
    const double first = lbfgs.step(closure_of(lbfgs, p, loss)).item();
    const StateDict state = lbfgs.state_dict();
    CHECK(std::fabs(first - row[0]) <= tolerance * std::fmax(1, std::fabs(row[0])));
    CHECK(static_cast<double>(state.at("func_evals").item<Index>()) == row[1]);
    CHECK(static_cast<double>(state.at("n_iter").item<Index>()) == row[2]);
    for (std::size_t i = 0; i < start.size(); ++i)
      CHECK(std::fabs(p.array().at(static_cast<Index>(i)) - row[3 + i]) <=
            tolerance * std::fmax(1, std::fabs(row[3 + i])));
  }
}

}  // namespace

TEST_CASE("LBFGS follows PyTorch's trajectories through Rosenbrock's valley") {
  const std::vector<double> start{-1.2, 1};
  SUBCASE("strong Wolfe") {
    follows(rosenbrock, start, {.max_iter = 4, .line_search_fn = LineSearch::kStrongWolfe},
            golden::lbfgs::rosenbrock_wolfe);
  }
  SUBCASE("a short history") {
    follows(rosenbrock, start,
            {.max_iter = 5, .history_size = 2, .line_search_fn = LineSearch::kStrongWolfe},
            golden::lbfgs::rosenbrock_history);
  }
  SUBCASE("few evaluations") {
    follows(rosenbrock, start,
            {.lr = 0.5, .max_iter = 20, .max_eval = 6, .line_search_fn = LineSearch::kStrongWolfe},
            golden::lbfgs::rosenbrock_evals);
  }
  SUBCASE("no line search") {
    follows(rosenbrock, start, {.lr = 0.2, .max_iter = 4}, golden::lbfgs::rosenbrock_fixed);
  }
}

TEST_CASE("LBFGS follows PyTorch's trajectories on least squares") {
  const std::vector<double> start{0, 0, 0};
  SUBCASE("strong Wolfe") {
    follows(least_squares, start, {.max_iter = 2, .line_search_fn = LineSearch::kStrongWolfe},
            golden::lbfgs::squares_wolfe);
  }
  SUBCASE("no line search") {
    follows(least_squares, start, {.lr = 0.5, .max_iter = 3}, golden::lbfgs::squares_fixed);
  }
  SUBCASE("defaults") { follows(least_squares, start, {}, golden::lbfgs::squares_defaults); }
  SUBCASE("maximize") {
    follows(least_squares, start, {.lr = 0.1, .max_iter = 2, .maximize = true},
            golden::lbfgs::squares_maximize);
  }
}

TEST_CASE("LBFGS takes several parameters of any shape as one vector, and leaves the frozen") {
  Tensor x = tensor({-1.2}, float64).requires_grad_(), y = full({1, 1}, 1, float64);
  y.requires_grad_();
  const Tensor frozen = full({2}, 3, float64);
  optim::LBFGS lbfgs({x, frozen, y}, {.max_iter = 60, .line_search_fn = LineSearch::kStrongWolfe});
  lbfgs.step([&] {
    lbfgs.zero_grad();
    const Tensor loss = rosenbrock(stack({reshape(x, {}), reshape(y, {})}));
    loss.backward();
    return loss;
  });
  CHECK(x.item() == doctest::Approx(1).epsilon(1e-3));
  CHECK(y.item() == doctest::Approx(1).epsilon(1e-3));
  CHECK(frozen.array().at(1) == 3);
}

TEST_CASE("LBFGS works in float32") {
  const Tensor p = tensor({-1.2, 1}).requires_grad_();
  optim::LBFGS lbfgs({p}, {.max_iter = 60, .line_search_fn = LineSearch::kStrongWolfe});
  lbfgs.step(closure_of(lbfgs, p, rosenbrock));
  CHECK(p.array().at(0) == doctest::Approx(1).epsilon(1e-3));
}

TEST_CASE("LBFGS evaluates with gradients even under NoGradGuard") {
  const Tensor p = tensor({-1.2, 1}, float64).requires_grad_();
  optim::LBFGS lbfgs({p}, {.max_iter = 2});
  const NoGradGuard none;
  CHECK(lbfgs.step(closure_of(lbfgs, p, rosenbrock)).item() == doctest::Approx(24.2));
}

TEST_CASE("LBFGS continues with the same bits from a file") {
  const optim::LBFGSOptions options{.max_iter = 3, .line_search_fn = LineSearch::kStrongWolfe};
  const Tensor p = tensor({-1.2, 1}, float64).requires_grad_();
  optim::LBFGS first({p}, options);
  for (int i = 0; i < 3; ++i) first.step(closure_of(first, p, rosenbrock));
  StateDict saved = through_file(first.state_dict());
  const Tensor q = Tensor(p.array().copy()).requires_grad_();
  first.step(closure_of(first, p, rosenbrock));

  optim::LBFGS second({q});
  second.load_state_dict(saved);
  CHECK(second.options().max_iter == 3);
  CHECK(second.options().line_search_fn == LineSearch::kStrongWolfe);
  CHECK_FALSE(second.options().max_eval.has_value());
  second.step(closure_of(second, q, rosenbrock));
  CHECK(same_bits(p, q));

  saved.erase("ro.1");
  saved.erase("d");
  const std::string message = message_of([&] { second.load_state_dict(saved); });
  CHECK(contains(message, "missing d"));
  CHECK(contains(message, "missing ro.1"));

  constexpr Index kNoLimit = std::numeric_limits<Index>::max();  // more than a saved number can say
  optim::LBFGS third({q}, {.max_eval = kNoLimit});
  CHECK_THROWS_AS(third.load_state_dict(saved), StateError);
  CHECK(third.options().max_eval == kNoLimit);
}

TEST_CASE("LBFGS goes back from points that are not finite, with and without a line search") {
  struct Row {
    const char* name;
    double start, least;  // where the loss is least; NaN if it has no minimum
    Tensor (*loss)(const Tensor&);
  };
  const Row rows[] = {
      {"100·x − log x", 1, 0.01, [](const Tensor& x) { return sum(100.0 * x - log(x)); }},
      {"1e4·x − log x", 1, 1e-4, [](const Tensor& x) { return sum(1e4 * x - log(x)); }},
      {"x − √x", 100, 0.25, [](const Tensor& x) { return sum(x - sqrt(x)); }},
      {"x·log x", 5, std::exp(-1), [](const Tensor& x) { return sum(x * log(x)); }},
      {"a barrier on both sides", 0.9, 0,
       [](const Tensor& x) { return sum(-log(1 - x) - log(1 + x)); }},
      {"1/x + x", 0.01, 1, [](const Tensor& x) { return sum(1 / x + x); }},
      {"−∞ beyond 2", 0, std::nan(""),
       [](const Tensor& x) { return sum(-x + log(clamp(2 - x, 0))); }},
      {"+∞ beyond 2", 0, 0.75,
       [](const Tensor& x) { return sum(square(x - 0.75) - 0.0 * log(2 - x)); }},
  };
  for (const Row& row : rows)
    for (const LineSearch search : {LineSearch::kStrongWolfe, LineSearch::kNone})
      for (const Dtype dtype : {float32, float64})
        for (const bool maximize : {false, true}) {
          INFO(str_cat(row.name, ", search ", static_cast<int>(search), ", ", dtype, ", maximize ",
                       maximize));
          const Tensor p = full({3}, row.start, dtype).requires_grad_();
          optim::LBFGS lbfgs({p}, {.line_search_fn = search, .maximize = maximize});
          const auto loss = [&](const Tensor& x) { return maximize ? -row.loss(x) : row.loss(x); };
          const double first = row.loss(p).item();
          for (int i = 0; i < 20; ++i) lbfgs.step(closure_of(lbfgs, p, loss));
          const double last = row.loss(p).item();
          CHECK(std::isfinite(last));
          CHECK(last <= first);
          if (!std::isnan(row.least))
            CHECK(p.array().at(0) == doctest::Approx(row.least).epsilon(1e-3));
        }
}

TEST_CASE("LBFGS goes nowhere from a point that is not finite, or when the closure throws") {
  for (const LineSearch search : {LineSearch::kStrongWolfe, LineSearch::kNone}) {
    const Tensor p = tensor({-1.0, 2}, float64).requires_grad_();
    optim::LBFGS lbfgs({p}, {.line_search_fn = search});
    const auto root = [](const Tensor& x) { return sum(x * sqrt(x)); };
    CHECK(std::isnan(lbfgs.step(closure_of(lbfgs, p, root)).item()));
    CHECK(same_bits(p, tensor({-1.0, 2}, float64)));
  }
  const Tensor p = tensor({2.0}, float64).requires_grad_();
  optim::LBFGS lbfgs({p}, {.line_search_fn = LineSearch::kStrongWolfe});
  int calls = 0;
  const auto failing = [&](const Tensor& x) { return ++calls < 2 ? sum(x * x) : tensor({1, 2}); };
  CHECK_THROWS_AS(lbfgs.step(closure_of(lbfgs, p, failing)), GraphError);
  CHECK(p.item() == 2);
}

TEST_CASE("LBFGS refuses what it cannot do") {
  const Tensor p = zeros({2}, float64).requires_grad_();
  const auto refused = [&](const optim::LBFGSOptions& options) {
    return message_of([&] { optim::LBFGS lbfgs({p}, options); });
  };
  CHECK(contains(refused({.lr = -1}), "[LBFGS] lr=-1 must not be negative"));
  CHECK(contains(refused({.max_iter = 0}), "max_iter=0 must be at least 1"));
  CHECK(contains(refused({.max_eval = 0}), "max_eval=0 must be at least 1"));
  CHECK(contains(refused({.tolerance_grad = -1}), "tolerance_grad=-1 must not be negative"));
  CHECK(contains(refused({.tolerance_change = -1}), "tolerance_change=-1 must not be negative"));
  CHECK(contains(refused({.history_size = 0}), "history_size=0 must be at least 1"));

  optim::LBFGS lbfgs({p});
  CHECK(contains(message_of([&] { lbfgs.step(); }), "[LBFGS] step() needs a closure"));
  const Tensor q = zeros({2}, float64).requires_grad_();
  CHECK(contains(message_of([&] { lbfgs.add_param_group({q}, {}); }), "one parameter group only"));
  const Tensor single = zeros({2}).requires_grad_();
  CHECK(contains(message_of([&] {
                   optim::LBFGS({q, single}, {});
                 }),
                 "params[1] is float32, but params[0] is float64"));
}
