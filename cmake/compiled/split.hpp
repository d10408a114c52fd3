// SPDX-License-Identifier: MIT
// Splits a header in two: the header without the bodies of its functions, and a source with these
// bodies.
//
// A body stays in the header if programs need it there: that of a template, of a constexpr function,
// of one that must be inlined, that of a function of one line, which is not worth a call, and in
// kernels/ and core/ that of a function of numbers alone: the kernels call it for each element, and
// it takes part in their vectors only if they see it. Virtual functions are moved however short they
// are, and so are functions with static variables, of which a program and a shared library must not
// have one each.
//
// A shared library shows what its headers declare, except functions of the namespaces detail and
// kernels that only sources call.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "scan.hpp"

namespace split {

struct Parts {
  std::string header, source;
  bool has_bodies = false;
};

/// Stands in Parts::header on both sides of the name of an internal function, before its
/// declaration.
inline constexpr char kInternal = '\x01';

/// Adds to `count` how often each word stands in a header, without comments and marks.
inline void count_words(std::string_view header, std::map<std::string, int, std::less<>>& count) {
  for (std::size_t i = 0; i < header.size();) {
    const std::size_t behind = scan::behind_quoted(header, i);
    std::size_t end = std::max(behind, i + 1);
    if (header[i] == kInternal) {
      end = header.find(kInternal, i + 1) + 1;
    } else if (behind == i && scan::is_word(header[i])) {
      while (end < header.size() && scan::is_word(header[end])) ++end;
      ++count[std::string(header.substr(i, end - i))];
    }
    i = end;
  }
}

/// Adds to `count` how often each internal function is declared in a header.
inline void count_internal(std::string_view header,
                           std::map<std::string, int, std::less<>>& count) {
  for (std::size_t i = 0; (i = header.find(kInternal, i)) != scan::npos;) {
    const std::size_t end = header.find(kInternal, i + 1);
    ++count[std::string(header.substr(i + 1, end - i - 1))];
    i = end + 1;
  }
}

/// The header with each mark replaced: by an attribute that hides the function from users of a
/// shared library if hide(name), else by nothing.
template <class Hide> std::string without_marks(std::string_view header, Hide hide) {
  std::string out;
  for (std::size_t i = 0; i < header.size();) {
    const std::size_t begin = std::min(header.find(kInternal, i), header.size());
    out += header.substr(i, begin - i);
    if (begin == header.size()) break;
    const std::size_t end = header.find(kInternal, begin + 1);
    if (hide(std::string(header.substr(begin + 1, end - begin - 1))))
      out += "[[gnu::visibility(\"hidden\")]] ";
    i = end + 1;
  }
  return out;
}

/// Parameters without their default arguments.
inline std::string without_defaults(std::string_view parameters) {
  std::string out;
  int depth = 0, angles = 0;
  bool in_default = false;
  for (std::size_t i = 0; i < parameters.size();) {
    const std::size_t behind = std::max(scan::behind_quoted(parameters, i), i + 1);
    const char c = parameters[i];
    if (behind == i + 1) {
      if (c == '(' || c == '[' || c == '{') ++depth;
      if (c == ')' || c == ']' || c == '}') --depth;
      if (c == '<') ++angles;
      if (c == '>') --angles;
      if ((c == ',' && depth == 1 && angles == 0) || depth == 0) in_default = false;
      if (c == '=' && depth == 1 && !in_default) {
        in_default = true;
        out = out.substr(0, out.find_last_not_of(" \n") + 1);
      }
    }
    if (!in_default) out += parameters.substr(i, behind - i);
    i = behind;
  }
  return out;
}

/// Without comments, and without spaces around it.
inline std::string without_comments(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t behind = scan::behind_quoted(text, i);
    if (text[i] != '/' || behind == i) out += text.substr(i, std::max(behind, i + 1) - i);
    i = std::max(behind, i + 1);
  }
  return scan::trimmed(out);
}

