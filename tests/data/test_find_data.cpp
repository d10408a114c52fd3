// SPDX-License-Identifier: MIT
// Tests of data/find_data.hpp: damaged data, downloads, limits.
#include <doctest/doctest.h>

#include <fstream>

#include "data/numbered.hpp"
#include "support/files.hpp"
#include "tinygrad/data/find_data.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::EnvironmentVariable;
using support::message_of;

namespace {

/// A data set of one file, "list", that is whole if it is not empty. Its stand-in has 9 samples.
DataSource numbers() {
  return {.name = "Numbers",
          .stand_in = "drawn numbers",
          .folders = {"numbers", ""},
          .files = {{"list", "no sum"}},
          .mirrors = {"file:///nonexistent/"},
          .holds =
              [](const std::string& folder) {
                std::ifstream file(folder + "/list");
                if (!file) return Holds::kNothing;
                return file.peek() == EOF ? Holds::kPart : Holds::kAll;
              },
          .load =
              [](const std::string& path, const std::string& why) {
                check<IoError>(std::filesystem::file_size(path + "/list") > 0, {"load"}, path,
                               ": is damaged");
                return TrainTestData{support::numbered(6), support::numbered(2), path + ": " + why};
              },
          .draw =
              [](Index limit) {
                const Index n = limit > 0 ? limit : 9;
                return TrainTestData{support::numbered(n), support::numbered(n)};
              }};
}

TrainTestData find_numbers(const std::string& spec = "", const FindOptions& options = {}) {
  return find_data({"find_numbers"}, spec, numbers(), options);
}

}  // namespace

TEST_CASE(
    "find_data looks in TINYGRAD_DATA, ./data and the cache, each with its folders in order") {
  const support::TemporaryFolder folder;
  const support::WorkingFolder here(folder.path());
  const EnvironmentVariable root("TINYGRAD_DATA", "root");
  const EnvironmentVariable cache("XDG_CACHE_HOME", "cache");
  std::filesystem::create_directories("root/numbers");
  std::filesystem::create_directories("data/numbers");
  std::filesystem::create_directories("cache/tinygrad/numbers");
  CHECK(find_numbers().description ==
        "drawn numbers drawn by the library, not Numbers: Numbers was not found in root/numbers, "
        "root, data/numbers, data, cache/tinygrad/numbers, cache/tinygrad, and a download was not "
        "asked for; put its files into data/numbers or set TINYGRAD_DATA");
  const auto found = [&](const std::string& place) {
    folder.write(place + "/list", "1");
    return find_numbers().description;
  };
  CHECK(found("cache/tinygrad") == "cache/tinygrad: the user's cache");
  CHECK(found("cache/tinygrad/numbers") == "cache/tinygrad/numbers: the user's cache");
  CHECK(found("data") == "data: the folder ./data");
  CHECK(found("data/numbers") == "data/numbers: the folder ./data");
  CHECK(found("root") == "root: from TINYGRAD_DATA");
  CHECK(found("root/numbers") == "root/numbers: from TINYGRAD_DATA");
  CHECK(find_numbers("data").description == "data: the path that was named");
  CHECK(contains(find_numbers("synthetic").description, "they were asked for"));
}

TEST_CASE("a damaged data set is an error, but in the cache it is an interrupted download") {
  const support::TemporaryFolder folder;
  const support::WorkingFolder here(folder.path());
  const EnvironmentVariable root("TINYGRAD_DATA", "");
  const EnvironmentVariable cache("XDG_CACHE_HOME", "cache");
  std::filesystem::create_directories("data");
  std::filesystem::create_directories("cache/tinygrad/numbers");
  folder.write("cache/tinygrad/numbers/list", "");
  CHECK(contains(find_numbers().description,
                 "data, cache/tinygrad/numbers (which holds a part of it), cache/tinygrad, and"));
  folder.write("data/list", "");
  CHECK(contains(message_of<IoError>([] { find_numbers(); }), "[load] data: is damaged"));
}

TEST_CASE("a download is tried only if it is asked for, and a failure says what was tried") {
  const support::TemporaryFolder folder;
  const support::WorkingFolder here(folder.path());
  const EnvironmentVariable root("TINYGRAD_DATA", "");
  {
    const EnvironmentVariable cache("XDG_CACHE_HOME", "cache");
    CHECK(contains(find_numbers().description, "a download was not asked for"));
    CHECK_FALSE(std::filesystem::exists("cache"));
    const auto text = find_numbers("", {.download = true}).description;
    CHECK(contains(text, "and could not be fetched (["));
    CHECK(contains(text, "; put its files into data/numbers or set TINYGRAD_DATA"));
  }
  const EnvironmentVariable cache("XDG_CACHE_HOME", ""), home("HOME", "");
  CHECK(contains(find_numbers("", {.download = true}).description,
                 "neither XDG_CACHE_HOME nor HOME says where to keep it"));
}

TEST_CASE("FindOptions.limit keeps the first samples of each set, and draws no more") {
  const support::TemporaryFolder folder;
  folder.write("list", "1");
  CHECK(find_numbers(folder.path()).train.size() == 6);
  CHECK(find_numbers(folder.path(), {.limit = 4}).train.size() == 4);
  CHECK(find_numbers(folder.path(), {.limit = 4}).test.size() == 2);
  CHECK(find_numbers(folder.path(), {.limit = 4}).train.inputs.at(2) == 1);
  CHECK(find_numbers("synthetic", {.limit = 4}).train.size() == 4);
  CHECK(find_numbers("synthetic").train.size() == 9);
  CHECK(contains(message_of<ValueError>([] { find_numbers("", {.limit = -1}); }),
                 "[find_numbers] limit=-1 must not be negative; 0 is all samples"));
}
