// SPDX-License-Identifier: MIT
// Tests operations that add many values, large values, or values far from 0: float32 beside
// float64.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "support/special_values.hpp"
#include "support/tensors.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {
struct NamedOp {
  std::string name;
  std::function<Tensor(const Tensor&)> run;
};

// Results that do not depend on where the values are.
const std::vector<NamedOp>& spreads() {
  static const std::vector<NamedOp> all = {
      {"layer_norm", [](const Tensor& x) { return layer_norm(x, {x.size(-1)}); }},
      {"layer_norm, weights",
       [](const Tensor& x) {
         const Tensor w = to(linspace(0.5, 2, x.size(-1)), x.dtype());
         return layer_norm(x, {x.size(-1)}, w, w);
       }},
      {"batch_norm",
       [](const Tensor& x) { return batch_norm(x, {}, {}, {}, {}, {.training = true}); }},
      {"batch_norm_relu",
       [](const Tensor& x) {
         return batch_norm_relu(x, {}, {}, {}, ones({x.size(1)}, x.dtype()) * 0.3, {},
                                {.training = true});
       }},
      {"group_norm", [](const Tensor& x) { return group_norm(x, 2); }},
      {"instance_norm", [](const Tensor& x) { return instance_norm(x); }},
      {"var", [](const Tensor& x) { return var(x); }},
      {"var, dim 0", [](const Tensor& x) { return var(x, 0, true, 0); }},
      {"var, dim 1", [](const Tensor& x) { return var(x, 1); }},
      {"std", [](const Tensor& x) { return tinygrad::std(x); }},
      {"std, last dim", [](const Tensor& x) { return tinygrad::std(x, -1); }},
      {"std, dims 0 and 2",
       [](const Tensor& x) {
         return tinygrad::std(x, {0, 2});
       }},
      {"cdist",
       [](const Tensor& x) {
         const Index n = x.numel() / 7;
         const Tensor rows = reshape(narrow(reshape(x, {x.numel()}), 0, 0, 7 * n), {n, 7});
         return cdist(narrow(rows, 0, 0, 30), narrow(rows, 0, 4, 28));
       }},
  };
  return all;
}

double largest(const Tensor& t) { return t.numel() ? max(abs(t)).item() : 0; }
double apart(const Tensor& a, const Tensor& b) { return largest(to(a, float64) - to(b, float64)); }

// Adds 0.1 to place 1 of two, n times over.
const std::vector<NamedOp>& additions() {
  const auto places = [](const Tensor& x) { return ones(x.shape(), int64); };
  const auto second = [](const Tensor& y) { return reshape(narrow(y, 0, 1, 1), {}); };
  const auto gradient = [](const std::function<Tensor(const Tensor&)>& f, const Tensor& x) {
    const Tensor w = zeros({2}, x.dtype()).requires_grad_();
    f(w).backward(x);
    return reshape(narrow(w.grad(), 0, 1, 1), {});
  };
  static const std::vector<NamedOp> all = {
      {"scatter_add",
       [=](const Tensor& x) {
         return second(scatter_add(zeros({2}, x.dtype()), 0, places(x), x));
       }},
      {"index_add",
       [=](const Tensor& x) { return second(index_add(zeros({2}, x.dtype()), 0, places(x), x)); }},
      {"index_put",
       [=](const Tensor& x) {
         return second(index_put(zeros({2}, x.dtype()), {places(x)}, x, true));
       }},
      {"put",
       [=](const Tensor& x) { return second(put(zeros({2}, x.dtype()), places(x), x, true)); }},
      {"bincount", [=](const Tensor& x) { return second(bincount(places(x), x)); }},
      {"scatter_reduce",
       [=](const Tensor& x) {
         return second(scatter_reduce(zeros({2}, x.dtype()), 0, places(x), x, Reduce::kSum));
       }},
      {"sum", [](const Tensor& x) { return sum(x); }},
      {"sum, dim 0", [](const Tensor& x) { return reshape(sum(unsqueeze(x, 1), 0), {}); }},
      {"cumsum", [](const Tensor& x) { return reshape(narrow(cumsum(x, 0), 0, -1, 1), {}); }},
      {"gradient of gather",
       [=](const Tensor& x) {
         return gradient([&](const Tensor& w) { return gather(w, 0, places(x)); }, x);
       }},
      {"gradient of index_select",
       [=](const Tensor& x) {
         return gradient([&](const Tensor& w) { return index_select(w, 0, places(x)); }, x);
       }},
      {"gradient of take",
       [=](const Tensor& x) {
         return gradient([&](const Tensor& w) { return take(w, places(x)); }, x);
       }},
      {"gradient of index",
       [=](const Tensor& x) {
         return gradient([&](const Tensor& w) { return index(w, {places(x)}); }, x);
       }},
      {"gradient of embedding",
       [=](const Tensor& x) {
         return gradient(
             [&](const Tensor& w) {
               return reshape(embedding(reshape(w, {2, 1}), places(x)), x.shape());
             },
             x);
       }},
      {"gradient of expand",
       [=](const Tensor& x) {
         return gradient([&](const Tensor& w) { return expand(narrow(w, 0, 1, 1), x.shape()); }, x);
       }},
  };
  return all;
}
}  // namespace

