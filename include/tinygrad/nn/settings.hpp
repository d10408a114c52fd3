// SPDX-License-Identifier: MIT
// Settings: builds the text that Module::describe() returns, "HuberLoss(delta=0.5, reduction=sum)".
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "tinygrad/core/message.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn::detail {

class Settings {
 public:
  explicit Settings(std::string type) : text_(std::move(type)) {}

  /// A size or a setting that is always shown.
  Settings& show(Part value) { return add("", value); }
  Settings& show(const char* name, Part value) { return add(name, value); }
  /// A setting that is shown if it is not the default.
  template <class T> Settings& unless(const char* name, const T& value, const T& usual) {
    return value == usual ? *this : add(name, value);
  }

  std::string text() const { return open_ ? text_ + ')' : text_; }

 private:
  Settings& add(std::string_view name, Part value) {
    text_ += open_ ? ", " : "(";
    open_ = true;
    text_ += name;
    if (!name.empty()) text_ += '=';
    value.append_to(text_);
    return *this;
  }

  std::string text_;
  bool open_ = false;
};

}  // namespace tinygrad::nn::detail
