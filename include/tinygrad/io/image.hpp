// SPDX-License-Identifier: MIT
// Pictures: PNG (read where libpng was found), and PGM and PPM, plain or binary, to and from
// arrays.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>

#include "tinygrad/core/array.hpp"
#include "tinygrad/io/atomic_file.hpp"
#include "tinygrad/io/input_file.hpp"

#if TINYGRAD_HAS_PNG  // set by CMake
#include <png.h>
#endif

namespace tinygrad {
namespace detail {

/// The most bytes a picture may have, packed or not.
inline constexpr Index kMaxImageBytes = Index{1} << 28;

/// An array for the picture.
inline Array empty_image(const Op& op, const std::string& path, Index H, Index W, Index C) {
  check<IoError>(H >= 1 && W >= 1 && H <= kMaxImageBytes / W / C, op, path, ": a picture of ", W,
                 " × ", H, " with ", C, " channels; it must have 1 to ", kMaxImageBytes, " bytes");
  return Array::empty({H, W, C}, uint8, op);
}

/// Reads the netpbm formats: P2, P3 (numbers as text), P5, P6 (bytes).
class PnmReader {
 public:
  PnmReader(const Op& op, const std::string& path, const std::string& bytes)
      : op_(op), path_(path), bytes_(bytes) {}

  Array read() {
    const char kind = bytes_[1];
    const Index C = kind == '3' || kind == '6' ? 3 : 1;
    at_ = 2;
    const Index W = number("its width"), H = number("its height");
    const Index most = number("its greatest value");
    check<IoError>(1 <= most && most <= 255, op_, path_, ": its greatest value is ", most,
                   "; it must be 1 to 255");
    Array image = empty_image(op_, path_, H, W, C);
    if (kind == '5' || kind == '6') read_binary(image, most);
    else read_plain(image, most);
    return image;
  }

 private:
  bool ended() const { return at_ == bytes_.size(); }
  bool on_space() const {
    return !ended() && std::isspace(static_cast<unsigned char>(bytes_[at_]));
  }
  bool on_digit() const { return !ended() && '0' <= bytes_[at_] && bytes_[at_] <= '9'; }

  void skip_spaces_and_comments() {
    while (on_space() || (!ended() && bytes_[at_] == '#')) {
      if (bytes_[at_] == '#') at_ = std::min(bytes_.find('\n', at_), bytes_.size() - 1);
      ++at_;
    }
  }

  Index number(const char* what) {
    skip_spaces_and_comments();
    check<IoError>(!ended(), op_, path_, ": truncated before ", what);
    check<IoError>(on_digit(), op_, path_, ": ", what, " is not a number, at byte ", at_);
    Index value = 0;
    for (; on_digit(); ++at_) value = std::min<Index>(10 * value + bytes_[at_] - '0', 1 << 30);
    return value;
  }

  void read_binary(Array& image, Index most) {
    check<IoError>(on_space(), op_, path_, ": no white space after its greatest value");
    const auto left = static_cast<Index>(bytes_.size() - ++at_);
    check<IoError>(left == image.count(), op_, path_, ": its header says ", image.count(),
                   " bytes, but ", left, " follow; the file is ",
                   left < image.count() ? "truncated" : "too long", " or its header is wrong");
    auto* out = image.data<std::uint8_t>();
    for (; !ended(); ++at_) *out++ = rescaled(static_cast<std::uint8_t>(bytes_[at_]), most);
  }

  void read_plain(Array& image, Index most) {
    auto* out = image.data<std::uint8_t>();
    for (Index i = 0; i < image.count(); ++i) out[i] = rescaled(number("its last value"), most);
    skip_spaces_and_comments();
    check<IoError>(ended(), op_, path_, ": has more than its ", image.count(), " values");
  }

  std::uint8_t rescaled(Index value, Index most) const {
    check<IoError>(value <= most, op_, path_, ": has a value ", value, " above its greatest, ",
                   most);
    return static_cast<std::uint8_t>((value * 255 + most / 2) / most);
  }

  Op op_;
  const std::string& path_;
  const std::string& bytes_;
  std::size_t at_ = 0;
};

#if TINYGRAD_HAS_PNG
inline Array read_png(const Op& op, const std::string& path, const std::string& bytes) {
  struct Png : png_image {
    Png() : png_image{} { version = PNG_IMAGE_VERSION; }
    ~Png() { png_image_free(this); }
  } png;
  const auto check_png = [&](int ok) {
    check<IoError>(ok != 0, op, path, ": damaged PNG: ", png.message);
  };
  check_png(png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()));
  png.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // 16 bits hold what 8 would, only finer
  png.format &= PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA;  // 8 bits, no palette
  Array image = empty_image(op, path, png.height, png.width, PNG_IMAGE_PIXEL_CHANNELS(png.format));
  check_png(png_image_finish_read(&png, nullptr, image.raw(), 0, nullptr));
  return image;
}
#else
inline Array read_png(const Op& op, const std::string& path, const std::string&) {
  fail<IoError>(op, path, ": is a PNG file, and PNG support was not built in; install libpng ",
                "and configure again, or convert the picture to PGM");
}
#endif

}  // namespace detail

