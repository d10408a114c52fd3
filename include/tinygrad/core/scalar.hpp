// SPDX-License-Identifier: MIT
// Scalar: a number that the user passes to an op. It holds an integer without rounding, and tests
// whether a dtype can hold the number.
#pragma once

#include <limits>
#include <type_traits>

#include "tinygrad/core/dtype.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// An integer or a floating number. A function whose tensor may be int64 takes numbers as Scalar: a
/// double would lose integers above 2^53.
class Scalar {
 public:
  template <class T>
  requires std::is_arithmetic_v<T>
  constexpr Scalar(T value) {  // NOLINT: implicit
    if constexpr (std::is_floating_point_v<T>) {
      kind_ = kReal;
      real_ = static_cast<double>(value);
    } else if constexpr (std::is_unsigned_v<T> && sizeof(T) == 8) {
      kind_ =
          value > static_cast<T>(std::numeric_limits<std::int64_t>::max()) ? kNatural : kInteger;
      natural_ = value;
      if (kind_ == kInteger) integer_ = static_cast<std::int64_t>(value);
    } else {
      integer_ = static_cast<std::int64_t>(value);
    }
  }

  /// True for a number of a floating C++ type, with or without a fraction.
  constexpr bool is_floating() const { return kind_ == kReal; }
  /// The dtype of the number alone.
  constexpr Dtype dtype() const { return is_floating() ? float32 : int64; }
  /// The nearest double.
  constexpr double real() const {
    return kind_ == kReal      ? real_
           : kind_ == kInteger ? static_cast<double>(integer_)
                               : static_cast<double>(natural_);
  }
  /// The number for a message, all digits of an integer.
  Part part() const {
    return kind_ == kReal ? Part(real_) : kind_ == kInteger ? Part(integer_) : Part(natural_);
  }

  /// True if the number without its fraction is in [low, high]; not for a NaN.
  bool is_within(std::int64_t low, std::uint64_t high) const {
    if (kind_ == kInteger)
      return integer_ >= low && (integer_ < 0 || static_cast<std::uint64_t>(integer_) <= high);
    if (kind_ == kNatural) return natural_ <= high;
    const double whole = __builtin_trunc(real_);
    return whole >= static_cast<double>(low) && whole < static_cast<double>(high) + 1;
  }
  /// True if an element of `dtype` can hold the number. Integers drop a fraction, as in to(), but
  /// hold no NaN and nothing outside their range; float32 holds no finite number above its largest;
  /// bool holds whether the number is not 0.
  bool fits(Dtype dtype) const {
    switch (dtype) {
      case uint8: return fits<std::uint8_t>();
      case int64: return fits<std::int64_t>();
      case float32: return fits<float>();
      default: return true;
    }
  }
  /// Throws ValueError unless it fits.
  void check_fits(const Op& op, Dtype dtype) const {
    switch (dtype) {
      case uint8: return check_fits<std::uint8_t>(op);
      case int64: return check_fits<std::int64_t>(op);
      case float32: return check_fits<float>(op);
      default: return;
    }
  }

  /// The number as a T. Throws ValueError if T cannot hold it, by the rules of fits().
  template <class T>
  requires std::is_arithmetic_v<T> T to(const Op& op)
  const {
    if constexpr (std::is_same_v<T, bool>) {
      return kind_ == kReal ? real_ != 0 : kind_ == kNatural || integer_ != 0;
    } else {
      check_fits<T>(op);
      return kind_ == kReal      ? static_cast<T>(real_)
             : kind_ == kInteger ? static_cast<T>(integer_)
                                 : static_cast<T>(natural_);
    }
  }

  /// True if a is at most b; false if one is NaN.
  friend bool operator<=(const Scalar& a, const Scalar& b) {
    if (a.kind_ == kInteger && b.kind_ == kInteger) return a.integer_ <= b.integer_;
    return a.real() <= b.real();
  }

 private:
  template <class T> bool fits() const {
    using Limits = std::numeric_limits<T>;
    if constexpr (std::is_integral_v<T>) {
      return is_within(static_cast<std::int64_t>(Limits::min()),
                       static_cast<std::uint64_t>(Limits::max()));
    } else if constexpr (std::is_same_v<T, float>) {
      constexpr double kInf = std::numeric_limits<double>::infinity(), kMost = Limits::max();
      return kind_ != kReal || real_ != real_ || (-kMost <= real_ && real_ <= kMost) ||
             real_ == kInf || real_ == -kInf;
    } else {
      return true;
    }
  }
  template <class T> void check_fits(const Op& op) const {
    if (fits<T>()) [[likely]]
      return;
    using Limits = std::numeric_limits<T>;
    const char* type = std::is_signed_v<T> ? "the signed type" : "the unsigned type";
    if constexpr (Element<T>) type = to_string(dtype_of<T>());
    fail_to_fit(op, type, Limits::lowest(), Limits::max());
  }
  [[noreturn, gnu::noinline, gnu::cold]] void fail_to_fit(const Op& op, const char* type,
                                                          const Scalar& low,
                                                          const Scalar& high) const {
    fail<ValueError>(op, part(), " does not fit into ", type, ", which holds ", low.part(), " to ",
                     high.part());
  }

  enum : std::uint8_t { kInteger, kReal, kNatural } kind_ = kInteger;  // natural: above INT64_MAX
  union {
    std::int64_t integer_ = 0;
    std::uint64_t natural_;
    double real_;
  };
};

namespace detail {
/// True if a U can hold every T.
template <class U, class T>
constexpr bool kHoldsAll = std::is_same_v<U, T> || std::is_same_v<U, bool> ||
                           std::is_same_v<U, double> ||
                           (std::is_same_v<U, float> && std::is_integral_v<T>) ||
                           (std::is_same_v<U, std::int64_t> && std::is_integral_v<T> &&
                            (std::is_signed_v<T> || sizeof(T) < 8)) ||
                           (std::is_integral_v<U> && std::is_same_v<T, bool>);

/// A number as a U. Throws ValueError if it does not fit.
template <class U, class T> U held_as(const Op& op, T value) {
  if constexpr (std::is_same_v<T, Scalar>) return value.template to<U>(op);
  else if constexpr (kHoldsAll<U, T>) return static_cast<U>(value);
  else return Scalar(value).template to<U>(op);
}
}  // namespace detail

}  // namespace tinygrad
