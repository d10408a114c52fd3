// SPDX-License-Identifier: MIT
// find_cifar10() and find_cifar100(): describe CIFAR to find_data(), which looks for the files,
// downloads them if asked, or draws synthetic shapes.
#pragma once

#include <algorithm>
#include <string>

#include "tinygrad/data/find_data.hpp"
#include "tinygrad/data/sets/cifar.hpp"
#include "tinygrad/data/sets/synthetic_shapes.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {

inline constexpr PublishedFile kCifar10File = {
    "cifar-10-binary.tar.gz", "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"};
inline constexpr PublishedFile kCifar100File = {
    "cifar-100-binary.tar.gz", "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"};

/// The addresses that publish the archives.
inline Mirrors cifar_mirrors() { return {"https://www.cs.toronto.edu/~kriz/"}; }

namespace detail {

inline constexpr const char* kCifarFolder = "cifar";  // the folder below a root for downloads

/// The path of the data set's archive or unpacked folder in `directory`; "" if neither is there.
inline std::string find_cifar_in(const CifarFormat& format, const std::string& directory) {
  using tinygrad::detail::is_file;
  for (const auto& file : format.files)  // one file suffices: the reader reports missing ones
    if (is_file(directory + "/" + format.folder + "/" + file.name))
      return directory + "/" + format.folder;
  const std::string archive = directory + "/" + format.archive;
  return is_file(archive) ? archive : "";
}

inline TrainTestData find_cifar(const Op& op, const CifarFormat& format, const PublishedFile& file,
                                const std::string& spec, const FindOptions& options) {
  const char* const name = format.labels == 1 ? "CIFAR-10" : "CIFAR-100";
  return find_data(
      op, spec,
      {.name = name,
       .stand_in = "synthetic shapes",
       .folders = {kCifarFolder, ""},
       .files = {file},
       .mirrors = cifar_mirrors(),
       .holds =
           [&](const std::string& folder) {
             return find_cifar_in(format, folder).empty() ? Holds::kNothing : Holds::kAll;
           },
       .load =
           [&](const std::string& path, const std::string& why) {
             const std::string found = find_cifar_in(format, path);
             const std::string& from = found.empty() ? path : found;
             TrainTestData data = load_cifar(op, format, from);
             data.description = str_cat(name, " from ", from, " (", why, ")");
             return data;
           },
       .draw =
           [](Index limit) {
             const auto limited = [limit](Index n) { return limit > 0 ? std::min(limit, n) : n; };
             return TrainTestData{synthetic_shapes(limited(50000), 1, 0),
                                  synthetic_shapes(limited(10000), 1, 50000)};
           }},
      options);
}

}  // namespace detail

/// Finds CIFAR-10 with find_data(). `spec` is one of:
/// - a folder or archive that load_cifar10 reads;
/// - "synthetic": synthetic_shapes, which also has ten classes;
/// - "": the first folder or archive in $TINYGRAD_DATA/cifar, $TINYGRAD_DATA, ./data/cifar, ./data,
///   the user's cache, a download of 170 MB (if options.download); otherwise synthetic_shapes, and
///   the description gives the reason.
/// Throws  IoError if the given path, or a path with any file of CIFAR-10, does not hold all of it
///         intact: a wrong path never gives other data
inline TrainTestData find_cifar10(const std::string& spec = "", const FindOptions& options = {},
                                  At at = At::here()) {
  return detail::find_cifar({"find_cifar10", at}, detail::cifar10_format(), kCifar10File, spec,
                            options);
}

/// Finds CIFAR-100 in the same way. Its stand-in, the synthetic shapes, has ten classes.
inline TrainTestData find_cifar100(const std::string& spec = "", const FindOptions& options = {},
                                   CifarLabels labels = CifarLabels::kFine, At at = At::here()) {
  return detail::find_cifar({"find_cifar100", at}, detail::cifar100_format(labels), kCifar100File,
                            spec, options);
}

}  // namespace tinygrad::data
