// SPDX-License-Identifier: MIT
// Reader of tables of numbers from CSV files (RFC 4180 and its usual variants). It gives no
// meaning to the columns.
#pragma once

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tinygrad/core/parallel.hpp"
#include "tinygrad/io/gzip.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

struct CsvOptions {
  Dtype dtype = float32;  ///< type of the values: float32, float64, int64 or uint8
  char delimiter = ',';
  /// Whether the first line has column names. Empty: it has if none of its fields is a number.
  std::optional<bool> header = {};
};

struct Csv {
  Array values;                    ///< (rows, columns)
  std::vector<std::string> names;  ///< the column names, or empty
  std::vector<Index> lines;        ///< the line of each row in the file, from 1
};

namespace detail {

class CsvReader {
 public:
  CsvReader(const Op& op, const std::string& path, const CsvOptions& options)
      : op_(op), path_(path), options_(options) {
    check<DtypeError>(options.dtype != bool_, op,
                      "dtype=bool; it must be uint8, int64, float32 or "
                      "float64");
    const char d = options.delimiter;
    check<ValueError>(d == ',' || d == ';' || d == '\t' || d == ' ' || d == '|' || d == ':', op,
                      "delimiter='", d, "' must be a comma, semicolon, tab, blank, bar or colon");
  }

  Csv read(At at) {
    const Array file = read_data_file(path_, kMaxFileBytes, at);
    std::string_view text(reinterpret_cast<const char*>(file.raw()), file.bytes());
    check<IoError>(!text.starts_with("\xFF\xFE") && !text.starts_with("\xFE\xFF"), op_, path_,
                   ": is written in UTF-16; save it as UTF-8");
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    find_lines(text);
    check<IoError>(!lines_.empty(), op_, path_, ": holds nothing but blank lines");

    Csv csv;
    const std::vector<std::string> first = fields_of(lines_[0]);
    columns_ = static_cast<Index>(first.size());
    if (options_.header.value_or(names_columns(first))) {
      csv.names = names_ = first;
      check<IoError>(
          lines_.size() > 1 || options_.header, op_, path_, ": line ", lines_[0].number,
          " is the only one and holds no number; if it names the columns of no rows, say "
          "so with .header = true");
      lines_.erase(lines_.begin());
    }
    for (const Line& line : lines_) csv.lines.push_back(line.number);
    csv.values = Array::empty({static_cast<Index>(lines_.size()), columns_}, options_.dtype, op_);
    switch (options_.dtype) {
      case uint8: parse<std::uint8_t>(csv.values); break;
      case int64: parse<std::int64_t>(csv.values); break;
      case float32: parse<float>(csv.values); break;
      default: parse<double>(csv.values);
    }
    return csv;
  }

 private:
  struct Line {
    std::string_view text;
    Index number;
  };

  bool is_blank(char c) const { return (c == ' ' || c == '\t') && c != options_.delimiter; }
  std::string_view trimmed(std::string_view text) const {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
  }

  /// Splits the text at line ends (LF, CRLF, or CR if there is no LF). Leaves out blank lines.
  void find_lines(std::string_view text) {
    const char newline = text.find('\n') == text.npos ? '\r' : '\n';
    Index number = 1;
    for (const char *p = text.data(), *const end = p + text.size(); p < end; ++number) {
      const auto left = static_cast<std::size_t>(end - p);
      const auto* const stop = static_cast<const char*>(std::memchr(p, newline, left));
      std::string_view line(p, stop ? static_cast<std::size_t>(stop - p) : left);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (!trimmed(line).empty()) lines_.push_back({line, number});
      p = stop ? stop + 1 : end;
    }
  }

