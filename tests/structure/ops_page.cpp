// SPDX-License-Identifier: MIT
// Writes docs/ops.md. Says on standard error what the docstrings lack.
#define DOCTEST_CONFIG_IMPLEMENT  // the rows are built with the tests' precompiled header
#include <doctest/doctest.h>

#include <iostream>

#include "ops_page_files.hpp"

int main() {
  const auto [families, faults] = ops_page::read_ops();
  for (const auto& fault : faults) std::cerr << fault << "\n";
  std::ofstream out(ops_page::kTree / "docs/ops.md");
  out << ops_page::page(families, tinygrad::test::op_cases());
  return faults.empty() && out.good() ? 0 : 1;
}
