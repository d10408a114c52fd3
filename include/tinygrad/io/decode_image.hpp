// SPDX-License-Identifier: MIT
// Decoders of picture files to arrays: this library reads PGM and PPM, libpng PNG, libjpeg-turbo
// JPEG. Both libraries are optional; CMake defines which were found. Sources compiled with and
// without a library can be linked; then the whole program can read the format.
#pragma once

#include <algorithm>
#include <cctype>
#include <csetjmp>
#include <cstdint>
#include <cstdio>  // jpeglib.h uses it and does not include it
#include <cstring>
#include <string>
#include <vector>

#include "tinygrad/core/array.hpp"

#if defined(TINYGRAD_HAS_PNG) && TINYGRAD_HAS_PNG
#include <png.h>
#endif
#if defined(TINYGRAD_HAS_JPEG) && TINYGRAD_HAS_JPEG
// jpeglib.h declares INT32 as long, and no function uses it; X11's <X11/Xmd.h> declares it as int.
#pragma push_macro("INT32")
#define INT32 tinygrad_jpeg_int32
#include <jerror.h>
#include <jpeglib.h>
#pragma pop_macro("INT32")
#endif

namespace tinygrad::inline TINYGRAD_ABI::detail {

/// The most bytes a picture may have, compressed or not.
inline constexpr Index kMaxImageBytes = Index{1} << 28;

/// Allocates the array for a picture.
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

/// Descriptions of the damage in a picture that could still be read.
using Notes = std::vector<std::string>;
using ImageReader = Array (*)(const Op& op, const std::string& path, const std::string& bytes,
                              Notes* notes);
/// Null unless a file of this program was compiled with libpng or libjpeg.
inline ImageReader png_reader = nullptr, jpeg_reader = nullptr;

/// Registers a reader while its code is loaded, and removes it at the end.
class LentReader {
 public:
  LentReader(ImageReader& place, ImageReader reader) : place_(place), reader_(reader) {
    if (!place) place = reader;
  }
  LentReader(const LentReader&) = delete;
  LentReader& operator=(const LentReader&) = delete;
  ~LentReader() {
    if (place_ == reader_) place_ = nullptr;
  }

 private:
  ImageReader& place_;
  ImageReader reader_;
};

#if defined(TINYGRAD_HAS_PNG) && TINYGRAD_HAS_PNG
/// libpng's error callback must not return, so it jumps back to this class. While libpng runs, no
/// function here holds an object with a destructor, because a jump would skip it.
class PngReader {
 public:
  PngReader(const std::string& bytes) : next_(bytes.data()), left_(bytes.size()) {}
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  Array read(const Op& op, const std::string& path) {
    check<IoError>(read_header(), op, path, ": damaged PNG: ", message_);
    const Array image =
        empty_image(op, path, png_get_image_height(png_, info_), png_get_image_width(png_, info_),
                    png_get_channels(png_, info_));
    check<IoError>(read_rows(image.data<std::uint8_t>(),
                             static_cast<std::size_t>(image.count() / image.shape()[0])),
                   op, path, ": damaged PNG: ", message_);
    return image;
  }

 private:
  bool read_header() {
    if (setjmp(back_)) return false;
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, failed,
                                  [](png_structp, png_const_charp) {});
    if (png_) info_ = png_create_info_struct(png_);
    if (!info_) png_failed("libpng has another version, or no memory");
    png_set_benign_errors(png_, 1);  // errors that change no pixel become warnings
    png_set_read_fn(png_, this, take);
    png_read_info(png_, info_);
    png_set_expand(png_);    // palettes to RGB, 1, 2 and 4 bits to 8, a transparent colour to alpha
    png_set_strip_16(png_);  // the upper 8 bits
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }
  bool read_rows(std::uint8_t* out, std::size_t stride) {
    if (setjmp(back_)) return false;
    const png_uint_32 height = png_get_image_height(png_, info_);
    for (int pass = 0; pass < passes_; ++pass)
      for (png_uint_32 y = 0; y < height; ++y) png_read_row(png_, out + y * stride, nullptr);
    return true;
  }

  [[noreturn]] void png_failed(const char* message) {
    std::snprintf(message_, sizeof message_, "%s", message);
    std::longjmp(back_, 1);
  }
  [[noreturn]] static void failed(png_structp png, png_const_charp message) {
    static_cast<PngReader*>(png_get_error_ptr(png))->png_failed(message);
  }
  static void take(png_structp png, png_bytep out, std::size_t bytes) {
    auto* const self = static_cast<PngReader*>(png_get_io_ptr(png));
    if (bytes > self->left_) png_error(png, "truncated");
    std::memcpy(out, self->next_, bytes);
    self->next_ += bytes, self->left_ -= bytes;
  }

  const char* next_;
  std::size_t left_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1;
  char message_[128] = "";
  std::jmp_buf back_;
};

/// Decodes a PNG to grey, grey and alpha, RGB or RGBA.
inline Array decode_png(const Op& op, const std::string& path, const std::string& bytes, Notes*) {
  return PngReader(bytes).read(op, path);
}
inline const LentReader lent_png(png_reader, decode_png);
#endif

