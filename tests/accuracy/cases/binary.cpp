// SPDX-License-Identifier: MIT
// Exact values and derivatives of ops/binary.hpp.
#include "accuracy/accuracy_cases.hpp"

namespace tinygrad::test {

AccuracyCases binary_accuracy() {
  AccuracyCases cases;
  return cases;
}

}  // namespace tinygrad::test
