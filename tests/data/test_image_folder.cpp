// SPDX-License-Identifier: MIT
// Tests of data/sets/image_folder.hpp: classes, formats, sizes, errors.
#include <doctest/doctest.h>

#include "support/files.hpp"
#include "support/images.hpp"
#include "tinygrad/data/sets/image_folder.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::message_of;
using support::values_of;

namespace {

/// b/2.PPM red (2 × 1), b/10.pgm grey (2 × 1), a/x.ppm (1 × 1), and things to pass over.
void write_pictures(const support::TemporaryFolder& folder) {
  for (const char* name : {"a", "b", ".hidden"})
    std::filesystem::create_directory(folder.file(name));
  folder.write("notes.txt", "not a class");
  folder.write(".hidden/x.ppm", "broken");
  folder.write("a/x.ppm", "P3 1 1 255 1 2 3");
  folder.write("a/readme.md", "not a picture");
  folder.write("b/2.PPM", "P3 2 1 255 255 0 0 0 0 255");
  folder.write("b/10.pgm", "P2 2 1 255 7 9");
}

}  // namespace

TEST_CASE("each folder is a class, in the order of their names, and grey becomes RGB") {
  const support::TemporaryFolder folder;
  write_pictures(folder);
  folder.write("a/x.ppm", "P3 2 1 255 1 2 3 4 5 6");
  const auto [data, paths, skipped] = read_image_folder(folder.path());
  CHECK_NOTHROW(check_data({"test"}, data));
  CHECK(data.class_names == std::vector<std::string>{"a", "b"});
  CHECK(paths == std::vector<std::string>{folder.file("a/x.ppm"), folder.file("b/10.pgm"),
                                          folder.file("b/2.PPM")});
  CHECK(skipped.empty());
  CHECK(data.inputs.shape() == Shape{3, 3, 1, 2});
  CHECK(values_of(data.targets) == std::vector<double>{0, 1, 1});
  CHECK(values_of(data.inputs) == std::vector<double>{1, 4, 2, 5, 3, 6,  //
                                                      7, 9, 7, 9, 7, 9,  //
                                                      255, 0, 0, 0, 0, 255});
}

TEST_CASE("pictures become grey, and all of one size, where that is asked for") {
  const support::TemporaryFolder folder;
  write_pictures(folder);
  const auto [data, paths, skipped] =
      read_image_folder(folder.path(), {.height = 1, .width = 1, .channels = 1});
  CHECK(data.inputs.shape() == Shape{3, 1, 1, 1});
  CHECK(values_of(data.inputs) ==
        std::vector<double>{2, 8, 53});  // 53: the mean of 76 and 29, rounded
}

TEST_CASE("folders below a class are its own, in torchvision's order, and loops of links end") {
  namespace fs = std::filesystem;
  const support::TemporaryFolder folder;
  const std::string pixel = "P2 1 1 255 7";
  std::vector<std::string> expected;
  // Python sorts the folders as texts: '-' comes before '/'.
  for (const char* in : {"b", "b/x", "b/x-y", "b/x/deep/er", "b/\xC3\xA9"}) {
    fs::create_directories(folder.file(in));
    for (const char* name : {"/10.PGM", "/2.pgm", "/B.pgm", "/a.pgm"})
      expected.push_back(folder.write(in + std::string(name), pixel));
  }
  fs::create_directories(folder.file("b/.hidden"));
  folder.write("b/.hidden/x.pgm", "broken");
  folder.write("b/.x.pgm", "broken");
  fs::create_directories(folder.file("b/folder.pgm"));  // no picture, and nothing in it
  fs::create_directory_symlink("..", folder.file("b/x/loop"));
  fs::create_symlink(folder.file("none"), folder.file("b/dangling"));
  fs::create_directory_symlink("b/x/deep", folder.file("a"));
  for (const char* name : {"a.pgm", "B.pgm", "2.pgm", "10.PGM"})
    expected.insert(expected.begin(), folder.file(std::string("a/er/") + name));
  const auto [data, paths, skipped] = read_image_folder(folder.path());
  CHECK(data.class_names == std::vector<std::string>{"a", "b"});
  CHECK(paths == expected);
}

