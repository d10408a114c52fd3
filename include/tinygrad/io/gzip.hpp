// SPDX-License-Identifier: MIT
// Data files, gzip (RFC 1952) or plain, as a stream or whole. What the bytes mean is not known
// here.
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

/// The most a data file may hold, packed or unpacked, unless the caller says otherwise: 2 GiB.
inline constexpr Index kMaxFileBytes = Index{1} << 31;

/// The bytes of a file from front to back, unpacked on the way if it begins as gzip does (1F 8B):
/// one or more members, with zeros between or behind them if need be, as tapes and block devices
/// pad them. zlib checks each CRC-32 and length.
/// Throws  IoError if the file cannot be read, is empty, truncated or corrupt, holds other bytes
///         than zeros behind its gzip data, or begins with '<': a web page that was saved in the
///         place of data
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
  /// The bytes it has on the disk.
  Index size() const { return file_.size(); }
  bool packed() const { return packed_; }

  /// How many bytes it has unpacked, as gzip's last four say: right for one member below 4 GiB,
  /// else a guess. Never more than deflate can pack into the file's size.
  Index unpacked_size_hint() const {
    constexpr Index kBestRatio = 1032;  // 258 bytes in two bits
    std::array<std::uint8_t, 4> tail{};
    if (!packed_ || !file_.read_tail(tail.data(), 4)) return size();
    const Index hint = tail[0] | tail[1] << 8 | tail[2] << 16 | Index{tail[3]} << 24;
    return std::clamp(hint, size(), kBestRatio * size());
  }

  /// Reads the next `bytes` bytes, or fewer where the data end. Returns how many.
  Index read_some(void* out, Index bytes) {
    return packed_ ? unpack(static_cast<Bytef*>(out), bytes) : take(static_cast<char*>(out), bytes);
  }

 private:
  Index in_buffer() const { return static_cast<Index>(z_.avail_in); }

  /// Fills the buffer behind what is left in it.
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
  Index unread_;  // of the file's bytes, those not yet in the buffer
  bool packed_ = false, ended_ = false;
  z_stream z_{};  // next_in and avail_in are the buffer's rest, also of a plain file
  std::array<Bytef, 1 << 16> buffer_;
};

/// The bytes of a file (count) uint8, unpacked if it is gzip.
/// Throws  IoError as DataFile does, and if it holds more than max_bytes, packed or not
inline Array read_data_file(const std::string& path, Index max_bytes = kMaxFileBytes,
                            At at = At::here()) {
  const Op op{"read_data_file", at};
  check<ValueError>(0 <= max_bytes && max_bytes <= kMaxFileBytes, op, "max_bytes=", max_bytes,
                    " must be in [0, ", kMaxFileBytes, "]");
  DataFile file(op, path);
  check<IoError>(file.size() <= max_bytes, op, path, ": holds ", file.size(), " bytes; at most ",
                 max_bytes, " are read");
  // One byte more than fits tells the end from a buffer that is full.
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