TEST_CASE("statistics are as exact for values far from 0 as for values around it") {
  for (const double offset : {0.0, 1e4, -3e5})
    for (const Shape& shape : {Shape{8, 4, 33}, Shape{2, 6, 5000}, Shape{300, 2, 3}}) {
      Generator generator(7);
      const Tensor x32 = to(normal(offset, 1, shape, generator, float64), float32).requires_grad_();
      const Tensor x64 = to(x32.detach(), float64).requires_grad_();
      for (const NamedOp& c : spreads()) {
        CAPTURE(c.name);
        CAPTURE(offset);
        CAPTURE(to_string(shape));
        const Tensor y32 = c.run(x32), y64 = c.run(x64);
        CHECK(apart(y32, y64) < 1e-6 * largest(y64));
        const Tensor slope = random(y64.shape(), float32, 3);
        x32.zero_grad();
        x64.zero_grad();
        y32.backward(slope);
        y64.backward(to(slope, float64));
        CHECK(apart(x32.grad(), x64.grad()) < 2e-6 * largest(x64.grad()));
      }
    }
}

TEST_CASE("the gradients that create_graph records are as exact") {
  const Shape shape{2, 4, 500};
  const Tensor x32 = to(random(shape, float64, 7) + 1e4, float32).requires_grad_();
  const Tensor x64 = to(x32.detach(), float64).requires_grad_();
  const auto gradient = [](const NamedOp& c, const Tensor& x) {
    const Tensor y = c.run(x);
    const Tensor loss = sum(y * to(random(y.shape(), float32, 3), x.dtype()));
    return grad(std::vector{loss}, std::vector{x}, {}, {.create_graph = true})[0];
  };
  for (const NamedOp& c : spreads()) {
    if (c.name == "cdist") continue;  // only its plain gradient takes near rows apart
    CAPTURE(c.name);
    const Tensor g64 = gradient(c, x64);
    CHECK(apart(gradient(c, x32).detach(), g64.detach()) < 2e-6 * largest(g64.detach()));
  }
}

TEST_CASE("equal values have no spread, whatever they are") {
  for (const double v : {0.1, 2023.4, 1e4, -3e30})
    for (const Shape& shape : {Shape{4, 2, 4096}, Shape{3, 4, 33}, Shape{1, 2, 300000}})
      for (const NamedOp& c : spreads()) {
        if (c.name == "layer_norm, weights" || c.name == "batch_norm_relu") continue;  // the bias
        CAPTURE(c.name);
        CAPTURE(v);
        CAPTURE(to_string(shape));
        CHECK(largest(c.run(full(shape, v))) == 0);
      }
}

TEST_CASE("running statistics of values far from 0 are theirs") {
  const Tensor x = to(random({16, 2, 100}, float64, 5) + 1e4, float32);
  const Tensor mean = zeros({2}), variance = zeros({2});
  batch_norm(x, mean, variance, {}, {}, {.training = true, .momentum = 1});
  CHECK(apart(variance, var(to(x, float64), {0, 2})) < 1e-6);
  CHECK(apart(mean, tinygrad::mean(to(x, float64), {0, 2})) < 1e-3);  // half a spacing at 1e4
}

