// SPDX-License-Identifier: MIT
// Writes the points of docs/accuracy.md and the exact results at these points to a file, with which
// measure_torch.py measures PyTorch. A result is a sum of two float64, followed by the unit in
// which its error is measured.
#define DOCTEST_CONFIG_IMPLEMENT  // the cases are built with the tests' precompiled header
#include <doctest/doctest.h>

#include <cstdio>

#include "accuracy/measure.hpp"
#include "tinygrad/io.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FILE\n", argv[0]);
    return 2;
  }
  NamedArrays tensors;
  std::map<std::string, std::string> expressions;
  for (const AccuracyCase& c : accuracy_cases()) {
    if (c.torch.empty()) continue;
    for (const Dtype dtype : {float32, float64}) {
      const std::string key = str_cat(c.name, '#', dtype, '#');
      expressions[key] = c.torch;
      const auto points = accuracy_points(c, dtype, kPagePoints);
      for (std::size_t k = 0; k < points.size(); ++k)
        tensors[str_cat(key, 'x', k)] = Array::from(points[k], dtype);
      const ExactResults exact = exact_results(c, points);
      for (std::size_t k = 0; k < exact.results.size(); ++k) {
        std::vector<double> high, low, unit;
        for (std::size_t i = 0; i < points[0].size(); ++i) {
          const Quad result = exact.results[k][i];
          high.push_back(static_cast<double>(result));
          low.push_back(quad::isinf(result) ? 0.0
                                            : static_cast<double>(result - Quad{high.back()}));
          unit.push_back(last_place(std::max(quad::abs(result), exact.sizes[k][i]), dtype));
        }
        tensors[str_cat(key, "high", k)] = Array::from(high, float64);
        tensors[str_cat(key, "low", k)] = Array::from(low, float64);
        tensors[str_cat(key, "unit", k)] = Array::from(unit, float64);
      }
    }
  }
  save_safetensors(argv[1], tensors, expressions);
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
