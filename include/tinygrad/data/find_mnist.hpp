// SPDX-License-Identifier: MIT
// Where a program gets its digits from: a folder, the user's cache, the web, or the library's own
// pen.
#pragma once

#include <cstdlib>
#include <string>

#include "tinygrad/data/download.hpp"
#include "tinygrad/data/mnist.hpp"
#include "tinygrad/data/synthetic_digits.hpp"

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

inline MnistData mnist_from(const std::string& directory, const std::string& why,
                            const MnistOptions& options, At at) {
  const auto csv = [&](const std::string& name) {
    const std::string plain = directory + "/" + name + ".csv";
    return is_file(plain) ? plain : is_file(plain + ".gz") ? plain + ".gz" : std::string();
  };
  const std::string train = csv("mnist_train"), test = csv("mnist_test");
  if (count_mnist_files(directory) == 0 && !train.empty() && !test.empty())
    return {read_mnist_csv(train, options, at), read_mnist_csv(test, options, at),
            "MNIST as CSV from " + directory + " (" + why + ")"};
  return {load_mnist(directory, MnistSplit::train, options, at),
          load_mnist(directory, MnistSplit::test, options, at),
          "MNIST from " + directory + " (" + why + ")"};
}

inline MnistData digits_because(const std::string& why, const MnistOptions& options) {
  return {synthetic_digits(60000, 1, 0, options), synthetic_digits(10000, 1, 60000, options),
          "synthetic digits drawn by the library, not MNIST: " + why};
}

}  // namespace detail

/// Finds digits to train on. `spec` is a folder with the four IDX files or mnist_train.csv and
/// mnist_test.csv (each plain or gzip), or "synthetic", or "" for the first of these:
/// $TINYGRAD_DATA/mnist, the user's cache, a download into that cache, synthetic digits.
/// Throws  IoError if a folder that was named, or that holds any MNIST file, does not hold all of
/// it
///         undamaged: a wrong path never turns into other data
inline MnistData find_mnist(const std::string& spec = "", const MnistOptions& options = {},
                            const Mirrors& mirrors = mnist_mirrors(), At at = At::here()) {
  if (spec == "synthetic") return detail::digits_because("they were asked for", options);
  if (!spec.empty()) return detail::mnist_from(spec, "the folder that was named", options, at);

  if (const char* root = std::getenv("TINYGRAD_DATA"); root && *root) {
    const std::string folder = std::string(root) + "/mnist";
    if (detail::count_mnist_files(folder) > 0)
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
        concat("MNIST was not found and could not be fetched (", error.what(),
               "); put its four files into ", folder, " or set TINYGRAD_DATA"),
        options);
  }
  return detail::mnist_from(folder, "downloaded just now", options, at);
}

}  // namespace tinygrad
