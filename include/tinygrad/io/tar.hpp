// SPDX-License-Identifier: MIT
// Reader of tar archives (POSIX ustar and pax, GNU), plain or gzip. It reads from front to back
// and writes nothing to the disk.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <string_view>

#include "tinygrad/io/gzip.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Reads the files of an archive in order: `while (tar.next()) tar.read(…)`. Skips folders, devices
/// and links, hard ones too. Supports long names and large sizes of GNU tar (types L and K, numbers
/// in base 256) and of pax (types x and g). A block of zeros ends the archive, whatever follows it;
/// so does the end of the file after a member.
/// Throws  IoError if the archive cannot be read, is truncated or damaged, is not a tar archive, or
///         has a sparse file (--sparse) or ".." in a name
class TarReader {
 public:
  TarReader(const Op& op, const std::string& path) : op_(op), file_(op, path) {}

  /// Goes to the next file and skips the unread rest of this one. False at the end of the archive.
  bool next() {
    skip(left_);
    skip_padding();
    while (read_header())
      if (regular_) return true;
    return false;
  }

  /// This file's path in the archive, without "/" or "./" at its start.
  const std::string& name() const { return name_; }
  /// This file's size in bytes.
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
  static constexpr Index kMostExtended = Index{1} << 20;  // bytes of a long name or a pax header
  using PaxHeader = std::map<std::string, std::string>;

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
    left_ = 0;
  }

  /// Goes to the next block. At the end of the file only the last member's padding may be missing.
  void skip_padding() {
    std::array<char, kBlock> buffer;
    offset_ += file_.read_some(buffer.data(), (kBlock - offset_ % kBlock) % kBlock);
  }

  std::string_view field(std::size_t start, std::size_t length) const {
    const std::string_view all(header_.data() + start, length);
    return all.substr(0, all.find('\0'));
  }

  /// A number in octal digits with blanks around it, or in base 256 after a byte 0x80. An empty
  /// field is 0. An invalid or too large number is -1.
  Index number(std::size_t start, std::size_t length) const {
    constexpr Index most = std::numeric_limits<Index>::max() / 256;
    Index value = 0;
    if (header_[start] == '\x80') {
      for (std::size_t i = start + 1; i < start + length; ++i) {
        if (value > most) return -1;
        value = 256 * value + static_cast<unsigned char>(header_[i]);
      }
      return value;
    }
    std::string_view digits = field(start, length);
    while (digits.starts_with(' ')) digits.remove_prefix(1);
    while (digits.ends_with(' ')) digits.remove_suffix(1);
    for (const char digit : digits) {
      if (digit < '0' || digit > '7' || value > most) return -1;
      value = 8 * value + (digit - '0');
    }
    return value;
  }

  /// Reads the next member's header and its extensions. False at the end of the archive.
  bool read_header() {
    PaxHeader own;          // of the next member only
    std::string long_name;  // GNU's
    for (bool extended = false;; extended = true) {
      const Index start = offset_;
      if (!read_block(extended)) return false;
      const char type = header_[156];
      size_ = number(124, 12);
      check<IoError>(size_ >= 0, op_, file_.path(), ": the size in the header at byte ", start,
                     " is not an octal number");
      if (type == 'L') {
        long_name = extended_data(start);
        long_name.resize(std::strlen(long_name.c_str()));
      } else if (type == 'K') {
        extended_data(start);  // the target of a link
      } else if (type == 'x' || type == 'X') {
        read_pax(extended_data(start), start, own);
      } else if (type == 'g') {
        read_pax(extended_data(start), start, global_);
      } else {
        describe_member(type, long_name, own, start);
        return true;
      }
    }
  }

  /// Reads a header block. False at the end of the archive. `inside`: a member must follow.
  bool read_block(bool inside) {
    const Index start = offset_;
    const Index got = file_.read_some(header_.data(), kBlock);
    offset_ += got;
    const bool end =
        std::all_of(header_.begin(), header_.begin() + got, [](char c) { return c == 0; });
    check<IoError>(!inside || (got == kBlock && !end), op_, file_.path(),
                   ": truncated: the archive ends after ", offset_,
                   " bytes, where the member that a long name or pax header belongs to should be");
    if (end && (got == kBlock || start > 0)) return false;
    check<IoError>(got == kBlock, op_, file_.path(), ": truncated: the archive ends after ",
                   offset_, " bytes, in ",
                   name_.empty() ? "its first header" : "the header after " + name_);

    Index sum = 8 * ' ', signed_sum = sum;  // the checksum field itself counts as blanks
    for (std::size_t i = 0; i < header_.size(); ++i)
      if (i < 148 || i >= 156) {
        sum += static_cast<unsigned char>(header_[i]);
        signed_sum += static_cast<signed char>(header_[i]);  // the checksum of some old programs
      }
    const Index stored = number(148, 8);
    check<IoError>(stored == sum || stored == signed_sum, op_, file_.path(),
                   ": is not a tar archive, or damaged: ", "the header at byte ", start,
                   " does not have the sum it says");
    return true;
  }

  /// The data of a header that extends the next header.
  std::string extended_data(Index start) {
    check<IoError>(size_ <= kMostExtended, op_, file_.path(),
                   ": the long name or pax header at byte ", start, " has ", size_,
                   " bytes; at most ", kMostExtended, " are read");
    std::string bytes(static_cast<std::size_t>(size_), '\0');
    read_archive(bytes.data(), size_);
    skip_padding();
    return bytes;
  }

  /// Parses records "LENGTH key=value\n". The length includes the whole record.
  void read_pax(const std::string& text, Index start, PaxHeader& header) const {
    std::string_view rest = text;
    while (!rest.empty() && rest[0] != '\0') {
      std::size_t length = 0, digits = 0;
      for (; digits < rest.size() && '0' <= rest[digits] && rest[digits] <= '9' && digits < 8;
           ++digits)
        length = 10 * length + static_cast<std::size_t>(rest[digits] - '0');
      const std::size_t equals = rest.find('=');
      check<IoError>(digits > 0 && digits < rest.size() && rest[digits] == ' ' &&
                         length <= rest.size() && equals > digits && equals < length &&
                         rest[length - 1] == '\n',
                     op_, file_.path(), ": damaged: the pax header at byte ", start,
                     " is not made of records \"LENGTH key=value\"");
      header[std::string(rest.substr(digits + 1, equals - digits - 1))] =
          rest.substr(equals + 1, length - equals - 2);
      rest.remove_prefix(length);
    }
  }

  /// The name relative to the archive's root. Throws if a part of it is "..".
  std::string safe_name(const std::string& name, Index start) const {
    check<IoError>(name.find('\0') == std::string::npos, op_, file_.path(), ": the name at byte ",
                   start, " holds a NUL byte");
    std::string safe;
    for (std::size_t at = 0; at < name.size();) {
      const std::size_t end = std::min(name.find('/', at), name.size());
      const std::string_view part = std::string_view(name).substr(at, end - at);
      check<IoError>(part != "..", op_, file_.path(), ": the name ", name,
                     " leads out of the archive; no part of it may be ..");
      if (!part.empty() && part != ".") (safe += safe.empty() ? "" : "/") += part;
      at = end + 1;
    }
    return safe;
  }

  /// Sets name and size of the current member. Pax records override GNU's, which override the
  /// header.
  void describe_member(char type, const std::string& long_name, const PaxHeader& own, Index start) {
    const auto pax = [&](const char* key) {
      const auto found = own.find(key);
      if (found != own.end()) return found->second;
      const auto all = global_.find(key);
      return all == global_.end() ? std::string() : all->second;
    };
    std::string name = pax("path");
    if (name.empty()) name = long_name;
    if (name.empty()) {
      const bool posix = std::memcmp(header_.data() + 257, "ustar\0", 6) == 0;
      const std::string_view prefix = posix ? field(345, 155) : "";
      name = std::string(prefix) + (prefix.empty() ? "" : "/") + std::string(field(0, 100));
    }
    const bool folder = type == '5' || (type == '\0' && name.ends_with('/'));
    regular_ = !folder && (type == '0' || type == '\0' || type == '7');
    name_ = safe_name(name, start);

    bool sparse = type == 'S';
    for (const auto& [key, value] : own) sparse = sparse || key.starts_with("GNU.sparse.");
    check<IoError>(!sparse, op_, file_.path(), ": ", name_,
                   ": is stored in pieces, as a sparse file, and cannot be read; pack the archive "
                   "again without --sparse");
    if (const std::string text = pax("size"); !text.empty()) {
      Index value = 0;
      for (const char digit : text)
        value = digit < '0' || digit > '9' || value < 0 ||
                        value > std::numeric_limits<Index>::max() / 10 - 1
                    ? -1
                    : 10 * value + (digit - '0');
      check<IoError>(value >= 0, op_, file_.path(), ": ", name_,
                     ": its pax header says size=", text, ", which is not a number of bytes");
      size_ = value;
    }
    left_ = '1' <= type && type <= '6' ? 0 : size_;  // links, devices and folders have no data
    if (!regular_) {
      skip(left_);
      skip_padding();
    }
  }

  Op op_;
  DataFile file_;
  std::array<char, kBlock> header_{};
  PaxHeader global_;
  std::string name_;
  bool regular_ = false;
  Index size_ = 0, left_ = 0;  // of the current file: its bytes, and its bytes not yet read
  Index offset_ = 0;           // bytes of the archive read so far
};

}  // namespace tinygrad
