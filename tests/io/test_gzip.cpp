// SPDX-License-Identifier: MIT
// Tests of io/gzip.hpp: members, damaged and truncated files, bounds.
#include <doctest/doctest.h>

#include "support/data_files.hpp"
#include "tinygrad/io/gzip.hpp"

using namespace tinygrad;
using support::contains;
using support::gzip;
using support::message_of;

namespace {

std::string text_of(const Array& bytes) {
  return {reinterpret_cast<const char*>(bytes.raw()), bytes.bytes()};
}

std::string data_file_error(const std::string& path, Index max_bytes = kMaxFileBytes) {
  return message_of<IoError>([&] { read_data_file(path, max_bytes); });
}

/// Bytes that hardly compress, so that cutting or changing the middle hits data. The first is no
/// '<'.
std::string noise(std::size_t n) {
  std::string out = "a";
  std::uint32_t x = 1;
  while (out.size() < n) out += static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  return out;
}

}  // namespace

TEST_CASE("a plain file and its gzip read the same") {
  const support::TemporaryFolder folder;
  const auto data = noise(100000);
  CHECK(text_of(read_data_file(folder.write("plain", data))) == data);
  CHECK(text_of(read_data_file(folder.write("packed.gz", gzip(data)))) == data);
}

TEST_CASE("gzip members in a row are one file, and the promised length is only a hint") {
  const support::TemporaryFolder folder;
  const std::string many(300000, 'x');  // the trailer speaks of the last member alone
  const auto path = folder.write("members.gz", gzip(many) + gzip("y"));
  CHECK(text_of(read_data_file(path)) == many + "y");
  CHECK(text_of(read_data_file(folder.write("empty_last.gz", gzip(many) + gzip("")))) == many);
  CHECK(text_of(read_data_file(folder.write("none.gz", gzip("")))).empty());
}

TEST_CASE("a length of gigabytes in a small gzip file is not believed") {
  const support::TemporaryFolder folder;
  auto packed = gzip("small");
  packed[packed.size() - 1] = '\x7F';
  const auto path = folder.write("liar.gz", packed);
  CHECK(DataFile({"test"}, path).unpacked_size_hint() < 100'000);
  CHECK(contains(data_file_error(path), "incorrect length check"));
}

TEST_CASE("a truncated gzip file is named as such, wherever it is cut") {
  const support::TemporaryFolder folder;
  const auto packed = gzip(noise(5000));
  for (const std::size_t size : {std::size_t{2}, std::size_t{5}, std::size_t{18}, packed.size() / 2,
                                 packed.size() - 8, packed.size() - 1}) {
    const auto path = folder.write("cut.gz", packed.substr(0, size));
    CAPTURE(size);
    CHECK(contains(data_file_error(path), path + ": truncated"));
  }
}

TEST_CASE("a changed byte in a gzip file is found by its CRC") {
  const support::TemporaryFolder folder;
  auto packed = gzip(noise(5000));
  packed[packed.size() - 6] ^= 1;  // inside the stored CRC-32
  CHECK(contains(data_file_error(folder.write("crc.gz", packed)),
                 "corrupt gzip data (incorrect data check)"));
  packed = gzip(noise(5000));
  packed[packed.size() / 2] ^= 1;
  const auto path = folder.write("middle.gz", packed);
  CHECK(contains(data_file_error(path), path + ": corrupt gzip data"));
  packed = gzip(noise(5000));
  packed[packed.size() - 2] ^= 1;  // the stored length
  CHECK(contains(data_file_error(folder.write("length.gz", packed)), "incorrect length check"));
}

TEST_CASE("zeros between gzip members and behind the last are padding") {
  const support::TemporaryFolder folder;
  for (const std::size_t zeros : {1, 2, 3, 511, 65536, 200000}) {
    CAPTURE(zeros);
    const std::string padding(zeros, '\0');
    CHECK(text_of(read_data_file(folder.write("a.gz", gzip("data") + padding))) == "data");
    CHECK(text_of(read_data_file(
              folder.write("a.gz", gzip("a") + padding + gzip("b") + padding))) == "ab");
    CHECK(contains(data_file_error(folder.write("a.gz", gzip("data") + padding + "x")),
                   "1 bytes of garbage follow"));
  }
}

TEST_CASE("garbage behind the gzip data is an error that counts it") {
  const support::TemporaryFolder folder;
  const auto path = folder.write("tail.gz", gzip("data") + "rubbish");
  CHECK(contains(data_file_error(path),
                 path + ": 7 bytes of garbage follow the end of the gzip data"));
}

TEST_CASE("a web page in the place of data is called a web page") {
  const support::TemporaryFolder folder;
  const auto path = folder.write("images.gz", "<!DOCTYPE html><html>404</html>");
  CHECK(contains(data_file_error(path),
                 path + ": begins with '<': it is a web page (HTML), not data"));
}

TEST_CASE("a file that unpacks to more than the bound is refused") {
  const support::TemporaryFolder folder;
  const auto bomb = folder.write("bomb.gz", gzip(std::string(1000000, '\0')));
  CHECK(contains(data_file_error(bomb, 999999), bomb + ": unpacks to more than 999999 bytes"));
  CHECK(read_data_file(bomb, 1000000).count() == 1000000);
  const auto plain = folder.write("plain", std::string(20, 'x'));
  CHECK(contains(data_file_error(plain, 19), "holds 20 bytes; at most 19 are read"));
}

TEST_CASE("missing files, folders and empty files are errors") {
  const support::TemporaryFolder folder;
  CHECK(contains(data_file_error(folder.file("none")), "cannot open: No such file"));
  CHECK(contains(data_file_error(folder.path()), "is not a regular file"));
  CHECK(contains(data_file_error(folder.write("empty", "")), "is empty"));
}
