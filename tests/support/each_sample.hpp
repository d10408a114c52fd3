// SPDX-License-Identifier: MIT
// for_each_sample(): runs one check on every sample of every row of a table.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/op_cases.hpp"

namespace tinygrad::test {

/// Calls f(row, sample); doctest prints the row's name and shapes when a check in it fails.
template <class Row, class F> void for_each_sample(const std::vector<Row>& rows, F f) {
  for (const Row& c : rows) {
    for (const auto& sample : c.samples) {
      std::string row = c.name;
      for (const Input& input : sample) row += ' ' + to_string(input.shape);
      CAPTURE(row);
      try {
        f(c, sample);
      } catch (const Error& e) {
        FAIL_CHECK("threw " << std::string(e.what()));
      }
    }
  }
}

}  // namespace tinygrad::test
