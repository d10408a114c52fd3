// SPDX-License-Identifier: MIT
// Tests of io/tar.hpp: formats, names, links, damaged archives.
#include <doctest/doctest.h>

#include "support/data_files.hpp"
#include "tinygrad/io/tar.hpp"

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

/// Name and content of each file.
using Files = std::vector<std::pair<std::string, std::string>>;

Files files_of(const std::string& archive) {
  const support::TemporaryFolder folder;
  TarReader tar({"test"}, folder.write("a.tar", archive));
  Files files;
  while (tar.next()) files.emplace_back(tar.name(), read_all(tar));
  return files;
}

/// A record of a pax header.
std::string pax(const std::string& key, const std::string& value) {
  const std::string rest = " " + key + "=" + value + "\n";
  std::size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) ++length;
  return std::to_string(length) + rest;
}

/// The entry with its header's sum as its bytes now demand.
std::string with_sum(std::string entry) {
  entry.replace(148, 8, "        ");
  unsigned sum = 0;
  for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(entry[i]);
  char octal[8];
  std::snprintf(octal, sizeof octal, "%06o", sum);
  return entry.replace(148, 7, std::string(octal, 7));
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
  CHECK(contains(tar_error(good.substr(0, 1536) + good.substr(0, 64)),
                 "the archive ends after 1600 bytes, in the header after name"));
  auto bad = good;
  bad[3] ^= 1;
  CHECK(contains(tar_error(bad), "is not a tar archive, or damaged: the header at byte 0"));
  CHECK(contains(tar_error(std::string(5000, 'z')), "is not a tar archive"));
}

TEST_CASE(
    "an archive may end where its file ends, or with one block of zeros and anything behind") {
  const std::string members = tar_entry("a", "1") + tar_entry("b", std::string(700, 'b'));
  for (const std::string& archive :
       {members, members + std::string(512, '\0'), members + tar_end() + "rubbish",
        members + std::string(512, '\0') + std::string(600, 'x'),
        members.substr(0, members.size() - 324),  // without the padding of the last
        members + std::string(100, '\0')}) {
    CHECK(tar_error(archive).empty());
    CHECK(files_of(archive) == Files{{"a", "1"}, {"b", std::string(700, 'b')}});
    CHECK(files_of(support::gzip(archive)) == files_of(archive));
  }
  CHECK(files_of(tar_end()).empty());
  CHECK(contains(tar_error(members.substr(0, members.size() - 325)), "in or after b"));
}

TEST_CASE("long names are read as GNU tar and as pax write them, and the prefix of ustar") {
  const std::string name = "folder/" + std::string(200, 'n') + "/file";
  CHECK(files_of(tar_entry("././@LongLink", name + '\0', 'L') +
                 tar_entry(name.substr(0, 100), "1") + tar_entry("b", "2") + tar_end()) ==
        Files{{name, "1"}, {"b", "2"}});
  CHECK(files_of(tar_entry("././@LongLink", name + '\0', 'K') +
                 tar_entry("././@LongLink", "link", 'L') + tar_entry("l", "", '2') +
                 tar_entry("b", "2") + tar_end()) == Files{{"b", "2"}});
  CHECK(files_of(tar_entry("PaxHeaders/x", pax("mtime", "1.5") + pax("path", name), 'x') +
                 tar_entry("cut", "1") + tar_entry("b", "2") + tar_end()) ==
        Files{{name, "1"}, {"b", "2"}});
  CHECK(files_of(tar_entry("x", pax("path", "Größe"), 'x') +
                 tar_entry("././@LongLink", "other", 'L') + tar_entry("cut", "1")) ==
        Files{{"Größe", "1"}});
  CHECK(files_of(tar_entry("g", pax("comment", "0123456789abcdef"), 'g') + tar_entry("a", "1") +
                 tar_entry("x", pax("path", ""), 'x') + tar_entry("b", "2")) ==
        Files{{"a", "1"}, {"b", "2"}});
  std::string ustar = tar_entry("file", "1");
  ustar.replace(345, 9, "d/prefix_");
  CHECK(files_of(with_sum(ustar)) == Files{{"d/prefix_/file", "1"}});
  ustar.replace(257, 8, std::string("ustar  \0", 8));  // GNU's: what lies there is no prefix
  CHECK(files_of(with_sum(ustar)) == Files{{"file", "1"}});
}

