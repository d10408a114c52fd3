// SPDX-License-Identifier: MIT
// Where a program gets its coloured pictures from: a folder, the user's cache, the web if it is
// allowed to, or the library's own brush.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tinygrad/data/sets/cifar.hpp"
#include "tinygrad/data/sets/synthetic_shapes.hpp"
#include "tinygrad/io/download.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

inline constexpr PublishedFile kCifar10File = {
    "cifar-10-binary.tar.gz", "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"};
inline constexpr PublishedFile kCifar100File = {
    "cifar-100-binary.tar.gz", "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"};

/// Where the archives are published.
inline Mirrors cifar_mirrors() { return {"https://www.cs.toronto.edu/~kriz/"}; }

struct FindCifarOptions {
  bool download = false;  ///< 170 MB, into the user's cache, if the data are nowhere else
  Index limit = 0;  ///< of the pictures of each set, from the first; 0: all. Fewer are drawn faster
  Mirrors mirrors = cifar_mirrors();
};

namespace detail {

inline std::string find_cifar_in(const CifarFormat& format, const std::string& directory) {
  for (const auto& file : format.files)  // one is enough to mean it: the reader asks for the others
    if (is_file(directory + "/" + format.folder + "/" + file.name))
      return directory + "/" + format.folder;
  const std::string archive = directory + "/" + format.archive;
  return is_file(archive) ? archive : "";
}

inline TrainTestData cifar_from(const Op& op, const CifarFormat& format, const std::string& path,
                                const std::string& why, Index limit) {
  TrainTestData data = load_cifar(op, format, path);
  if (limit > 0)
    for (ClassificationData* const set : {&data.train, &data.test}) *set = head(*set, limit);
  data.description =
      str_cat(format.labels == 1 ? "CIFAR-10" : "CIFAR-100", " from ", path, " (", why, ")");
  return data;
}

inline TrainTestData shapes_because(const std::string& why, Index limit) {
  const auto limited = [limit](Index n) { return limit > 0 ? std::min(limit, n) : n; };
  return {synthetic_shapes(limited(50000), 1, 0), synthetic_shapes(limited(10000), 1, 50000),
          "synthetic shapes drawn by the library, not CIFAR: " + why};
}

inline TrainTestData find_cifar(const Op& op, const CifarFormat& format, const PublishedFile& file,
                                const std::string& spec, const FindCifarOptions& options) {
  if (spec == "synthetic") return shapes_because("they were asked for", options.limit);
  if (!spec.empty()) return cifar_from(op, format, spec, "the path that was named", options.limit);

  struct Place {
    std::string directory;
    const char* why;
  };
  const char* root = std::getenv("TINYGRAD_DATA");
  const std::string cache = user_cache_dir();
  std::vector<Place> places;
  if (root && *root) places.push_back({root, "from TINYGRAD_DATA"});
  places.push_back({"data", "the folder ./data"});
  if (!cache.empty()) places.push_back({cache + "/cifar", "the user's cache"});
  for (const auto& [directory, why] : places)
    if (const auto path = find_cifar_in(format, directory); !path.empty())
      return cifar_from(op, format, path, why, options.limit);

  const std::string way_out = str_cat("put ", format.archive, " into ./data or set TINYGRAD_DATA");
  if (!options.download)
    return shapes_because(
        str_cat(format.name, " was not found, and a download was not asked for; ", way_out),
        options.limit);
  if (cache.empty())
    return shapes_because("neither XDG_CACHE_HOME nor HOME says where to keep CIFAR",
                          options.limit);
  const std::string folder = cache + "/cifar";
  try {
    fetch_published(folder, file, options.mirrors, At{});  // no source line in a text for people
  } catch (const IoError& error) {
    return shapes_because(str_cat(format.name, " was not found and could not be fetched (",
                                  error.what(), "); ", way_out),
                          options.limit);
  }
  return cifar_from(op, format, folder + "/" + format.archive, "downloaded just now",
                    options.limit);
}

}  // namespace detail

/// Finds CIFAR-10. `spec` is a folder or archive as load_cifar10 reads it, or "synthetic", or ""
/// for the first of these that holds it, as folder or archive: $TINYGRAD_DATA, ./data, the user's
/// cache, a download if options.download; else synthetic_shapes, ten classes too, and the
/// description says why.
/// Throws  IoError if a path that was named, or that holds any file of CIFAR-10, does not hold all
///         of it undamaged: a wrong path never turns into other data
inline TrainTestData find_cifar10(const std::string& spec = "",
                                  const FindCifarOptions& options = {}, At at = At::here()) {
  return detail::find_cifar({"find_cifar10", at}, detail::cifar10_format(), kCifar10File, spec,
                            options);
}

/// Finds CIFAR-100 in the same way. The synthetic shapes that stand in for it have ten classes.
inline TrainTestData find_cifar100(const std::string& spec = "",
                                   CifarLabels labels = CifarLabels::fine,
                                   const FindCifarOptions& options = {}, At at = At::here()) {
  return detail::find_cifar({"find_cifar100", at}, detail::cifar100_format(labels), kCifar100File,
                            spec, options);
}

}  // namespace tinygrad
