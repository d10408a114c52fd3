// SPDX-License-Identifier: MIT
// The exceptions that users see. A message has the form
//   [op] what is wrong; the rule — at file:line, in module.path (Type)
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "tinygrad/core/message.hpp"
#include "tinygrad/core/op.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Base of every exception this library throws. `what()` is the whole message.
class Error : public std::runtime_error {
 public:
  Error(const Op& op, const std::string& message) : Error(op.name, message, op.at) {}

  const char* what() const noexcept override { return text_.c_str(); }
  const std::string& op() const { return op_; }
  At at() const { return at_; }

  /// The dotted path of the module whose forward failed, for instance "block3.conv".
  const std::string& module_path() const { return path_; }

  /// A module's operator() calls this as the error passes: keeps the user's innermost line.
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

  /// Code that works for the user (a loader, say) calls this as the error passes: adds the place in
  /// its work, as ", in sample 17", and the user's line if the error has none.
  void add_context(const std::string& text, At call = {}) {
    context_ += text;
    if ((at_.line == 0 || at_.in_library()) && call.line > 0) at_ = call;
    compose();
  }

  /// The address of the last module that the error has left; the parent finds its name by it.
  const void* last_module = nullptr;

 private:
  Error(const char* op, const std::string& message, At at)
      : std::runtime_error(message), op_(op), message_(message), at_(at) {
    compose();
  }

  void compose() {
    text_ = "[" + op_ + "] " + message_;
    if (at_.is_users()) text_ += " — at " + at_.text();
    if (!type_.empty())
      text_ += path_.empty() ? ", in " + type_ : ", in " + path_ + " (" + type_ + ")";
    text_ += context_;
  }

  std::string op_, message_, text_, path_, type_, context_;
  At at_;
};

/// Sizes, ranks, dims.
struct ShapeError final : Error {
  using Error::Error;
};
/// Wrong element type.
struct DtypeError final : Error {
  using Error::Error;
};
/// An argument out of its range.
struct ValueError final : Error {
  using Error::Error;
};
/// Misuse of the tape.
struct GraphError final : Error {
  using Error::Error;
};
/// Files, formats, downloads.
struct IoError final : Error {
  using Error::Error;
};
/// State dicts that do not fit.
struct StateError final : Error {
  using Error::Error;
};
/// An allocation that failed.
struct OutOfMemoryError final : Error {
  using Error::Error;
};

}  // namespace tinygrad
