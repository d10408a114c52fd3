// SPDX-License-Identifier: MIT
// Runs the programs of the project, as users do, for their tests.
#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace support {

struct ProgramResult {
  int status;          // of the exit; −1 after a signal
  std::string output;  // standard output and error

  // The number that follows the last `name` in the output.
  double number_after(const std::string& name) const {
    const auto at = output.rfind(name);
    REQUIRE_MESSAGE(at != std::string::npos, name << " is not in the output:\n" << output);
    return std::strtod(output.c_str() + at + name.size(), nullptr);
  }
};

// `environment`: assignments such as "A=1 B=2".
inline ProgramResult run_program(const std::string& program, const std::string& arguments,
                                 const std::string& environment = "") {
  const std::string command =
      environment + " \"" TINYGRAD_BIN_DIR "/" + program + "\" " + arguments + " 2>&1";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> part;
  while (const std::size_t n = std::fread(part.data(), 1, part.size(), pipe))
    output.append(part.data(), n);
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

// "DIR/name" of the real data, or "" (and says so).
inline std::string real_data(const std::string& name) {
  const char* root = std::getenv("TINYGRAD_DATA");
  const std::string folder = root ? std::string(root) + "/" + name : "";
  if (!folder.empty() && std::filesystem::exists(folder)) return folder;
  MESSAGE("skipped: TINYGRAD_DATA holds no " << name << " folder");
  return "";
}

// The lines of a file of JSON, one value each.
inline std::vector<nlohmann::json> rows_of(const std::string& path) {
  std::vector<nlohmann::json> rows;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) rows.push_back(nlohmann::json::parse(line));
  return rows;
}

}  // namespace support
