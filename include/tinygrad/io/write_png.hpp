// SPDX-License-Identifier: MIT
// Pictures written as PNG, with zlib alone: no libpng is needed.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>

#include "tinygrad/core/array.hpp"
#include "tinygrad/io/decode_image.hpp"
#include "tinygrad/io/file.hpp"

namespace tinygrad::inline TINYGRAD_ABI {
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
inline void write_png(const std::string& path, const Array& image, const SaveOptions& save = {},
                      At at = At::here()) {
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
  AtomicFile file(op, path, save);
  file.write("\x89PNG\r\n\x1A\n" + detail::png_chunk("IHDR", header) +
             detail::png_chunk("IDAT", packed) + detail::png_chunk("IEND", ""));
  file.commit();
}

}  // namespace tinygrad
