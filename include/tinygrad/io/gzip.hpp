// SPDX-License-Identifier: MIT
// DataFile reads a plain or gzip file (RFC 1952) as a stream; read_data_file() reads one as a
// whole.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "tinygrad/core/array.hpp"
#include "tinygrad/io/file.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// The default limit on the size of a data file, compressed or not: 2 GiB.
inline constexpr Index kMaxFileBytes = Index{1} << 31;

/// The bytes of a file from start to end. Decompresses gzip, which begins with 1F 8B: one or more
/// members, with zeros between or after them, as tapes and block devices pad them. zlib checks each
/// CRC-32 and length.
/// Throws  IoError if the file cannot be read, is empty, truncated or corrupt, has nonzero bytes
///         after its gzip data, or begins with '<', which means that a web page was saved instead
///         of data
class DataFile {
 public:
  DataFile(const Op& op, const std::string& path)
      : op_(op), file_(op, path), unread_(file_.size()) {
    check<IoError>(unread_ > 0, op_, path, ": is empty");
    refill();
    check<IoError>(*z_.next_in != '<', op_, path,
                   ": begins with '<': it is a web page (HTML), not data; delete it and fetch the "
                   "file again");
    packed_ = at_gzip_member();
    if (packed_)  // 16: gzip, not zlib
      check<OutOfMemoryError>(inflateInit2(&z_, 16 + MAX_WBITS) == Z_OK, op_, path,
                              ": no memory to unpack");
  }
  DataFile(const DataFile&) = delete;
  DataFile& operator=(const DataFile&) = delete;
  ~DataFile() {
    if (packed_) inflateEnd(&z_);
  }

  const std::string& path() const { return file_.path(); }
  /// The size on the disk, in bytes.
  Index size() const { return file_.size(); }
  bool packed() const { return packed_; }

  /// The decompressed size from gzip's last four bytes. Exact for one member below 4 GiB, otherwise
  /// a guess. Never more than deflate can compress into the file's size.
  Index unpacked_size_hint() const {
    constexpr Index kBestRatio = 1032;  // 258 bytes in two bits
    std::array<std::uint8_t, 4> tail{};
    if (!packed_ || !file_.read_tail(tail.data(), 4)) return size();
    const Index hint = tail[0] | tail[1] << 8 | tail[2] << 16 | Index{tail[3]} << 24;
    return std::clamp(hint, size(), kBestRatio * size());
  }

  /// Reads the next `bytes` bytes, or fewer at the end of the data. Returns the number read.
  Index read_some(void* out, Index bytes) {
    return packed_ ? unpack(static_cast<Bytef*>(out), bytes) : take(static_cast<char*>(out), bytes);
  }

 private:
  Index in_buffer() const { return static_cast<Index>(z_.avail_in); }

  /// Fills the buffer after its unread bytes.
  void refill() {
    if (z_.avail_in > 0) std::memmove(buffer_.data(), z_.next_in, z_.avail_in);
    const Index more = std::min(unread_, static_cast<Index>(buffer_.size()) - in_buffer());
    file_.read(buffer_.data() + in_buffer(), more);
    unread_ -= more;
    z_.next_in = buffer_.data();
    z_.avail_in += static_cast<uInt>(more);
  }

  bool at_gzip_member() const {
    return z_.avail_in >= 2 && z_.next_in[0] == 0x1F && z_.next_in[1] == 0x8B;
  }

  Index take(char* out, Index bytes) {
    const Index first = std::min(bytes, in_buffer());
    std::memcpy(out, z_.next_in, static_cast<std::size_t>(first));
    z_.next_in += first;
    z_.avail_in -= static_cast<uInt>(first);
    const Index rest = std::min(bytes - first, unread_);
    file_.read(out + first, rest);
    unread_ -= rest;
    return first + rest;
  }

  Index unpack(Bytef* out, Index bytes) {
    Index done = 0;
    while (done < bytes && !ended_) {
      if (z_.avail_in == 0) refill();
      const auto room = static_cast<uInt>(std::min(bytes - done, Index{1} << 30));
      z_.next_out = out + done;
      z_.avail_out = room;
      const int status = inflate(&z_, Z_NO_FLUSH);
      done += static_cast<Index>(room - z_.avail_out);
      if (status == Z_STREAM_END) {
        next_member();
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        fail<IoError>(op_, path(), ": corrupt gzip data (", z_.msg ? z_.msg : "cannot be unpacked",
                      "); fetch the file again");
      } else {
        check<IoError>(z_.avail_in > 0 || unread_ > 0 || z_.avail_out == 0, op_, path(),
                       ": truncated: the gzip data stops after ", size(),
                       " bytes, before its end; fetch the file again");
      }
    }
    return done;
  }

  void next_member() {
    do {
      while (z_.avail_in > 0 && *z_.next_in == 0) ++z_.next_in, --z_.avail_in;
      if (z_.avail_in < 2) refill();
    } while (z_.avail_in > 0 && *z_.next_in == 0);
    ended_ = z_.avail_in == 0;
    if (ended_) return;
    check<IoError>(at_gzip_member(), op_, path(), ": ", in_buffer() + unread_,
                   " bytes of garbage follow the end of the gzip data");
    inflateReset(&z_);
  }

  Op op_;
  InputFile file_;
  Index unread_;  // bytes of the file that are not yet in the buffer
  bool packed_ = false, ended_ = false;
  z_stream z_{};  // next_in, avail_in: unread bytes of the buffer, also for a plain file
  std::array<Bytef, 1 << 16> buffer_;
};

/// Reads a whole file as (count) uint8. Decompresses gzip.
/// Throws  IoError as DataFile does, or if the file has more than max_bytes, compressed or not
inline Array read_data_file(const std::string& path, Index max_bytes = kMaxFileBytes,
                            At at = At::here()) {
  const Op op{"read_data_file", at};
  check<ValueError>(0 <= max_bytes && max_bytes <= kMaxFileBytes, op, "max_bytes=", max_bytes,
                    " must be in [0, ", kMaxFileBytes, "]");
  DataFile file(op, path);
  check<IoError>(file.size() <= max_bytes, op, path, ": holds ", file.size(), " bytes; at most ",
                 max_bytes, " are read");
  // One extra byte tells a full buffer from the end of the data.
  const Index guess = std::min(file.unpacked_size_hint(), max_bytes);
  Array out = Array::empty({guess + 1}, uint8, op);
  Index filled = 0;
  while ((filled += file.read_some(out.raw() + filled, out.count() - filled)) == out.count()) {
    check<IoError>(filled <= max_bytes, op, path, ": unpacks to more than ", max_bytes, " bytes");
    Array larger = Array::empty({std::min(2 * filled, max_bytes) + 1}, uint8, op);
    std::memcpy(larger.raw(), out.raw(), static_cast<std::size_t>(filled));
    out = std::move(larger);
  }
  return out.rows(0, filled);
}

}  // namespace tinygrad
