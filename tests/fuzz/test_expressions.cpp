// SPDX-License-Identifier: MIT
// Tests random graphs: mixed ops, broadcasting, shared subexpressions, up to 30 ops deep. Compares
// values and gradients with the definitions in plain loops (support/fuzz/), which compute
// derivatives in forward mode. TINYGRAD_FUZZ=100000 in the environment sets the number of graphs;
// another number starts from another seed. A failure prints the seed and the graph.
#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <numeric>

#include "support/fuzz/steps.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

constexpr int kGraphs = 2000, kDeepest = 30;
constexpr Index kLargest = 120;

struct Value {
  Tensor tensor;
  Dual dual;
  int depth = 0;
};

struct Graph {
  std::vector<Value> values;
  std::vector<Tensor> leaves;
  std::vector<Naive> directions;
  std::vector<std::string> used;  // names of operations
  std::string text;
};

void add_leaf(Graph& graph, Generator& g) {
  static const Shape shapes[] = {{},     {3},    {1},    {2, 3},    {3, 2},
                                 {2, 1}, {1, 3}, {3, 3}, {2, 3, 2}, {2, 1, 3}};
  const Shape shape = shapes[below(g, static_cast<Index>(std::size(shapes)))];
  Value v{.tensor = Tensor(Array::empty(shape, float64, {"fuzz"})),
          .dual = {Naive(shape), Naive(shape)}};
  for (Index i = 0; i < shape.count(); ++i) {
    v.tensor.data<double>()[i] = v.dual.value[i] = g.uniform(-1.5, 1.5);
    v.dual.slope[i] = g.uniform(-1, 1);
  }
  v.tensor.requires_grad_();
  graph.text += tinygrad::str_cat('v', graph.values.size(), " = leaf ", shape, '\n');
  graph.leaves.push_back(v.tensor);
  graph.directions.push_back(v.dual.slope);
  graph.values.push_back(std::move(v));
}

// True if rounding stays small beside the tolerance.
bool tame(const Dual& x) {
  const auto below = [](double limit) { return [=](double v) { return std::fabs(v) < limit; }; };
  return std::all_of(x.value.values.begin(), x.value.values.end(), below(1e3)) &&
         std::all_of(x.slope.values.begin(), x.slope.values.end(), below(1e4));
}

// One more op on values that exist, the newest preferred so that the graph grows deep.
void add_step(Graph& graph, Generator& g) {
  const auto pick = [&] {
    const auto n = static_cast<Index>(graph.values.size());
    return static_cast<std::size_t>(g.uniform() < 0.8 ? n - 1 - below(g, std::min<Index>(n, 3))
                                                      : below(g, n));
  };
  const Operation& operation =
      operations()[static_cast<std::size_t>(below(g, static_cast<Index>(operations().size())))];
  const std::size_t a = pick(), b = pick();
  const Value &x = graph.values[a], &y = graph.values[b];
  const int depth = 1 + std::max(x.depth, operation.operands == 2 ? y.depth : 0);
  const auto step = operation.draw(g, x.dual.shape(), y.dual.shape());
  if (!step || depth > kDeepest) return;
  too_close() = false;
  Dual dual = step->define(x.dual, y.dual);
  if (too_close() || !tame(dual)) return;
  if (dual.shape().count() > kLargest || dual.shape().rank() > 4) return;
  graph.text += tinygrad::str_cat('v', graph.values.size(), " = ", step->text, " v", a);
  if (operation.operands == 2) graph.text += tinygrad::str_cat(" v", b);
  graph.text += tinygrad::str_cat("  ", dual.shape(), '\n');
  graph.used.push_back(operation.name);
  graph.values.push_back({step->run(x.tensor, y.tensor), std::move(dual), depth});
}

// True if value and slope are as near as sums in another order can be.
bool near(double ours, double theirs, double size) {
  return std::fabs(ours - theirs) <= 1e-9 * (1 + size);
}