/// Words of a declaration that its definition outside of the class must not or need not repeat.
inline std::string without_specifiers(std::string head) {
  while (head.starts_with("[["))
    head.erase(0, scan::behind_space(head, scan::behind_bracket(head, 0)));
  for (const char* word : {"inline", "static", "virtual", "explicit", "TINYGRAD_WRAPS"})
    head = scan::without_word(head, word);
  return head;
}

class Splitter {
 public:
  /// `path` is what debuggers and messages shall call the text.
  Splitter(std::string_view text, std::string_view path) : s_(text), path_(path) {}

  Parts run() {
    scope(0, s_.size(), "");
    return std::move(out_);
  }

 private:
  // The declarations from i to end, of a namespace or of the class with that name.
  void scope(std::size_t i, std::size_t end, const std::string& in_class) {
    while (i < end) {
      const std::string_view rest = s_.substr(i, end - i);
      if (s_[i] == '#') {
        i = directive(i);
      } else if (s_[i] == '/') {
        const std::size_t behind = scan::behind_quoted(s_, i);
        to_header(i, behind);
        i = behind;
      } else if (scan::is_space(s_[i]) || s_[i] == ';') {
        out_.header += s_[i++];
      } else if (const std::size_t label = label_length(rest); label) {
        to_header(i, i + label);
        i += label;
      } else if (const std::size_t macro = macro_length(rest); macro) {
        to_header(i, i + macro);
        out_.source += std::string(rest.substr(0, macro)) + '\n';
        i += macro;
      } else if (rest.starts_with("namespace ") || rest.starts_with("inline namespace ") ||
                 rest.starts_with("extern \"C\" {")) {
        i = inner_namespace(i);
      } else {
        const scan::Declaration d = scan::declaration_at(s_, i);
        if (d.is_class && !d.is_template) class_body(d, in_class);
        else if (moves(d, in_class)) move(d, in_class);
        else keep(d, in_class);
        i = d.end;
      }
    }
  }

  static std::size_t label_length(std::string_view rest) {
    for (const std::string_view label : {"public:", "private:", "protected:"})
      if (rest.starts_with(label)) return label.size();
    return 0;
  }

