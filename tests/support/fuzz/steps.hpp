// SPDX-License-Identifier: MIT
// Helpers for the files of operations: random numbers and dims, and operations along a dim.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "support/fuzz/operations.hpp"

namespace tinygrad::test {

/// One of 0 … n − 1.
inline Index below(Generator& g, Index n) {
  return std::min(n - 1, static_cast<Index>(g.uniform() * static_cast<double>(n)));
}
inline int dim_of(Generator& g, const Shape& s) { return static_cast<int>(below(g, s.rank())); }

inline bool broadcasts(const Shape& a, const Shape& b) {
  for (int i = 1; i <= std::min(a.rank(), b.rank()); ++i) {
    const Index x = a[a.rank() - i], y = b[b.rank() - i];
    if (x != y && x != 1 && y != 1) return false;
  }
  return true;
}

/// What needs a dim: step(dim, its size).
inline Operation along(std::string name, Step (*step)(int dim, Index size)) {
  return {name, 1, [=](Generator& g, const Shape& a, const Shape&) -> std::optional<Step> {
            if (a.rank() == 0) return {};
            const int dim = dim_of(g, a);
            Step s = step(dim, a[dim]);
            s.text = str_cat(name, " dim ", dim);
            return s;
          }};
}

// The operations by kind, each in a file of its own; the others are in operations.cpp.
void add_movements(std::vector<Operation>& all);
void add_contractions(std::vector<Operation>& all);

}  // namespace tinygrad::test
