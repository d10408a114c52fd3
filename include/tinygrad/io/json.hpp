// SPDX-License-Identifier: MIT
// A strict reader of JSON documents, and the quoting of strings for writing. Headers of safetensors
// files, logs and tapes use it. It compiles in a tenth of a second; a general library takes two
// seconds more.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tinygrad/core/shape.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
/// The length in bytes of the UTF-8 character at the start of `text`; 0 if there is none.
inline std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) -> std::uint32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return text.empty() ? 0 : 1;
  if (first < 0xC0 || first > 0xF7) return 0;
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  std::uint32_t code = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3FU);
  }
  constexpr std::uint32_t smallest[] = {0x80, 0x800, 0x10000};
  const bool half = code >= 0xD800 && code < 0xE000;  // half of a UTF-16 pair
  return code < smallest[length - 2] || code > 0x10FFFF || half ? 0 : length;
}

inline bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}
}  // namespace detail

/// Quotes text as a JSON string. A byte that is not UTF-8 becomes U+FFFD.
inline std::string json_quote(std::string_view text) {
  constexpr std::string_view special = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
  constexpr const char* hex = "0123456789abcdef";
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = detail::utf8_length(text);
    const char c = text[0];
    if (const auto k = special.find(c); k != special.npos) (out += '\\') += letters[k];
    else if (length == 0) out += "\uFFFD";
    else if (length == 1 && c < 0x20) ((out += "\\u00") += hex[c >> 4]) += hex[c & 15];
    else out += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out + '"';
}

/// A JSON value.
struct Json {
  enum Kind { kNull, kTrue, kFalse, kNumber, kString, kArray, kObject };

  Kind kind = kNull;
  std::string text;                ///< of a string; of a number, its original digits
  std::vector<Json> items;         ///< of an array or an object
  std::vector<std::string> names;  ///< of an object's items

  /// The member with this name; null if there is none or this is not an object.
  const Json* find(std::string_view name) const {
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == name) return &items[i];
    return nullptr;
  }
  /// The number, if it is written as a whole number from 0 to 2^64 − 1.
  std::optional<std::uint64_t> whole() const {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (kind != kNumber || error != std::errc() || stop != end) return {};
    return value;
  }
};

/// Reads one document as RFC 8259 defines it: one value in UTF-8, without a byte order mark. Two
/// rules are stricter: the names in an object must differ, and a number must fit a double.
class JsonReader {
 public:
  /// Messages begin with `what`.
  JsonReader(const Op& op, std::string what, std::string_view text)
      : op_(op), what_(std::move(what)), text_(text) {}

  /// Throws  IoError with the mistake and its place
  Json read() {
    Json root = value(0);
    expect(at_ == text_.size());
    return root;
  }

 private:
  static constexpr int kMaxDepth = 16;

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  void expect(bool ok) const {
    check<IoError>(ok, op_, what_, " is not valid JSON in UTF-8: wrong at byte ", at_ + 1);
  }
  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\n\r", at_), text_.size()); }

  // A value and the space around it.
  Json value(int depth) {
    check<IoError>(depth <= kMaxDepth, op_, what_, " nests more than ", kMaxDepth, " levels deep");
    skip_space();
    Json out;
    const char c = peek();
    if (c == '{') out = object(depth);
    else if (c == '[') out = array(depth);
    else if (c == '"') out = {Json::kString, string(), {}, {}};
    else if (c == 't') out = word("true", Json::kTrue);
    else if (c == 'f') out = word("false", Json::kFalse);
    else if (c == 'n') out = word("null", Json::kNull);
    else out = number();
    skip_space();
    return out;
  }

  Json object(int depth) {
    Json out{Json::kObject, {}, {}, {}};
    std::set<std::string> known;
    take('{');
    skip_space();
    while (!take('}')) {
      if (!out.items.empty()) expect(take(','));
      skip_space();
      out.names.push_back(string());
      check<IoError>(known.insert(out.names.back()).second, op_, what_, " names ",
                     json_quote(out.names.back()), " twice");
      skip_space();
      expect(take(':'));
      out.items.push_back(value(depth + 1));
    }
    return out;
  }

  Json array(int depth) {
    Json out{Json::kArray, {}, {}, {}};
    take('[');
    skip_space();
    while (!take(']')) {
      if (!out.items.empty()) expect(take(','));
      out.items.push_back(value(depth + 1));
    }
    return out;
  }

  Json word(std::string_view letters, Json::Kind kind) {
    for (const char c : letters) expect(take(c));
    return {kind, {}, {}, {}};
  }

  Json number() {
    const std::size_t begin = at_;
    take('-');
    if (!take('0')) digits();
    if (take('.')) digits();
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      digits();
    }
    const std::string_view written = text_.substr(begin, at_ - begin);
    double ignored = 0;
    check<IoError>(std::from_chars(written.begin(), written.end(), ignored).ec == std::errc(), op_,
                   what_, " is not valid JSON: a number is out of range");
    return {Json::kNumber, std::string(written), {}, {}};
  }
  void digits() {
    const std::size_t begin = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    expect(at_ > begin);
  }

  std::string string() {
    std::string out;
    expect(take('"'));
    while (!take('"')) {
      const std::size_t length = detail::utf8_length(text_.substr(at_));
      expect(length > 1 || (length == 1 && static_cast<unsigned char>(peek()) >= 0x20));
      if (take('\\')) {
        escaped(out);
      } else {
        out += text_.substr(at_, length);
        at_ += length;
      }
    }
    return out;
  }
  void escaped(std::string& out) {
    constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
    if (take('u')) return append_utf8(out, code_point());
    const auto k = letters.find(peek());
    expect(k != letters.npos && at_ < text_.size());
    out += meant[k];
    ++at_;
  }
  // After \u: four digits, or two groups of four with another \u between them.
  std::uint32_t code_point() {
    const std::uint32_t first = four_digits();
    if (first < 0xD800 || first >= 0xE000) return first;
    expect(first < 0xDC00 && take('\\') && take('u'));
    const std::uint32_t second = four_digits();
    expect(second >= 0xDC00 && second < 0xE000);
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
  }
  std::uint32_t four_digits() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const auto k = std::string_view("0123456789abcdef0123456789ABCDEF").find(peek());
      expect(k != std::string_view::npos && at_ < text_.size());
      value = value << 4 | static_cast<std::uint32_t>(k % 16);
      ++at_;
    }
    return value;
  }
  static void append_utf8(std::string& out, std::uint32_t code) {
    const auto tail = [&](int shift) { out += static_cast<char>(0x80U | (code >> shift & 0x3FU)); };
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0U | code >> 6);
      tail(0);
    } else if (code < 0x10000) {
      out += static_cast<char>(0xE0U | code >> 12);
      tail(6), tail(0);
    } else {
      out += static_cast<char>(0xF0U | code >> 18);
      tail(12), tail(6), tail(0);
    }
  }

  Op op_;
  std::string what_;
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace tinygrad