#if defined(TINYGRAD_HAS_JPEG) && TINYGRAD_HAS_JPEG
/// libjpeg's error callback must not return, so it jumps back to JpegReader.
struct JpegErrors : jpeg_error_mgr {
  std::jmp_buf back;
  char message[JMSG_LENGTH_MAX];  ///< the error
  char warning[JMSG_LENGTH_MAX];  ///< the first warning of num_warnings
};
[[noreturn]] inline void jpeg_failed(j_common_ptr jpeg) {
  auto* errors = static_cast<JpegErrors*>(jpeg->err);
  errors->format_message(jpeg, errors->message);
  std::longjmp(errors->back, 1);
}
/// A level below 0 means damaged data, which libjpeg replaces. Truncated pictures are an error.
/// Stray bytes between segments are common, change no pixel, and are ignored.
inline void jpeg_warned(j_common_ptr jpeg, int level) {
  auto* errors = static_cast<JpegErrors*>(jpeg->err);
  if (level >= 0 || errors->msg_code == JWRN_EXTRANEOUS_DATA) return;
  if (errors->msg_code == JWRN_JPEG_EOF) jpeg_failed(jpeg);
  if (errors->num_warnings++ == 0) errors->format_message(jpeg, errors->warning);
}

/// Stops at 500 scans: a file of some kilobytes can hold thousands of scans of a large picture,
/// which would take hours to decode.
inline void jpeg_progressed(j_common_ptr jpeg) {
  constexpr int most = 500;
  if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number <= most) return;
  auto* errors = static_cast<JpegErrors*>(jpeg->err);
  std::snprintf(errors->message, sizeof errors->message, "it has more than %d scans", most);
  std::longjmp(errors->back, 1);
}

/// Converts the inverted inks of JPEG files, (H, W, 4), to RGB, (H, W, 3): each colour is what its
/// ink and black leave of white, rounded as in Pillow.
inline Array cmyk_to_rgb(const Op& op, const Array& inks) {
  const Array out = Array::empty({inks.shape()[0], inks.shape()[1], 3}, uint8, op);
  const auto* from = inks.data<std::uint8_t>();
  auto* to = out.data<std::uint8_t>();
  for (const auto* const end = from + inks.count(); from < end; from += 4)
    for (int c = 0; c < 3; ++c) {
      const int white = from[3], product = (255 - from[c]) * white + 128;
      *to++ = static_cast<std::uint8_t>(white - ((product >> 8) + product) / 256);
    }
  return out;
}

/// While libjpeg runs, no function here holds an object with a destructor: a jump would skip it.
class JpegReader {
 public:
  JpegReader() {
    jpeg_.err = jpeg_std_error(&errors_);
    errors_.error_exit = jpeg_failed;
    errors_.emit_message = jpeg_warned;
    progress_.progress_monitor = jpeg_progressed;
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  ~JpegReader() { jpeg_destroy_decompress(&jpeg_); }

  Array read(const Op& op, const std::string& path, const std::string& bytes) {
    check<IoError>(read_header(bytes.data(), bytes.size()), op, path,
                   ": damaged JPEG: ", errors_.message);
    const auto colors = jpeg_.jpeg_color_space;
    const bool cmyk = colors == JCS_CMYK || colors == JCS_YCCK;
    jpeg_.out_color_space = colors == JCS_GRAYSCALE ? JCS_GRAYSCALE : cmyk ? JCS_CMYK : JCS_RGB;
    const auto decode = [&](Index C) {
      Array image = empty_image(op, path, jpeg_.image_height, jpeg_.image_width, C);
      check<IoError>(read_rows(image.data<std::uint8_t>(),
                               static_cast<std::size_t>(image.count() / image.shape()[0])),
                     op, path, ": damaged JPEG: ", errors_.message);
      return image;
    };
    return cmyk ? cmyk_to_rgb(op, decode(4)) : decode(colors == JCS_GRAYSCALE ? 1 : 3);
  }

  /// The damage of a picture that could still be read; "" if there is none.
  std::string warning() const {
    if (errors_.num_warnings == 0) return "";
    const long more = errors_.num_warnings - 1;
    return errors_.warning + (more == 0 ? "" : str_cat(" (and ", more, " more)"));
  }

 private:
  bool read_header(const char* bytes, std::size_t count) {
    if (setjmp(errors_.back)) return false;
    jpeg_create_decompress(&jpeg_);
    jpeg_.progress = &progress_;
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
  jpeg_progress_mgr progress_{};
};

/// Decodes a JPEG to grey or RGB. Ignores the orientation that a camera recorded.
inline Array decode_jpeg(const Op& op, const std::string& path, const std::string& bytes,
                         Notes* notes) {
  JpegReader reader;
  Array image = reader.read(op, path, bytes);
  if (const std::string warning = reader.warning(); notes && !warning.empty())
    notes->push_back(str_cat(path, ": read, but damaged: ", warning));
  return image;
}
inline const LentReader lent_jpeg(jpeg_reader, decode_jpeg);
#endif

inline Array read_png(const Op& op, const std::string& path, const std::string& bytes,
                      Notes* notes) {
  check<IoError>(png_reader != nullptr, op, path, ": is a PNG file, and PNG support was not built ",
                 "in; install libpng and configure again, or convert the picture to PPM");
  return png_reader(op, path, bytes, notes);
}
inline Array read_jpeg(const Op& op, const std::string& path, const std::string& bytes,
                       Notes* notes) {
  check<IoError>(jpeg_reader != nullptr, op, path,
                 ": is a JPEG file, and JPEG support was not built in; install ",
                 "libjpeg-turbo and configure again, or convert the picture to PPM");
  return jpeg_reader(op, path, bytes, notes);
}

}  // namespace tinygrad::detail