/// Reads a picture as uint8 (H, W, C), 0 is black and 255 white. PNG keeps its channels: C is 1
/// (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha); palettes become RGB(A), 16 bits become 8.
/// PGM has C = 1 and PPM C = 3, with values rescaled to 255 if their greatest is less.
/// Throws  IoError if the file is of no such format, truncated, damaged, or of more than 2^28 bytes
inline Array read_image(const std::string& path, At at = At::here()) {
  const Op op{"read_image", at};
  InputFile file(op, path);
  check<IoError>(file.size() <= detail::kMaxImageBytes, op, path, ": holds ", file.size(),
                 " bytes; at most ", detail::kMaxImageBytes, " are read");
  std::string bytes(static_cast<std::size_t>(file.size()), '\0');
  file.read(bytes.data(), file.size());
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return detail::read_png(op, path, bytes);
  if (bytes.size() > 1 && bytes[0] == 'P' && std::string("2356").find(bytes[1]) < 4)
    return detail::PnmReader(op, path, bytes).read();
  fail<IoError>(op, path, ": is not a picture this library reads; it must be PNG, PGM or PPM");
}

/// Writes uint8 (H, W, 1) as binary PGM or (H, W, 3) as binary PPM, whole or not at all.
/// Throws  ShapeError, DtypeError; IoError if the file cannot be written
inline void write_pnm(const std::string& path, const Array& image, At at = At::here()) {
  const Op op{"write_pnm", at};
  check<ShapeError>(
      image.rank() == 3 && (image.shape()[2] == 1 || image.shape()[2] == 3) && image.count() > 0,
      op, "image has shape ", image.shape(), "; it must be (H, W, 1) or (H, W, 3)");
  check<DtypeError>(image.dtype() == uint8, op, "image is ", image.dtype(), "; it must be uint8");
  const auto& shape = image.shape();
  AtomicFile file(op, path);
  file.write(concat('P', shape[2] == 1 ? 5 : 6, '\n', shape[1], ' ', shape[0], "\n255\n"));
  file.write(image.raw(), image.bytes());
  file.commit();
}

namespace detail {
/// Four bytes, the highest first, as PNG writes numbers.
inline std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}
/// A part of a PNG file: length, type, content, checksum of the last two.
inline std::string png_chunk(const char* type, const std::string& content) {
  const std::string body = type + content;
  const uLong crc = ::crc32_z(0, reinterpret_cast<const unsigned char*>(body.data()), body.size());
  return big_endian(static_cast<std::uint32_t>(content.size())) + body +
         big_endian(static_cast<std::uint32_t>(crc));
}
}  // namespace detail

/// Writes uint8 (H, W, C) as PNG, whole or not at all; C as read_image gives it. Needs no libpng.
/// Throws  ShapeError, DtypeError; IoError if the file cannot be written
inline void write_png(const std::string& path, const Array& image, At at = At::here()) {
  const Op op{"write_png", at};
  check<ShapeError>(image.rank() == 3 && 1 <= image.shape()[2] && image.shape()[2] <= 4, op,
                    "image has shape ", image.shape(), "; it must be (H, W, C) with C from 1 to 4");
  check<DtypeError>(image.dtype() == uint8, op, "image is ", image.dtype(), "; it must be uint8");
  const Index H = image.shape()[0], W = image.shape()[1], C = image.shape()[2];
  check<ShapeError>(0 < image.count() && image.count() + H <= detail::kMaxImageBytes, op,
                    "image has shape ", image.shape(), "; it must have 1 to ",
                    detail::kMaxImageBytes, " bytes");
  std::string rows;  // each begins with the number of its filter: 0, none
  for (Index y = 0; y < H; ++y)
    rows.append(1, '\0').append(reinterpret_cast<const char*>(image.raw()) + y * W * C,
                                static_cast<std::size_t>(W * C));
  uLongf packed_size = ::compressBound(rows.size());
  std::string packed(packed_size, '\0');
  const int status = ::compress(reinterpret_cast<Bytef*>(packed.data()), &packed_size,
                                reinterpret_cast<const Bytef*>(rows.data()), rows.size());
  check<IoError>(status == Z_OK, op, path, ": zlib cannot compress: ", ::zError(status));
  packed.resize(packed_size);

  constexpr char color_types[] = {0, 4, 2, 6};  // grey; grey, alpha; RGB; RGB, alpha
  std::string header = detail::big_endian(static_cast<std::uint32_t>(W)) +
                       detail::big_endian(static_cast<std::uint32_t>(H));
  header += {8, color_types[C - 1], 0, 0, 0};  // 8 bits; deflate, filters by row, not interlaced
  AtomicFile file(op, path);
  file.write("\x89PNG\r\n\x1A\n" + detail::png_chunk("IHDR", header) +
             detail::png_chunk("IDAT", packed) + detail::png_chunk("IEND", ""));
  file.commit();
}

}  // namespace tinygrad
