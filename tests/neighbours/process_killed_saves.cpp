// SPDX-License-Identifier: MIT
// Kills processes that save files, at any moment, with and without O_TMPFILE. The file is always a
// complete old or new one, and after one more save its folder holds no other file. Usage:
// process_killed_saves [FOLDER]: the files go into a new folder below FOLDER, $TMPDIR or /tmp.
#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tinygrad/io/file.hpp"

namespace {

constexpr tinygrad::Index kBytes = 300'000;

/// From here on this process has no O_TMPFILE. False if the system cannot take it away.
bool forbid_unnamed_files() {
  sock_filter program[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                           BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
                           BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
                           BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
                           BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
                           BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog filter{sizeof program / sizeof *program, program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

[[noreturn]] void save_for_ever(const std::string& path, bool unnamed) {
  if (!unnamed && !forbid_unnamed_files()) ::_exit(77);
  const tinygrad::SaveOptions options;
  for (char letter = 'a';; letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1))
    tinygrad::write_file_atomically(path, std::string(kBytes, letter), options);
}

int files_in(const std::string& folder) {
  DIR* const dir = ::opendir(folder.c_str());
  int count = -2;  // "." and ".."
  while (::readdir(dir)) ++count;
  ::closedir(dir);
  return count;
}

int wrong(const char* what, int round) {
  std::printf("%s, after %d killed processes\n", what, round);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const char* const variable = std::getenv("TMPDIR");
  const std::string above = argc > 1 ? argv[1] : variable ? variable : "/tmp";
  const std::string folder = above + "/killed_saves-" + std::to_string(::getpid());
  const std::string path = folder + "/file";
  tinygrad::write_file_atomically(path, std::string(kBytes, 'A'), {.make_folders = true});
  for (int round = 1; round <= 60; ++round) {
    pid_t children[2];
    for (pid_t& child : children)
      if ((child = ::fork()) == 0) save_for_ever(path, round % 2 == 0);
    ::usleep(static_cast<useconds_t>(1000 + round * 7919 % 20'000));
    for (const pid_t child : children) ::kill(child, SIGKILL);
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        std::printf("no seccomp filters here\n");
        return 77;
      }
      if (!WIFSIGNALED(status)) return wrong("a save failed", round);
    }
    std::string bytes(kBytes, ' ');
    tinygrad::InputFile file({"read"}, path);
    if (file.size() != kBytes) return wrong("the file has another size", round);
    file.read(bytes.data(), kBytes);
    if (bytes != std::string(kBytes, bytes[0])) return wrong("the file is a mixture", round);
    tinygrad::write_file_atomically(path, std::string(kBytes, 'A'));
    if (files_in(folder) != 1) return wrong("something is left beside the file", round);
  }
  std::remove(path.c_str());
  ::rmdir(folder.c_str());
  return 0;
}
