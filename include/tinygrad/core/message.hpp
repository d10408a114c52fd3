// SPDX-License-Identifier: MIT
// The text of messages. str_cat(part, part, …) makes a string of text, numbers, shapes and dtypes.
// fail<ShapeError>(op, part, …) throws such a text; check<ShapeError>(ok, op, part, …) throws it
// unless `ok`.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>

#include "tinygrad/core/op.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

class Shape;
std::string to_string(const Shape& shape);
enum class Dtype : std::uint8_t;

/// A piece of a message: text, a number, a bool, a shape or a dtype. It refers to its source. It is
/// not a template, so that the code that joins messages is compiled once.
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

/// Text, numbers, shapes and dtypes as one string.
template <class... Parts> std::string str_cat(const Parts&... parts) {
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
