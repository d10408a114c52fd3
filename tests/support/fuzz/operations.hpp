// SPDX-License-Identifier: MIT
// The operations of the random graphs. Each has two forms: the library's function and the
// definition.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/fuzz/dual.hpp"
#include "tinygrad/tensor.hpp"

namespace tinygrad::test {

/// An operation on one or two tensors, with what was drawn for it (a dim, a permutation) inside.
struct Step {
  std::string text;
  std::function<Tensor(const Tensor&, const Tensor&)> run;
  std::function<Dual(const Dual&, const Dual&)> define;
};

/// Draws a step for operands of these shapes; nothing if they do not suit it.
using Draw = std::function<std::optional<Step>(Generator&, const Shape&, const Shape&)>;

struct Operation {
  std::string name;
  int operands;
  Draw draw;
};

const std::vector<Operation>& operations();

}  // namespace tinygrad::test
