// SPDX-License-Identifier: MIT
// Tests of io/download.hpp: checksums, failed transfers, missing programs.
#include <doctest/doctest.h>

#include "support/data_files.hpp"
#include "tinygrad/io/download.hpp"

using namespace tinygrad;
using support::contains;
using support::message_of;

namespace {

bool curl_is_missing() {
  if (detail::run_program({"test"}, {"curl", "--version"}).found) return false;
  MESSAGE("skipped: curl is not installed");
  return true;
}

}  // namespace

TEST_CASE("download puts the file in place when its sum is right") {
  if (curl_is_missing()) return;
  const support::TemporaryFolder folder;
  const auto source = folder.write("source", "the data");
  download("file://" + source, folder.file("target"), sha256("the data"));
  CHECK(support::read_back(folder.file("target")) == "the data");
  CHECK(folder.count() == 2);  // and no temporary file
}

TEST_CASE("a wrong sum is an error with both sums, and leaves the old file and no other") {
  if (curl_is_missing()) return;
  const support::TemporaryFolder folder;
  const auto source = folder.write("source", "other data");
  folder.write("target", "old");
  const auto text = message_of<IoError>(
      [&] { download("file://" + source, folder.file("target"), sha256("the data")); });
  CHECK(contains(text, "SHA-256 is " + sha256("other data") + ", expected " + sha256("the data")));
  CHECK(support::read_back(folder.file("target")) == "old");
  CHECK(folder.count() == 2);
}

TEST_CASE("a transfer that fails is an error with the program's own words") {
  if (curl_is_missing()) return;
  const support::TemporaryFolder folder;
  const auto text = message_of<IoError>(
      [&] { download("file://" + folder.file("none"), folder.file("target"), ""); });
  CHECK(contains(text, "[download] file://" + folder.file("none") + ": curl: "));
  CHECK(contains(text, "(exit status 37)"));
  CHECK(folder.count() == 0);
}

TEST_CASE("a host that does not answer is an error, and no shell reads the address") {
  if (curl_is_missing()) return;
  const support::TemporaryFolder folder;  // port 9 of this machine: nobody listens
  const auto text = message_of<IoError>([&] {
    download("http://127.0.0.1:9/$(touch " + folder.file("x") + ")", folder.file("target"), "");
  });
  CHECK(contains(text, "[download] http://127.0.0.1:9/"));
  CHECK(folder.count() == 0);
}

TEST_CASE("a target that cannot be written is an error before anything is fetched") {
  const support::TemporaryFolder folder;
  const auto text =
      message_of<IoError>([&] { download("file:///dev/null", folder.file("none/target"), ""); });
  CHECK(contains(text, "none does not exist; make it"));
}

TEST_CASE("without curl and wget the error says what to do by hand") {
  const support::TemporaryFolder folder;
  const support::EnvironmentVariable path("PATH", folder.path());
  const auto text =
      message_of<IoError>([&] { download("https://example.org/a", folder.file("a"), ""); });
  CHECK(contains(text,
                 "needs curl or wget, and neither is installed; or fetch "
                 "https://example.org/a yourself"));
}

TEST_CASE("make_directories makes all parents, and says which it cannot") {
  const support::TemporaryFolder folder;
  detail::make_directories({"test"}, folder.file("a/b/c"));
  detail::make_directories({"test"}, folder.file("a/b/c"));
  CHECK(std::filesystem::is_directory(folder.file("a/b/c")));
  folder.write("file", "");
  CHECK(contains(
      message_of<IoError>([&] { detail::make_directories({"test"}, folder.file("file/d")); }),
      "file: cannot make this folder"));
}
