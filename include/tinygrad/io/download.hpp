// SPDX-License-Identifier: MIT
// Downloads one file by curl or wget, whichever is installed, and checks its SHA-256. The library
// itself opens no network connection.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "tinygrad/io/file.hpp"
#include "tinygrad/io/sha256.hpp"

extern char** environ;

namespace tinygrad::inline TINYGRAD_ABI {
namespace detail {

struct ProgramResult {
  bool found = false;  ///< the program is installed
  int status = -1;     ///< its exit status, -1 if a signal ended it
  std::string output;  ///< what it wrote to its standard error
};

/// Runs a program from PATH, without a shell, and waits until it ends.
inline ProgramResult run_program(const Op& op, const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);

  int ends[2];
  check<IoError>(::pipe(ends) == 0, op, "cannot make a pipe: ", std::strerror(errno));
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  const FileDescriptor in(ends[0]);
  pid_t child = 0;
  int error = 0;
  {
    const FileDescriptor out(ends[1]);  // closed here after the child has its copy
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out.get(), 2);
    error = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
  }
  ProgramResult result;
  if (error == ENOENT) return result;
  check<IoError>(error == 0, op, "cannot run ", words[0], ": ", std::strerror(error));

  result.found = true;
  char buffer[512];
  for (ssize_t got; (got = ::read(in.get(), buffer, sizeof buffer)) != 0;) {
    if (got > 0) result.output.append(buffer, static_cast<std::size_t>(got));
    else if (errno != EINTR) break;
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
  else result.status = -1;
  return result;
}

inline std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace detail

/// Downloads `url` to the file `path`. The file appears only when it is complete and its SHA-256
/// (hex) matches. Stops if there is no connection within 10 s, or if data stop coming.
/// Throws  IoError if neither curl nor wget is installed, the transfer fails, the sum differs, or
///         the file cannot be written
inline void download(const std::string& url, const std::string& path, const std::string& sha256,
                     At at = At::here()) {
  const Op op{"download", at};
  AtomicFile file(op, path);  // curl and wget write into this file
  auto run =
      detail::run_program(op, {"curl", "--fail", "--silent", "--show-error", "--location",
                               "--connect-timeout", "10", "--speed-limit", "1000", "--speed-time",
                               "20", "--output", file.temporary_path(), "--url", url});
  if (!run.found)
    run = detail::run_program(op, {"wget", "--no-verbose", "--tries=1", "--timeout=10",
                                   "--output-document=" + file.temporary_path(), "--", url});
  check<IoError>(run.found, op, "needs curl or wget, and neither is installed; or fetch ", url,
                 " yourself and save it as ", path);
  check<IoError>(run.status == 0, op, url, ": ", detail::last_line(run.output), " (exit status ",
                 run.status, ")");
  const std::string sum = sha256_file(file.temporary_path(), at);
  check<IoError>(sum == sha256, op, url, ": SHA-256 is ", sum, ", expected ", sha256,
                 "; what arrived is not the file that was meant");
  file.commit();
}

/// A published file: its name and the SHA-256 of its bytes.
struct PublishedFile {
  const char* name;
  const char* sha256;
};

/// Addresses that publish files, in the order to try them.
using Mirrors = std::vector<std::string>;

/// The folder for files that can be downloaded again: $XDG_CACHE_HOME/tinygrad or
/// $HOME/.cache/tinygrad; "" if neither variable is set.
inline std::string user_cache_dir() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value ? value : "");
  };
  if (const auto cache = variable("XDG_CACHE_HOME"); !cache.empty()) return cache + "/tinygrad";
  if (const auto home = variable("HOME"); !home.empty()) return home + "/.cache/tinygrad";
  return "";
}

/// Downloads the file into `directory` unless it is there. Creates the directory if needed.
/// Throws  IoError with the last mirror's error if no mirror gives the file
inline void fetch_published(const std::string& directory, const PublishedFile& file,
                            const Mirrors& mirrors, At at = At::here()) {
  const Op op{"fetch_published", at};
  check<ValueError>(!mirrors.empty(), op, "mirrors is empty");
  detail::make_directories(op, directory);
  const std::string path = directory + "/" + file.name;
  if (detail::is_file(path) && sha256_file(path, at) == file.sha256) return;
  for (std::size_t i = 0; i < mirrors.size(); ++i) {
    try {
      return download(mirrors[i] + file.name, path, file.sha256, at);
    } catch (const IoError&) {
      if (i + 1 == mirrors.size()) throw;
    }
  }
}

}  // namespace tinygrad
