// SPDX-License-Identifier: MIT
// Tests of io/image.hpp and io/decode_image.hpp: PNM, PNG and JPEG, correct and damaged.
#include <doctest/doctest.h>

#include <array>

#include "support/files.hpp"
#include "support/images.hpp"
#include "tinygrad/io/image.hpp"
#include "tinygrad/io/write_png.hpp"

using namespace tinygrad;
using support::contains;
using support::message_of;
using support::read_back;
using support::values_of;

namespace {

Array read(const std::string& bytes) {
  const support::TemporaryFolder folder;
  return read_image(folder.write("picture", bytes));
}
std::string image_error(const std::string& bytes) {
  return message_of<IoError>([&] { read(bytes); });
}

// How many of 500 copies with one bit flipped are refused; the others load.
[[maybe_unused]] int refused_when_damaged(const std::string& good) {
  std::uint32_t state = 1;
  int refused = 0;
  for (int round = 0; round < 500; ++round) {
    std::string bad = good;
    state = state * 1664525 + 1013904223;
    bad[(state >> 8) % bad.size()] ^= static_cast<char>(1 << (state >> 29));
    try {
      read(bad);
    } catch (const IoError&) {
      ++refused;
    }
  }
  return refused;
}

}  // namespace

TEST_CASE("PGM and PPM are read, as text and as bytes, with comments") {
  const auto check_image = [](const std::string& bytes, const Shape& shape,
                              const std::vector<double>& values) {
    const Array image = read(bytes);
    CHECK(image.dtype() == uint8);
    CHECK(image.shape() == shape);
    CHECK(values_of(image) == values);
  };
  check_image("P2 # grey\n# two\n3 2\n255\n0 1 2\n3 4 255 # end", {2, 3, 1}, {0, 1, 2, 3, 4, 255});
  check_image("P3\n1 2\n255\n1 2 3  4 5 6\n", {2, 1, 3}, {1, 2, 3, 4, 5, 6});
  check_image("P5 2 2 255\nabc#", {2, 2, 1}, {'a', 'b', 'c', '#'});
  check_image("P6\n#c\n1 1\n255\n\n\xFF ", {1, 1, 3}, {'\n', 255, ' '});
}

TEST_CASE("values are rescaled to 255") {
  CHECK(values_of(read("P2 4 1 3 0 1 2 3")) == std::vector<double>{0, 85, 170, 255});
  CHECK(values_of(read("P2 2 1 1 0 1")) == std::vector<double>{0, 255});
}

TEST_CASE("damaged PGM and PPM files are refused with the reason") {
  CHECK(contains(image_error("P5 2 2 255\nabc"),
                 "says 4 bytes, but 3 follow; the file is truncated"));
  CHECK(contains(image_error("P5 2 2 255\nabcde"), "too long"));
  CHECK(contains(image_error("P5 2 2 255"), "no white space"));
  CHECK(contains(image_error("P5 2"), "truncated before its height"));
  CHECK(contains(image_error("P5"), "truncated before its width"));
  CHECK(contains(image_error("P5 # endless"), "truncated before its width"));
  CHECK(contains(image_error("P2 2 1 255 7"), "truncated before its last value"));
  CHECK(contains(image_error("P2 2 1 255 7 8 9"), "has more than its 2 values"));
  CHECK(contains(image_error("P2 2 1 255 7 -8"), "its last value is not a number, at byte 13"));
  CHECK(contains(image_error("P2 2 1 100 7 101"), "has a value 101 above its greatest, 100"));
  CHECK(contains(image_error("P2 2 1 255 7 256"), "has a value 256 above its greatest, 255"));
  CHECK(contains(image_error("P5 2 1 65535\nabcd"), "its greatest value is 65535"));
  CHECK(contains(image_error("P5 2 1 0\nab"), "its greatest value is 0"));
  CHECK(contains(image_error("P5 0 1 255\n"), "a picture of 0 × 1"));
  CHECK(
      contains(image_error("P5 99999999999999999999 99999999999999999999 255\n"), "a picture of"));
}

