// SPDX-License-Identifier: MIT
// The rules of the floors (which file may include which) as data, and a checker of them. The
// checker gets the includes as an argument; it reads no files.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace floors {

/// Path under include/ ("tinygrad/core/shape.hpp") → what stands between its #include's marks.
using Includes = std::map<std::string, std::vector<std::string>>;

/// For each floor, which is a folder with its rooms, the floors that it may see besides itself. Only
/// ever downwards.
inline const std::map<std::string, std::set<std::string>> kMaySee = {
    {"core", {}},
    {"io", {"core"}},
    {"kernels", {"core"}},
    {"data", {"core", "io", "autograd"}},
    {"autograd", {"core", "kernels"}},
    {"ops", {"core", "kernels", "autograd"}},
    {"nn", {"core", "io", "kernels", "autograd", "ops"}},
    {"optim", {"core", "io", "kernels", "autograd"}},
    {"debug", {"core", "io", "kernels", "autograd", "ops", "nn", "optim", "data"}},
    {"train", {"core", "io", "kernels", "autograd", "ops", "nn", "optim", "data"}},
};

/// Other people's headers that one file alone, or none (""), may include, by the start of their path.
inline const std::map<std::string, std::string> kOnlyIn = {
    {"xtensor/", "tinygrad/core/xtensor.hpp"},
    {"xtl/", "tinygrad/core/xtensor.hpp"},
    {"xtensor-blas/", ""},  // a dependency of the tests alone
    {"nlohmann/", ""},      // likewise
    {"cblas.h", ""},
    {"sys/ioctl.h",
     ""},  // these define macros that break other headers: NCC, B0, CTRL, ECHO, major, minor
    {"termios.h", ""},
    {"sys/sysmacros.h", ""},
    {"resolv.h", ""},
    {"curses.h", ""},
    {"complex.h", ""},
};

/// The first folder: "kernels" for "tinygrad/kernels/conv/direct.hpp"; "" for the doors, which lie beside
/// the folders.
inline std::string floor_of(const std::string& header) {
  const auto first = header.find('/'), second = header.find('/', first + 1);
  return second == std::string::npos ? "" : header.substr(first + 1, second - first - 1);
}

inline bool is_door(const std::string& header) {
  return floor_of(header).empty() && header != "tinygrad/version.hpp";
}

/// What one #include of one file breaks; "" if nothing.
inline std::string fault(const std::string& header, const std::string& included) {
  const std::string edge = header + " includes " + included + ": ";
  for (const auto& [start, owner] : kOnlyIn)
    if (included.starts_with(start) && header != owner)
      return edge + (owner.empty() ? "no file" : "only " + owner) + " may";
  if (!included.starts_with("tinygrad/") || is_door(header)) return "";
  if (included == "tinygrad/core/begin.hpp" || included == "tinygrad/core/end.hpp") return "";
  if (is_door(included)) return edge + "no file inside includes a door";
  const std::string from = floor_of(header), to = floor_of(included);
  if (to.empty() || from == to) return "";
  const auto row = kMaySee.find(from);
  if (row == kMaySee.end()) return edge + "the folder " + from + " has no floor";
  return row->second.contains(to) ? "" : edge + from + " may not see " + to;
}

/// The files of one loop of includes, first one repeated at the end; empty if there is none.
inline std::vector<std::string> find_loop(const Includes& files) {
  std::set<std::string> finished;
  std::vector<std::string> path;
  const auto visit = [&](const auto& self, const std::string& file) -> bool {
    for (std::size_t i = 0; i < path.size(); ++i)
      if (path[i] == file) {
        path.erase(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(i));
        path.push_back(file);
        return true;
      }
    if (finished.contains(file) || !files.contains(file)) return false;
    path.push_back(file);
    for (const auto& next : files.at(file))
      if (self(self, next)) return true;
    path.pop_back();
    finished.insert(file);
    return false;
  };
  for (const auto& [file, included] : files)
    if (visit(visit, file)) return path;
  return {};
}

/// Everything that is wrong, one line each.
inline std::vector<std::string> faults(const Includes& files) {
  std::vector<std::string> found;
  for (const auto& [header, includes] : files)
    for (const auto& included : includes)
      if (auto text = fault(header, included); !text.empty()) found.push_back(std::move(text));
  if (const auto loop = find_loop(files); !loop.empty()) {
    std::string text = "a loop:";
    for (const auto& file : loop) text += " " + file;
    found.push_back(text);
  }
  return found;
}

}  // namespace floors
