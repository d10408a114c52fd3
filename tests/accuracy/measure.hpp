// SPDX-License-Identifier: MIT
// Measures an accuracy case: makes its points (special values and random ones of all sizes) and
// finds the largest errors there.
#pragma once

#include <vector>

#include "accuracy/accuracy_cases.hpp"

namespace tinygrad::test {

/// So many random points are behind docs/accuracy.md.
inline constexpr std::size_t kPagePoints = 20000;

/// Points of a case, input by input: all pairs of special values, then `count` random ones: any
/// bits, close to the case's hard points, and uniform. Every one is a number of `dtype`.
std::vector<std::vector<double>> accuracy_points(const AccuracyCase& c, Dtype dtype,
                                                 std::size_t count);

/// The largest error of one result, in units of the last place, and where.
struct LargestError {
  double ulps = 0;
  std::vector<double> at = {};
  double got = 0, exact = 0;
  bool within = true;  ///< every error is, or the absolute bound holds
};

struct Accuracy {
  LargestError value;
  std::vector<LargestError> slopes;    ///< from a plain backward
  std::vector<LargestError> composed;  ///< from one with create_graph
  double slope() const;                ///< the largest of both
  bool within() const;
};

/// The errors of `c` at the points.
Accuracy measure(const AccuracyCase& c, Dtype dtype,
                 const std::vector<std::vector<double>>& points);

/// The exact results at the points: value, slopes. `sizes`: what their units are taken from.
struct ExactResults {
  std::vector<std::vector<Quad>> results, sizes;
};
ExactResults exact_results(const AccuracyCase& c, const std::vector<std::vector<double>>& points);

/// The unit of the last place of a number of that size.
double last_place(Quad size, Dtype dtype);

/// For messages: how large, where, what came out and what should have.
std::string to_string(const LargestError& error);

}  // namespace tinygrad::test
