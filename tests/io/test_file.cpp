// SPDX-License-Identifier: MIT
// Tests of io/file.hpp: complete writes, full disks, killed processes, links, reading.
#include <doctest/doctest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>
#include <cstddef>
#include <iostream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/files.hpp"
#include "tinygrad/io/file.hpp"

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

TEST_CASE("a folder that is missing or none is named, or made on request") {
  const support::TemporaryFolder folder;
  const auto file = folder.write("a", "");
  CHECK(contains(message_of<IoError>([&] { write_file_atomically(file + "/b", "x"); }),
                 file + "/b: cannot write: the folder " + file + ": Not a directory"));
  const auto missing = folder.file("none/deep/b");
  CHECK(contains(message_of<IoError>([&] { write_file_atomically(missing, "x"); }),
                 missing + ": cannot write: the folder " + folder.file("none/deep") +
                     " does not exist; make it, or save with {.make_folders = true}"));
  CHECK(folder.count() == 1);
  write_file_atomically(missing, "x", {.make_folders = true});
  write_file_atomically(missing, "y", {.make_folders = true});
  CHECK(read_back(missing) == "y");
  CHECK(contains(message_of<IoError>(
                     [&] { write_file_atomically(file + "/b/c", "x", {.make_folders = true}); }),
                 file + "/b: Not a directory"));
}

TEST_CASE("a folder, a device, a pipe or no name at all is never replaced by a file") {
  const support::TemporaryFolder folder;
  const auto refused = [](const std::string& path) {
    return message_of<IoError>([&] { write_file_atomically(path, "x"); });
  };
  REQUIRE(::mkfifo(folder.file("pipe").c_str(), 0600) == 0);
  std::filesystem::create_directory_symlink(folder.path(), folder.file("to_folder"));
  for (const auto& path : {folder.path(), folder.path() + "/", folder.path() + "/.",
                           folder.file("new/"), folder.file("pipe"), folder.file("to_folder"),
                           std::string("/dev/null"), std::string("/dev/full")})
    CHECK(contains(refused(path), path + ": cannot write: is not a regular file"));
  CHECK(contains(refused(""), "a file must have a name, and this one is empty"));
  CHECK(folder.count() == 2);
}

TEST_CASE("a read-only file is refused, not replaced, be it by root") {
  namespace fs = std::filesystem;
  const support::TemporaryFolder folder;
  const auto path = folder.write("a", "precious");
  fs::permissions(path, fs::perms::owner_read | fs::perms::group_read);
  CHECK(contains(message_of<IoError>([&] { write_file_atomically(path, "x"); }),
                 path + ": cannot write: the file is read-only; allow it (chmod u+w)"));
  CHECK(read_back(path) == "precious");
  CHECK(folder.count() == 1);
  fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
  write_file_atomically(path, "x");
  CHECK(read_back(path) == "x");
  CHECK(fs::status(path).permissions() ==
        (fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read));
}

TEST_CASE("a link is followed: what it points to is saved, be it missing or a link too") {
  namespace fs = std::filesystem;
  const support::TemporaryFolder folder;
  fs::create_directory(folder.file("d"));
  const auto path = folder.write("d/a", "old");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("d/a", folder.file("relative"));
  fs::create_symlink(folder.file("relative"), folder.file("link"));
  write_file_atomically(folder.file("link"), "new");
  CHECK(read_back(path) == "new");
  CHECK(fs::is_symlink(folder.file("link")));
  CHECK(fs::is_symlink(folder.file("relative")));
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));

  fs::create_symlink("d/b", folder.file("dangling"));
  write_file_atomically(folder.file("dangling"), "made");
  CHECK(read_back(folder.file("d/b")) == "made");
  fs::create_symlink("loop", folder.file("loop"));
  CHECK(contains(message_of<IoError>([&] { write_file_atomically(folder.file("loop"), "x"); }),
                 "/loop: cannot write: too many symbolic links"));
  CHECK(folder.count() == 5);
}

TEST_CASE("a name of the greatest length is saved to, and the folder may change meanwhile") {
  namespace fs = std::filesystem;
  const support::TemporaryFolder folder;
  const std::string name(255, 'n');
  write_file_atomically(folder.file(name), "1");
  CHECK(read_back(folder.file(name)) == "1");
  fs::create_directory(folder.file("before"));
  const auto here = fs::current_path();
  fs::current_path(folder.path());
  {
    AtomicFile file({"test"}, "before/a");
    fs::current_path(here);
    fs::rename(folder.file("before"), folder.file("after"));
    file.write("x");
    file.commit();
  }
  CHECK(read_back(folder.file("after/a")) == "x");
}

