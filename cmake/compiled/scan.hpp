// SPDX-License-Identifier: MIT
// Finds the declarations in C++ text that clang-format has laid out: where each begins and ends, its
// parameters, its body. It knows brackets, quotes and comments, and no more of the language than the
// headers of this library use.
#pragma once

#include <cctype>
#include <stdexcept>
#include <string>
#include <string_view>

namespace scan {

constexpr std::size_t npos = std::string_view::npos;

inline bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)); }
inline bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

[[noreturn]] inline void stop(std::string_view what, std::string_view text, std::size_t at) {
  throw std::runtime_error(std::string(what) + ": " + std::string(text.substr(at, 100)));
}

/// Behind a comment or text in quotes that begins at i; i itself if none does.
inline std::size_t behind_quoted(std::string_view s, std::size_t i) {
  const auto at = [&](std::string_view what) { return s.substr(i, what.size()) == what; };
  if (at("//")) return std::min(s.find('\n', i), s.size());
  if (at("/*")) return s.find("*/", i) + 2;
  const bool in_word = i > 0 && is_word(s[i - 1]);
  if (at("R\"") && !in_word) {
    const std::size_t open = s.find('(', i);
    const std::string end = ")" + std::string(s.substr(i + 2, open - i - 2)) + "\"";
    return s.find(end, open) + end.size();
  }
  if (s[i] != '"' && (s[i] != '\'' || in_word)) return i;  // 1'000 is no text
  std::size_t end = i + 1;
  while (s[end] != s[i]) end += s[end] == '\\' ? 2 : 1;
  return end + 1;
}

/// Behind the bracket that closes the one at i.
inline std::size_t behind_bracket(std::string_view s, std::size_t i) {
  const std::size_t begin = i;
  for (int depth = 0; i < s.size();) {
    if (const std::size_t behind = behind_quoted(s, i); behind != i) {
      i = behind;
      continue;
    }
    if (s[i] == '(' || s[i] == '[' || s[i] == '{') ++depth;
    if ((s[i] == ')' || s[i] == ']' || s[i] == '}') && --depth == 0) return i + 1;
    ++i;
  }
  stop("a bracket is not closed", s, begin);
}

/// Behind the > that closes the < at i.
inline std::size_t behind_angle(std::string_view s, std::size_t i) {
  const std::size_t begin = i;
  for (int depth = 0; i < s.size(); ++i) {
    if (s[i] == '(' || s[i] == '[' || s[i] == '{') i = behind_bracket(s, i);
    if (s[i] == '<' && s[i + 1] == '<') ++i;  // a shift
    else if (s[i] == '<') ++depth;
    if (s[i] == '>' && s[i - 1] != '-' && --depth == 0) return i + 1;
  }
  stop("an angle bracket is not closed", s, begin);
}

inline std::size_t behind_space(std::string_view s, std::size_t i) {
  while (i < s.size() && is_space(s[i])) ++i;
  return i;
}

/// Where a word stands in `text`, from `from` on; npos if it does not.
inline std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
  for (std::size_t i = text.find(word, from); i != npos; i = text.find(word, i + 1)) {
    const std::size_t end = i + word.size();
    if ((i == 0 || !is_word(text[i - 1])) && (end == text.size() || !is_word(text[end]))) return i;
  }
  return npos;
}
inline bool has_word(std::string_view text, std::string_view word) {
  return find_word(text, word) != npos;
}

inline std::string without_word(std::string text, std::string_view word) {
  if (const std::size_t i = find_word(text, word); i != npos)
    text.erase(i, behind_space(text, i + word.size()) - i);
  return text;
}

inline std::string trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text.substr(behind_space(text, 0)));
}

/// One declaration. Positions are those in the whole text; 0 where a part is missing.
struct Declaration {
  std::size_t begin = 0, end = 0;
  bool is_template = false;
  bool is_class = false;                           // with a body
  std::size_t head = 0;                            // behind `template <…>`
  std::size_t parameters = 0, parameters_end = 0;  // of a function, with the brackets
  std::size_t initialisers = 0;                    // of a constructor: the colon
  std::size_t body = 0, body_end = 0;              // of a function or class, with the braces

  bool defines_function() const { return body && !is_class; }
};

/// The declaration that begins at `begin`, at namespace or class level.
inline Declaration declaration_at(std::string_view s, std::size_t begin) {
  Declaration d;
  d.begin = d.head = begin;
  const auto starts = [&](std::string_view word) {
    return s.substr(d.head, word.size()) == word && !is_word(s[d.head + word.size()]);
  };
  while (starts("template")) {
    d.is_template = true;
    d.head = behind_space(s, behind_angle(s, s.find('<', d.head)));
  }
  const bool other_type = starts("enum") || starts("union") || starts("concept") || starts("using");
  const bool class_type = starts("class") || starts("struct");
  bool assigned = false;
  char last = ' ';            // the last character that is no space
  std::size_t word = d.head;  // where the last word begins
  for (std::size_t i = d.head; i < s.size();) {
    const char c = s[i];
    if (const std::size_t behind = behind_quoted(s, i); behind != i) {
      if (c != '/') last = '"';
      i = behind;
    } else if (c == ';') {
      d.end = i + 1;
      return d;
    } else if (is_space(c)) {
      ++i;
    } else if (is_word(c)) {
      if (i == d.head || !is_word(s[i - 1])) word = i;
      last = c;
      ++i;
      const bool is_operator = s.substr(word, i - word) == "operator" && !is_word(s[i]);
      if (is_operator && !assigned && !d.parameters &&
          !other_type) {  // its symbol, up to the parameters
        while (is_space(s[i])) ++i;
        if (s[i] == '(') i += 2;
        else
          while (s[i] != '(') last = s[i++];
        d.parameters = i;
      }
      if (is_operator && d.parameters == i && !d.parameters_end) {
        i = d.parameters_end = behind_bracket(s, i);
        last = ')';
      }
    } else if (c == '<' && is_word(last) && !d.parameters && !assigned) {
      i = behind_angle(s, i);  // in the type before the function's name
      last = '>';
    } else if (c == '(' && s[i + 1] != '*' && is_word(last) && !d.parameters && !assigned &&
               !class_type) {
      d.parameters = i;
      i = d.parameters_end = behind_bracket(s, i);
      last = ')';
    } else if (c == ':' && s[i + 1] == ':') {
      last = ':';
      i += 2;
    } else if (c == ':' && d.parameters_end && !d.initialisers && !assigned) {
      d.initialisers = i++;
      last = ':';
    } else if (c == '{' && class_type && !d.parameters && !d.body) {
      d.is_class = true;
      d.body = i;
      i = d.body_end = behind_bracket(s, i);
    } else if (c == '{' && d.parameters_end && !assigned && !other_type && !class_type &&
               !(d.initialisers && is_word(last))) {  // not that of `: member{…}`
      d.body = i;
      d.end = d.body_end = behind_bracket(s, i);
      return d;
    } else if (c == '(' || c == '[' || c == '{') {
      i = behind_bracket(s, i);
      last = s[i - 1];
    } else {
      if (c == '=' && !d.parameters) assigned = true;
      last = c;
      ++i;
    }
  }
  stop("a declaration does not end", s, begin);
}

}  // namespace scan
