// SPDX-License-Identifier: MIT
// name_and_site(): the text by which the tools name an op and the user's line that called it.
#pragma once

#include <string>

#include "tinygrad/core/message.hpp"

namespace tinygrad::inline TINYGRAD_ABI::debug {

/// "relu at train.cpp:41", or "relu" if the user's line is not known.
inline std::string name_and_site(const char* name, At at) {
  const std::string where = at.text();
  return where.empty() ? name : str_cat(name, " at ", where);
}

}  // namespace tinygrad::debug
