// SPDX-License-Identifier: MIT
// Writes the pages of docs/ops/ and deletes pages of families that no longer exist. Prints the
// faults of docstrings on standard error.
#define DOCTEST_CONFIG_IMPLEMENT  // the rows are built with the tests' precompiled header
#include <doctest/doctest.h>

#include <iostream>

#include "ops_page_files.hpp"

int main() {
  using namespace ops_page;
  const auto [families, faults] = read_ops();
  for (const auto& fault : faults) std::cerr << fault << "\n";
  const auto written = pages(families, tinygrad::test::op_cases());
  for (const std::string& file : files_below(kPages, ".md"))
    if (!written.count(file)) std::filesystem::remove(kPages / file);
  bool good = faults.empty();
  for (const auto& [file, text] : written) {
    std::filesystem::create_directories((kPages / file).parent_path());
    std::ofstream out(kPages / file);
    out << text;
    good = good && out.flush().good();
  }
  return good ? 0 : 1;
}
