// SPDX-License-Identifier: MIT
// Helpers for tests of error messages: the text of an error, and the name of a line of the test.
#pragma once

#include <string>
#include <string_view>

#include "tinygrad/core/error.hpp"

namespace support {

/// The text of the error that f() throws, or "" if it throws none.
template <class E, class F> std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace support

namespace tinygrad::test {

using support::contains;

/// The text of the library's error that f() throws, or "no error".
template <class F> std::string message_of(F&& f) {
  const std::string message = support::message_of<Error>(f);
  return message.empty() ? "no error" : message;
}

/// How messages name a line of the test's own file: "at test_hooks.cpp:12".
inline std::string at_line(int line, std::string_view file = __builtin_FILE()) {
  return str_cat("at ", file.substr(file.rfind('/') + 1), ":", line);
}

}  // namespace tinygrad::test