  /// The next field without its quotes; otherwise unchanged. `p` moves to its delimiter or to the
  /// end of the line. Empty if a quote is not closed or text follows the closing quote.
  std::optional<std::string_view> next_field(const char*& p, const char* end) const {
    while (p < end && is_blank(*p)) ++p;
    if (p == end || *p != '"') {
      const char* const start = p;
      p = std::find(p, end, options_.delimiter);
      return trimmed({start, static_cast<std::size_t>(p - start)});
    }
    const char* const start = ++p;
    while (p < end && (*p != '"' || (p + 1 < end && p[1] == '"'))) p += *p == '"' ? 2 : 1;
    if (p == end) return std::nullopt;
    const std::string_view inner(start, static_cast<std::size_t>(p - start));
    for (++p; p < end && is_blank(*p);) ++p;
    if (p < end && *p != options_.delimiter) return std::nullopt;
    return trimmed(inner);
  }

  std::vector<std::string> fields_of(const Line& line) const {
    std::vector<std::string> fields;
    for (const char *p = line.text.data(), *const end = p + line.text.size();; ++p) {
      const auto field = next_field(p, end);
      check<IoError>(field.has_value(), op_, path_, ": line ", line.number, ", column ",
                     fields.size() + 1, ": ", kBadQuote);
      std::string& name = fields.emplace_back(*field);
      for (std::size_t quote = 0; (quote = name.find("\"\"", quote)) != name.npos;)
        name.erase(quote++, 1);
      if (p == end) return fields;
    }
  }

  bool names_columns(const std::vector<std::string>& fields) const {
    bool any = false;
    for (const std::string& field : fields) {
      double value;
      if (parse_number(field, value)) return false;
      any = any || !field.empty();
    }
    return any;
  }

  /// True if a number, as from_chars reads it, is nearer to 0 than 1. Of a number outside the range
  /// of a type, this tells whether it is too small or too large.
  static bool is_below_one(std::string_view number) {
    const std::size_t e = std::min(number.find_first_of("eE"), number.size());
    const std::string_view digits = number.substr(0, e), exponent = number.substr(e);
    const std::size_t first = digits.find_first_of("123456789");
    if (first == digits.npos) return true;
    const std::size_t point = std::min(digits.find('.'), digits.size());
    // 10 to the power of `place` is the value of the first digit that is not 0.
    const Index place = static_cast<Index>(point) - static_cast<Index>(first) - (first < point);
    Index power = 0;
    const bool negative = exponent.find('-') != exponent.npos;
    for (const char c : exponent)
      if (c >= '0' && c <= '9') power = std::min<Index>(10 * power + (c - '0'), 1'000'000'000'000);
    return place + (negative ? -power : power) < 0;
  }

  /// Parses all of `text` as a number in the usual notations. What is nearer to 0 than every number
  /// of the type is 0.
  template <class T> static bool parse_number(std::string_view text, T& value) {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if constexpr (std::is_floating_point_v<T>)
      if (error == std::errc::result_out_of_range && stop == end && is_below_one(text)) {
        value = 0;
        return true;
      }
    return error == std::errc() && stop == end;
  }

  template <class T> static bool parse_field(std::string_view text, T& value) {
    if constexpr (std::is_floating_point_v<T>) {
      return parse_number(text, value);
    } else {
      std::int64_t whole;
      if (!parse_number(text, whole)) {  // 12.0 and 1e3 are whole numbers too
        double real;
        if (!parse_number(text, real) || std::abs(real) > 0x1p53 || std::trunc(real) != real)
          return false;
        whole = static_cast<std::int64_t>(real);
      }
      value = static_cast<T>(whole);
      return value == whole;
    }
  }

  /// The greatest whole number that the fast path parses.
  template <class T> static constexpr int most_small() {
    return std::is_same_v<T, std::uint8_t> ? 255 : 999'999;
  }

