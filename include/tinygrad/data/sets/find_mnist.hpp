// SPDX-License-Identifier: MIT
// Where a program gets its digits from: a folder, the user's cache, the web, or the library's own
// pen.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "tinygrad/data/sets/mnist.hpp"
#include "tinygrad/data/sets/synthetic_digits.hpp"
#include "tinygrad/io/download.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

inline constexpr PublishedFile kMnistFiles[] = {
    {"train-images-idx3-ubyte.gz",
     "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971"},
    {"train-labels-idx1-ubyte.gz",
     "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
    {"t10k-images-idx3-ubyte.gz",
     "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
    {"t10k-labels-idx1-ubyte.gz",
     "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"}};

/// Where the files are published.
inline Mirrors mnist_mirrors() {
  return {"https://ossci-datasets.s3.amazonaws.com/mnist/",
          "https://storage.googleapis.com/cvdf-datasets/mnist/"};
}

/// Downloads those of the four files that `directory` (made if need be) does not hold yet.
/// Throws  IoError if no mirror gives a file, with what the last one said
inline void fetch_mnist(const std::string& directory, const Mirrors& mirrors = mnist_mirrors(),
                        At at = At::here()) {
  for (const auto& file : kMnistFiles) fetch_published(directory, file, mirrors, at);
}

/// Both sets of digits, and a sentence for people that says what they are and why.
using MnistData = TrainTestData;

namespace detail {

/// How many of the four files lie in `directory`, in any of their spellings.
inline int count_mnist_files(const std::string& directory) {
  int count = 0;
  for (const auto& file : kMnistFiles) {
    const std::string name = file.name;
    count += !find_mnist_file(directory, name.substr(0, name.size() - 3)).empty();
  }
  return count;
}

/// "DIR/NAME.csv" or that with ".gz", whichever exists; else "".
inline std::string find_csv_file(const std::string& directory, const std::string& name) {
  const std::string plain = directory + "/" + name + ".csv";
  return is_file(plain) ? plain : is_file(plain + ".gz") ? plain + ".gz" : "";
}

/// From train.csv, and test.csv if it has labels; Kaggle's has none, so that some of the digits of
/// train.csv are set aside.
inline MnistData kaggle_mnist_from(const Op& op, const std::string& train, const std::string& test,
                                   const std::string& why, MnistOptions options) {
  std::string description = str_cat("MNIST as CSV from ", train, " (", why, ")");
  if (!test.empty()) {
    const Csv csv = CsvReader(op, test, {.dtype = uint8}).read(op.at);
    if (csv.values.shape()[1] == 1 + kDigitPixels)
      return {read_mnist_csv(train, options, op.at), digits_of(op, test, csv, options),
              description};
  }
  const Index limit = std::exchange(options.limit, 0);
  const ClassificationData all = read_mnist_csv(train, options, op.at);
  const Index held = all.size() / 7, kept = all.size() - held;
  check<IoError>(held > 0, op, train, ": holds ", all.size(),
                 " digits; a seventh is set aside to test with, so it must hold at least 7");
  const auto part = [&](Index first, Index last) {
    if (limit > 0) last = std::min(last, first + limit);
    return ClassificationData{all.inputs.rows(first, last), all.targets.rows(first, last), all.name,
                              all.classes, all.class_names};
  };
  return {part(0, kept), part(kept, all.size()),
          str_cat(description, "; its last ", held, " digits are the test set, for ",
                  test.empty() ? "there is no test.csv" : "test.csv has no labels")};
}

inline MnistData mnist_from(const std::string& directory, const std::string& why,
                            const MnistOptions& options, At at) {
  const Op op{"find_mnist", at};
  if (count_mnist_files(directory) == 0) {
    const std::string train = find_csv_file(directory, "mnist_train");
    const std::string test = find_csv_file(directory, "mnist_test");
    check<IoError>(train.empty() == test.empty(), op, directory, ": holds ",
                   train.empty() ? "mnist_test.csv, but no mnist_train.csv"
                                 : "mnist_train.csv, but no mnist_test.csv");
    if (!train.empty())
      return {read_mnist_csv(train, options, at), read_mnist_csv(test, options, at),
              "MNIST as CSV from " + directory + " (" + why + ")"};
    if (const std::string kaggle = find_csv_file(directory, "train"); !kaggle.empty())
      return kaggle_mnist_from(op, kaggle, find_csv_file(directory, "test"), why, options);
  }
  return {load_mnist(directory, MnistSplit::train, options, at),
          load_mnist(directory, MnistSplit::test, options, at),
          "MNIST from " + directory + " (" + why + ")"};
}

/// True if any file of MNIST lies in `directory`: one is enough to mean it.
inline bool holds_mnist(const std::string& directory) {
  for (const char* name : {"mnist_train", "mnist_test", "train"})
    if (!find_csv_file(directory, name).empty()) return true;
  return count_mnist_files(directory) > 0;
}

inline MnistData digits_because(const std::string& why, const MnistOptions& options) {
  return {synthetic_digits(60000, 1, 0, options), synthetic_digits(10000, 1, 60000, options),
          "synthetic digits drawn by the library, not MNIST: " + why};
}

}  // namespace detail

/// Finds digits to train on. `spec` is a folder with the four IDX files, or mnist_train.csv and
/// mnist_test.csv, or Kaggle's train.csv, whose last seventh becomes the test set unless there is a
/// test.csv with labels (each plain or gzip); or "synthetic"; or "" for the first of these:
/// $TINYGRAD_DATA/mnist, the user's cache, a download into that cache, synthetic digits.
/// Throws  IoError if a folder that was named, or that holds any MNIST file, does not hold all of
///         it undamaged: a wrong path never turns into other data
inline MnistData find_mnist(const std::string& spec = "", const MnistOptions& options = {},
                            const Mirrors& mirrors = mnist_mirrors(), At at = At::here()) {
  if (spec == "synthetic") return detail::digits_because("they were asked for", options);
  if (!spec.empty()) return detail::mnist_from(spec, "the folder that was named", options, at);

  if (const char* root = std::getenv("TINYGRAD_DATA"); root && *root) {
    const std::string folder = std::string(root) + "/mnist";
    if (detail::holds_mnist(folder))
      return detail::mnist_from(folder, "from TINYGRAD_DATA", options, at);
  }
  const std::string cache = user_cache_dir();
  if (cache.empty())
    return detail::digits_because("neither XDG_CACHE_HOME nor HOME says where to keep MNIST",
                                  options);
  const std::string folder = cache + "/mnist";
  if (detail::count_mnist_files(folder) == 4)
    return detail::mnist_from(folder, "the user's cache", options, at);
  try {
    fetch_mnist(folder, mirrors, At{});  // no source line in a sentence for people
  } catch (const IoError& error) {
    return detail::digits_because(
        str_cat("MNIST was not found and could not be fetched (", error.what(),
                "); put its four files into ", folder, " or set TINYGRAD_DATA"),
        options);
  }
  return detail::mnist_from(folder, "downloaded just now", options, at);
}

}  // namespace tinygrad
