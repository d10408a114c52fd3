// SPDX-License-Identifier: MIT
// The table of accuracy cases: the exact value and derivatives of each elementwise operation. The
// test of their errors and docs/accuracy.md are made from it. The cases are in cases/<family>.cpp.
#pragma once

#include <array>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "accuracy/quad.hpp"
#include "tinygrad/tensor.hpp"

namespace tinygrad::test {

using quad::Quad;
/// A function of the inputs of one element.
using Exact = std::function<Quad(const Quad*)>;

/// Errors that are allowed, in units of the last place of the exact result.
struct Bound {
  double value = 4, slope = 8;
  /// Absolute errors that are allowed besides: for what a docstring states so, see `reason`.
  double value_absolute = 0, slope_absolute = 0;
  std::string reason = {};
};

struct AccuracyCase {
  std::string name;   ///< the function's name in ops/, then "/variant" if there are several
  std::string torch;  ///< the same in PyTorch, an expression of x0, x1; empty if it has none
  std::function<Tensor(const std::vector<Tensor>&)> run = {};
  Exact value = {};
  std::vector<Exact> slopes = {};  ///< the derivative by each input
  /// Points to come close to, from both sides, down to the neighbouring number: poles, zeros,
  /// branch points, thresholds.
  std::vector<std::vector<double>> hard = {};
  /// Where a third of the points is drawn uniformly. The others are of all sizes.
  double low = -10, high = 10;
  /// The size of value and slopes around a zero that is not at 0, where it is larger than they
  /// are: their errors are measured in units of it. Empty: of the exact result alone.
  Exact value_size = {};
  std::vector<Exact> slope_sizes = {};
  /// Points at which nothing is measured: where the formula is not defined.
  std::function<bool(const Quad*)> left_out = {};
  Bound float32_bound = {}, float64_bound = {};
};

using AccuracyCases = std::vector<AccuracyCase>;

/// All cases, of all families.
const AccuracyCases& accuracy_cases();

/// One file of cases/.
struct AccuracyFamily {
  const char* name;  ///< "activation"
  AccuracyCases (*cases)();
};
/// All files of cases/, by name: written by CMake (support/families.cmake).
const std::vector<AccuracyFamily>& accuracy_families();
/// Operations that work element by element and have no case, and why.
const std::map<std::string, std::string>& without_accuracy_case();

/// The case of a function of one tensor.
inline AccuracyCase unary_accuracy_case(std::string name, std::string torch,
                                        std::function<Tensor(const Tensor&)> f, Quad (*value)(Quad),
                                        Quad (*slope)(Quad), const std::vector<double>& hard = {}) {
  AccuracyCase out{.name = std::move(name), .torch = std::move(torch)};
  out.run = [f](const std::vector<Tensor>& x) { return f(x[0]); };
  out.value = [value](const Quad* x) { return value(x[0]); };
  out.slopes = {[slope](const Quad* x) { return slope(x[0]); }};
  for (const double point : hard) out.hard.push_back({point});
  return out;
}

/// The case of a function of two tensors.
inline AccuracyCase binary_accuracy_case(std::string name, std::string torch,
                                         std::function<Tensor(const Tensor&, const Tensor&)> f,
                                         Quad (*value)(Quad, Quad), Quad (*slope_a)(Quad, Quad),
                                         Quad (*slope_b)(Quad, Quad),
                                         std::vector<std::vector<double>> hard = {}) {
  AccuracyCase out{.name = std::move(name), .torch = std::move(torch)};
  out.run = [f](const std::vector<Tensor>& x) { return f(x[0], x[1]); };
  out.value = [value](const Quad* x) { return value(x[0], x[1]); };
  out.slopes = {[slope_a](const Quad* x) { return slope_a(x[0], x[1]); },
                [slope_b](const Quad* x) { return slope_b(x[0], x[1]); }};
  out.hard = std::move(hard);
  return out;
}

}  // namespace tinygrad::test
