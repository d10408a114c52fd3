// SPDX-License-Identifier: MIT
// Reads pictures from a folder that has one folder for each class.
#pragma once

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tinygrad/data/dataset.hpp"
#include "tinygrad/data/transforms/resize.hpp"
#include "tinygrad/io/image.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {

struct ImageFolderOptions {
  Index height = 0, width = 0;   ///< resize every picture to this; 0: all must have one size
  Index channels = 3;            ///< 3: RGB, 1: grey
  bool skip_unreadable = false;  ///< skip pictures that cannot be read, and list them in `skipped`
  /// Receives read_image's notes on damaged pictures that could still be read.
  std::vector<std::string>* notes = nullptr;
};

struct ImageFolder {
  ClassificationData data;
  std::vector<std::string> paths;    ///< the path of each sample
  std::vector<std::string> skipped;  ///< for each skipped picture, why it could not be read
};

namespace detail {

/// The names in a folder, sorted, except those that begin with a dot.
inline std::vector<std::string> names_in(const Op& op, const std::string& folder) {
  struct Closer {
    DIR* dir;
    ~Closer() { ::closedir(dir); }
  };
  DIR* const dir = ::opendir(folder.c_str());
  check<IoError>(dir != nullptr, op, folder, ": cannot open this folder: ", std::strerror(errno));
  const Closer closer{dir};
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(dir))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

inline bool is_folder(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// Tests the end of the name, in upper or lower case. BMP, TIFF and WebP cannot be read; they are
/// listed so that such a picture causes an error instead of being skipped silently.
inline bool is_picture_name(std::string name) {
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const std::string_view end :
       {".png", ".jpg", ".jpeg", ".ppm", ".pgm", ".pnm", ".bmp", ".tif", ".tiff", ".webp"})
    if (name.ends_with(end)) return true;
  return false;
}

/// The pictures in a folder and in all folders below it, sorted by folder and name. Skips a link
/// that leads back to a folder above.
class PictureFinder {
 public:
  explicit PictureFinder(const Op& op) : op_(op) {}

  std::vector<std::string> find(const std::string& folder) {
    visit(folder);
    std::sort(found_.begin(), found_.end());
    std::vector<std::string> paths;
    for (const auto& [in, name] : found_) paths.push_back(in + "/" + name);
    return paths;
  }

 private:
  void visit(const std::string& folder) {
    struct stat status {};
    check<IoError>(::stat(folder.c_str(), &status) == 0, op_, folder,
                   ": cannot open this folder: ", std::strerror(errno));
    const std::pair own(status.st_dev, status.st_ino);
    if (std::find(above_.begin(), above_.end(), own) != above_.end()) return;
    above_.push_back(own);
    for (const auto& name : names_in(op_, folder)) {
      const std::string path = folder + "/" + name;
      if (is_folder(path)) visit(path);
      else if (is_picture_name(name)) found_.emplace_back(folder, name);
    }
    above_.pop_back();
  }

  Op op_;
  std::vector<std::pair<dev_t, ino_t>> above_;              // the folder in work and its parents
  std::vector<std::pair<std::string, std::string>> found_;  // folder and name of each picture
};

/// Converts the pixels of a file, (H, W, 1 … 4), to planes (channels, H, W). Colours become grey by
/// their luma, rounded as in Pillow. Grey becomes three equal colours. Transparency is dropped.
inline Array to_planes(const Op& op, const Array& pixels, Index channels) {
  const Index H = pixels.shape()[0], W = pixels.shape()[1], C = pixels.shape()[2], plane = H * W;
  const Array out = Array::empty({channels, H, W}, uint8, op);
  const auto* in = pixels.data<std::uint8_t>();
  auto* const to = out.data<std::uint8_t>();
  const bool grey = C <= 2;
  for (Index i = 0; i < plane; ++i, in += C) {
    if (channels == 1)
      to[i] = grey ? in[0]  // 0.299, 0.587 and 0.114, in units of 2^-16
                   : static_cast<std::uint8_t>(
                         (19595 * in[0] + 38470 * in[1] + 7471 * in[2] + 32768) >> 16);
    else
      for (Index c = 0; c < 3; ++c) to[c * plane + i] = in[grey ? 0 : c];
  }
  return out;
}

}  // namespace detail

