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
  /// True for the files of this library, whose lines tell a user nothing.
  bool in_library() const {
    const std::string_view path = file;
#ifdef TINYGRAD_COMPILED
    // A header of declarations; the bodies lie elsewhere. No two machines have it in the same folder.
    if (path.find("tinygrad-compiled/tinygrad/") != path.npos) return true;
#endif
    constexpr std::string_view self = __builtin_FILE();
    constexpr std::string_view root = self.substr(0, self.rfind("core/op.hpp"));
    return path.substr(0, root.size()) == root;
  }
  /// True if the line can be the user's: it is known, and not in this library or the standard
  /// library. A default argument gives a line there if make_unique, emplace_back and the like make
  /// the object.
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

/// The last line of the user's from which this thread called; kept while a tool is active.
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

/// The op that began last on this thread. It serves errors in places that get no op: an undefined
/// tensor among the operands, memory that ran out. It costs three stores, 1 ns. The op may have
/// ended long ago; therefore only functions that ops call may use it.
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

/// The operation that runs: its public name, the line of the user's call, and, while a tool is
/// active, the time when it began.
struct Op {
  const char* name;
  At at{};
  std::int64_t started = detail::begin_op(name, at);

  /// The user's line. An op that is part of another op, or of a module, has a line of this library;
  /// while a tool is active, it has the line of the user's call instead.
  At line() const { return started && !at.is_users() ? detail::users_line() : at; }
  /// This op, or, if it has no line of the user's, the op that began last on this thread. It serves
  /// the errors of functions that ops call.
  Op or_latest() const {
    const detail::LatestOp& latest = detail::latest_op;
    return at.is_users() || !latest.name ? *this : Op{latest.name, latest.at, started};
  }
};

namespace detail {
inline constinit thread_local const Op* called_op = nullptr;
}

/// While it lives, errors of this thread have the name and the line of `op`, which the user called
/// and which is made of other ops. Of nested ones the outermost counts. Only for ops, because no
/// user code may run meanwhile.
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
