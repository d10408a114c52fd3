// SPDX-License-Identifier: MIT
// The headers of ops/ and the pages made from them, as files of this source tree.
#pragma once

#include <filesystem>
#include <fstream>

#include "ops_page.hpp"

namespace ops_page {

inline const std::filesystem::path kTree = TINYGRAD_SOURCE_DIR;
inline const std::filesystem::path kPages = kTree / "docs/ops";

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The files below a folder that end so, without the folder and in order.
inline std::vector<std::string> files_below(const std::filesystem::path& folder,
                                            const std::string& extension) {
  std::vector<std::string> out;
  if (!std::filesystem::exists(folder)) return out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == extension)
      out.push_back(std::filesystem::relative(entry.path(), folder).generic_string());
  std::sort(out.begin(), out.end());
  return out;
}

/// Every family that holds something, by name, and what is wrong with their docstrings.
struct Reading {
  std::vector<Family> families;
  std::vector<std::string> faults;
};
inline Reading read_ops() {
  Reading out;
  const std::filesystem::path folder = kTree / "include/tinygrad/ops";
  for (const std::string& file : files_below(folder, ".hpp")) {
    Family family =
        read_family(file.substr(0, file.rfind('.')), read_file(folder / file), out.faults);
    for (auto& fault : faults(family, tinygrad::test::op_cases())) out.faults.push_back(fault);
    if (!family.blocks.empty() || !family.types.empty()) out.families.push_back(std::move(family));
  }
  return out;
}

}  // namespace ops_page
