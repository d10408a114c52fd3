// SPDX-License-Identifier: MIT
// type_name(): the name of a C++ type, for messages and descriptions.
#pragma once

#include <cxxabi.h>

#include <cstdlib>
#include <string>
#include <typeinfo>

#include "tinygrad/version.hpp"

namespace tinygrad::inline TINYGRAD_ABI::detail {

/// A type's name without namespaces, with its template arguments if it has any. The arguments keep
/// their namespaces, except the inline one, which no user writes.
inline std::string type_name(const std::type_info& type) {
  int status = 0;
  char* text = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? text : type.name();
  std::free(text);
  const std::string inner = std::string(inner_namespace) + "::";
  for (std::size_t at; (at = name.find(inner)) != std::string::npos;) name.erase(at, inner.size());
  const std::size_t scope = name.rfind("::", name.find('<'));  // before any template arguments
  return scope == std::string::npos ? name : name.substr(scope + 2);
}

/// The name of the type of an object that is a T or derived from it. A program without RTTI knows
/// only the base class, whose name is `base`.
template <class T> std::string dynamic_type_name(const T& object, const char* base) {
#if defined(__cpp_rtti)
  static_cast<void>(base);
  return type_name(typeid(object));
#else
  static_cast<void>(object);
  return base;
#endif
}

}  // namespace tinygrad::inline TINYGRAD_ABI::detail