TEST_CASE("a million values added to one place lose nothing") {
  const Tensor x = full({1'000'000}, 0.1);
  const double exact = 1e6 * static_cast<double>(0.1F);
  for (const NamedOp& c : additions()) {
    CAPTURE(c.name);
    CHECK(std::fabs(c.run(x).item() / exact - 1) < 4e-6);  // 256 roundings that all go one way
    CHECK(std::fabs(c.run(to(x, float64)).item() / exact - 1) < 1e-12);
  }
}

TEST_CASE("a count goes past 2^24") {
  const Index n = (Index{1} << 24) + 3000;
  const Tensor counted = scatter_add(zeros({1}), 0, zeros({n}, int64), ones({n}));
  CHECK(counted.item() == static_cast<double>(n));
}

TEST_CASE("results in range come from sums out of range") {
  const double big = std::ldexp(1, 68), small = std::ldexp(1, -100);
  struct Ranged {
    const char* what;
    Tensor got;
    std::vector<double> expected;
  };
  const Tensor huge = tensor({3 * big, 4 * big}), tiny = tensor({3 * small, 4 * small});
  const Tensor most = full({1, 1, 4, 4}, 3e38);
  const double three = static_cast<double>(3e38F);
  const std::vector<Ranged> all = {
      {"norm", norm(huge), {5 * big}},
      {"norm", norm(tiny), {5 * small}},
      {"norm, float64", norm(tensor({3e200, 4e200}, float64)), {5e200}},
      {"matrix_norm", matrix_norm(reshape(huge, {1, 2})), {5 * big}},
      {"dist", dist(huge, zeros({2})), {5 * big}},
      {"pairwise_distance", pairwise_distance(huge, zeros({2})), {5 * big}},
      {"cdist", cdist(reshape(huge, {1, 2}), zeros({1, 2})), {5 * big}},
      {"normalize", normalize(huge, 2, 0), {0.6, 0.8}},
      {"cosine_similarity", cosine_similarity(huge, huge, 0), {1}},
      {"std", tinygrad::std(huge), {big / std::sqrt(2)}},
      {"std", tinygrad::std(tiny), {small / std::sqrt(2)}},
      {"layer_norm", layer_norm(huge, {2}), {-1, 1}},
      {"layer_norm, eps 0", layer_norm(tiny, {2}, {}, {}, 0), {-1, 1}},
      {"rms_norm", rms_norm(huge, {2}), {3 / std::sqrt(12.5), 4 / std::sqrt(12.5)}},
      {"mean", mean(most), {three}},
      {"mean, dim", mean(reshape(most, {4, 4}), 0), {three, three, three, three}},
      {"avg_pool2d", avg_pool2d(most, 2), {three, three, three, three}},
      {"adaptive_avg_pool2d", adaptive_avg_pool2d(most, 1), {three}},
      {"sum", sum(concat(std::vector{full({64}, 3e38), full({64}, -3e38)})), {0}},
      {"logsumexp", logsumexp(full({4}, 3e38)), {three}},
      {"softmax", softmax(tensor({3e38, -3e38}), 0), {1, 0}},
      {"l1_loss", l1_loss(full({4}, 3e38), zeros({4})), {three}},
      {"linspace", linspace(-3e38, 3e38, 3), {-three, 0, three}},
      {"linspace, float64", linspace(-1.5e308, 1.5e308, 3, float64), {-1.5e308, 0, 1.5e308}},
      {"histc", histc(tensor({-3e38, 0, 3e38}), 3), {1, 1, 1}},
  };
  for (const Ranged& r : all) {
    CAPTURE(r.what);
    const std::vector<double> got = values(r.got);
    REQUIRE(got.size() == r.expected.size());
    for (std::size_t i = 0; i < got.size(); ++i)
      CHECK(std::fabs(got[i] - r.expected[i]) <= 1e-6 * std::fabs(r.expected[i]));
  }
}

TEST_CASE("norms of every order and size have their values and gradients") {
  for (const double p : {2.0, 3.0, 1.5, 0.5, -2.0, 10.0})
    for (const int exponent : {-130, -100, 0, 66, 120}) {
      CAPTURE(p);
      CAPTURE(exponent);
      const Tensor x64 = leaf({std::ldexp(3, exponent), std::ldexp(-4, exponent)});
      const Tensor x32 = to(x64.detach(), float32).requires_grad_();
      const Tensor y64 = norm(x64, p), y32 = norm(x32, p);
      CHECK(std::fabs(y32.item() / y64.item() - 1) < 5e-6);
      y64.backward();
      y32.backward();
      CHECK(apart(x32.grad(), x64.grad()) < 5e-6 * largest(x64.grad()));
    }
}

