// SPDX-License-Identifier: MIT
// Exact values and derivatives of ops/activation.hpp.
#include "accuracy/accuracy_cases.hpp"

namespace tinygrad::test {

AccuracyCases activation_accuracy() {
  AccuracyCases cases;
  return cases;
}

}  // namespace tinygrad::test
