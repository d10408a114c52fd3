// SPDX-License-Identifier: MIT
// find_mnist(): describes MNIST to find_data(), which looks for the files, downloads them if
// asked, or draws synthetic digits. MNIST may lie in IDX files or in CSV files.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>

#include "tinygrad/data/find_data.hpp"
#include "tinygrad/data/sets/mnist.hpp"
#include "tinygrad/data/sets/synthetic_digits.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {

inline constexpr PublishedFile kMnistFiles[] = {
    {"train-images-idx3-ubyte.gz",
     "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971"},
    {"train-labels-idx1-ubyte.gz",
     "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
    {"t10k-images-idx3-ubyte.gz",
     "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
    {"t10k-labels-idx1-ubyte.gz",
     "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"}};

/// The addresses that publish the files.
inline Mirrors mnist_mirrors() {
  return {"https://ossci-datasets.s3.amazonaws.com/mnist/",
          "https://storage.googleapis.com/cvdf-datasets/mnist/"};
}

/// Downloads those of the four files that `directory` does not hold. Creates the directory if
/// needed.
/// Throws  IoError with the last mirror's error if no mirror gives a file
inline void fetch_mnist(const std::string& directory, const Mirrors& mirrors = mnist_mirrors(),
                        At at = At::here()) {
  for (const auto& file : kMnistFiles) fetch_published(directory, file, mirrors, at);
}

namespace detail {

/// How many of the four files `directory` holds, in any of their spellings.
inline int count_mnist_files(const std::string& directory) {
  int count = 0;
  for (const auto& file : kMnistFiles) {
    const std::string name = file.name;
    count += !find_mnist_file(directory, name.substr(0, name.size() - 3)).empty();
  }
  return count;
}

/// "DIR/NAME.csv" or "DIR/NAME.csv.gz", whichever exists; otherwise "".
inline std::string find_csv_file(const std::string& directory, const std::string& name) {
  const std::string plain = directory + "/" + name + ".csv";
  using tinygrad::detail::is_file;
  return is_file(plain) ? plain : is_file(plain + ".gz") ? plain + ".gz" : "";
}

/// Reads train.csv, and test.csv if it has labels. Kaggle's test.csv has none; then the last
/// seventh of train.csv becomes the test set.
inline TrainTestData kaggle_mnist_from(const Op& op, const std::string& train,
                                       const std::string& test, const std::string& why,
                                       const MnistOptions& options) {
  std::string description = str_cat("MNIST as CSV from ", train, " (", why, ")");
  if (!test.empty()) {
    const Csv csv = tinygrad::detail::CsvReader(op, test, {.dtype = uint8}).read(op.at);
    if (csv.values.shape()[1] == 1 + kDigitPixels)
      return {read_mnist_csv(train, options, op.at), digits_of(op, test, csv, options),
              description};
  }
  const ClassificationData all = read_mnist_csv(train, options, op.at);
  const Index held = all.size() / 7, kept = all.size() - held;
  check<IoError>(held > 0, op, train, ": holds ", all.size(),
                 " digits; a seventh is set aside to test with, so it must hold at least 7");
  const auto part = [&](Index first, Index last) {
    return ClassificationData{all.inputs.rows(first, last), all.targets.rows(first, last), all.name,
                              all.classes, all.class_names};
  };
  return {part(0, kept), part(kept, all.size()),
          str_cat(description, "; its last ", held, " digits are the test set, for ",
                  test.empty() ? "there is no test.csv" : "test.csv has no labels")};
}

inline TrainTestData mnist_from(const Op& op, const std::string& directory, const std::string& why,
                                const MnistOptions& options) {
  const At at = op.at;
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
  return {load_mnist(directory, MnistSplit::kTrain, options, at),
          load_mnist(directory, MnistSplit::kTest, options, at),
          "MNIST from " + directory + " (" + why + ")"};
}

/// One IDX file is enough to choose the IDX files. One CSV file counts as the whole data set.
inline Holds holds_mnist(const std::string& directory) {
  const int count = count_mnist_files(directory);
  if (count > 0) return count == int{std::size(kMnistFiles)} ? Holds::kAll : Holds::kPart;
  for (const char* name : {"mnist_train", "mnist_test", "train"})
    if (!find_csv_file(directory, name).empty()) return Holds::kAll;
  return Holds::kNothing;
}

}  // namespace detail

/// Finds MNIST digits with find_data(). `spec` is one of:
/// - a folder with the four IDX files, or mnist_train.csv and mnist_test.csv, or Kaggle's
///   train.csv, each plain or gzip. Without a test.csv that has labels, the last seventh of
///   train.csv becomes the test set;
/// - "synthetic": synthetic_digits;
/// - "": the first of $TINYGRAD_DATA/mnist, ./data/mnist, the user's cache, a download (if
///   options.download), synthetic_digits.
/// Throws  IoError if the given folder, or a folder with any MNIST file, does not hold all of it
///         intact: a wrong path never gives other data
inline TrainTestData find_mnist(const std::string& spec = "", const FindOptions& options = {},
                                const MnistOptions& pictures = {}, At at = At::here()) {
  const Op op{"find_mnist", at};
  const auto drawn = [&](Index count, Index first, Index limit) {
    return synthetic_digits(limit > 0 ? std::min(limit, count) : count, 1, first, pictures);
  };
  return find_data(
      op, spec,
      {.name = "MNIST",
       .stand_in = "synthetic digits",
       .folders = {"mnist"},
       .files = {std::begin(kMnistFiles), std::end(kMnistFiles)},
       .mirrors = mnist_mirrors(),
       .holds = detail::holds_mnist,
       .load = [&](const std::string& path,
                   const std::string& why) { return detail::mnist_from(op, path, why, pictures); },
       .draw =
           [&](Index limit) {
             return TrainTestData{drawn(60000, 0, limit), drawn(10000, 60000, limit)};
           }},
      options);
}

}  // namespace tinygrad::data
