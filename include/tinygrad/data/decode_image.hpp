// SPDX-License-Identifier: MIT
// How the bytes of a picture become an array: PGM and PPM, PNG by libpng, JPEG by libjpeg-turbo.
// The two libraries are optional; CMake says which were found.
#pragma once

#include <algorithm>
#include <cctype>
#include <csetjmp>
#include <cstdint>
#include <cstdio>  // jpeglib.h uses it and does not include it
#include <string>

#include "tinygrad/core/array.hpp"

#if defined(TINYGRAD_HAS_PNG) && TINYGRAD_HAS_PNG
#include <png.h>
#endif
#if defined(TINYGRAD_HAS_JPEG) && TINYGRAD_HAS_JPEG
#include <jerror.h>
#include <jpeglib.h>
#endif

namespace tinygrad::inline TINYGRAD_ABI::detail {

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

#if defined(TINYGRAD_HAS_PNG) && TINYGRAD_HAS_PNG
/// As grey, grey and alpha, RGB or RGBA.
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
                "and configure again, or convert the picture to PPM");
}
#endif

#if defined(TINYGRAD_HAS_JPEG) && TINYGRAD_HAS_JPEG
/// libjpeg speaks through callbacks, which must not return; this jumps back to JpegReader.
struct JpegErrors : jpeg_error_mgr {
  std::jmp_buf back;
  char message[JMSG_LENGTH_MAX];
};
[[noreturn]] inline void jpeg_failed(j_common_ptr jpeg) {
  auto* errors = static_cast<JpegErrors*>(jpeg->err);
  errors->format_message(jpeg, errors->message);
  std::longjmp(errors->back, 1);
}
inline void jpeg_warned(j_common_ptr jpeg, int level) {
  // Below 0: the data are damaged. Stray bytes between the parts are common, and hurt no pixel.
  if (level < 0 && jpeg->err->msg_code != JWRN_EXTRANEOUS_DATA) jpeg_failed(jpeg);
}

/// No function here holds an object with a destructor while libjpeg runs: a jump would skip it.
class JpegReader {
 public:
  JpegReader() {
    jpeg_.err = jpeg_std_error(&errors_);
    errors_.error_exit = jpeg_failed;
    errors_.emit_message = jpeg_warned;
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  ~JpegReader() { jpeg_destroy_decompress(&jpeg_); }

  Array read(const Op& op, const std::string& path, const std::string& bytes) {
    check<IoError>(read_header(bytes.data(), bytes.size()), op, path,
                   ": damaged JPEG: ", errors_.message);
    const auto colors = jpeg_.jpeg_color_space;
    check<IoError>(colors != JCS_CMYK && colors != JCS_YCCK, op, path,
                   ": is a JPEG file in CMYK, for printers; convert the picture to RGB");
    jpeg_.out_color_space = colors == JCS_GRAYSCALE ? JCS_GRAYSCALE : JCS_RGB;
    Array image = empty_image(op, path, jpeg_.image_height, jpeg_.image_width,
                              colors == JCS_GRAYSCALE ? 1 : 3);
    check<IoError>(read_rows(image.data<std::uint8_t>(),
                             static_cast<std::size_t>(image.count() / image.shape()[0])),
                   op, path, ": damaged JPEG: ", errors_.message);
    return image;
  }

 private:
  bool read_header(const char* bytes, std::size_t count) {
    if (setjmp(errors_.back)) return false;
    jpeg_create_decompress(&jpeg_);
    jpeg_mem_src(&jpeg_, reinterpret_cast<const unsigned char*>(bytes), count);
    jpeg_read_header(&jpeg_, TRUE);
    return true;
  }
  bool read_rows(std::uint8_t* out, std::size_t stride) {
    if (setjmp(errors_.back)) return false;
    jpeg_start_decompress(&jpeg_);
    while (jpeg_.output_scanline < jpeg_.output_height) {
      JSAMPROW row = out + jpeg_.output_scanline * stride;
      jpeg_read_scanlines(&jpeg_, &row, 1);
    }
    jpeg_finish_decompress(&jpeg_);
    return true;
  }

  jpeg_decompress_struct jpeg_{};
  JpegErrors errors_{};
};

/// As grey or RGB. The orientation that a camera noted is not applied.
inline Array read_jpeg(const Op& op, const std::string& path, const std::string& bytes) {
  return JpegReader().read(op, path, bytes);
}
#else
inline Array read_jpeg(const Op& op, const std::string& path, const std::string&) {
  fail<IoError>(op, path, ": is a JPEG file, and JPEG support was not built in; install ",
                "libjpeg-turbo and configure again, or convert the picture to PPM");
}
#endif

}  // namespace tinygrad::detail
