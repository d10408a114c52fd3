// SPDX-License-Identifier: MIT
// Readers of CIFAR-10 and CIFAR-100: their binary files, in a folder or in the published archive.
// find_cifar.hpp looks for the files and downloads them.
// Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "tinygrad/data/dataset.hpp"
#include "tinygrad/io/tar.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {

/// Which of the two labels of a CIFAR-100 picture to read: one of 100 classes, or one of 20 groups.
enum class CifarLabels { kFine, kCoarse };

namespace detail {

inline constexpr Index kCifarSide = 32;
/// A picture is its red, green and blue plane, one after the other: (3, 32, 32), in files and in
/// memory.
inline constexpr Index kCifarBytes = 3 * kCifarSide * kCifarSide;

struct CifarFile {
  const char* name;
  bool test;      ///< part of the test set, not of the training set
  Index first;    ///< index of its first picture in that set
  Index records;  ///< each: labels of one byte, then a picture
};

/// The names of a data set's files and their contents.
struct CifarFormat {
  const char* name;     ///< of the data set
  const char* folder;   ///< the folder inside the archive
  const char* archive;  ///< the published archive
  std::vector<CifarFile> files;
  Index labels;             ///< labels in a record
  Index label;              ///< index of the label to read
  int classes;              ///< number of classes of that label
  const char* class_names;  ///< file of class names, one a line; it may be missing
};

inline CifarFormat cifar10_format(Index records = 10000) {
  return {.name = "cifar10",
          .folder = "cifar-10-batches-bin",
          .archive = "cifar-10-binary.tar.gz",
          .files = {{"data_batch_1.bin", false, 0, records},
                    {"data_batch_2.bin", false, records, records},
                    {"data_batch_3.bin", false, 2 * records, records},
                    {"data_batch_4.bin", false, 3 * records, records},
                    {"data_batch_5.bin", false, 4 * records, records},
                    {"test_batch.bin", true, 0, records}},
          .labels = 1,
          .label = 0,
          .classes = 10,
          .class_names = "batches.meta.txt"};
}

inline CifarFormat cifar100_format(CifarLabels labels, Index records = 10000) {
  const bool fine = labels == CifarLabels::kFine;
  return {.name = "cifar100",
          .folder = "cifar-100-binary",
          .archive = "cifar-100-binary.tar.gz",
          .files = {{"train.bin", false, 0, 5 * records}, {"test.bin", true, 0, records}},
          .labels = 2,
          .label = fine ? 1 : 0,
          .classes = fine ? 100 : 20,
          .class_names = fine ? "fine_label_names.txt" : "coarse_label_names.txt"};
}

/// Collects the files of a data set in any order.
class CifarReader {
 public:
  CifarReader(const Op& op, const CifarFormat& format)
      : op_(op), format_(format), found_(format.files.size()) {
    for (const bool test : {false, true}) {
      Index n = 0;
      for (const auto& file : format.files) n += file.test == test ? file.records : 0;
      set(test) = {Array::empty({n, 3, kCifarSide, kCifarSide}, uint8, op),
                   Array::empty({n}, int64, op),
                   format.name,
                   format.classes,
                   {}};
    }
  }

  /// Reads the file `name` of `size` bytes if it belongs to the data set. `path` is for messages.
  /// `stream` is any object with read(void*, Index).
  template <class Stream>
  void take(const std::string& path, const std::string& name, Index size, Stream& stream) {
    if (name == format_.class_names) read_class_names(path, size, stream);
    for (std::size_t i = 0; i < found_.size(); ++i)
      if (name == format_.files[i].name) {
        read_records(path, format_.files[i], size, stream);
        found_[i] = true;
      }
  }

  TrainTestData finish(const std::string& path) {
    for (std::size_t i = 0; i < found_.size(); ++i)
      check<IoError>(found_[i], op_, path, ": holds no ", format_.files[i].name);
    return std::move(out_);
  }

 private:
  ClassificationData& set(bool test) { return test ? out_.test : out_.train; }

