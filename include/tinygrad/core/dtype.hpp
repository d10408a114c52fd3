// SPDX-License-Identifier: MIT
// Dtype: the element types that a tensor can hold, chosen at run time. dispatch() calls a template
// with the C++ type of a dtype.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tinygrad/core/error.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// In order of promotion: an operation on two dtypes works in the later one.
enum class Dtype : std::uint8_t { kBool, kUint8, kInt64, kFloat32, kFloat64 };

inline constexpr Dtype bool_ = Dtype::kBool;
inline constexpr Dtype uint8 = Dtype::kUint8;
inline constexpr Dtype int64 = Dtype::kInt64;
inline constexpr Dtype float32 = Dtype::kFloat32;
inline constexpr Dtype float64 = Dtype::kFloat64;

constexpr const char* to_string(Dtype dtype) {
  constexpr const char* names[] = {"bool", "uint8", "int64", "float32", "float64"};
  return names[static_cast<std::size_t>(dtype)];
}

inline Part::Part(Dtype dtype) : Part(to_string(dtype)) {}

constexpr std::size_t size_of(Dtype dtype) {
  constexpr std::size_t sizes[] = {1, 1, 8, 4, 8};
  return sizes[static_cast<std::size_t>(dtype)];
}

constexpr bool is_floating(Dtype dtype) { return dtype >= float32; }

/// The dtype an operation on `a` and `b` works in: bool < uint8 < int64 < float32 < float64.
constexpr Dtype promote(Dtype a, Dtype b) { return a > b ? a : b; }

/// The C++ types that are elements as they stand.
template <class T>
concept Element = std::is_same_v<T, bool> || std::is_same_v<T, std::uint8_t> ||
    std::is_same_v<T, std::int64_t> || std::is_same_v<T, float> || std::is_same_v<T, double>;

template <Element T> constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<T, bool>) return bool_;
  else if constexpr (std::is_same_v<T, std::uint8_t>) return uint8;
  else if constexpr (std::is_same_v<T, std::int64_t>) return int64;
  else if constexpr (std::is_same_v<T, float>) return float32;
  else return float64;
}

/// A C++ type as a value, so that a generic lambda can name it.
template <class T> struct Type { using type = T; };

/// Calls f(Type<T>) with the C++ type of `dtype`.
template <class F> decltype(auto) dispatch(Dtype dtype, F&& f) {
  switch (dtype) {
    case bool_: return f(Type<bool>{});
    case uint8: return f(Type<std::uint8_t>{});
    case int64: return f(Type<std::int64_t>{});
    case float32: return f(Type<float>{});
    default: return f(Type<double>{});
  }
}

/// dispatch() over float32, float64 and int64, the dtypes arithmetic works in.
template <class F> decltype(auto) dispatch_number(const Op& op, Dtype dtype, F&& f) {
  switch (dtype) {
    case int64: return f(Type<std::int64_t>{});
    case float32: return f(Type<float>{});
    case float64: return f(Type<double>{});
    default: fail<DtypeError>(op, "wants numbers, got ", dtype, "; convert with to(x, float32)");
  }
}

/// dispatch() over float32 and float64 only.
template <class F> decltype(auto) dispatch_floating(const Op& op, Dtype dtype, F&& f) {
  switch (dtype) {
    case float32: return f(Type<float>{});
    case float64: return f(Type<double>{});
    default:
      fail<DtypeError>(op, "wants float32 or float64, got ", dtype,
                       "; convert with to(x, float32)");
  }
}

namespace detail {
// Any element of 1, 4 or 8 bytes, for code that only moves them. May alias every type.
struct [[gnu::may_alias]] Word1 {
  std::uint8_t bits;
};
struct [[gnu::may_alias]] Word4 {
  std::uint32_t bits;
};
struct [[gnu::may_alias]] Word8 {
  std::uint64_t bits;
};
}  // namespace detail

/// Calls f(Type<T>) with a plain word of the dtype's size: for moving elements without reading
/// them.
template <class F> void dispatch_size(Dtype dtype, F&& f) {
  switch (size_of(dtype)) {
    case 1: f(Type<detail::Word1>{}); return;
    case 4: f(Type<detail::Word4>{}); return;
    default: f(Type<detail::Word8>{});
  }
}

}  // namespace tinygrad