TEST_CASE("a picture in a format that is not read is an error, not left out without a word") {
  const support::TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("a"));
  folder.write("a/x.pgm", "P2 1 1 255 7");
  folder.write("a/y.webp", "RIFF....WEBP");
  CHECK(contains(message_of<IoError>([&] { read_image_folder(folder.path()); }),
                 folder.file("a/y.webp") + ": is not a picture this library reads"));
  CHECK(read_image_folder(folder.path(), {.skip_unreadable = true}).skipped.size() == 1);
}

TEST_CASE("colours become the grey that Pillow gives them") {
  const auto grey = [](int r, int g, int b) {
    return data::detail::to_planes({"test"}, Array::from<int>({r, g, b}, uint8).reshaped({1, 1, 3}),
                                   1)
        .at(0);
  };
  CHECK(grey(0, 0, 0) == 0);
  CHECK(grey(255, 255, 255) == 255);
  CHECK(grey(255, 0, 0) == 76);
  CHECK(grey(0, 255, 0) == 150);
  CHECK(grey(0, 0, 255) == 29);
  CHECK(grey(1, 1, 2) == 1);
  CHECK(grey(10, 200, 30) == 124);
}

TEST_CASE("pictures of different sizes are an error that says what to do") {
  const support::TemporaryFolder folder;
  write_pictures(folder);
  CHECK(contains(message_of<IoError>([&] { read_image_folder(folder.path()); }),
                 folder.file("b/10.pgm") + ": is 2 × 1, but " + folder.file("a/x.ppm") +
                     " is 1 × 1; set height and width to resize them"));
}

TEST_CASE("a picture that cannot be read is an error with its path, or skipped and listed") {
  const support::TemporaryFolder folder;
  write_pictures(folder);
  folder.write("a/bad.png", "rubbish");
  folder.write("b/0.ppm", "P6 9 9 255\ncut");
  CHECK(contains(
      message_of<IoError>([&] { read_image_folder(folder.path(), {.height = 2, .width = 2}); }),
      folder.file("a/bad.png") + ": is not a picture this library reads"));
  const auto [data, paths, skipped] =
      read_image_folder(folder.path(), {.height = 2, .width = 2, .skip_unreadable = true});
  CHECK(data.inputs.shape() == Shape{3, 3, 2, 2});
  CHECK(values_of(data.targets) == std::vector<double>{0, 1, 1});
  CHECK(paths == std::vector<std::string>{folder.file("a/x.ppm"), folder.file("b/10.pgm"),
                                          folder.file("b/2.PPM")});
  CHECK(values_of(data.inputs.rows(0, 1)) ==
        std::vector<double>{1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3});
  REQUIRE(skipped.size() == 2);
  CHECK(contains(skipped[0], "bad.png: is not a picture"));
  CHECK(contains(skipped[1], "0.ppm: its header says 243 bytes, but 3 follow"));
}

TEST_CASE("folders that are missing, empty or without pictures, and wrong options, are errors") {
  const support::TemporaryFolder folder;
  const auto error = [&](const ImageFolderOptions& options = {}) {
    return message_of<Error>([&] { read_image_folder(folder.path(), options); });
  };
  CHECK(contains(message_of<IoError>([&] { read_image_folder(folder.file("none")); }),
                 "none: cannot open this folder: No such file"));
  CHECK(contains(error(), folder.path() + ": holds no folders; each class needs one"));
  std::filesystem::create_directory(folder.file("a"));
  CHECK(contains(error(), folder.file("a") + ": holds no picture"));
  folder.write("a/x.png", "rubbish");
  CHECK(contains(error({.skip_unreadable = true}), "no picture could be read; the first: "));
  CHECK(contains(error({.channels = 2}), "channels=2 must be 1 or 3"));
  CHECK(contains(error({.height = 3}), "height=3 and width=0 must both be positive, or both 0"));
}