TEST_CASE("what is not finite stays so") {
  const Tensor x = tensor({kInf, 1}), nan = tensor({kNaN, 1});
  CHECK(mean(x).item() == kInf);
  CHECK(std::isnan(mean(nan).item()));
  CHECK(std::isnan(mean(tensor({kInf, -kInf})).item()));
  CHECK(sum(full({100}, 3e38)).item() == kInf);
  CHECK(norm(x).item() == kInf);
  CHECK(std::isnan(norm(nan).item()));
  CHECK(norm(zeros({3})).item() == 0);
  CHECK(std::isnan(var(x).item()));
  CHECK(std::isnan(tinygrad::std(nan).item()));
}

TEST_CASE("distances by a product know rows that are not finite") {
  Tensor a = random({40, 5}, float32, 1), b = random({30, 5}, float32, 2);
  a.data<float>()[7] = std::numeric_limits<float>::quiet_NaN();
  b.data<float>()[13] = std::numeric_limits<float>::infinity();
  const auto direct = [](const Tensor& x, const Tensor& y) {
    return norm(unsqueeze(x, -2) - unsqueeze(y, -3), 2, -1);
  };
  const auto gradients = [&](const auto& f) {
    const Tensor x = a.detach().requires_grad_(), y = b.detach().requires_grad_();
    const Tensor d = f(x, y);
    d.backward(random(d.shape(), float32, 3));
    std::vector<double> all = values(d);
    for (const Tensor& t : {x.grad(), y.grad()})
      for (const double v : values(t)) all.push_back(v);
    return all;
  };
  const std::vector<double> got = gradients(
                                [](const Tensor&x, const Tensor&y) { return cdist(x, y); }),
                            expected = gradients(direct);
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    REQUIRE(std::isnan(got[i]) == std::isnan(expected[i]));
    if (!std::isfinite(expected[i])) continue;
    REQUIRE(std::fabs(got[i] - expected[i]) <= 1e-5 * (1 + std::fabs(expected[i])));
  }
}

TEST_CASE("uniform numbers fill a range whose width overflows") {
  for (const auto& [dtype, edge] : {std::pair{float32, 3e38}, std::pair{float64, 1.5e308}}) {
    Generator generator(1);
    const Tensor x = uniform(-edge, edge, {100'000}, generator, dtype);
    CHECK(min(x).item() < -0.999 * edge);
    CHECK(max(x).item() > 0.999 * edge);
    CHECK(max(x).item() < edge);
    CHECK(std::fabs(mean(x).item()) < 0.01 * edge);
  }
  Generator generator(1);
  CHECK_THROWS_AS(uniform(0, 1e39, {2}, generator), ValueError);
}

TEST_CASE("the mean loss over nothing is NaN and its gradient 0") {
  for (const bool logits : {true, false}) {
    CAPTURE(logits);
    const auto check = [&](const Tensor& target, const Tensor& weight, Index ignored) {
      const Tensor x = leaf({-1, -2, -0.5, -3}, float32), rows = reshape(x, {2, 2});
      const Tensor loss =
          logits ? cross_entropy(rows, target, {.weight = weight, .ignore_index = ignored})
                 : nll_loss(rows, target, {.weight = weight, .ignore_index = ignored});
      CHECK(std::isnan(loss.item()));
      loss.backward();
      CHECK(values(x.grad()) == std::vector<double>(4, 0));
    };
    check(tensor({0, 1}, int64), zeros({2}), -100);
    check(tensor({1, 1}, int64), tensor({1, 0}), -100);
    check(tensor({0, 0}, int64), {}, 0);
    const Tensor none = zeros({0, 3}).requires_grad_();
    const Tensor loss =
        logits ? cross_entropy(none, zeros({0}, int64)) : nll_loss(none, zeros({0}, int64));
    CHECK(std::isnan(loss.item()));
    loss.backward();
  }
}