TEST_CASE("what is no picture is refused") {
  for (const std::string& bytes :
       {std::string(), std::string("P"), std::string("P\0 1", 4), std::string("P4 1 1\n0"),
        std::string("GIF89a"), std::string("<html>")})
    CHECK(contains(image_error(bytes), "/picture: is not a picture this library reads"));
  CHECK(contains(message_of<IoError>([] { read_image("no/such.png"); }),
                 "[read_image] no/such.png: cannot open: No such file or directory"));
}

TEST_CASE("pictures are written and read back") {
  const support::TemporaryFolder folder;
  for (const Index C : {1, 3}) {
    const Array image = Array::from<int>({1, 2, 3, 4, 5, 255}, uint8).reshaped({1, 6 / C, C});
    write_pnm(folder.file("p"), image);
    const Array other = read_image(folder.file("p"));
    CHECK(other.shape() == image.shape());
    CHECK(values_of(other) == values_of(image));
  }
  CHECK(read_back(folder.file("p")).starts_with("P6\n2 1\n255\n"));
  CHECK(contains(message_of<ShapeError>([&] {
                   write_pnm(folder.file("q"), Array::zeros({2, 2}, uint8));
                 }),
                 "image has shape (2, 2); it must be (H, W, 1) or (H, W, 3)"));
  CHECK(contains(message_of<DtypeError>([&] {
                   write_pnm(folder.file("q"), Array::zeros({2, 2, 1}, float32));
                 }),
                 "it must be uint8"));
  CHECK(folder.count() == 1);
}

TEST_CASE("a picture that PNG cannot hold is refused, and no file is left") {
  const support::TemporaryFolder folder;
  const auto written = [&](const Array& image) { write_png(folder.file("p"), image); };
  for (const Shape& shape : {Shape{2, 2}, Shape{2, 2, 5}, Shape{2, 2, 0}})
    CHECK(contains(message_of<ShapeError>([&] { written(Array::zeros(shape, uint8)); }),
                   "it must be (H, W, C) with C from 1 to 4"));
  CHECK(contains(message_of<ShapeError>([&] {
                   written(Array::zeros({0, 2, 3}, uint8));
                 }),
                 "it must have 1 to "));
  CHECK(contains(message_of<DtypeError>([&] {
                   written(Array::zeros({2, 2, 1}, float32));
                 }),
                 "it must be uint8"));
  CHECK(folder.count() == 0);
}

#if TINYGRAD_HAS_PNG

namespace {

std::string png_of(std::uint32_t format, std::uint32_t W, std::uint32_t H, const void* pixels,
                   const void* palette = nullptr, std::uint32_t colors = 0) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.format = format;
  png.width = W;
  png.height = H;
  png.colormap_entries = colors;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::string out(size, '\0');
  REQUIRE(png_image_write_to_memory(&png, out.data(), &size, 0, pixels, 0, palette));
  out.resize(size);
  return out;
}

}  // namespace

TEST_CASE("PNG files keep their channels") {
  std::vector<std::uint8_t> pixels(2 * 3 * 4);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(10 * i);
  const std::pair<std::uint32_t, Index> formats[] = {
      {PNG_FORMAT_GRAY, 1}, {PNG_FORMAT_GA, 2}, {PNG_FORMAT_RGB, 3}, {PNG_FORMAT_RGBA, 4}};
  for (const auto& [format, C] : formats) {
    const Array image = read(png_of(format, 3, 2, pixels.data()));
    CHECK(image.shape() == Shape{2, 3, C});
    CHECK(values_of(image) == std::vector<double>(pixels.begin(), pixels.begin() + 6 * C));
  }
}

TEST_CASE("PNG files are written and read back, with any number of channels") {
  const support::TemporaryFolder folder;
  for (const Index C : {1, 2, 3, 4}) {
    CAPTURE(C);
    std::vector<double> bytes;
    for (int i = 0; i < 5 * 7 * C; ++i) bytes.push_back(i * 37 % 256);
    const Array image = Array::from(bytes, uint8).reshaped({5, 7, C});
    write_png(folder.file("p"), image);
    const Array other = read_image(folder.file("p"));
    CHECK(other.shape() == image.shape());
    CHECK(values_of(other) == values_of(image));
  }
}

