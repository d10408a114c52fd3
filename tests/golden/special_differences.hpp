// SPDX-License-Identifier: MIT
// Where this library is meant to differ from PyTorch at the special values of special_problems.hpp,
// and why. A difference that is not listed fails the tests, and so does a listed one that is there
// no more.
#pragma once

namespace tinygrad::test {

struct MeantDifference {
  /// Names of rows, separated by "; ". Each stands for itself and its variants: "norm" for
  /// "norm/p=3" too.
  const char* rows;
  const char* specials;  ///< "nan inf": names from kSpecialNames
  const char* part;      ///< "value", "gradient", or "create_graph": of the two gradients
  const char* reason;
  bool everywhere = true;  ///< false if it depends on the machine's LAPACK or vectors: may be absent
};

// clang-format off
inline constexpr MeantDifference kMeantDifferences[] = {
    {"abs", "nan", "gradient", "the slope at NaN is NaN; PyTorch's is 0"},
};
// clang-format on

}  // namespace tinygrad::test
