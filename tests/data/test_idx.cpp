// SPDX-License-Identifier: MIT
// Tests of data/sets/idx.hpp: values, and errors in the header and the length.
#include <doctest/doctest.h>

#include "support/data_files.hpp"
#include "tinygrad/data/sets/idx.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::gzip;
using support::idx;

namespace {

std::string idx_error(const std::string& path) {
  return support::message_of<IoError>([&] { read_idx(path); });
}

}  // namespace

TEST_CASE("an IDX file gives its bytes in its shape, packed or not") {
  const support::TemporaryFolder folder;
  for (const bool packed : {false, true}) {
    const auto bytes = idx({2, 3}, "abcdef");
    const auto a = read_idx(folder.write("file", packed ? gzip(bytes) : bytes));
    CHECK(a.dtype() == uint8);
    CHECK(a.shape() == Shape{2, 3});
    CHECK(a.at<char>(0) == 'a');
    CHECK(a.at<char>(5) == 'f');
  }
  CHECK(read_idx(folder.write("none", idx({0, 28, 28}, ""))).shape() == Shape{0, 28, 28});
}

TEST_CASE("sizes that do not fit the file's length are an error, both ways") {
  const support::TemporaryFolder folder;
  const auto path = folder.file("x");
  folder.write("x", idx({2, 3}, "abcde"));
  CHECK(contains(idx_error(path), path + ": its header says shape (2, 3), but 5 bytes follow; the "
                                         "file is truncated or its header is wrong"));
  folder.write("x", idx({2, 3}, "abcdefg"));
  CHECK(contains(idx_error(path), "but 7 bytes follow; the file is too long"));
}

TEST_CASE("sizes whose product overflows are an error, not a crash") {
  const support::TemporaryFolder folder;
  const std::vector<std::uint32_t> huge(8, 0xFFFFFFFF);
  CHECK(contains(idx_error(folder.write("huge", idx(huge, "a"))), "but 1 bytes follow"));
  CHECK(contains(idx_error(folder.write("wrap", idx({1U << 31, 1U << 31, 4}, ""))), "truncated"));
}

TEST_CASE("a wrong magic number is an error that shows it") {
  const support::TemporaryFolder folder;
  CHECK(contains(idx_error(folder.write("a", "PNG rubbish")),
                 "is not an IDX file: it begins with bytes 80, 78"));
  CHECK(contains(idx_error(folder.write("b", idx({1}, "abcd", 13))), "holds IDX type 13"));
  CHECK(contains(idx_error(folder.write("c", idx({}, ""))), "has 0 dims"));
  CHECK(contains(idx_error(folder.write("d", idx(std::vector<std::uint32_t>(9, 1), "a"))),
                 "has 9 dims"));
}

TEST_CASE("a file that ends inside its header is truncated") {
  const support::TemporaryFolder folder;
  CHECK(contains(idx_error(folder.write("a", idx({2, 3}, "").substr(0, 3))), "truncated: 3 bytes"));
  CHECK(contains(idx_error(folder.write("b", idx({2, 3}, "").substr(0, 9))),
                 "truncated: 9 bytes, but the header has 12"));
}