// Builds the graph of one seed and checks it; returns its depth, and counts what it is made of.
int check_graph(std::uint64_t seed, std::map<std::string, int>& uses) {
  Generator g(seed);
  Graph graph;
  for (Index i = 1 + below(g, 4); i > 0; --i) add_leaf(graph, g);
  for (Index i = 5 + below(g, 80); i > 0; --i) add_step(graph, g);
  for (const std::string& name : graph.used) ++uses[name];
  CAPTURE(seed);
  CAPTURE(graph.text);
  int depth = 0;
  // The output: a weighted sum of the last few values, so that several paths meet.
  Tensor total = Tensor(Array::full({}, 0, float64));
  double value = 0, slope = 0, size = 0;
  for (std::size_t k = graph.values.size() - std::min<std::size_t>(3, graph.values.size());
       k < graph.values.size(); ++k) {
    const Value& v = graph.values[k];
    depth = std::max(depth, v.depth);
    REQUIRE(v.tensor.shape() == v.dual.shape());
    for (Index i = 0; i < v.tensor.numel(); ++i) {
      const double expected = v.dual.value[i];
      if (near(v.tensor.array().at(i), expected, std::fabs(expected))) continue;
      FAIL_CHECK("v" << k << "[" << i << "] is " << v.tensor.array().at(i) << ", expected "
                     << expected);
      return depth;
    }
    const double weight = 1 + 0.5 * static_cast<double>(k % 3);
    total = total + sum(v.tensor) * weight;
    value += weight * std::accumulate(v.dual.value.values.begin(), v.dual.value.values.end(), 0.0);
    slope += weight * std::accumulate(v.dual.slope.values.begin(), v.dual.slope.values.end(), 0.0);
    for (const double s : v.dual.slope.values) size += std::fabs(s);
  }
  CHECK(near(total.item(), value, std::fabs(value)));
  // <gradient, direction> over all leaves is the slope of the total along the direction.
  const auto gradients = grad({total}, graph.leaves, {}, {.retain_graph = true});
  double along = 0;
  for (std::size_t k = 0; k < graph.leaves.size(); ++k)
    for (Index i = 0; gradients[k].defined() && i < gradients[k].numel(); ++i) {
      along += gradients[k].array().at(i) * graph.directions[k][i];
      size += std::fabs(gradients[k].array().at(i) * graph.directions[k][i]);
    }
  CHECK_MESSAGE(near(along, slope, size),
                "gradient · direction is " << along << ", expected " << slope);
  // backward() accumulates the same numbers.
  total.backward();
  for (std::size_t k = 0; k < graph.leaves.size(); ++k) {
    const Tensor ours = graph.leaves[k].grad();
    REQUIRE(ours.defined() == gradients[k].defined());
    for (Index i = 0; ours.defined() && i < ours.numel(); ++i)
      CHECK(near(ours.array().at(i), gradients[k].array().at(i), std::fabs(ours.array().at(i))));
  }
  return depth;
}

}  // namespace

TEST_CASE("random graphs have the value and the gradient of their definition") {
  const char* longer = std::getenv("TINYGRAD_FUZZ");
  const int graphs = longer ? std::atoi(longer) : kGraphs;
  REQUIRE(graphs > 0);
  const std::uint64_t first = longer ? static_cast<std::uint64_t>(graphs) * 1'000'003 : 0;
  int deepest = 0, deep = 0;
  std::map<std::string, int> uses;
  for (int i = 0; i < graphs; ++i) {
    const int depth = check_graph(first + static_cast<std::uint64_t>(i), uses);
    deepest = std::max(deepest, depth);
    deep += depth >= 15;
  }
  if (graphs >= kGraphs) {
    CHECK(deepest == kDeepest);
    CHECK(deep > graphs / 10);
    for (const Operation& operation : operations())
      CHECK_MESSAGE(uses[operation.name] >= 50, operation.name << ": " << uses[operation.name]);
  }
  CHECK(Node::live() == 0);
  MESSAGE(graphs << " graphs, " << deep << " of them at least 15 deep, the deepest " << deepest);
}