TEST_CASE("sizes are read in base 256 and from pax headers, sums signed or not") {
  std::string entry = tar_entry("a", "123");
  entry.replace(124, 12, std::string("\x80\0\0\0\0\0\0\0\0\0\0\3", 12));
  CHECK(files_of(with_sum(entry)) == Files{{"a", "123"}});
  entry.replace(124, 12, std::string("\x80\0\0\0\0\0\0\0\0\x0F\xFF\xFF", 12));
  CHECK(contains(tar_error(with_sum(entry)), "truncated: the archive ends after "));
  entry.replace(124, 12, 12, '\xFF');  // below 0
  CHECK(contains(tar_error(with_sum(entry)), "the size in the header at byte 0 is not"));
  entry.replace(124, 12, std::string("\x80") + std::string(11, '\x7F'));
  CHECK(contains(tar_error(with_sum(entry)), "the size in the header at byte 0 is not"));

  std::string sized = tar_entry("a", "12345");
  sized.replace(124, 12, "00000000000 ");
  const auto pax_size = [&](const std::string& size) {
    return tar_entry("x", pax("size", size), 'x') + with_sum(sized) + tar_entry("b", "2");
  };
  CHECK(files_of(pax_size("5")) == Files{{"a", "12345"}, {"b", "2"}});
  for (const char* wrong : {"-5", "5.0", "99999999999999999999", "x"})
    CHECK(
        contains(tar_error(pax_size(wrong)), std::string("a: its pax header says size=") + wrong));

  std::string name = tar_entry("\xC3\xA9", "1");
  int sum = 8 * ' ';
  for (std::size_t i = 0; i < 512; ++i)
    if (i < 148 || i >= 156) sum += static_cast<signed char>(name[i]);
  char octal[8];
  std::snprintf(octal, sizeof octal, "%06o", static_cast<unsigned>(sum));
  name.replace(148, 7, std::string(octal, 7));
  CHECK(files_of(name) == Files{{"\xC3\xA9", "1"}});
}

TEST_CASE("names come without a root, and those that lead out of the archive are refused") {
  CHECK(files_of(tar_entry("./a", "1") + tar_entry("/etc/passwd", "2") + tar_entry("b//./c", "3") +
                 tar_entry("old/", "", '\0') + tar_entry("..d/e..", "4")) ==
        Files{{"a", "1"}, {"etc/passwd", "2"}, {"b/c", "3"}, {"..d/e..", "4"}});
  for (const char* name : {"../a", "a/../../b", "a/.."})
    CHECK(contains(tar_error(tar_entry(name, "1")),
                   std::string("the name ") + name + " leads out of the archive"));
  CHECK(contains(
      tar_error(tar_entry("x", pax("path", std::string("a\0b", 3)), 'x') + tar_entry("a", "1")),
      "holds a NUL byte"));
}

TEST_CASE("links, folders and devices hold no bytes, whatever size they name") {
  const auto sized = [](char type) {
    std::string entry = tar_entry("l", "", type);
    entry.replace(124, 11, "00000000777");
    return with_sum(entry);
  };
  for (const char type : {'1', '2', '3', '4', '5', '6'})
    CHECK(files_of(sized(type) + tar_entry("a", "1")) == Files{{"a", "1"}});
  CHECK(files_of(tar_entry("label", "", 'V') + tar_entry("dump", "Ya", 'D') +
                 tar_entry("a", "1", '7')) == Files{{"a", "1"}});
}

TEST_CASE("sparse files, and headers that extend nothing or too much, are refused by name") {
  CHECK(contains(tar_error(tar_entry("holes", "1", 'S')),
                 "/a.tar: holes: is stored in pieces, as a sparse file"));
  CHECK(contains(tar_error(tar_entry("x", pax("GNU.sparse.major", "1") + pax("path", "h"), 'x') +
                           tar_entry("GNUSparseFile.1/h", "1")),
                 "/a.tar: h: is stored in pieces"));
  CHECK(contains(tar_error(tar_entry("x", pax("path", "h"), 'x') + tar_end()),
                 "where the member that a long name or pax header belongs to should be"));
  CHECK(contains(tar_error(tar_entry("x", pax("path", "h"), 'x')), "truncated: the archive ends"));
  for (const char* text : {"5 a=b", "x a=b\n", "100 a=b\n", "4 a\n", "0 a=b\n"})
    CHECK(contains(tar_error(tar_entry("x", text, 'x') + tar_entry("a", "1")),
                   "damaged: the pax header at byte 0 is not made of records"));
  std::string large = tar_entry("L", "", 'L');
  large.replace(124, 11, "77777777777");
  CHECK(contains(tar_error(with_sum(large)), "has 8589934591 bytes; at most 1048576 are read"));
}

TEST_CASE("an archive damaged at random is read or refused, and never does anything else") {
  const std::string good = tar_entry("x", pax("path", "long") + pax("size", "3"), 'x') +
                           tar_entry("a", "123") + tar_entry("L", "name", 'L') +
                           tar_entry("b", std::string(600, 'b')) + tar_end();
  std::uint32_t state = 1;
  const auto random = [&](std::size_t n) {
    return (state = state * 1664525 + 1013904223) / 256 % n;
  };
  int refused = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string bad = good;
    const std::size_t header = random(5) * 1024 % bad.size();
    for (std::size_t flips = 1 + random(3); flips > 0; --flips)
      bad[header + random(600) % (bad.size() - header)] ^= static_cast<char>(1U << random(8));
    for (std::size_t at = 0; round % 2 && at + 512 <= 1024; at += 512)
      bad.replace(at, 512, with_sum(bad.substr(at, 512)));
    if (round % 5 == 0) bad.resize(random(bad.size() + 1));
    refused += !tar_error(bad).empty();
  }
  CHECK(refused > 300);
}