  /// Parses a line into `out`. Returns the error, or "".
  template <class T> std::string parse_line(std::string_view line, T* out) const {
    // Copies, because the compiler must assume that writes of bytes may change members of this
    // object.
    const char delimiter = options_.delimiter;
    const Index columns = columns_;
    const char* p = line.data();
    const char* const end = p + line.size();
    for (Index column = 0; column < columns; ++column) {
      // Almost every field of a large file is a short run of digits.
      const char* const start = p;
      int small = 0;
      for (unsigned digit; p < end && (digit = static_cast<unsigned char>(*p) - unsigned{'0'}) < 10;
           ++p)
        small = 10 * small + static_cast<int>(digit), small = std::min(small, 1'000'000);
      const bool plain = p > start && (p == end || *p == delimiter);
      if (plain && small <= most_small<T>()) {
        out[column] = static_cast<T>(small);
      } else {
        p = start;
        const auto field = next_field(p, end);
        if (!field) return wrong_field(column, "", kBadQuote);
        if (!parse_field(*field, out[column])) return wrong_field(column, *field, rule());
      }
      if (p == end) {
        if (column + 1 < columns) return wrong_count(column + 1);
      } else if (column + 1 == columns) {
        return wrong_count(columns + 1 + std::count(p + 1, end, delimiter));
      }
      ++p;
    }
    return "";
  }

  const char* rule() const {
    switch (options_.dtype) {
      case uint8: return "it must be a whole number from 0 to 255";
      case int64: return "it must be a whole number of 64 bits";
      case float32: return "it must be a number that float32 can hold";
      default: return "it must be a number";
    }
  }

  std::string wrong_field(Index column, std::string_view field, const char* what) const {
    std::string text = str_cat(", column ", column + 1);
    const auto i = static_cast<std::size_t>(column);
    if (i < names_.size()) text += " (" + names_[i] + ")";
    if (what == kBadQuote) return text + ": " + what;
    std::string shown(field.substr(0, 20));
    for (char& c : shown)
      if (static_cast<unsigned char>(c) < ' ' || c == '\x7F') c = '?';
    text +=
        field.empty() ? " is empty; " : " is '" + shown + (field.size() > 20 ? "…" : "") + "'; ";
    text += what;
    if (columns_ == 1)
      for (const char other : {';', '\t', ',', '|'})
        if (field.find(other) != field.npos)
          return text + str_cat("; does a ", other == '\t' ? "tab" : std::string(1, other),
                                " part its columns? Say so with .delimiter");
    return text;
  }

  std::string wrong_count(Index count) const {
    return str_cat(" has ", count, " columns; ", names_.empty() ? "the first row" : "the header",
                   " has ", columns_);
  }

  template <class T> void parse(const Array& values) const {
    const auto n = static_cast<Index>(lines_.size());
    T* const out = values.data<T>();
    const auto line = [&](Index row) { return lines_[static_cast<std::size_t>(row)]; };
    std::atomic<Index> first_bad{n};
    parallel_for(n, 4096 / columns_ + 1, [&](Index first, Index last) {
      for (Index row = first; row < last; ++row) {
        if (parse_line(line(row).text, out + row * columns_).empty()) continue;
        Index known = first_bad.load();
        while (row < known && !first_bad.compare_exchange_weak(known, row)) {
        }
        break;
      }
    });
    if (const Index row = first_bad; row < n) {  // threaded loops must not throw: parse it again
      std::vector<T> ignored(static_cast<std::size_t>(columns_));
      fail<IoError>(op_, path_, ": line ", line(row).number,
                    parse_line(line(row).text, ignored.data()),
                    row == 0 && !options_.header ? "; if this line names the columns, say so with "
                                                   ".header = true"
                                                 : "");
    }
  }

  static constexpr const char* kBadQuote = "a quote is not closed on its line, or text follows it";

  Op op_;
  const std::string& path_;
  CsvOptions options_;
  std::vector<Line> lines_;
  std::vector<std::string> names_;
  Index columns_ = 0;
};

}  // namespace detail

/// Reads a table of numbers from a CSV file, plain or gzip, with or without a line of names. It
/// accepts blanks and quotes around fields, a byte order mark, CRLF, blank lines and a last line
/// without an end. `nan` and `inf` are numbers; an empty field is not.
/// Shapes  values (rows, columns)
/// Throws  IoError with the file, line, column, value and rule: not a number, a number that the
///         dtype cannot hold exactly (floating-point dtypes round), a line with more or fewer
///         columns than the first; ValueError and DtypeError for invalid options
inline Csv read_csv(const std::string& path, const CsvOptions& options = {}, At at = At::here()) {
  return detail::CsvReader({"read_csv", at}, path, options).read(at);
}

}  // namespace tinygrad
