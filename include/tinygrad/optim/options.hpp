// SPDX-License-Identifier: MIT
// The options of an optimizer as a list: the name, the value and the allowed range of each. One
// list serves to check options, to save them and to restore them.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "tinygrad/core/error.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// The allowed values of an option, from `least` to `most`. The default, for most options, allows
/// finite numbers that are not negative.
struct Range {
  static constexpr double kMax = std::numeric_limits<double>::max();
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  double least = 0, most = kMax;
  bool below_most = false;  ///< excludes `most` itself
};

/// An option as a number: true is 1, an enumerator is its value, an empty option is NaN.
struct Option {
  const char* name;
  double value;
  bool given;
  Range range;
};
using OptionList = std::vector<Option>;

namespace detail {

/// Throws  ValueError with the range if `value` is outside it
inline void check_range(const Op& op, const char* name, double value, const Range& range = {}) {
  if (value >= range.least && (range.below_most ? value < range.most : value <= range.most)) return;
  const bool any_low = range.least == -Range::kMax, any_high = range.most >= Range::kMax;
  const std::string rule =
      any_low && range.most == 0 && !(value < 0)        ? "not be positive"
      : any_high && range.least == 0 && !(value > 0)    ? "not be negative"
      : any_high && !any_low && !(value >= range.least) ? str_cat("be at least ", range.least)
      : any_low || any_high
          ? "be finite"
          : str_cat("be in [", range.least, ", ", range.most, range.below_most ? ')' : ']');
  fail<ValueError>(op, name, "=", value, " must ", rule);
}

/// Checks the rule of most options: finite and not negative.
inline void check_not_negative(const Op& op, const char* name, double value) {
  check_range(op, name, value);
}

inline void check_ranges(const Op& op, const OptionList& options) {
  for (const Option& option : options)
    if (option.given) check_range(op, option.name, option.value, option.range);
}

/// Throws  ValueError if a field cannot hold its number, for example 0.5 for a bool
inline void check_same(const char* owner, const OptionList& given, const OptionList& taken) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    const double number = given[i].value, kept = taken[i].value;
    check<ValueError>(number == kept || (number != number && kept != kept), {owner}, given[i].name,
                      "=", number, " is no value of this option");
  }
}

// Not inlined: growing the vector at every call would be most of the code.
[[gnu::noinline]] inline void add(OptionList& list, const Option& option) {
  list.push_back(option);
}
template <class T>
void add(OptionList& list, const char* name, const T& field, const Range& range) {
  add(list, {name, static_cast<double>(field), true, range});
}
template <class T>
void add(OptionList& list, const char* name, const std::optional<T>& field, const Range& range) {
  if (field) add(list, name, *field, range);
  else add(list, {name, std::numeric_limits<double>::quiet_NaN(), false, range});
}

inline void from_number(double number, double& field) { field = number; }
template <class T> void from_number(double number, T& field) {
  // A number outside the integer's range becomes 0, because its conversion would be undefined.
  field = number > -1e15 && number < 1e15 ? static_cast<T>(number) : T{};
}
template <class T> void from_number(double number, std::optional<T>& field) {
  field.reset();
  if (number == number) from_number(number, field.emplace());
}

/// Lists all options of a struct. Its each(visit) calls visit(name, field) or visit(name, field,
/// range) for every field.
template <class Options> OptionList list_options(Options options) {
  OptionList list;
  options.each([&](const char* name, const auto& field, const Range& range = {}) {
    add(list, name, field, range);
  });
  return list;
}

/// Sets every field to its value in the list.
template <class Options> void assign_options(Options& options, const OptionList& list) {
  auto next = list.begin();
  options.each(
      [&](const char*, auto& field, const Range& = {}) { from_number((next++)->value, field); });
}

/// Throws  ValueError if an option is out of range or breaks a rule of Options::validate(op) about
///         several options
template <class Options> void check_options(const Op& op, const Options& options) {
  check_ranges(op, list_options(options));
  if constexpr (requires { options.validate(op); }) options.validate(op);
}

}  // namespace detail

}  // namespace tinygrad::optim
