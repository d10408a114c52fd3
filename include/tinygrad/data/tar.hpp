// SPDX-License-Identifier: MIT
// tar archives (POSIX ustar), plain or gzip, read from front to back without unpacking them to the
// disk.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tinygrad/data/gzip.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// The files of an archive in their order: `while (tar.next()) tar.read(…)`. Folders, links and
/// notes of other tar programs are passed over.
/// Throws  IoError if the archive cannot be read, is truncated, or is no tar archive
class TarReader {
 public:
  TarReader(const Op& op, const std::string& path) : op_(op), file_(op, path) {}

  /// Goes to the next file, past what is left of this one; false at the end of the archive.
  bool next() {
    do {
      skip(left_ + padding_);
      if (!read_header()) return false;
    } while (!regular_);
    return true;
  }

  /// This file's name, with the folders it lies in.
  const std::string& name() const { return name_; }
  /// This file's bytes, in all.
  Index size() const { return size_; }

  /// Reads exactly the next `bytes` bytes of this file.
  void read(void* out, Index bytes) {
    check<IoError>(bytes <= left_, op_, file_.path(), ": ", name_, ": truncated: ", bytes - left_,
                   " more bytes were expected");
    read_archive(out, bytes);
    left_ -= bytes;
  }

 private:
  static constexpr Index kBlock = 512;

  void read_archive(void* out, Index bytes) {
    const Index got = file_.read_some(out, bytes);
    offset_ += got;
    check<IoError>(got == bytes, op_, file_.path(), ": truncated: the archive ends after ", offset_,
                   " bytes, ", name_.empty() ? "in its first header" : "in or after " + name_);
  }

  void skip(Index bytes) {
    std::array<char, 1 << 14> buffer;
    for (Index piece; bytes > 0; bytes -= piece) {
      piece = std::min(bytes, static_cast<Index>(buffer.size()));
      read_archive(buffer.data(), piece);
    }
    left_ = padding_ = 0;
  }

  std::string_view field(std::size_t start, std::size_t length) const {
    const std::string_view all(header_.data() + start, length);
    return all.substr(0, all.find('\0'));
  }

  /// A number in octal digits, with blanks around it; -1 if it is none.
  Index number(std::size_t start, std::size_t length) const {
    std::string_view digits = field(start, length);
    while (digits.starts_with(' ')) digits.remove_prefix(1);
    while (digits.ends_with(' ')) digits.remove_suffix(1);
    Index value = digits.empty() ? -1 : 0;
    for (const char digit : digits) {
      if (digit < '0' || digit > '7') return -1;
      value = 8 * value + (digit - '0');
    }
    return value;
  }

  bool read_header() {
    const Index start = offset_;
    read_archive(header_.data(), kBlock);
    const auto zero = [](char c) { return c == 0; };
    if (std::all_of(header_.begin(), header_.end(), zero)) return false;

    Index sum = 8 * ' ';  // its own field counts as blanks
    for (std::size_t i = 0; i < header_.size(); ++i)
      if (i < 148 || i >= 156) sum += static_cast<unsigned char>(header_[i]);
    check<IoError>(number(148, 8) == sum, op_, file_.path(),
                   ": is not a tar archive, or damaged: ", "the header at byte ", start,
                   " does not have the sum it says");
    size_ = number(124, 12);
    check<IoError>(size_ >= 0, op_, file_.path(), ": the size in the header at byte ", start,
                   " is not an octal number");
    const auto prefix = header_.data() + 257 == std::string_view("ustar") ? field(345, 155) : "";
    name_ = std::string(prefix) + (prefix.empty() ? "" : "/") + std::string(field(0, 100));
    regular_ = header_[156] == '0' || header_[156] == '\0';
    left_ = size_;
    padding_ = (kBlock - size_ % kBlock) % kBlock;
    return true;
  }

  Op op_;
  DataFile file_;
  std::array<char, kBlock> header_{};
  std::string name_;
  bool regular_ = false;
  Index size_ = 0, left_ = 0, padding_ = 0;  // of the file at hand
  Index offset_ = 0;                         // bytes of the archive read so far
};

}  // namespace tinygrad