TEST_CASE("a PNG palette becomes RGB") {
  const std::uint8_t palette[] = {1, 2, 3, 250, 251, 252}, pixels[] = {1, 0};
  const Array image = read(png_of(PNG_FORMAT_RGB_COLORMAP, 2, 1, pixels, palette, 2));
  CHECK(values_of(image) == std::vector<double>{250, 251, 252, 1, 2, 3});
}

namespace {

/// A PNG file of any kind: rows as they are packed, each behind its filter's number, and chunks
/// that come before them.
std::string png_file(std::uint32_t W, std::uint32_t H, int bits, int color, const std::string& rows,
                     const std::string& chunks = "", bool interlaced = false) {
  uLongf size = ::compressBound(rows.size());
  std::string packed(size, '\0');
  REQUIRE(::compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                     reinterpret_cast<const Bytef*>(rows.data()), rows.size()) == Z_OK);
  packed.resize(size);
  std::string header = detail::big_endian(W) + detail::big_endian(H);
  header +=
      {static_cast<char>(bits), static_cast<char>(color), 0, 0, static_cast<char>(interlaced)};
  return "\x89PNG\r\n\x1A\n" + detail::png_chunk("IHDR", header) + chunks +
         detail::png_chunk("IDAT", packed) + detail::png_chunk("IEND", "");
}

}  // namespace

TEST_CASE("the values of a PNG are those it holds, whatever gamma or profile it names") {
  const std::string rows("\0\0\x40\x80\xFF", 5);
  for (const auto& chunk :
       {detail::png_chunk("gAMA", detail::big_endian(100000)), detail::png_chunk("sRGB", "\1"),
        detail::png_chunk("gAMA", detail::big_endian(45455)),
        detail::png_chunk("iCCP", std::string("broken\0\0profile", 15))})
    CHECK(values_of(read(png_file(4, 1, 8, 0, rows, chunk))) ==
          std::vector<double>{0, 0x40, 0x80, 0xFF});
}

TEST_CASE("PNG samples of 1, 2, 4 and 16 bits become 8") {
  const auto values = [](const std::string& bytes) { return values_of(read(bytes)); };
  CHECK(values(png_file(3, 1, 1, 0, std::string("\0\xA0", 2))) == std::vector<double>{255, 0, 255});
  CHECK(values(png_file(4, 1, 2, 0, std::string("\0\x1B", 2))) ==
        std::vector<double>{0, 85, 170, 255});
  CHECK(values(png_file(2, 1, 4, 0, std::string("\0\x3F", 2))) == std::vector<double>{51, 255});
  CHECK(values(png_file(2, 1, 16, 0, std::string("\0\x12\xFF\xFF\x00", 5))) ==
        std::vector<double>{0x12, 0xFF});
  CHECK(values(png_file(1, 1, 16, 6, std::string("\0\x01\xFF\x02\xFF\x03\xFF\x80\x00", 9))) ==
        std::vector<double>{1, 2, 3, 128});
}

TEST_CASE("a PNG's transparent colour and its palette's transparency become alpha") {
  const auto palette = detail::png_chunk("PLTE", "\1\2\3\xFA\xFB\xFC"),
             alpha = detail::png_chunk("tRNS", "\x80");
  const Array image = read(png_file(2, 1, 1, 3, std::string("\0\x40", 2), palette + alpha));
  CHECK(values_of(image) == std::vector<double>{1, 2, 3, 128, 250, 251, 252, 255});
  const Array grey = read(png_file(2, 1, 8, 0, std::string("\0\7\x09", 3),
                                   detail::png_chunk("tRNS", std::string("\0\7", 2))));
  CHECK(grey.shape() == Shape{1, 2, 2});
  CHECK(values_of(grey) == std::vector<double>{7, 0, 9, 255});
}