  // The length of a macro that fills a line, as TINYGRAD_BEGIN_WIDE.
  static std::size_t macro_length(std::string_view rest) {
    if (!rest.starts_with("TINYGRAD_")) return 0;
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    return std::all_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(end), scan::is_word)
               ? end
               : 0;
  }

  // Directives belong to both: they may choose between declarations.
  std::size_t directive(std::size_t i) {
    std::size_t end = s_.find('\n', i);
    while (s_[end - 1] == '\\') end = s_.find('\n', end + 1);
    const std::string_view line = s_.substr(i, end + 1 - i);
    out_.header += line;
    if (line != "#pragma once\n") out_.source += line;
    return end + 1;
  }

  std::size_t inner_namespace(std::size_t i) {
    const std::size_t body = std::min(s_.find('{', i), s_.find(';', i));
    if (s_[body] == ';') {
      to_header(i, body + 1);
      return body + 1;
    }
    const std::size_t end = scan::behind_bracket(s_, body);
    const std::string_view head = s_.substr(i, body + 1 - i);
    const bool outermost = head.starts_with("namespace tinygrad");
    const bool outside_internal = internal_;
    internal_ = internal_ || scan::has_word(head, "detail") || scan::has_word(head, "kernels");
    if (outermost) out_.header += "#pragma GCC visibility push(default)\n";
    out_.header += head;
    out_.source += std::string(head) + '\n';
    scope(body + 1, end - 1, "");
    out_.header += '}';
    out_.source += "}\n";
    if (outermost) out_.header += "\n#pragma GCC visibility pop\n";
    internal_ = outside_internal;
    return end;
  }

  void class_body(const scan::Declaration& d, const std::string& in_class) {
    const std::string name = class_name(s_.substr(d.head, d.body - d.head));
    if (name.empty()) return to_header(d.begin, d.end);
    to_header(d.begin, d.body + 1);
    scope(d.body + 1, d.body_end - 1, in_class.empty() ? name : in_class + "::" + name);
    to_header(d.body_end - 1, d.end);
  }

  // The name in `class [[…]] Name final : public Base`; empty for a specialisation and without one.
  static std::string class_name(std::string_view head) {
    std::size_t i = head.find(' ') + 1;
    while (head[i] == '[') i = scan::behind_space(head, scan::behind_bracket(head, i));
    if (head.substr(i).starts_with("alignas"))
      i = scan::behind_space(head, scan::behind_bracket(head, head.find('(', i)));
    std::size_t end = i;
    while (end < head.size() && (scan::is_word(head[end]) || head[end] == ':')) {
      if (head[end] == ':' && head[end + 1] != ':' && head[end - 1] != ':') break;
      ++end;
    }
    return end < head.size() && head[end] == '<' ? "" : std::string(head.substr(i, end - i));
  }

  bool moves(const scan::Declaration& d, const std::string& in_class) const {
    if (!d.defines_function() || d.is_template) return false;
    const std::string_view head = s_.substr(d.begin, d.parameters - d.begin);
    const std::string_view tail = s_.substr(d.parameters_end, d.body - d.parameters_end);
    for (const char* word :
         {"constexpr", "consteval", "always_inline", "friend", "requires", "maybe_unused"})
      if (scan::has_word(head, word)) return false;
    if (scan::has_word(tail, "requires")) return false;
    if (scan::has_word(head, "auto") && tail.find("->") == scan::npos) return false;
    const std::string_view parameters = s_.substr(d.parameters, d.parameters_end - d.parameters);
    if (scan::has_word(parameters, "auto")) return false;  // a template
    const std::string_view body = s_.substr(d.body, d.body_end - d.body);
    const bool is_state = has_variables(body);
    const bool in_loops =
        path_.find("/kernels/") != std::string::npos || path_.find("/core/") != std::string::npos;
    const std::string start(head);
    const bool outside_class = start.find("::", name_in(start)) != std::string::npos;
    const bool changes_nothing = (in_class.empty() && !outside_class) ||
                                 scan::has_word(head, "static") || scan::has_word(tail, "const");
    if (in_loops && !is_state && changes_nothing && !scan::has_word(head, "void") &&
        takes_numbers(parameters))
      return false;
    return is_state || s_.substr(d.begin, d.end - d.begin).find('\n') != scan::npos ||
           scan::has_word(head, "virtual") || scan::has_word(tail, "override");
  }

  // True if a body has variables that outlive a call. Constants are none.
  static bool has_variables(std::string_view body) {
    if (scan::has_word(body, "thread_local")) return true;
    for (std::size_t i = 0; (i = scan::find_word(body, "static", i)) != scan::npos; ++i)
      if (!body.substr(scan::behind_space(body, i + 6)).starts_with("constexpr ")) return true;
    return false;
  }

  // True for a list of parameters, one at least, that are all numbers: (float x, Index i = 0).
  static bool takes_numbers(std::string_view parameters) {
    static const std::set<std::string_view> types = {
        "bool",    "char",    "short",   "int",      "long",     "signed",  "unsigned",
        "float",   "double",  "const",   "size_t",   "Index",    "int8_t",  "int16_t",
        "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t"};
    std::size_t i = 1;
    while (parameters[i] != ')') {
      int types_seen = 0, names = 0;
      while (parameters[i] != ',' && parameters[i] != ')' && parameters[i] != '=') {
        if (parameters.substr(i).starts_with("std::")) i += 5;
        if (scan::is_space(parameters[i])) {
          ++i;
          continue;
        }
        const std::size_t begin = i;
        while (scan::is_word(parameters[i])) ++i;
        if (i == begin) return false;  // neither a word nor the end
        ++(types.count(parameters.substr(begin, i - begin)) ? types_seen : names);
        if (types_seen == 0 || names > 1) return false;
      }
      while (parameters[i] != ',' && parameters[i] != ')')  // a default
        if (parameters[i] == '(' || parameters[i] == '{') i = scan::behind_bracket(parameters, i);
        else i = std::max(scan::behind_quoted(parameters, i), i + 1);
      if (parameters[i] == ',') ++i;
    }
    return parameters.size() > 2;
  }

  // A function that is only declared here is defined elsewhere, and then it is no longer inline.
  void keep(const scan::Declaration& d, const std::string& in_class) {
    std::string text(s_.substr(d.begin, d.end - d.begin));
    const bool declares = d.parameters && !d.body && !d.is_template && in_class.empty() &&
                          text.starts_with("inline ");
    if (declares && !scan::has_word(text, "constexpr")) text = scan::without_word(text, "inline");
    out_.header += text;
    if (text.starts_with("using namespace ")) out_.source += text + '\n';
  }

  void move(const scan::Declaration& d, const std::string& in_class) {
    const std::string head(s_.substr(d.begin, d.parameters - d.begin));
    const std::string parameters(s_.substr(d.parameters, d.parameters_end - d.parameters));
    const std::size_t tail_end = d.initialisers ? d.initialisers : d.body;
    const std::string tail =
        without_comments(s_.substr(d.parameters_end, tail_end - d.parameters_end));
    const std::string space = tail.empty() ? "" : " ";

    const std::string definition = without_specifiers(head);
    const std::size_t name = name_in(definition);
    const bool defined_outside = definition.find("::", name) != scan::npos;  // of its class
    if (!defined_outside && in_class.empty() && internal_)
      out_.header += kInternal + definition.substr(name) + kInternal;
    if (!defined_outside)
      out_.header += (in_class.empty() ? scan::without_word(head, "inline") : head) + parameters +
                     space + tail + ";";

    out_.source += "#line " + std::to_string(line_of(d.begin)) + " \"" + path_ + "\"\n";
    std::string end = tail;
    for (const char* word : {"override", "final"})
      end = scan::trimmed(scan::without_word(end, word));
    const std::string type = scan::trimmed(definition.substr(0, name));
    if (in_class.empty()) out_.source += definition + without_defaults(parameters) + space + end;
    else if (type.empty() || end.find("->") != scan::npos)
      out_.source += (type.empty() ? "" : "auto ") + in_class + "::" + definition.substr(name) +
                     without_defaults(parameters) + space + end;
    else  // behind the parameters, names of the class can be used as in it
      out_.source += "auto " + in_class + "::" + definition.substr(name) +
                     without_defaults(parameters) + space + end + " -> " + type;
    out_.source += ' ';
    out_.source += s_.substr(tail_end, d.end - tail_end);
    out_.source += '\n';
    out_.has_bodies = true;
  }

  // Where the name of a function begins in what stands before its parameters.
  static std::size_t name_in(const std::string& head) {
    if (const std::size_t i = scan::find_word(head, "operator"); i != scan::npos) {
      std::size_t begin = i;
      while (begin > 1 && head[begin - 1] == ':') begin = name_in(head.substr(0, begin - 2));
      return begin;
    }
    std::size_t begin = head.size();
    while (begin > 0 &&
           (scan::is_word(head[begin - 1]) || head[begin - 1] == '~' || head[begin - 1] == ':'))
      --begin;
    return begin;
  }

  std::size_t line_of(std::size_t at) const {
    return 1 + static_cast<std::size_t>(
                   std::count(s_.begin(), s_.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  }
  void to_header(std::size_t begin, std::size_t end) {
    out_.header += s_.substr(begin, end - begin);
  }

  std::string_view s_;
  std::string path_;
  bool internal_ = false;  // in a namespace that users do not see
  Parts out_;
};

}  // namespace split
