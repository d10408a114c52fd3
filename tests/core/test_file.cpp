// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <stdexcept>

#include "support/files.hpp"
#include "tinygrad/core/file.hpp"

using namespace tinygrad;
using support::contains;
using support::message_of;
using support::read_back;

namespace {

/// While it lives, a file that grows beyond `bytes` fails to be written: a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, old_limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_limit_{};
  void (*old_handler_)(int) = nullptr;
};

}  // namespace

TEST_CASE("a file is written whole, over an older one, and nothing else stays") {
  const support::TemporaryFolder folder;
  const auto path = folder.write("a", "old and longer");
  write_file_atomically(path, "new");
  CHECK(read_back(path) == "new");
  write_file_atomically(folder.file("b"), [](AtomicFile& file) {
    file.write("in ");
    file.write("parts");
    file.write("");
  });
  CHECK(read_back(folder.file("b")) == "in parts");
  CHECK(folder.count() == 2);
}

TEST_CASE("on a full disk the old file stays, the temporary goes, and the error says why") {
  const support::TemporaryFolder folder;
  const auto path = folder.write("a", "old");
  {
    const FullDisk disk(1000);
    const auto text =
        message_of<IoError>([&] { write_file_atomically(path, std::string(2000, 'x')); });
    CHECK(contains(text, "[write_file_atomically] " + path + ": cannot write: File too large"));
  }
  CHECK(read_back(path) == "old");
  CHECK(folder.count() == 1);
}

TEST_CASE("a writer that throws leaves the old file") {
  const support::TemporaryFolder folder;
  const auto path = folder.write("a", "old");
  CHECK_THROWS_AS(write_file_atomically(path,
                                        [](AtomicFile& file) {
                                          file.write("half");
                                          throw std::runtime_error("enough");
                                        }),
                  std::runtime_error);
  CHECK(read_back(path) == "old");
  CHECK(folder.count() == 1);
}

TEST_CASE("a folder that cannot be written to is named with the system's reason") {
  const support::TemporaryFolder folder;
  const auto file = folder.write("a", "");
  CHECK(contains(message_of<IoError>([&] { write_file_atomically(file + "/b", "x"); }),
                 file + "/b: cannot create a file beside it: Not a directory"));
  const auto missing = folder.file("none/b");
  CHECK(contains(message_of<IoError>([&] { write_file_atomically(missing, "x"); }),
                 missing + ": cannot create a file beside it: No such file or directory"));
}

TEST_CASE("a folder or a device is never replaced by a file") {
  const support::TemporaryFolder folder;
  for (const auto& path : {folder.path(), std::string("/dev/null")})
    CHECK(contains(message_of<IoError>([&] { write_file_atomically(path, "x"); }),
                   path + ": cannot write: is not a regular file"));
  CHECK(folder.count() == 0);
}

TEST_CASE("a file keeps its permissions, and a link is replaced without touching its target") {
  namespace fs = std::filesystem;
  const support::TemporaryFolder folder;
  const auto path = folder.write("a", "old");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  write_file_atomically(path, "new");
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));

  fs::create_symlink(path, folder.file("link"));
  write_file_atomically(folder.file("link"), "other");
  CHECK(read_back(path) == "new");
  CHECK(read_back(folder.file("link")) == "other");
}

TEST_CASE("a file that was not committed leaves nothing") {
  const support::TemporaryFolder folder;
  {
    AtomicFile first({"test"}, folder.file("a"));
    AtomicFile second({"test"}, folder.file("a"));  // two at once do not meet
    first.write("1");
    second.write("2");
    CHECK(folder.count() == 2);
    second.commit();
  }
  CHECK(folder.count() == 1);
  CHECK(read_back(folder.file("a")) == "2");
}

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
