// SPDX-License-Identifier: MIT
// This library's answers to the problems with special values, and where they differ from what
// PyTorch answered.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "golden/problems/special_problems.hpp"
#include "tinygrad/io.hpp"

namespace tinygrad::test {

/// What a row gives at a special value: its value, and the gradient by each floating input.
struct SpecialAnswer {
  bool refused = false;  ///< the value or its gradient
  Tensor value = {};
  Tensors gradients;  ///< undefined where there is none
};

/// v in the <v, value> that gradients are of: −0.75, −0.25, 0.25, 0.75, 1.25, …, as in
/// record/specials.py.
inline Tensor special_cotangent(const Tensor& y) {
  std::vector<double> v(static_cast<std::size_t>(y.numel()));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<double>(i % 5) * 0.5 - 0.75;
  return Tensor(Array::from(v, y.dtype()).reshaped(y.shape()));
}

inline SpecialAnswer special_answer(const SpecialProblem& p, bool create_graph) {
  Tensors leaves;
  for (const Tensor& x : p.inputs)
    if (is_floating(x.dtype())) leaves.push_back(x);
  SpecialAnswer out{.gradients = Tensors(leaves.size())};
  try {
    out.value = p.row->run(p.inputs);
    if (p.row->differentiable && out.value.requires_grad())
      out.gradients =
          grad({out.value}, leaves, {special_cotangent(out.value)}, {.create_graph = create_graph});
  } catch (const Error&) {
    out.refused = true;
  }
  return out;
}

/// Where two answers differ first.
struct SpecialDifference {
  std::string part;  ///< "value", "gradient 0", …
  std::string text;  ///< the element and both numbers
};

/// The first difference between two tensors, if there is one. A gradient that one side has not is
/// zero.
inline std::optional<SpecialDifference> difference(const std::string& part, const Tensor& ours,
                                                   const Tensor& theirs, double tolerance) {
  const Index n = ours.defined() ? ours.numel() : theirs.defined() ? theirs.numel() : 0;
  if (ours.defined() && theirs.defined() && theirs.numel() != n)
    return SpecialDifference{part, str_cat(part, " has ", n, " elements, not ", theirs.numel())};
  for (Index i = 0; i < n; ++i) {
    const double a = ours.defined() ? ours.array().at(i) : 0;
    const double b = theirs.defined() ? theirs.array().at(i) : 0;
    if (!same(a, b, tolerance))
      return SpecialDifference{part, str_cat(part, '[', i, "] is ", a, ", not ", b)};
  }
  return std::nullopt;
}

/// The recorded answers of a row in one dtype, read one after the other.
class SpecialRecord {
 public:
  explicit SpecialRecord(Array numbers) : numbers_(std::move(numbers)) {}

  /// Compares with the answer to the next problem.
  std::vector<SpecialDifference> compare(const SpecialAnswer& got, double tolerance) {
    const Tensor value = next();
    if (!value.defined()) {
      if (got.refused) return {};
      return {{"value", "PyTorch refuses"}};
    }
    std::vector<SpecialDifference> out;
    const auto add = [&](const std::string& part, const Tensor& ours, const Tensor& theirs) {
      if (got.refused) return;
      if (auto d = difference(part, ours, theirs, tolerance)) out.push_back(std::move(*d));
    };
    add("value", got.value, value);
    for (std::size_t i = 0; i < got.gradients.size(); ++i)
      add(str_cat("gradient ", i), got.gradients[i], next());
    if (got.refused) out.push_back({"value", "refused here and not by PyTorch"});
    return out;
  }

  bool at_end() const { return at_ == numbers_.count(); }

 private:
  // A number of elements and the elements; undefined for −1.
  Tensor next() {
    const Index n = static_cast<Index>(numbers_.at(at_++));
    if (n < 0) return {};
    at_ += n;
    return Tensor(numbers_.rows(at_ - n, at_));
  }

  Array numbers_;
  Index at_ = 0;
};

}  // namespace tinygrad::test
