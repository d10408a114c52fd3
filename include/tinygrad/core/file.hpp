// SPDX-License-Identifier: MIT
// Files: InputFile reads one from front to back, AtomicFile writes one that appears whole or not at
// all. What their bytes mean is not known here.
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

#include "tinygrad/core/shape.hpp"

namespace tinygrad::inline TINYGRAD_ABI {
namespace detail {

/// An open file, closed at the end of the scope.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// True if there is a regular file at `path`.
inline bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace detail

/// A regular file read from front to back; every shortfall is an IoError that names it.
/// Throws  IoError if the path cannot be opened or is not a regular file
class InputFile {
 public:
  InputFile(const Op& op, std::string path)
      : op_(op),
        path_(std::move(path)),
        file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {  // a pipe must not block
    check<IoError>(file_.get() >= 0, op_, path_, ": cannot open: ", std::strerror(errno));
    struct stat status {};
    check<IoError>(::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode), op_, path_,
                   ": is not a regular file");
    size_ = static_cast<Index>(status.st_size);
  }

  const std::string& path() const { return path_; }

  /// The bytes it held when it was opened.
  Index size() const { return size_; }

  /// Reads exactly the next `bytes` bytes.
  /// Throws  IoError if the file ends before, or cannot be read
  void read(void* out, Index bytes) {
    for (auto next = static_cast<char*>(out); bytes > 0;) {
      const ssize_t got = ::read(file_.get(), next, static_cast<std::size_t>(bytes));
      if (got < 0 && errno == EINTR) continue;
      check<IoError>(got >= 0, op_, path_, ": cannot read: ", std::strerror(errno));
      check<IoError>(got > 0, op_, path_, ": truncated: ", bytes, " more bytes were expected");
      next += got;
      bytes -= got;
    }
  }

  /// Reads the last `bytes` bytes, wherever read() is; false if there are not as many.
  bool read_tail(void* out, Index bytes) const {
    return bytes <= size_ && ::pread(file_.get(), out, static_cast<std::size_t>(bytes),
                                     static_cast<off_t>(size_ - bytes)) == bytes;
  }

 private:
  Op op_;
  std::string path_;
  detail::FileDescriptor file_;
  Index size_ = 0;
};

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

  /// Where the bytes are until commit(), for another program that is to write them.
  const std::string& temporary_path() const { return temporary_; }

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
    const detail::FileDescriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (file.get() < 0) return;
    const bool flushed = ::fsync(file.get()) == 0 || errno == EINVAL || errno == ENOTSUP;
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
