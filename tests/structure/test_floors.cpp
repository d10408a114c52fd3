// SPDX-License-Identifier: MIT
// Tests that the #include lines of every header obey the rules in floors.hpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "floors.hpp"

namespace {

using floors::Includes;
using Faults = std::vector<std::string>;

Includes read_headers(const std::filesystem::path& root) {
  Includes files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "tinygrad")) {
    if (entry.path().extension() != ".hpp") continue;
    auto& includes = files[entry.path().lexically_relative(root).generic_string()];
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      const auto word = line.find("include");
      if (line.empty() || line[0] != '#' || word == std::string::npos) continue;
      const auto open = line.find_first_of("\"<", word), close = line.find_last_of("\">");
      if (open != std::string::npos && close > open && line.find('(') == std::string::npos)
        includes.push_back(line.substr(open + 1, close - open - 1));
    }
  }
  return files;
}

}  // namespace

TEST_CASE("includes between the library's headers only go down, without loops") {
  const Includes files = read_headers(std::filesystem::path(TINYGRAD_SOURCE_DIR) / "include");
  CHECK(files.size() > 8);
  CHECK_FALSE(files.at("tinygrad/core/array.hpp").empty());
  for (const auto& fault : floors::faults(files)) FAIL_CHECK(fault);
}

TEST_CASE("every door begins with core/begin.hpp and ends with core/end.hpp, which shelter it") {
  const std::string begin = "tinygrad/core/begin.hpp", end = "tinygrad/core/end.hpp";
  for (const auto& [file, includes] :
       read_headers(std::filesystem::path(TINYGRAD_SOURCE_DIR) / "include")) {
    if (file == begin || file == end) continue;
    CAPTURE(file);
    if (floors::is_door(file)) {
      REQUIRE_FALSE(includes.empty());
      CHECK(includes.front() == begin);
      CHECK(includes.back() == end);
    } else {
      CHECK(std::count(includes.begin(), includes.end(), begin) == 0);
    }
  }
}

TEST_CASE(
    "what core/begin.hpp sets aside, core/end.hpp brings back, and no macro has a common name") {
  std::vector<std::string> pushed, popped, defined;
  const auto root = std::filesystem::path(TINYGRAD_SOURCE_DIR) / "include/tinygrad";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".hpp") continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("#pragma push_macro")) pushed.push_back(line.substr(18));
      if (line.starts_with("#pragma pop_macro")) popped.push_back(line.substr(17));
      if (line.starts_with("#define"))
        defined.push_back(line.substr(8, line.find_first_of(" (", 8) - 8));
    }
  }
  for (const auto& name : defined)
    if (!name.starts_with("TINYGRAD_"))
      CHECK_MESSAGE(std::count(pushed.begin(), pushed.end(), "(\"" + name + "\")") > 0, name);
  std::sort(pushed.begin(), pushed.end());
  std::sort(popped.begin(), popped.end());
  CHECK(pushed.size() > 50);
  CHECK(pushed == popped);
}

TEST_CASE("the checker finds an upward edge") {
  CHECK(floors::faults({{"tinygrad/core/a.hpp", {"tinygrad/ops/b.hpp"}}}) ==
        Faults{"tinygrad/core/a.hpp includes tinygrad/ops/b.hpp: core may not see ops"});
}

TEST_CASE("the checker finds neighbours on one floor") {
  CHECK(floors::faults({{"tinygrad/io/a.hpp", {"tinygrad/kernels/room/b.hpp"}}}).size() == 1);
  CHECK(floors::faults({{"tinygrad/debug/a.hpp", {"tinygrad/train/b.hpp"}}}).size() == 1);
  CHECK(floors::faults({{"tinygrad/data/a.hpp", {"tinygrad/kernels/b.hpp"}}}).size() == 1);
  CHECK(floors::faults({{"tinygrad/optim/a.hpp", {"tinygrad/ops/b.hpp"}}}).size() == 1);
}

TEST_CASE("the checker lets includes go down and stay in their folder") {
  CHECK(floors::faults(
            {{"tinygrad/nn/a.hpp",
              {"tinygrad/ops/b.hpp", "tinygrad/nn/c.hpp", "tinygrad/version.hpp", "vector"}},
             {"tinygrad/nn/c.hpp", {"tinygrad/core/d.hpp"}},
             {"tinygrad/nn.hpp", {"tinygrad/nn/a.hpp", "tinygrad/tensor.hpp"}}})
            .empty());
}

TEST_CASE("the checker finds a door opened from inside") {
  CHECK(floors::faults({{"tinygrad/train/a.hpp", {"tinygrad/nn.hpp"}}}) ==
        Faults{"tinygrad/train/a.hpp includes tinygrad/nn.hpp: no file inside includes a door"});
}

TEST_CASE("the checker finds a folder without a floor") {
  CHECK(floors::faults({{"tinygrad/attic/a.hpp", {"tinygrad/core/b.hpp"}}}).size() == 1);
}

TEST_CASE("the checker finds a loop and names its files") {
  CHECK(floors::faults({{"tinygrad/core/a.hpp", {"tinygrad/core/b.hpp"}},
                        {"tinygrad/core/b.hpp", {"tinygrad/core/c.hpp"}},
                        {"tinygrad/core/c.hpp", {"tinygrad/core/b.hpp"}}}) ==
        Faults{"a loop: tinygrad/core/b.hpp tinygrad/core/c.hpp tinygrad/core/b.hpp"});
}

TEST_CASE("the checker finds xtensor outside its one file, and BLAS in any") {
  CHECK(floors::faults({{"tinygrad/ops/a.hpp", {"xtensor/xmath.hpp"}}}).size() == 1);
  CHECK(floors::faults({{"tinygrad/kernels/a.hpp", {"cblas.h"}}}).size() == 1);
  CHECK(
      floors::faults({{"tinygrad/kernels/matrix/gemm.hpp", {"xtensor-blas/xlinalg.hpp"}}}).size() ==
      1);
  CHECK(floors::faults({{"tinygrad/core/xtensor.hpp", {"xtensor/xarray.hpp"}}}).empty());
}

TEST_CASE("the checker finds system headers whose macros break other people's") {
  CHECK(floors::faults({{"tinygrad/train/a.hpp", {"sys/ioctl.h"}}}) ==
        Faults{"tinygrad/train/a.hpp includes sys/ioctl.h: no file may"});
}
