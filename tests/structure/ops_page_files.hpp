// SPDX-License-Identifier: MIT
// The headers of ops/ and the page made from them, as files of this source tree.
#pragma once

#include <filesystem>
#include <fstream>

#include "ops_page.hpp"

namespace ops_page {

inline const std::filesystem::path kTree = TINYGRAD_SOURCE_DIR;

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Every family that holds something, by name, and what is wrong with their docstrings.
struct Reading {
  std::vector<Family> families;
  std::vector<std::string> faults;
};
inline Reading read_ops() {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(kTree / "include/tinygrad/ops"))
    files.push_back(file.path());
  std::sort(files.begin(), files.end());
  Reading out;
  for (const auto& file : files) {
    Family family = read_family(file.filename().string(), read_file(file), out.faults);
    for (auto& fault : faults(family, tinygrad::test::op_cases())) out.faults.push_back(fault);
    if (!family.blocks.empty() || !family.types.empty()) out.families.push_back(std::move(family));
  }
  return out;
}

}  // namespace ops_page
