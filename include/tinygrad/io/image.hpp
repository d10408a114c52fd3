// SPDX-License-Identifier: MIT
// Reads and writes pictures as arrays. read_image() reads PNG and JPEG (where their libraries were
// found), PGM and PPM; write_pnm() writes PGM and PPM.
#pragma once

#include <string>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/io/decode_image.hpp"
#include "tinygrad/io/file.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

struct ReadImageOptions {
  /// Receives the damage of a picture that could still be read.
  std::vector<std::string>* notes = nullptr;
};

/// Reads a picture as uint8 (H, W, C), 0 is black and 255 white, with Pillow's values.
/// PNG keeps its channels: C is 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha). Palettes
/// become RGB or RGBA. 16-bit values keep their upper 8 bits (Pillow clips 16-bit grey at 255
/// instead). A gamma or colour profile in the file is not applied.
/// JPEG has C = 1 or 3; CMYK and YCCK become RGB. A damaged JPEG is read as far as libjpeg can,
/// with grey elsewhere.
/// PGM has C = 1 and PPM C = 3. Their values are rescaled to 255 if the file's maximum is less.
/// Throws  IoError if the file has another format, is truncated, is damaged in another way, or has
///         more than 2^28 bytes
inline Array read_image(const std::string& path, const ReadImageOptions& options = {},
                        At at = At::here()) {
  const Op op{"read_image", at};
  InputFile file(op, path);
  check<IoError>(file.size() <= detail::kMaxImageBytes, op, path, ": holds ", file.size(),
                 " bytes; at most ", detail::kMaxImageBytes, " are read");
  std::string bytes(static_cast<std::size_t>(file.size()), '\0');
  file.read(bytes.data(), file.size());
  if (bytes.starts_with("\x89PNG\r\n\x1A\n"))
    return detail::read_png(op, path, bytes, options.notes);
  if (bytes.starts_with("\xFF\xD8\xFF")) return detail::read_jpeg(op, path, bytes, options.notes);
  if (bytes.size() > 1 && bytes[0] == 'P' && std::string("2356").find(bytes[1]) < 4)
    return detail::PnmReader(op, path, bytes).read();
  fail<IoError>(op, path,
                ": is not a picture this library reads; it must be PNG, JPEG, PGM or PPM");
}

/// Writes uint8 (H, W, 1) as binary PGM or (H, W, 3) as binary PPM, completely or not at all.
/// Throws  ShapeError, DtypeError; IoError if the file cannot be written
inline void write_pnm(const std::string& path, const Array& image, const SaveOptions& save = {},
                      At at = At::here()) {
  const Op op{"write_pnm", at};
  check<ShapeError>(
      image.rank() == 3 && (image.shape()[2] == 1 || image.shape()[2] == 3) && image.count() > 0,
      op, "image has shape ", image.shape(), "; it must be (H, W, 1) or (H, W, 3)");
  check<DtypeError>(image.dtype() == uint8, op, "image is ", image.dtype(), "; it must be uint8");
  const auto& shape = image.shape();
  AtomicFile file(op, path, save);
  file.write(str_cat('P', shape[2] == 1 ? 5 : 6, '\n', shape[1], ' ', shape[0], "\n255\n"));
  file.write(image.raw(), image.bytes());
  file.commit();
}

}  // namespace tinygrad
