// SPDX-License-Identifier: MIT
// Exact values and derivatives of ops/special.hpp.
#include "accuracy/accuracy_cases.hpp"

namespace tinygrad::test {

AccuracyCases special_accuracy() {
  AccuracyCases cases;
  return cases;
}

}  // namespace tinygrad::test
