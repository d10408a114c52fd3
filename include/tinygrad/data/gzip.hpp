// SPDX-License-Identifier: MIT
// Data files read whole, gzip (RFC 1952) or plain. What the bytes mean is not known here.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "tinygrad/core/array.hpp"

namespace tinygrad {

/// The most a data file may hold, packed or unpacked, unless the caller says otherwise: 2 GiB.
inline constexpr Index kMaxFileBytes = Index{1} << 31;

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

inline Array read_raw_file(const Op& op, const std::string& path, Index max_bytes) {
  // O_NONBLOCK: opening a named pipe must not wait for a writer. It changes nothing for files.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  check<IoError>(file.get() >= 0, op, path, ": cannot open: ", std::strerror(errno));
  struct stat status {};
  check<IoError>(::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode), op, path,
                 ": is not a regular file");
  const auto size = static_cast<Index>(status.st_size);
  check<IoError>(size <= max_bytes, op, path, ": holds ", size, " bytes; at most ", max_bytes,
                 " are read");
  Array bytes = Array::empty({size}, uint8, op);
  for (Index done = 0; done < size;) {
    const auto got = ::read(file.get(), bytes.raw() + done, static_cast<std::size_t>(size - done));
    if (got < 0 && errno == EINTR) continue;
    check<IoError>(got >= 0, op, path, ": cannot read: ", std::strerror(errno));
    check<IoError>(got > 0, op, path, ": ended after ", done, " of ", size,
                   " bytes; it shrank while it was read");
    done += static_cast<Index>(got);
  }
  return bytes;
}

inline bool starts_as_gzip(const std::uint8_t* bytes, Index count) {
  return count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B;
}

/// Unpacks one or more gzip members that fill `packed`. zlib checks each CRC-32 and length.
inline Array gunzip(const Op& op, const std::string& path, const Array& packed, Index max_bytes) {
  // The last four bytes promise the length modulo 2^32. A promise, so only the first guess: deflate
  // packs at most 1032:1.
  const auto* in = packed.data<std::uint8_t>();
  Index guess = 0;
  for (Index i = 1; i <= 4 && packed.count() >= 18; ++i)
    guess = guess << 8 | in[packed.count() - i];
  const Index limit = std::min(max_bytes, kMaxFileBytes);
  Array out = Array::empty(
      {std::clamp<Index>(guess + 1, 1, std::min(limit, 1032 * packed.count()) + 1)}, uint8, op);

  struct Stream : z_stream {
    Stream() : z_stream{} {}
    ~Stream() { inflateEnd(this); }
  } z;
  check<OutOfMemoryError>(inflateInit2(&z, 16 + MAX_WBITS) == Z_OK, op, path,
                          ": no memory to unpack");  // 16: gzip, not zlib
  z.next_in = packed.data<std::uint8_t>();
  z.avail_in = static_cast<uInt>(packed.count());
  Index filled = 0;
  while (true) {
    z.next_out = out.data<std::uint8_t>() + filled;
    z.avail_out = static_cast<uInt>(out.count() - filled);
    const int status = inflate(&z, Z_NO_FLUSH);
    filled = out.count() - static_cast<Index>(z.avail_out);
    check<IoError>(filled <= limit, op, path, ": unpacks to more than ", limit, " bytes");
    if (status == Z_STREAM_END) {
      if (z.avail_in == 0) break;
      check<IoError>(starts_as_gzip(z.next_in, static_cast<Index>(z.avail_in)), op, path, ": ",
                     static_cast<Index>(z.avail_in),
                     " bytes of garbage follow the end of the gzip data");
      inflateReset(&z);
    } else if (z.avail_out == 0 && (status == Z_OK || status == Z_BUF_ERROR)) {
      Array larger = Array::empty({std::min(2 * filled, limit) + 1}, uint8, op);
      std::memcpy(larger.raw(), out.raw(), static_cast<std::size_t>(filled));
      out = std::move(larger);
    } else if (z.avail_in == 0 && (status == Z_OK || status == Z_BUF_ERROR)) {
      fail<IoError>(op, path, ": truncated: the gzip data stops after ", packed.count(),
                    " bytes, before its end; fetch the file again");
    } else if (status != Z_OK) {
      fail<IoError>(op, path, ": corrupt gzip data (", z.msg ? z.msg : "cannot be unpacked",
                    "); fetch the file again");
    }
  }
  return out.rows(0, filled);
}

}  // namespace detail

/// The bytes of a file (count) uint8, unpacked if it begins as gzip does (1F 8B).
/// Throws  IoError if it cannot be read, is truncated or corrupt, holds more than max_bytes (packed
///         or not), or begins with '<': a web page that was saved in the place of data
inline Array read_data_file(const std::string& path, Index max_bytes = kMaxFileBytes,
                            At at = At::here()) {
  const Op op{"read_data_file", at};
  check<ValueError>(0 <= max_bytes && max_bytes <= kMaxFileBytes, op, "max_bytes=", max_bytes,
                    " must be in [0, ", kMaxFileBytes, "]");
  const Array bytes = detail::read_raw_file(op, path, max_bytes);
  const auto* first = bytes.data<std::uint8_t>();
  check<IoError>(bytes.count() > 0, op, path, ": is empty");
  check<IoError>(*first != '<', op, path,
                 ": begins with '<': it is a web page (HTML), not data; delete it and fetch the "
                 "file again");
  return detail::starts_as_gzip(first, bytes.count()) ? detail::gunzip(op, path, bytes, max_bytes)
                                                      : bytes;
}

}  // namespace tinygrad
