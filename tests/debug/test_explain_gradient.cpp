// SPDX-License-Identifier: MIT
// Tests of debug/explain_gradient.hpp: the reason given for each missing or zero gradient.
#include <doctest/doctest.h>

#include "support/messages.hpp"
#include "support/tensors.hpp"
#include "tinygrad/debug/explain_gradient.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/optim.hpp"
#include "tinygrad/tensor.hpp"

using namespace tinygrad;
using namespace tinygrad::debug;
using namespace tinygrad::test;

namespace {

/// The cause, alone, and its text.
void check_finds(const GradientReport& report, Cause cause, std::string_view text) {
  INFO(to_string(report));
  CHECK(report.findings.size() == 1);
  CHECK(report.has(cause));
  CHECK(contains(to_string(report), text));
}

struct Net final : nn::Module {
  nn::Linear shown{3, 2}, hidden{2, 2};
  void members(nn::Members& m) override { m("shown", shown); }  // hidden is forgotten
  Tensor forward(const Tensor& x) override { return hidden(shown(x)); }
};

}  // namespace

TEST_CASE("a gradient that is there needs no explanation") {
  const Tensor x = leaf({1, 2});
  const Tensor loss = sum(x * x);
  check_finds(explain_gradient(loss, x), Cause::kNotAsked, "backward() was not called");
  loss.backward();
  CHECK(to_string(explain_gradient(loss, x)) == "the gradient of (2) is as it should be\n");
}

TEST_CASE("integers and frozen leaves are named") {
  const Tensor x = leaf({1});
  check_finds(explain_gradient(sum(x), zeros({2}, int64)), Cause::kNotFloating, "it is int64");
  const Tensor frozen = ones({1}, float64);
  CHECK(explain_gradient(sum(x * frozen), frozen).has(Cause::kFrozen));
}

TEST_CASE("a loss without history is told from one that does not use the parameter") {
  const Tensor x = leaf({1}), y = leaf({2});
  Tensor loss;
  {
    const NoGradGuard no_grad;
    loss = sum(x);
  }
  check_finds(explain_gradient(loss, x), Cause::kNoHistory, "the loss has no history");
  check_finds(explain_gradient(sum(y), x), Cause::kUnused, "the loss does not depend on it");
}

TEST_CASE("with a trace the op after detach() is named") {
  const Tensor x = leaf({1, 2}), y = leaf({3, 4});
  const GradientTrace trace;
  const Tensor h = exp(x);
  const int line = __LINE__ + 1;
  const Tensor z = h.detach() * y;
  const Tensor loss = sum(reshape(z, {1, 2}));
  const auto report = explain_gradient(loss, x, {.trace = &trace});
  check_finds(report, Cause::kDetached, "input 0 (2) of mul " + at_line(line) + " was detached");
  CHECK_FALSE(explain_gradient(loss, y, {.trace = &trace}).has(Cause::kDetached));
}

TEST_CASE("with a trace a detached loss, an unused parameter and a cut elsewhere are told apart") {
  const Tensor x = leaf({1, 2}), y = leaf({3, 4});
  const GradientTrace trace;
  const Tensor other = sum(x.detach() * 2);  // a cut that does not matter
  const Tensor loss = sum(x * 3);
  check_finds(explain_gradient(loss.detach(), x, {.trace = &trace}), Cause::kDetached,
              "the loss was detached after it was computed");
  check_finds(explain_gradient(loss, y, {.trace = &trace}), Cause::kUnused, "without it");
}

TEST_CASE("with a trace the op under NoGradGuard and the op that gave integers are named") {
  const Tensor x = leaf({1, 2}), y = leaf({1, 1});
  const GradientTrace trace;
  Tensor h;
  const int first = __LINE__ + 3;
  {
    const NoGradGuard no_grad;
    h = exp(x);
  }
  check_finds(explain_gradient(sum(h * y), x, {.trace = &trace}), Cause::kNoGradMode,
              "exp " + at_line(first) + " ran under NoGradGuard");
  const int second = __LINE__ + 1;
  const Tensor whole = to(x, int64);
  check_finds(explain_gradient(sum(to(whole, float64) * y), x, {.trace = &trace}), Cause::kIntegers,
              "to " + at_line(second) + " gives int64");
}

TEST_CASE("a parameter that module or optimizer do not know is named") {
  Net net;
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  const Tensor loss = sum(net(ones({1, 3})));
  loss.backward();
  const auto report =
      explain_gradient(loss, net.hidden.weight, {.module = &net, .optimizer = &sgd});
  CHECK(report.has(Cause::kNotInModule));
  CHECK(report.has(Cause::kNotInOptimizer));
  CHECK(report.findings.size() == 2);
  const auto fine = explain_gradient(loss, net.shown.weight, {.module = &net, .optimizer = &sgd});
  CHECK(to_string(fine) == "the gradient of shown.weight (2, 3) is as it should be\n");
}

TEST_CASE("a gradient that was cleared after backward is told from one never asked for") {
  const Tensor x = leaf({1, 2});
  const Tensor loss = sum(x * x);
  loss.backward();
  x.zero_grad();
  check_finds(explain_gradient(loss, x), Cause::kForgotten, "zero_grad() came after it");
}

TEST_CASE("the op that makes a gradient zero is named with the reason") {
  const Tensor x = leaf({-1, -2});
  const auto finds = [&](const Tensor& y, int line, std::string_view op, std::string_view why) {
    const auto report = explain_gradient(sum(y * 2), x);
    INFO(to_string(report));
    CHECK(report.has(Cause::kZeroFrom));
    CHECK(contains(to_string(report),
                   str_cat(op, ' ', at_line(line), " is given a gradient and gives")));
    CHECK(contains(to_string(report), why));
  };
  finds(relu(x), __LINE__, "relu", "dead units; 100 % of its output is 0");
  finds(sigmoid(x * 1e3 + 1e5), __LINE__, "sigmoid",
        "saturated: its inputs reach from 98000 to 99000");
  finds(tanh(x * 1e3), __LINE__, "tanh", "saturated: its inputs reach from -2000 to -1000");
  finds(x * zeros({2}, float64), __LINE__, "mul", "multiplied by zero");
  finds(clamp(x, 0, 1), __LINE__, "clamp", "outside the bounds");
  finds(max(concat({x, ones({2}, float64)}, 0)), __LINE__, "concat", "never chose");
  finds(maximum(x, 0.0), __LINE__, "maximum", "never chose");
}

TEST_CASE("a zero is explained after backward if a trace saw it, else it says what is missing") {
  const Tensor x = leaf({-1, -2});
  const GradientTrace trace;
  const int line = __LINE__ + 1;
  const Tensor loss = sum(relu(x));
  loss.backward();
  check_finds(explain_gradient(loss, x), Cause::kZero, "call this before backward()");
  check_finds(explain_gradient(loss, x, {.trace = &trace}), Cause::kZeroFrom,
              "relu " + at_line(line) + " is given a gradient");
}

TEST_CASE("ways that cancel blame no op") {
  const Tensor x = leaf({1, 2});
  const Tensor loss = sum(x * 3 - x * 3);
  loss.backward({.retain_graph = true});
  check_finds(explain_gradient(loss, x), Cause::kZero, "the ways cancel");
}
