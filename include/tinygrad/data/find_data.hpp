// SPDX-License-Identifier: MIT
// find_data(): looks for a published data set in the usual folders, downloads it if the caller
// asks, and draws a synthetic data set if there are no files. All data sets use this function.
#pragma once

#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tinygrad/data/dataset.hpp"
#include "tinygrad/io/download.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {

/// Options of find_mnist, find_cifar10 and the like.
struct FindOptions {
  bool download = false;  ///< download into the user's cache if no folder has the data set
  Index limit = 0;  ///< most samples of each set, from the first; 0: all. Fewer are drawn faster
  Mirrors mirrors = {};  ///< where to download from; empty: the publisher's addresses
};

/// How much of a data set a folder holds.
enum class Holds { kNothing, kPart, kAll };

/// What find_data() needs to know about a data set.
struct DataSource {
  std::string name;      ///< in messages: "CIFAR-10"
  std::string stand_in;  ///< in messages, what `draw` draws: "synthetic shapes"
  /// Folders below a root such as $TINYGRAD_DATA; "" is the root itself. Downloads go into the
  /// first.
  std::vector<std::string> folders;
  std::vector<PublishedFile> files;  ///< the files to download
  Mirrors mirrors;                   ///< the addresses that publish them
  std::function<Holds(const std::string& folder)> holds;
  /// Reads the data set from a folder, or from another path that the data set supports. `why`
  /// becomes part of the description: "the user's cache".
  std::function<TrainTestData(const std::string& path, const std::string& why)> load;
  /// Draws the stand-in, at most `limit` samples of each set; 0: as many as the data set has.
  std::function<TrainTestData(Index limit)> draw;
};

namespace detail {

inline TrainTestData stand_in(const DataSource& source, Index limit, const std::string& why) {
  TrainTestData data = source.draw(limit);
  data.description =
      str_cat(source.stand_in, " drawn by the library, not ", source.name, ": ", why);
  return data;
}

inline TrainTestData load_limited(const DataSource& source, Index limit, const std::string& path,
                                  const std::string& why) {
  TrainTestData data = source.load(path, why);
  if (limit > 0)
    for (ClassificationData* const set : {&data.train, &data.test}) *set = head(*set, limit);
  return data;
}

/// The path of `folder` below `root`. Either may be empty.
inline std::string below(const std::string& root, const std::string& folder) {
  return folder.empty() ? root : root + "/" + folder;
}

}  // namespace detail

/// Finds a data set. `spec` is one of:
/// - a path that source.load() reads;
/// - "synthetic": the stand-in;
/// - "": the first of $TINYGRAD_DATA, ./data, the user's cache, a download into that cache (if
///   options.download), the stand-in.
/// The description names the choice; for a stand-in it also lists the places searched. An
/// incomplete data set in the cache comes from an interrupted download: it is completed or skipped.
/// Throws  IoError from load() if the given path, or a folder with any part of the data set, does
///         not hold all of it intact: a wrong path never gives other data
///         ValueError for a negative limit
inline TrainTestData find_data(const Op& op, const std::string& spec, const DataSource& source,
                               const FindOptions& options) {
  const Index limit = options.limit;
  check<ValueError>(limit >= 0, op, "limit=", limit, " must not be negative; 0 is all samples");
  if (spec == "synthetic") return detail::stand_in(source, limit, "they were asked for");
  if (!spec.empty()) return detail::load_limited(source, limit, spec, "the path that was named");

  struct Root {
    std::string path;
    const char* why;
    bool is_cache;
  };
  const char* const variable = std::getenv("TINYGRAD_DATA");
  const std::string cache = user_cache_dir();
  std::vector<Root> roots;
  if (variable && *variable) roots.push_back({variable, "from TINYGRAD_DATA", false});
  roots.push_back({"data", "the folder ./data", false});
  if (!cache.empty()) roots.push_back({cache, "the user's cache", true});
  std::string looked_at;
  for (const Root& root : roots)
    for (const std::string& folder : source.folders) {
      const std::string path = detail::below(root.path, folder);
      const Holds holds = source.holds(path);
      if (holds == Holds::kAll || (holds == Holds::kPart && !root.is_cache))
        return detail::load_limited(source, limit, path, root.why);
      looked_at += (looked_at.empty() ? "" : ", ") + path;
      if (holds == Holds::kPart) looked_at += " (which holds a part of it)";
    }

  const std::string not_found = str_cat(source.name, " was not found in ", looked_at, ", and ");
  const std::string way_out = str_cat(
      "; put its files into ", detail::below("data", source.folders[0]), " or set TINYGRAD_DATA");
  if (!options.download)
    return detail::stand_in(source, limit, not_found + "a download was not asked for" + way_out);
  if (cache.empty())
    return detail::stand_in(
        source, limit,
        not_found + "neither XDG_CACHE_HOME nor HOME says where to keep it" + way_out);
  const std::string folder = detail::below(cache, source.folders[0]);
  try {
    for (const PublishedFile& file : source.files)  // At{}: no source line in a description
      fetch_published(folder, file, options.mirrors.empty() ? source.mirrors : options.mirrors,
                      At{});
  } catch (const IoError& error) {
    return detail::stand_in(
        source, limit, str_cat(not_found, "could not be fetched (", error.what(), ")", way_out));
  }
  return detail::load_limited(source, limit, folder, "downloaded just now");
}

}  // namespace tinygrad::data
