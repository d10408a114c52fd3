// SPDX-License-Identifier: MIT
// Op: the public name of the operation that runs, and the user's line that called it (At). Every
// error message contains both.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "tinygrad/core/instrumentation.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// The source line of the user's call. Functions take `At at = At::here()` as their last parameter.
struct At {
  const char* file = "";
  int line = 0;

  static constexpr At here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
  /// True for the files of this library: a line of ours tells a user nothing.
  bool in_library() const {
    constexpr std::string_view self = __builtin_FILE();
    constexpr std::string_view root = self.substr(0, self.rfind("core/op.hpp"));
    return std::string_view(file).substr(0, root.size()) == root;
  }
  /// True if it can be the user's: known, and no line of this library or of the standard one, where
  /// a default argument stands if make_unique, emplace_back and the like make the object.
  bool is_users() const {
    return line > 0 && !in_library() &&
           std::string_view(file).find("/include/c++/") == std::string_view::npos;
  }
  /// "train.cpp:41"; "" if it is no line of the user's.
  [[gnu::noinline, gnu::cold]] std::string text() const {
    if (!is_users()) return "";
    const std::string_view path = file;
    return std::string(path.substr(path.find_last_of("/\\") + 1)) + ':' + std::to_string(line);
  }
};

namespace detail {
/// Nanoseconds of a clock that never goes back.
inline std::int64_t nanoseconds() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

/// The last line of the user's that this thread came from; kept while a tool is at work.
inline At& users_line() {
  thread_local At at;
  return at;
}
inline void note_line(At at) {
  if (at.is_users()) users_line() = at;
}
[[gnu::noinline, gnu::cold]] inline std::int64_t begin_watched_op(At at) {
  note_line(at);
  return nanoseconds();
}

/// The op that began last on this thread, for errors in places that no op is handed to: an
/// undefined tensor among its operands, memory that ran out. Kept at the price of three stores, 1
/// ns. It may long be over; so only what is called by ops may ask for it.
struct LatestOp {
  const char* name;
  At at;
};
inline constinit thread_local LatestOp latest_op{};

inline std::int64_t begin_op(const char* name, At at) {
  if (at.line > 0) latest_op = {name, at};
  return any_tool_at_work() ? begin_watched_op(at) : 0;
}
}  // namespace detail

/// The operation being carried out: its public name, where the user called it, and, while a tool is
/// at work, when it began.
struct Op {
  const char* name;
  At at{};
  std::int64_t started = detail::begin_op(name, at);

  /// The user's line. An op that is part of another, or of a module, has a line of ours; then,
  /// while a tool is at work, it is that of the call it is part of.
  At line() const { return started && !at.is_users() ? detail::users_line() : at; }
  /// This op, or, if it has no line of the user's, the one that began last on this thread: for the
  /// errors of what ops call.
  Op or_latest() const {
    const detail::LatestOp& latest = detail::latest_op;
    return at.is_users() || !latest.name ? *this : Op{latest.name, latest.at, started};
  }
};

namespace detail {
inline constinit thread_local const Op* called_op = nullptr;
}

/// While it lives, errors of this thread bear the name and the line of `op`, which the user called
/// and which is made of others: of several, those of the first. For ops alone, as what runs
/// meanwhile must be the library's.
class CalledAs {
 public:
  explicit CalledAs(const Op& op) : before_(detail::called_op) {
    if (!before_) detail::called_op = &op;
  }
  ~CalledAs() { detail::called_op = before_; }
  CalledAs(const CalledAs&) = delete;
  CalledAs& operator=(const CalledAs&) = delete;

 private:
  const Op* before_;
};

}  // namespace tinygrad
