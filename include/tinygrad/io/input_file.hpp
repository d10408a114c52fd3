// SPDX-License-Identifier: MIT
// A regular file read from front to back; every shortfall is an IoError that names it.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "tinygrad/core/shape.hpp"

namespace tinygrad {

/// Throws  IoError if the path cannot be opened or is not a regular file
class InputFile {
 public:
  InputFile(const Op& op, std::string path) : op_(op), path_(std::move(path)) {
    fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe must not block us
    check<IoError>(fd_ >= 0, op_, path_, ": cannot open: ", std::strerror(errno));
    struct stat status {};
    if (::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
      ::close(fd_);
      fail<IoError>(op_, path_, ": is not a regular file");
    }
    size_ = static_cast<Index>(status.st_size);
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() { ::close(fd_); }

  /// The bytes it held when it was opened.
  Index size() const { return size_; }

  /// Reads exactly the next `bytes` bytes.
  /// Throws  IoError if the file ends before, or cannot be read
  void read(void* out, Index bytes) {
    for (auto next = static_cast<char*>(out); bytes > 0;) {
      const ssize_t got = ::read(fd_, next, static_cast<std::size_t>(bytes));
      if (got < 0 && errno == EINTR) continue;
      check<IoError>(got >= 0, op_, path_, ": cannot read: ", std::strerror(errno));
      check<IoError>(got > 0, op_, path_, ": truncated: ", bytes, " more bytes were expected");
      next += got;
      bytes -= got;
    }
  }

 private:
  Op op_;
  std::string path_;
  int fd_ = -1;
  Index size_ = 0;
};

}  // namespace tinygrad