TEST_CASE("a file that was not committed leaves nothing") {
  const support::TemporaryFolder folder;
  {
    AtomicFile first({"test"}, folder.file("a"));
    AtomicFile second({"test"}, folder.file("a"));  // two at once do not meet
    first.write("1");
    second.write("2");
    CHECK(read_back(first.temporary_path()) == "1");
    second.commit();
  }
  CHECK(folder.count() == 1);
  CHECK(read_back(folder.file("a")) == "2");
}

namespace {

/// From here on this process has no O_TMPFILE, as on file systems without it.
void forbid_unnamed_files() {
  const unsigned flags = offsetof(seccomp_data, args[2]);
  sock_filter program[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                           BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
                           BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags),
                           BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
                           BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
                           BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog filter{std::size(program), program};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
    ::_exit(77);
}

/// Runs f() in a process of its own, which ends with the status f() returns or by a signal.
template <class F> int status_of_child(F f) {
  std::cout.flush();  // or the child might print it again
  const pid_t child = ::fork();
  if (child == 0) {
    int status = 99;
    try {
      status = f();
    } catch (const std::exception&) {
    }
    ::_exit(status);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool unnamed_files_can_be_forbidden() {
  const bool can = status_of_child([] {
                     forbid_unnamed_files();
                     return 0;
                   }) == 0;
  if (!can) MESSAGE("skipped: this system has no seccomp filters");
  return can;
}

}  // namespace

TEST_CASE("a killed save leaves the old file and no other") {
  const support::TemporaryFolder folder;
  const auto path = folder.write("a", "old");
  CHECK(status_of_child([&] {
          AtomicFile file({"test"}, path);
          file.write("half");
          return ::raise(SIGKILL);
        }) == -SIGKILL);
  CHECK(read_back(path) == "old");
  CHECK(folder.count() == 1);
}

TEST_CASE("without O_TMPFILE, what a killed save left goes with the next, a living one stays") {
  const support::TemporaryFolder folder;
  const auto path = folder.write("a", "old");
  if (!unnamed_files_can_be_forbidden()) return;
  for (const bool next_has_unnamed : {false, true}) {
    CHECK(status_of_child([&] {
            forbid_unnamed_files();
            AtomicFile one({"test"}, path), two({"test"}, path);
            one.write("half");
            return ::raise(SIGKILL);
          }) == -SIGKILL);
    CHECK(folder.count() == 3);
    CHECK(read_back(path + ".tinygrad-1.tmp") == "half");
    CHECK(status_of_child([&] {
            if (!next_has_unnamed) forbid_unnamed_files();
            AtomicFile living({"test"}, path);
            living.write("1");
            write_file_atomically(path, "new");
            if (read_back(path) != "new" || read_back(living.temporary_path()) != "1") return 1;
            living.commit();
            return read_back(path) == "1" ? 0 : 2;
          }) == 0);
    CHECK(folder.count() == 1);
  }
}

TEST_CASE("what is not a leftover of ours, a folder or a link of that name, is left alone") {
  namespace fs = std::filesystem;
  const support::TemporaryFolder folder;
  fs::create_directory(folder.file("a.tinygrad-1.tmp"));
  folder.write("other", "keep");
  fs::create_symlink("other", folder.file("a.tinygrad-2.tmp"));
  write_file_atomically(folder.file("a"), "x");
  CHECK(read_back(folder.file("a")) == "x");
  CHECK(read_back(folder.file("other")) == "keep");
  CHECK(folder.count() == 4);
}

TEST_CASE("of many threads and processes that save to one path, one has it whole") {
  if (!unnamed_files_can_be_forbidden()) return;
  const support::TemporaryFolder folder;
  const auto path = folder.file("a");
  const auto save_many = [&](char letter) {
    for (int i = 0; i < 25; ++i) write_file_atomically(path, std::string(5000, letter));
  };
  std::cout.flush();
  const pid_t child = ::fork();
  if (child == 0) {  // without threads: a child of a process with threads must not start any
    forbid_unnamed_files();
    save_many('z');
    ::_exit(0);
  }
  std::vector<std::thread> threads;
  for (const char letter : {'a', 'b', 'c', 'd'}) threads.emplace_back(save_many, letter);
  for (auto& thread : threads) thread.join();
  int status = 1;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  const std::string bytes = read_back(path);
  REQUIRE(bytes.size() == 5000);
  CHECK(bytes == std::string(5000, bytes[0]));
  CHECK(folder.count() == 1);
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
