// SPDX-License-Identifier: MIT
// The names of types, for messages and descriptions.
#pragma once

#include <cxxabi.h>

#include <cstdlib>
#include <string>
#include <typeinfo>

#include "tinygrad/version.hpp"

namespace tinygrad::inline TINYGRAD_ABI::detail {

/// A type's name without namespaces, with its template arguments if it has any.
inline std::string type_name(const std::type_info& type) {
  int status = 0;
  char* text = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? text : type.name();
  std::free(text);
  const std::size_t scope = name.rfind("::", name.find('<'));  // before any template arguments
  return scope == std::string::npos ? name : name.substr(scope + 2);
}

}  // namespace tinygrad::detail
