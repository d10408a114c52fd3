// SPDX-License-Identifier: MIT
// How the tools write down a place in the user's program.
#pragma once

#include <string>
#include <string_view>

#include "tinygrad/core/error.hpp"

namespace tinygrad::inline TINYGRAD_ABI::debug {

/// "train.cpp:41"; "" if it is not known.
inline std::string site(At at) {
  if (!at.is_users()) return "";
  const std::string_view file = at.file;
  return str_cat(file.substr(file.find_last_of("/\\") + 1), ':', at.line);
}

/// "relu at train.cpp:41".
inline std::string name_and_site(const char* name, At at) {
  const std::string where = site(at);
  return where.empty() ? name : str_cat(name, " at ", where);
}

}  // namespace tinygrad::debug