TEST_CASE("an interlaced PNG is read row by row") {
  constexpr int grid[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                              {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};  // x, y, steps
  std::string rows;
  for (const auto& [left, top, dx, dy] : grid)
    for (int y = top; y < 9; y += dy) {
      rows += '\0';
      for (int x = left; x < 9; x += dx) rows += static_cast<char>(y * 9 + x);
    }
  const Array image = read(png_file(9, 9, 8, 0, rows, "", true));
  bool in_order = true;
  for (Index i = 0; i < 81; ++i) in_order = in_order && image.at<Index>(i) == i;
  CHECK(in_order);
}

TEST_CASE("a PNG that is cut or changed is refused") {
  const std::vector<std::uint8_t> pixels(30 * 30, 7);
  const std::string good = png_of(PNG_FORMAT_GRAY, 30, 30, pixels.data());
  CHECK(read(good).count() == 900);
  for (const std::size_t length : {std::size_t{8}, std::size_t{20}, good.size() - 20})
    CHECK(contains(image_error(good.substr(0, length)), "/picture: damaged PNG: "));
  std::string bad = good;
  bad[19] ^= 1;  // a width that its checksum does not know
  CHECK(contains(image_error(bad), "damaged PNG"));
}

TEST_CASE("a PNG damaged at random loads or is refused, and never does anything else") {
  const std::vector<std::uint8_t> pixels(5 * 4 * 3, 9);
  const std::string good = png_of(PNG_FORMAT_RGB, 5, 4, pixels.data());
  CHECK(refused_when_damaged(good) > 200);
}

#else

TEST_CASE("without libpng a PNG file is refused with the way out") {
  CHECK(contains(image_error("\x89PNG\r\n\x1A\n..."), "PNG support was not built in"));
}

#endif

#if TINYGRAD_HAS_JPEG

namespace {

std::string jpeg_of(J_COLOR_SPACE space, int C, unsigned W, unsigned H,
                    const std::vector<std::uint8_t>& pixels, J_COLOR_SPACE stored = JCS_UNKNOWN,
                    bool progressive = false) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &bytes, &size);
  jpeg.image_width = W, jpeg.image_height = H;
  jpeg.input_components = C, jpeg.in_color_space = space;
  jpeg_set_defaults(&jpeg);
  if (stored != JCS_UNKNOWN) jpeg_set_colorspace(&jpeg, stored);
  jpeg_set_quality(&jpeg, 100, TRUE);
  if (progressive) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  for (unsigned row = 0; row < H; ++row) {
    auto* line = const_cast<JSAMPLE*>(pixels.data()) + row * W * static_cast<unsigned>(C);
    jpeg_write_scanlines(&jpeg, &line, 1);
  }
  jpeg_finish_compress(&jpeg);
  std::string out(reinterpret_cast<char*>(bytes), size);
  jpeg_destroy_compress(&jpeg);
  std::free(bytes);
  return out;
}

}  // namespace

TEST_CASE("JPEG files are read as grey or RGB, near the values they were made from") {
  for (const auto& [space, C] : {std::pair(JCS_GRAYSCALE, 1), std::pair(JCS_RGB, 3)}) {
    std::vector<std::uint8_t> pixels;
    for (int p = 0; p < 20 * 10; ++p)
      for (int c = 0; c < C; ++c) pixels.push_back(static_cast<std::uint8_t>(40 + 60 * c));
    const Array image = read(jpeg_of(space, C, 20, 10, pixels));
    CHECK(image.shape() == Shape{10, 20, C});
    for (Index i = 0; i < image.count(); ++i)
      CHECK(std::abs(image.at<int>(i) - (40 + 60 * static_cast<int>(i % C))) <= 2);
  }
}

