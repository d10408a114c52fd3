// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "support/files.hpp"
#include "tinygrad/io/input_file.hpp"

using namespace tinygrad;
using support::contains;
using support::message_of;

TEST_CASE("a file is read in pieces, and reading past its end is an error") {
  const support::TemporaryFolder folder;
  InputFile file({"test"}, folder.write("a", "0123456789"));
  CHECK(file.size() == 10);
  std::string piece(4, ' ');
  file.read(piece.data(), 4);
  CHECK(piece == "0123");
  file.read(piece.data(), 4);
  CHECK(piece == "4567");
  CHECK(contains(message_of<IoError>([&] { file.read(piece.data(), 4); }),
                 "/a: truncated: 2 more bytes were expected"));
}

TEST_CASE("what is missing, a folder or a pipe is refused at once") {
  const support::TemporaryFolder folder;
  const auto error_of = [](const std::string& path) {
    return message_of<IoError>([&] { InputFile({"test"}, path); });
  };
  CHECK(contains(error_of(folder.file("no")),
                 "[test] " + folder.file("no") + ": cannot open: No such file or directory"));
  CHECK(contains(error_of(folder.path()), "is not a regular file"));
  REQUIRE(::mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  CHECK(contains(error_of(folder.file("pipe")), "is not a regular file"));
}