  template <class Stream>
  void read_records(const std::string& path, const CifarFile& file, Index size, Stream& stream) {
    const Index record = format_.labels + kCifarBytes, expected = file.records * record;
    check<IoError>(size == expected, op_, path, ": holds ", size, " bytes; ", file.records,
                   " records of ", record, " are ", expected, "; the file is ",
                   size < expected ? "truncated" : "too long");
    auto* labels = set(file.test).targets.data<std::int64_t>() + file.first;
    auto* pixels = set(file.test).inputs.data<std::uint8_t>() + file.first * kCifarBytes;
    constexpr Index kAtOnce = 64;
    std::vector<std::uint8_t> buffer(static_cast<std::size_t>(kAtOnce * record));
    for (Index i = 0; i < file.records; ++i) {
      const auto* const from = buffer.data() + i % kAtOnce * record;
      if (i % kAtOnce == 0)
        stream.read(buffer.data(), std::min(kAtOnce, file.records - i) * record);
      labels[i] = from[format_.label];
      check<IoError>(labels[i] < format_.classes, op_, path, ": the label of record ", i, " is ",
                     labels[i], "; it must be in [0, ", format_.classes - 1, "]");
      std::memcpy(pixels + i * kCifarBytes, from + format_.labels, kCifarBytes);
    }
  }

  template <class Stream>
  void read_class_names(const std::string& path, Index size, Stream& stream) {
    check<IoError>(size <= 1 << 16, op_, path, ": holds ", size,
                   " bytes; at most 65536 are read as names of classes");
    std::string text(static_cast<std::size_t>(size), '\0');
    stream.read(text.data(), size);
    std::vector<std::string> names;
    for (std::size_t start = 0; start < text.size();) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      std::string line = text.substr(start, end - start);
      if (line.ends_with('\r')) line.pop_back();
      if (!line.empty()) names.push_back(std::move(line));
      start = end + 1;
    }
    check<IoError>(static_cast<int>(names.size()) == format_.classes, op_, path, ": holds ",
                   names.size(), " names of classes; there must be ", format_.classes);
    out_.train.class_names = out_.test.class_names = std::move(names);
  }

  Op op_;
  const CifarFormat& format_;
  std::vector<bool> found_;  // for each file of the format
  TrainTestData out_;
};

inline TrainTestData load_cifar(const Op& op, const CifarFormat& format, const std::string& path) {
  CifarReader reader(op, format);
  using tinygrad::detail::is_file;
  if (is_file(path)) {
    TarReader tar(op, path);
    while (tar.next()) {
      const std::string& name = tar.name();
      reader.take(path + ": " + name, name.substr(name.rfind('/') + 1), tar.size(), tar);
    }
    return reader.finish(path);
  }
  const std::string below = path + "/" + format.folder;
  const std::string folder = is_file(below + "/" + format.files[0].name) ? below : path;
  const auto take = [&](const std::string& name) {
    InputFile file(op, folder + "/" + name);
    reader.take(file.path(), name, file.size(), file);
  };
  for (const auto& file : format.files) take(file.name);
  if (is_file(folder + "/" + format.class_names)) take(format.class_names);
  return reader.finish(path);
}

}  // namespace detail

/// Reads CIFAR-10, 50,000 training and 10,000 test pictures, from the folder cifar-10-batches-bin
/// (or its parent) or from cifar-10-binary.tar.gz. Class names come from batches.meta.txt, if
/// present.
/// Shapes  inputs (N, 3, 32, 32) uint8, red, green, blue · targets (N) int64 in [0, 9]
/// Throws  IoError with the file, the expected and the actual content: missing, damaged, wrong
///         size, a label above 9
inline TrainTestData load_cifar10(const std::string& path, At at = At::here()) {
  return detail::load_cifar({"load_cifar10", at}, detail::cifar10_format(), path);
}

/// Reads CIFAR-100 in the same way, from the folder cifar-100-binary (or its parent) or from
/// cifar-100-binary.tar.gz.
/// Shapes  inputs (N, 3, 32, 32) uint8 · targets (N) int64 in [0, 99], or [0, 19] if coarse
/// Throws  IoError as load_cifar10
inline TrainTestData load_cifar100(const std::string& path, CifarLabels labels = CifarLabels::kFine,
                                   At at = At::here()) {
  return detail::load_cifar({"load_cifar100", at}, detail::cifar100_format(labels), path);
}

}  // namespace tinygrad::data