TEST_CASE("CMYK and YCCK become RGB as Pillow makes them") {
  // Inks as JPEG holds them, inverted, and Pillow's red, green and blue.
  const std::vector<std::array<int, 7>> cases = {{255, 255, 255, 255, 255, 255, 255},
                                                 {0, 0, 0, 255, 0, 0, 0},
                                                 {255, 255, 255, 0, 0, 0, 0},
                                                 {200, 100, 50, 128, 100, 50, 25},
                                                 {13, 77, 201, 240, 12, 72, 189}};
  for (const J_COLOR_SPACE stored : {JCS_CMYK, JCS_YCCK})
    for (const auto& inks : cases) {
      std::vector<std::uint8_t> pixels;
      for (int p = 0; p < 8 * 8; ++p)
        for (int c = 0; c < 4; ++c)
          pixels.push_back(static_cast<std::uint8_t>(inks[static_cast<std::size_t>(c)]));
      const Array image = read(jpeg_of(JCS_CMYK, 4, 8, 8, pixels, stored));
      CHECK(image.shape() == Shape{8, 8, 3});
      for (Index c = 0; c < 3; ++c)
        CHECK(std::abs(image.at<int>(c) - inks[static_cast<std::size_t>(4 + c)]) <=
              (stored == JCS_CMYK ? 0 : 2));
    }
}

TEST_CASE("a JPEG with a damaged or missing part is read, with a note on request") {
  std::vector<std::uint8_t> pixels;
  for (std::uint32_t i = 0, x = 1; i < 64 * 64; ++i)
    pixels.push_back(static_cast<std::uint8_t>((x = x * 1664525 + 1013904223) >> 24));
  const std::string good = jpeg_of(JCS_GRAYSCALE, 1, 64, 64, pixels);
  const support::TemporaryFolder folder;
  const auto notes_of = [&](const std::string& bytes) {
    std::vector<std::string> notes;
    const Array image = read_image(folder.write("p.jpg", bytes), {.notes = &notes});
    CHECK(image.shape() == Shape{64, 64, 1});
    return notes;
  };
  CHECK(notes_of(good).empty());

  const std::string ended_early = good.substr(0, good.size() / 2) + "\xFF\xD9";
  const auto notes = notes_of(ended_early);
  REQUIRE(notes.size() == 1);
  CHECK(contains(notes[0], folder.file("p.jpg") +
                               ": read, but damaged: Corrupt JPEG data: premature end of data"));
  CHECK(read(ended_early).at(63 * 64) == 128);  // grey where nothing is known
  CHECK(read(ended_early).at(0) == read(good).at(0));

  std::string stray = good;
  stray.insert(stray.size() - 2, 3, '\0');  // hurts no pixel
  CHECK(values_of(read(stray)) == values_of(read(good)));
}

TEST_CASE("a progressive JPEG is read, and one with scans without end is refused") {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 64 * 64; ++i) pixels.push_back(static_cast<std::uint8_t>(i / 20));
  const std::string good = jpeg_of(JCS_GRAYSCALE, 1, 64, 64, pixels, JCS_GRAYSCALE, true);
  CHECK(std::abs(read(good).at<int>(2000) - 100) <= 2);
  const std::string scan = good.substr(good.rfind("\xFF\xDA"));
  std::string many = good.substr(0, good.size() - 2);
  for (int i = 0; i < 600; ++i) many.append(scan, 0, scan.size() - 2);
  CHECK(contains(image_error(many + "\xFF\xD9"), "damaged JPEG: it has more than 500 scans"));
}

TEST_CASE("a JPEG that is cut, or only begins as one, is refused") {
  const auto good = jpeg_of(JCS_GRAYSCALE, 1, 64, 64, std::vector<std::uint8_t>(64 * 64, 9));
  for (const std::size_t length :
       {std::size_t{3}, std::size_t{30}, good.size() / 2, good.size() - 2})
    CHECK(contains(image_error(good.substr(0, length)), "/picture: damaged JPEG: "));
}

TEST_CASE("a JPEG damaged at random loads or is refused, and never does anything else") {
  const auto good = jpeg_of(JCS_RGB, 3, 16, 16, std::vector<std::uint8_t>(16 * 16 * 3, 200));
  CHECK(refused_when_damaged(good) > 50);
}

#else

TEST_CASE("without libjpeg a JPEG file is refused with the way out") {
  CHECK(contains(image_error("\xFF\xD8\xFF..."),
                 "JPEG support was not built in; install libjpeg-turbo"));
}

#endif
