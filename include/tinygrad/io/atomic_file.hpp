// SPDX-License-Identifier: MIT
// Files that appear whole or not at all: written beside their place, flushed to the disk, renamed.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <concepts>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "tinygrad/core/error.hpp"

namespace tinygrad {

/// A file being written under a temporary name in the folder of `path`. commit() puts it in its
/// place; without commit() nothing of it remains and an older file at `path` is untouched.
/// A symbolic link at `path` is replaced, not followed.
/// Throws  IoError naming the file, what failed and why
class AtomicFile {
 public:
  AtomicFile(const Op& op, std::string path) : op_(op), path_(std::move(path)) {
    struct stat old {};
    const bool exists = ::lstat(path_.c_str(), &old) == 0;
    check<IoError>(!exists || S_ISREG(old.st_mode) || S_ISLNK(old.st_mode), op_, path_,
                   ": cannot write: is not a regular file");
    create_temporary();
    if (exists && S_ISREG(old.st_mode)) ::fchmod(fd_, old.st_mode & 0777U);  // stay as private
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

  void write(std::string_view bytes) { write(bytes.data(), bytes.size()); }
  void write(const void* data, std::size_t bytes) {
    for (auto next = static_cast<const char*>(data); bytes > 0;) {
      const ssize_t written = ::write(fd_, next, bytes);
      if (written < 0 && errno == EINTR) continue;
      check_call(written >= 0, "cannot write");
      next += written;
      bytes -= static_cast<std::size_t>(written);
    }
  }

  /// Flushes the bytes, renames the file to `path`, and flushes the folder that names it.
  void commit() {
    check_call(::fsync(fd_) == 0, "cannot flush to the disk");
    check_call(::close(std::exchange(fd_, -1)) == 0, "cannot close");
    check_call(std::rename(temporary_.c_str(), path_.c_str()) == 0, "cannot rename into place");
    temporary_.clear();
    flush_folder();
  }

 private:
  void create_temporary() {
    static std::atomic<unsigned> serial{0};
    do {
      temporary_ = concat(path_, '.', ::getpid(), '-', serial++, ".tmp");
      fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (fd_ < 0 && errno == EEXIST);
    if (fd_ < 0) {
      temporary_.clear();
      check_call(false, "cannot create a file beside it");
    }
  }

  // A rename lasts through a power cut only once its folder is on the disk. Not every file system
  // can flush a folder (EINVAL), and a folder may be writable without being readable.
  void flush_folder() {
    const auto slash = path_.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    const bool flushed = ::fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP;
    const int error = errno;
    ::close(fd);
    errno = error;
    check_call(flushed, "was written, but its folder cannot be flushed to the disk");
  }

  void check_call(bool ok, const char* what) {
    if (!ok) fail<IoError>(op_, path_, ": ", what, ": ", std::strerror(errno));
  }

  Op op_;
  std::string path_, temporary_;
  int fd_ = -1;
};

/// Makes `bytes` the content of the file at `path`, or leaves what was there.
inline void write_file_atomically(const std::string& path, std::string_view bytes,
                                  At at = At::here()) {
  AtomicFile file({"write_file_atomically", at}, path);
  file.write(bytes);
  file.commit();
}

/// Makes what `writer(AtomicFile&)` writes the content of the file at `path`. If the writer throws,
/// what was there stays.
template <std::invocable<AtomicFile&> Writer>
void write_file_atomically(const std::string& path, Writer&& writer, At at = At::here()) {
  AtomicFile file({"write_file_atomically", at}, path);
  writer(file);
  file.commit();
}

}  // namespace tinygrad
