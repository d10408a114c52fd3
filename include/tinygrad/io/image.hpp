// SPDX-License-Identifier: MIT
// Pictures to and from arrays: PNG and JPEG (where their libraries were found), PGM and PPM.
#pragma once

#include <string>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/io/decode_image.hpp"
#include "tinygrad/io/file.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

struct ReadImageOptions {
  /// Receives what was wrong with a picture that was read all the same.
  std::vector<std::string>* notes = nullptr;
};

/// Reads a picture as uint8 (H, W, C), 0 is black and 255 white, with the values Pillow gives. PNG
/// keeps its channels: C is 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha); palettes become
/// RGB(A), of 16 bits the upper 8 stay (Pillow cuts 16-bit grey off at 255 instead), and a gamma or
/// colour profile that the file names is not applied. JPEG has C = 1 or 3; CMYK and YCCK become
/// RGB. One whose data are damaged is read as far as libjpeg can, with grey where it cannot. PGM
/// has C = 1 and PPM C = 3, with values rescaled to 255 if their greatest is less.
/// Throws  IoError if the file is of no such format, truncated, damaged beyond that, or of more than
///         2^28 bytes
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

/// Writes uint8 (H, W, 1) as binary PGM or (H, W, 3) as binary PPM, whole or not at all.
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
