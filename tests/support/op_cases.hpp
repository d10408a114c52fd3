// SPDX-License-Identifier: MIT
// The op-case table: one row for each operation. Value, error, gradient, double gradient and
// benchmark runs are made from the row. The rows of ops/<room>/<family>.hpp are in
// op_cases/<room>/<family>.cpp, which defines Rows <room>_<family>_cases(); CMake lists the files
// (families.cmake).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "support/naive.hpp"
#include "support/special_values.hpp"
#include "tinygrad/tensor.hpp"

namespace tinygrad::test {

inline constexpr double kMiB = 1024.0 * 1024;

using Tensors = std::vector<Tensor>;
using Naives = std::vector<Naive>;
using Run = std::function<Tensor(const Tensors&)>;
using Reference = std::function<Naive(const Naives&)>;

/// One input of a sample: its shape, how its values are drawn, and its dtype.
struct Input {
  Shape shape;
  double low = -2, high = 2;  ///< uniform in [low, high), or integers in it for integer dtypes
  Dtype dtype = float64;      ///< floating inputs are checked in float64 and run in float32 too
  double away_from = 1e300;   ///< keep 0.05 away from this value, where the op has a kink
  bool distinct = false;      ///< all values at least 0.02 apart (for max and the like)
};

/// A call that must be refused, and a part of the message it must give.
struct ErrorSample {
  std::function<void()> call;
  std::string text;
};

/// Inputs to time, and the work of one forward run.
struct BenchSample {
  std::vector<Input> inputs;
  double flops = 0;
  double bytes = 0;  ///< moved at the least: inputs read and outputs written once
};

/// One input with values chosen by hand: NaN, infinities, kinks, ties, extremes. Every value must
/// be a float32.
struct Given {
  Shape shape;
  std::vector<double> values;
  Dtype dtype = float64;
};

struct OpCase {
  std::string name;  ///< the function's name in ops/, then "/variant" if there are several rows
  /// The same in PyTorch: a Python expression of the inputs x0, x1, …. Values, gradients and second
  /// gradients are recorded from it; empty only where PyTorch has no such thing (say so).
  std::string torch = {};
  Run run = {};
  /// The definition in plain loops; empty where chance decides, and then no value is compared.
  Reference reference = {};
  std::vector<std::vector<Input>> samples = {};
  /// Inputs at which the value is checked against the reference, and value and gradient against
  /// PyTorch's, NaN and infinities included; not gradchecked.
  std::vector<std::vector<Given>> specials = {};
  std::vector<ErrorSample> errors = {};
  std::vector<BenchSample> benchmarks = {};
  bool differentiable = true;
  double tolerance = 1e-5;            ///< float32 against the reference, relative to 1 + |value|
  std::string tolerance_reason = {};  ///< why, where it is not the default
  double torch_tolerance = 1e-12;     ///< float64 against PyTorch, relative to 1 + |value|
  std::string torch_tolerance_reason = {};  ///< why, where it is not the default
  /// Where value or gradient at `specials` is meant to differ from PyTorch's: why.
  std::string differs_from_torch = {};
  std::string family = {};  ///< "loss/ctc": the file the row is in; op_cases() fills it in
};

using Rows = std::vector<OpCase>;

/// One file of op_cases/.
struct OpFamily {
  const char* name;  ///< "loss/ctc"
  Rows (*rows)();
};
/// All files of op_cases/, by name: written by CMake (families.cmake).
const std::vector<OpFamily>& op_families();

/// All rows, of all families.
const std::vector<OpCase>& op_cases();

/// The inputs of a sample, drawn from `seed`; floating ones in `floating`, requiring gradients.
/// Every value is a float32, so that both precisions see the same numbers.
Tensors draw(const std::vector<Input>& inputs, std::uint64_t seed, Dtype floating);

/// The inputs of a special, floating ones in `floating`, requiring gradients.
Tensors given(const std::vector<Given>& inputs, Dtype floating);

// Shorthands for rows.

/// One-input samples over shapes every elementwise op must handle: scalar, empty, one element, odd
/// lengths around the vector widths, several dims.
std::vector<std::vector<Input>> unary_samples(const Input& like);
/// Two-input samples: same shapes, scalars, rows, columns, both ways, empty.
std::vector<std::vector<Input>> binary_samples(const Input& a, const Input& b);
/// The reference of an elementwise op of one or two inputs.
Reference elementwise(double (*f)(double));
Reference elementwise(double (*f)(double, double));
/// A row of these five; the rest is set after.
OpCase row(std::string name, std::string torch, Run run, Reference reference,
           std::vector<std::vector<Input>> samples);
/// Class ids below `classes`.
Input ids(const Shape& shape, double classes);
/// A copy of x for an in-place op; undefined if x is.
inline Tensor copy_to_overwrite(const Tensor& x) { return x.defined() ? x * 1 : x; }
/// An index that may count from the end, from the front.
inline Index from_front(double i, Index size) { return static_cast<Index>(i) + (i < 0 ? size : 0); }

}  // namespace tinygrad::test