/// Reads every PNG, JPEG, PGM and PPM file below the subfolders of `directory`. Each subfolder is a
/// class, numbered in the order of names, which is Python's. The samples are in torchvision's
/// order. Names that begin with a dot, files that are not pictures, and files directly in
/// `directory` are skipped. Links are followed.
/// Shapes  data.inputs (N, channels, height, width) uint8 · data.targets (N) int64
/// Throws  IoError with the path: a class without pictures, a picture that cannot be read (such as
///         BMP, TIFF and WebP), or, if no size is given, one of another size than the first
inline ImageFolder read_image_folder(const std::string& directory,
                                     const ImageFolderOptions& options = {}, At at = At::here()) {
  const Op op{"read_image_folder", at};
  check<ValueError>(options.channels == 1 || options.channels == 3, op,
                    "channels=", options.channels, " must be 1 or 3");
  check<ValueError>(
      options.height >= 0 && options.width >= 0 && (options.height > 0) == (options.width > 0), op,
      "height=", options.height, " and width=", options.width, " must both be positive, or both 0");
  ImageFolder folder;
  folder.data.name = directory;
  std::vector<std::int64_t> labels;
  for (const auto& name : detail::names_in(op, directory)) {
    const std::string path = directory + "/" + name;
    if (!detail::is_folder(path)) continue;
    const std::size_t before = folder.paths.size();
    for (auto& file : detail::PictureFinder(op).find(path)) folder.paths.push_back(std::move(file));
    check<IoError>(folder.paths.size() > before, op, path,
                   ": holds no picture (.png, .jpg, .jpeg, .ppm, .pgm, .pnm)");
    labels.resize(folder.paths.size(), folder.data.classes++);
    folder.data.class_names.push_back(name);
  }
  check<IoError>(folder.data.classes > 0, op, directory,
                 ": holds no folders; each class needs one");

  // Decode all pictures in parallel.
  const auto n = static_cast<Index>(folder.paths.size());
  std::vector<Array> images(folder.paths.size());
  std::vector<std::string> faults(folder.paths.size());
  std::vector<std::vector<std::string>> notes(folder.paths.size());
  detail::parallel_or_throw(n, [&](Index k) {
    const auto i = static_cast<std::size_t>(k);
    try {
      images[i] = detail::to_planes(op, read_image(folder.paths[i], {.notes = &notes[i]}, at),
                                    options.channels);
      if (options.height > 0) images[i] = resize_image(images[i], options.height, options.width);
    } catch (const IoError& error) {
      if (!options.skip_unreadable) throw;
      faults[i] = error.what();
    }
  });

  if (options.notes)
    for (auto& own : notes)
      for (auto& note : own) options.notes->push_back(std::move(note));

  // Drop the pictures that could not be read.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (!images[i].defined()) {
      folder.skipped.push_back(std::move(faults[i]));
      continue;
    }
    if (kept == i) {
      ++kept;
      continue;
    }
    images[kept] = std::move(images[i]);
    folder.paths[kept] = std::move(folder.paths[i]);
    labels[kept++] = labels[i];
  }
  images.resize(kept), folder.paths.resize(kept), labels.resize(kept);
  check<IoError>(kept > 0, op, directory, ": no picture could be read; the first: ",
                 folder.skipped.empty() ? "" : folder.skipped[0]);

  const Shape one = images[0].shape();
  Shape shape = one;
  shape.insert(0, static_cast<Index>(kept));
  folder.data.inputs = Array::empty(shape, uint8, op);
  folder.data.targets = Array::from(labels, int64);
  std::byte* out = folder.data.inputs.raw();
  for (std::size_t i = 0; i < kept; ++i) {
    const Shape& own = images[i].shape();
    check<IoError>(own == one, op, folder.paths[i], ": is ", own[2], " × ", own[1], ", but ",
                   folder.paths[0], " is ", one[2], " × ", one[1],
                   "; set height and width to resize them");
    std::memcpy(out, images[i].raw(), images[i].bytes());
    out += images[i].bytes();
    images[i] = {};  // so that memory does not hold each picture twice
  }
  return folder;
}

}  // namespace tinygrad::data
