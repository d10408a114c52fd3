// SPDX-License-Identifier: MIT
// The errors users see, and the one way to raise them: fail<ShapeError>(op, part, part, …).
// A message reads "[op] what is wrong; the rule — at file:line, in module.path (Type)".
#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tinygrad/core/tools.hpp"

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
    constexpr std::string_view root = self.substr(0, self.rfind("core/error.hpp"));
    return std::string_view(file).substr(0, root.size()) == root;
  }
  /// True if it can be the user's: known, and no line of this library or of the standard one, where
  /// a default argument stands if make_unique, emplace_back and the like make the object.
  bool is_users() const {
    return line > 0 && !in_library() &&
           std::string_view(file).find("/include/c++/") == std::string_view::npos;
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

/// Base of every exception this library throws. `what()` is the whole message.
class Error : public std::runtime_error {
 public:
  Error(const Op& op, const std::string& message) : Error(op.name, message, op.at) {}

  const char* what() const noexcept override { return text_.c_str(); }
  const std::string& op() const { return op_; }
  At at() const { return at_; }

  /// The dotted path of the module whose forward failed, for instance "block3.conv".
  const std::string& module_path() const { return path_; }

  /// Called by a module's operator() as the error passes: keeps the user's innermost line.
  void pass_through(At call, std::string_view type, std::string_view child_name, bool innermost) {
    if (innermost) {
      type_ = type;
      if (!at_.is_users() && call.is_users()) at_ = call;
    } else if (!child_name.empty()) {
      path_ = path_.empty() ? std::string(child_name) : std::string(child_name) + "." + path_;
      if (!at_.is_users() && call.is_users()) at_ = call;
    }
    compose();
  }

  /// Called by what works on the user's behalf as the error passes: says where in the work it was,
  /// as ", in sample 17", and gives the user's line if the error has none.
  void add_context(const std::string& text, At call = {}) {
    context_ += text;
    if ((at_.line == 0 || at_.in_library()) && call.line > 0) at_ = call;
    compose();
  }

  /// The module the error was last seen leaving (its address, to find its name in the parent).
  const void* last_module = nullptr;

 private:
  Error(const char* op, const std::string& message, At at)
      : std::runtime_error(message), op_(op), message_(message), at_(at) {
    compose();
  }

  void compose() {
    text_ = "[" + op_ + "] " + message_;
    if (at_.is_users()) {
      const std::string_view file = at_.file;
      const auto slash = file.find_last_of("/\\");
      text_ += " — at ";
      text_ += slash == std::string_view::npos ? file : file.substr(slash + 1);
      text_ += ':';
      text_ += std::to_string(at_.line);
    }
    if (!type_.empty())
      text_ += path_.empty() ? ", in " + type_ : ", in " + path_ + " (" + type_ + ")";
    text_ += context_;
  }

  std::string op_, message_, text_, path_, type_, context_;
  At at_;
};

struct ShapeError final : Error {
  using Error::Error;
};  ///< sizes, ranks, axes
struct DtypeError final : Error {
  using Error::Error;
};  ///< wrong element type
struct ValueError final : Error {
  using Error::Error;
};  ///< an argument out of its range
struct GraphError final : Error {
  using Error::Error;
};  ///< misuse of the tape
struct IoError final : Error {
  using Error::Error;
};  ///< files, formats, downloads
struct StateError final : Error {
  using Error::Error;
};  ///< state dicts that do not fit
struct OutOfMemoryError final : Error {
  using Error::Error;
};  ///< an allocation that failed

class Shape;
std::string to_string(const Shape& shape);
enum class Dtype : std::uint8_t;

/// A piece of a message: text, a number, a truth, a shape or a dtype. Borrows what it is made from.
/// It is no template, so that a message is put together by code that is compiled once.
class Part {
 public:
  Part(const char* text) : kind_(kText), text_(text) {}         // NOLINT: all are implicit
  Part(std::string_view text) : kind_(kText), text_(text) {}    // NOLINT
  Part(const std::string& text) : kind_(kText), text_(text) {}  // NOLINT
  Part(char c) : kind_(kCharacter), character_(c) {}            // NOLINT
  Part(double value) : kind_(kReal), real_(value) {}            // NOLINT
  Part(const Shape& shape) : kind_(kShape), shape_(&shape) {}   // NOLINT
  Part(Dtype dtype);                                            // NOLINT
  template <std::integral T> Part(T value) {                    // NOLINT
    if constexpr (std::same_as<T, bool>) *this = Part(value ? "true" : "false");
    else if constexpr (std::signed_integral<T>) kind_ = kInteger, integer_ = value;
    else kind_ = kNatural, natural_ = value;
  }

  void append_to(std::string& out) const {
    char number[32];
    switch (kind_) {
      case kText: out += text_; return;
      case kCharacter: out += character_; return;
      case kInteger: out += std::to_string(integer_); return;
      case kNatural: out += std::to_string(natural_); return;
      case kShape: out += to_string(*shape_); return;
      case kReal:
        if (real_ != real_) {
          out += "nan";  // without the sign that printf shows
        } else {
          std::snprintf(number, sizeof number, "%.6g", real_);
          out += number;
        }
    }
  }

 private:
  enum { kText, kCharacter, kInteger, kNatural, kReal, kShape } kind_;
  union {
    std::string_view text_;
    char character_;
    std::int64_t integer_;
    std::uint64_t natural_;
    double real_;
    const Shape* shape_;
  };
};

namespace detail {
inline std::string join(std::initializer_list<Part> parts) {
  std::string out;
  for (const Part& part : parts) part.append_to(out);
  return out;
}

template <class E>
[[noreturn, gnu::noinline, gnu::cold]] void raise(const Op& op, std::initializer_list<Part> parts) {
  throw E(called_op ? *called_op : op, join(parts));
}
}  // namespace detail

/// Joins text, numbers, shapes and dtypes into one string.
template <class... Parts> std::string concat(const Parts&... parts) {
  return detail::join({Part(parts)...});
}

/// Throws E with the op's name in brackets, the joined parts, and the user's line.
template <class E, class... Parts> [[noreturn]] void fail(const Op& op, const Parts&... parts) {
  detail::raise<E>(op, {Part(parts)...});
}

/// fail<E>(op, parts…) unless `ok`.
template <class E, class... Parts> void check(bool ok, const Op& op, const Parts&... parts) {
  if (!ok) [[unlikely]]
    detail::raise<E>(op, {Part(parts)...});
}

}  // namespace tinygrad
