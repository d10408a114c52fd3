// SPDX-License-Identifier: MIT
// The default number of threads: OMP_NUM_THREADS, else the number of cores that this process may
// use, or the container's quota of processor time if that is less. If a process runs more threads
// than its quota, the system stops them in the middle of their work until the next period.
#pragma once

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "tinygrad/core/error.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// A number of threads, and a text that names its source.
struct DefaultThreads {
  int threads;
  std::string source;
};

namespace detail {

/// The bytes of a small file; none if it cannot be read.
inline std::string small_file(const std::string& path) {
  std::string bytes;
  if (std::FILE* file = std::fopen(path.c_str(), "re")) {
    char part[1024];
    for (std::size_t n; (n = std::fread(part, 1, sizeof part, file)) > 0;) bytes.append(part, n);
    std::fclose(file);
  }
  return bytes;
}

/// Returns the part of a text before the next `end`, and removes both from the text.
inline std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

/// True if `word` is in the list, whose words are separated by commas.
inline bool lists(std::string_view list, std::string_view word) {
  while (!list.empty())
    if (take_until(list, ',') == word) return true;
  return false;
}

/// A whole number of at most 18 digits, with blanks around it; else `otherwise`.
inline long long whole_number(std::string_view text, long long otherwise) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return otherwise;
  text = text.substr(first, text.find_last_not_of(blanks) + 1 - first);
  if (text.size() > 18) return otherwise;
  long long number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return otherwise;
    number = 10 * number + (c - '0');
  }
  return number;
}

/// The smallest quota of processor time among a process's control group and the groups above it.
struct CpuQuota {
  double cores = 0;  ///< quota divided by period; 0: there is none
  std::string text;  ///< the file and its content: "cpu.max 200000 100000"

  void lower(double quota, double period, std::string says) {
    if (quota <= 0 || period <= 0 || (cores > 0 && cores <= quota / period)) return;
    cores = quota / period;
    text = std::move(says);
  }

  /// cgroup v2: "200000 100000", "max 100000", or the first number alone.
  void read_v2(const std::string& folder) {
    const std::string bytes = small_file(folder + "/cpu.max");
    std::string_view rest = bytes;
    const std::string_view line = take_until(rest, '\n');
    std::string_view period = line;
    const std::string_view quota = take_until(period, ' ');
    lower(static_cast<double>(whole_number(quota, 0)),
          static_cast<double>(period.empty() ? 100'000 : whole_number(period, 0)),
          str_cat("cpu.max ", line));
  }

  /// cgroup v1: two files, the quota −1 if there is none.
  void read_v1(const std::string& folder) {
    const long long quota = whole_number(small_file(folder + "/cpu.cfs_quota_us"), 0);
    const long long period = whole_number(small_file(folder + "/cpu.cfs_period_us"), 0);
    lower(static_cast<double>(quota), static_cast<double>(period),
          str_cat("cpu.cfs_quota_us ", quota, ", cpu.cfs_period_us ", period));
  }
};

/// A path of mountinfo, where blanks and the like are written as \040.
inline std::string mounted_path(std::string_view text) {
  std::string path;
  const auto octal = [](char c) { return '0' <= c && c <= '7'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) &&
        octal(text[i + 3])) {
      path +=
          static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0');
      i += 3;
    } else {
      path += text[i];
    }
  }
  return path;
}

/// The group that a process is in, of the hierarchy of v2 or of that of v1's cpu controller, from
/// the lines "id:controllers:path" of /proc/self/cgroup. Empty if it is in none.
inline std::string_view group_of_process(std::string_view lines, bool v2) {
  while (!lines.empty()) {
    std::string_view path = take_until(lines, '\n');
    const std::string_view id = take_until(path, ':');
    const std::string_view controllers = take_until(path, ':');
    if (v2 ? id == "0" && controllers.empty() : lists(controllers, "cpu")) return path;
  }
  return {};
}

/// The quota of this process's control groups. Files that are missing or invalid count as no quota.
/// Tests use a tree of their own at `root`.
inline CpuQuota cpu_quota(const std::string& root = "") {
  CpuQuota quota;
  const std::string groups = small_file(root + "/proc/self/cgroup");
  const std::string mounts = small_file(root + "/proc/self/mountinfo");
  std::string_view lines = mounts;
  while (!lines.empty()) {
    // id parent device root-of-the-mount mount-point options … - type source options
    std::string_view line = take_until(lines, '\n');
    std::string_view about = line;
    about.remove_prefix(std::min(about.find(" - "), about.size()));
    for (int i = 0; i < 2; ++i) take_until(about, ' ');
    const std::string_view type = take_until(about, ' ');
    take_until(about, ' ');
    const bool v2 = type == "cgroup2";
    if (!v2 && !(type == "cgroup" && lists(about, "cpu"))) continue;
    for (int i = 0; i < 3; ++i) take_until(line, ' ');
    const std::string top = mounted_path(take_until(line, ' '));
    const std::string folder = root + mounted_path(take_until(line, ' '));
    // The group's path counts from the hierarchy's root, the folder shows what is below `top`. A
    // group that is not below it, as in a container's namespace, is the folder itself.
    std::string below(group_of_process(groups, v2));
    const bool under = top == "/" || (below.starts_with(top) &&
                                      (below.size() == top.size() || below[top.size()] == '/'));
    if (top != "/") below = under ? below.substr(top.size()) : "";
    if (below.find("/..") != below.npos) below.clear();
    while (true) {
      if (v2) quota.read_v2(folder + below);
      else quota.read_v1(folder + below);
      if (below.empty() || below == "/") break;
      below.resize(below.rfind('/') == below.npos ? 0 : below.rfind('/'));
    }
  }
  return quota;
}

/// The cores that this process may run on.
inline int usable_cores() {
#if defined(__linux__)
  for (int most = 1024; most <= 1 << 20; most *= 2) {  // a set that is too small is refused
    cpu_set_t* cores = CPU_ALLOC(static_cast<std::size_t>(most));
    if (!cores) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(most));
    const int count = sched_getaffinity(0, bytes, cores) == 0 ? CPU_COUNT_S(bytes, cores) : 0;
    CPU_FREE(cores);
    if (count > 0) return count;
  }
#endif
  return static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

/// The number of threads in OMP_NUM_THREADS: a number, or several for nested levels, of which the
/// outermost counts. 0 if the text is no number of threads.
inline int threads_wished(std::string_view wish) {
  const long long threads = whole_number(take_until(wish, ','), 0);
  return threads <= 1 << 20 ? static_cast<int>(threads) : 0;
}

}  // namespace detail

/// OMP_NUM_THREADS, which most numerical programs use, or the cores that this process may run on,
/// or the quota of its container, rounded up, if that is less.
inline DefaultThreads default_threads(const std::string& root = "") {
  const char* wish = std::getenv("OMP_NUM_THREADS");
  if (wish)
    if (const int threads = detail::threads_wished(wish); threads > 0)
      return {threads, str_cat("OMP_NUM_THREADS=", wish)};
  DefaultThreads out{detail::usable_cores(), "the cores this process may run on"};
  const detail::CpuQuota quota = detail::cpu_quota(root);
  if (quota.cores > 0 && quota.cores <= out.threads - 1)
    out = {static_cast<int>(std::ceil(quota.cores)),
           str_cat("the quota of this process's control group (", quota.text, ")")};
  if (wish && *wish) out.source += str_cat("; OMP_NUM_THREADS=", wish, " is no number of threads");
  return out;
}

}  // namespace tinygrad
