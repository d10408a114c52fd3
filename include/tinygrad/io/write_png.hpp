// SPDX-License-Identifier: MIT
// write_png(): writes a picture as PNG with zlib alone. libpng is not needed.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>

#include "tinygrad/core/array.hpp"
#include "tinygrad/io/decode_image.hpp"
#include "tinygrad/io/file.hpp"

namespace tinygrad::inline TINYGRAD_ABI {
namespace detail {
/// Four bytes in big-endian order, as PNG stores numbers.
inline std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}
/// One chunk of a PNG file: length, type, content, checksum of type and content.
inline std::string png_chunk(const char* type, const std::string& content) {
  const std::string body = type + content;
  const uLong crc = ::crc32_z(0, reinterpret_cast<const unsigned char*>(body.data()), body.size());
  return big_endian(static_cast<std::uint32_t>(content.size())) + body +
         big_endian(static_cast<std::uint32_t>(crc));
}
}  // namespace detail

/// Writes uint8 (H, W, C) as PNG, completely or not at all. C is as in read_image. Needs no libpng.
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
  std::string rows;  // each row begins with its filter number; 0: none
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
