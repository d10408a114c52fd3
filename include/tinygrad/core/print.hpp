// SPDX-License-Identifier: MIT
// The text of an Array, in the form in which xtensor prints. xtensor's own printer took 3 % of the
// time to compile tensor.hpp, and needed detours for the signs of NaNs, for uint8 and for the
// smallest int64.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <limits>
#include <ostream>
#include <string>
#include <type_traits>
#include <vector>

#include "tinygrad/core/array.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
/// Numbers as texts that stand in columns: with as many digits after the point as the one that
/// needs most, up to `precision`, or all as powers of ten if one is below 1e-5 or from 1e7 on.
/// `width` is that of a column.
template <std::floating_point T>
std::vector<std::string> texts_of(const std::vector<T>& values, int precision, int& width) {
  T most = 0;
  precision = std::max(precision, 0);
  int digits = 0;
  bool powers = false, long_powers = false;
  for (const T v : values) {
    if (v == 0 || !std::isfinite(v)) continue;
    const int exponent = 1 + static_cast<int>(std::log10(std::fabs(v)));
    powers = powers || exponent <= -5 || exponent > 7;
    long_powers = long_powers || exponent <= -100 || exponent >= 100;
    most = std::max(most, std::fabs(v));
    for (double scaled = v * std::pow(10.0, digits);
         digits < precision && std::floor(scaled) != scaled;)
      scaled = v * std::pow(10.0, ++digits);
  }
  if (powers) {
    digits = precision;
    width = (digits ? 7 : 6) + digits + (long_powers ? 1 : 0);  // sign, d., e+00
  } else {
    const T whole = std::floor(most);
    width = (digits ? 3 : 2) + digits + (whole != 0 ? static_cast<int>(std::log10(whole)) : 0);
  }

  std::vector<std::string> texts;
  for (const T value : values) {
    const double v = value == value ? value : std::numeric_limits<double>::quiet_NaN();
    // to_chars, because printf writes the decimal point of the program's locale.
    std::string text(static_cast<std::size_t>(digits) + 330, ' ');  // the largest double has 309
    const auto format = powers ? std::chars_format::scientific : std::chars_format::fixed;
    char* const end_of_text =
        std::to_chars(text.data(), text.data() + text.size(), v, format, digits).ptr;
    text.resize(static_cast<std::size_t>(end_of_text - text.data()));
    const auto least = static_cast<std::size_t>(width);
    if (text.size() < least) text.insert(0, least - text.size(), ' ');
    if (!powers && digits == 0 && std::isfinite(v)) text += '.';
    if (!powers)
      for (auto end = text.rbegin(); *end == '0'; ++end) *end = ' ';
    if (long_powers && text[text.size() - 4] == 'e')
      text = text.substr(1, text.size() - 3) + '0' + text.substr(text.size() - 2);
    texts.push_back(text);
  }
  return texts;
}

/// Integers as texts of one width.
inline std::vector<std::string> texts_of(const std::vector<std::int64_t>& values, int, int& width) {
  std::vector<std::string> texts;
  std::size_t digits = 1, sign = 0;
  for (const std::int64_t v : values) {
    texts.push_back(std::to_string(v));
    if (v < 0) sign = 1;
    digits = std::max(digits, texts.back().size() - (v < 0 ? 1 : 0));
  }
  width = static_cast<int>(digits + sign);
  for (std::string& text : texts) text.insert(0, digits + sign - text.size(), ' ');
  return texts;
}

/// The places of the elements that are printed: of a dim longer than 2·edge, `edge` at each end, if
/// edge is not 0.
inline void find_shown(const Shape& shape, Index edge, int dim, Index first,
                       std::vector<Index>& shown) {
  if (dim == shape.rank()) return shown.push_back(first);
  const Index n = shape[dim], step = shape.product(dim + 1, shape.rank());
  for (Index i = 0; i < n; ++i) {
    if (edge && n > 2 * edge && i == edge) i = n - edge;
    find_shown(shape, edge, dim + 1, first + i * step, shown);
  }
}

/// Writes the texts of the elements shown, from texts[next] on, in nested braces.
inline void write_braces(const Shape& shape, Index edge, int dim, int per_line,
                         const std::vector<std::string>& texts, std::size_t& next,
                         std::string& out) {
  if (dim == shape.rank()) {
    out += texts[next++];
    return;
  }
  const bool numbers = dim + 1 == shape.rank();
  const std::string new_line = '\n' + std::string(static_cast<std::size_t>(dim) + 1, ' ');
  const Index n = shape[dim];
  int on_line = 0;
  out += '{';
  for (Index i = 0; i < n; ++i) {
    if (edge && n > 2 * edge && i == edge) {
      out += "..., ";
      if (!numbers) out += new_line;
      i = n - edge;
    }
    if (numbers && per_line > 0 && on_line >= per_line) {
      out += new_line;
      on_line = 0;
    }
    write_braces(shape, edge, dim + 1, per_line, texts, next, out);
    ++on_line;
    if (i + 1 == n) continue;
    out += ',';
    out += numbers ? " " : new_line;
  }
  out += '}';
}

/// Of more than 1000 elements only the ends are shown; lines hold 75 characters.
inline std::string text_of(const Array& a, int precision) {
  if (a.count() == 0) return "{}";
  const Index edge = a.count() > 1000 ? 3 : 0;
  std::vector<Index> shown;
  find_shown(a.shape(), edge, 0, 0, shown);

  int width = 5;
  std::vector<std::string> texts;
  dispatch(a.dtype(), [&]<class T>(Type<T>) {
    using Value = std::conditional_t<std::is_integral_v<T>, std::int64_t, T>;
    std::vector<Value> values;
    for (const Index i : shown) values.push_back(static_cast<Value>(a.data<T>()[i]));
    if constexpr (std::is_same_v<T, bool>)
      for (const Value v : values) texts.push_back(v ? " true" : "false");
    else texts = texts_of(values, precision, width);
  });

  std::string out;
  std::size_t next = 0;
  write_braces(a.shape(), edge, 0, 75 / (width + 2), texts, next, out);
  return out;
}
}  // namespace detail

/// Prints values the way xtensor prints them, then shape and dtype when rank > 0. Every NaN is
/// "nan".
template <class Stream>
requires std::derived_from<Stream, std::ostream> Stream& operator<<(Stream& out, const Array& a) {
  if (!a.defined()) {
    out << "undefined";
    return out;
  }
  out << detail::text_of(a, static_cast<int>(out.precision()));
  if (a.rank() > 0) out << "  " << to_string(a.dtype()) << ' ' << to_string(a.shape());
  return out;
}

}  // namespace tinygrad
