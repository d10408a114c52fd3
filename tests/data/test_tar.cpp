// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "data/data_files.hpp"
#include "tinygrad/data/tar.hpp"

using namespace tinygrad;
using support::contains;
using support::message_of;
using support::tar_end;
using support::tar_entry;

namespace {

std::string read_all(TarReader& tar) {
  std::string bytes(static_cast<std::size_t>(tar.size()), ' ');
  tar.read(bytes.data(), tar.size());
  return bytes;
}

std::string tar_error(const std::string& archive) {
  const support::TemporaryFolder folder;
  return message_of<IoError>([&] {
    TarReader tar({"test"}, folder.write("a.tar", archive));
    while (tar.next()) read_all(tar);
  });
}

}  // namespace

TEST_CASE("the files of an archive come in their order, plain or gzip, read or passed over") {
  const support::TemporaryFolder folder;
  const std::string big(1300, 'b');
  const auto archive = tar_entry("d/", "", '5') + tar_entry("d/one", "1") + tar_entry("none", "") +
                       tar_entry("d/big", big) + tar_entry("link", "", '2') +
                       tar_entry("last", std::string(512, 'l')) + tar_end();
  for (const auto& path :
       {folder.write("a.tar", archive), folder.write("a.tar.gz", support::gzip(archive))})
    for (const bool read : {true, false}) {
      TarReader tar({"test"}, path);
      REQUIRE(tar.next());
      CHECK(tar.name() == "d/one");
      if (read) CHECK(read_all(tar) == "1");
      REQUIRE(tar.next());
      CHECK(tar.size() == 0);
      REQUIRE(tar.next());
      if (read) {
        CHECK(read_all(tar) == big);
      } else {
        char byte = ' ';
        tar.read(&byte, 1);  // and leave the rest
      }
      REQUIRE(tar.next());
      CHECK(tar.name() == "last");
      CHECK(read_all(tar) == std::string(512, 'l'));
      CHECK_FALSE(tar.next());
    }
}

TEST_CASE("reading past a file's end is an error that names it") {
  const support::TemporaryFolder folder;
  TarReader tar({"test"}, folder.write("a.tar", tar_entry("x", "123") + tar_end()));
  REQUIRE(tar.next());
  char bytes[4];
  CHECK(contains(message_of<IoError>([&] { tar.read(bytes, 4); }),
                 "/a.tar: x: truncated: 1 more bytes were expected"));
}

TEST_CASE("archives that are cut, damaged or none at all are refused") {
  const auto good = tar_entry("name", std::string(600, 'x')) + tar_end();
  CHECK(tar_error(good).empty());
  CHECK(contains(tar_error(good.substr(0, 700)),
                 "/a.tar: truncated: the archive ends after 700 bytes, in or after name"));
  CHECK(contains(tar_error(good.substr(0, 100)), "in its first header"));
  CHECK(contains(tar_error(good.substr(0, 1536)), "the archive ends after 1536 bytes"));
  auto bad = good;
  bad[3] ^= 1;
  CHECK(contains(tar_error(bad), "is not a tar archive, or damaged: the header at byte 0"));
  CHECK(contains(tar_error(std::string(5000, 'z')), "is not a tar archive"));
}
