// SPDX-License-Identifier: MIT
// declarations FROM TO: makes the headers of the compiled mode and the sources of the library from
// the headers in FROM.
//   TO/include/…  each header without the bodies of its functions
//   TO/source/…   the bodies, one .cpp for each header that has any
// Bodies stay in the header where a program needs them: of templates, constexpr functions, functions
// that must be inlined, those of one line, and member functions that are defined in their class.
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {
namespace fs = std::filesystem;

[[noreturn]] void stop(const std::string& why) {
  std::fprintf(stderr, "declarations: %s\n", why.c_str());
  std::exit(1);
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Behind a comment, text in quotes or a raw string that begins at i; i itself if none does.
std::size_t skip_quoted(const std::string& s, std::size_t i) {
  if (s.compare(i, 2, "//") == 0) return std::min(s.find('\n', i), s.size());
  if (s.compare(i, 2, "/*") == 0) return s.find("*/", i) + 2;
  if (s.compare(i, 2, "R\"") == 0 && (i == 0 || !std::isalnum(static_cast<unsigned char>(s[i - 1])))) {
    const std::size_t open = s.find('(', i);
    const std::string end = ")" + s.substr(i + 2, open - i - 2) + "\"";
    return s.find(end, open) + end.size();
  }
  const bool digit_separator = s[i] == '\'' && i > 0 && std::isalnum(static_cast<unsigned char>(s[i - 1]));
  if ((s[i] == '"' || s[i] == '\'') && !digit_separator) {
    std::size_t j = i + 1;
    while (s[j] != s[i]) j += s[j] == '\\' ? 2 : 1;
    return j + 1;
  }
  return i;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// One declaration at namespace level.
struct Item {
  std::size_t begin = 0, end = 0;
  std::size_t parameters = 0, parameters_end = 0;  // of a function: its brackets
  std::size_t body = 0;                            // of a function's definition: its brace
};

Item parse(const std::string& s, std::size_t begin) {
  Item item;
  item.begin = begin;
  int depth = 0, angle_depth = 0;  // in angle brackets of the function's type
  bool assigned = false;
  char last = 0;  // that is no space
  std::string word;
  std::size_t start = begin;
  while (s.compare(start, 9, "template ") == 0) {  // behind its parameters
    int angle = 0, other = 0;
    for (start = s.find('<', start);; ++start) {
      if (s[start] == '(' || s[start] == '{') ++other;
      if (s[start] == ')' || s[start] == '}') --other;
      if (other) continue;
      if (s[start] == '<') ++angle;
      if (s[start] == '>' && s[start - 1] != '-' && --angle == 0) break;
    }
    start = s.find_first_not_of(" \n", start + 1);
  }
  const auto starts = [&](std::string_view w) { return s.compare(start, w.size(), w) == 0; };
  const bool type = starts("class ") || starts("struct ") || starts("enum ") || starts("union ") || starts("concept ");
  for (std::size_t i = start; i < s.size();) {
    if (const std::size_t behind = skip_quoted(s, i); behind != i) {
      if (s[i] != '/') last = '"';
      i = behind;
      continue;
    }
    const char c = s[i];
    if (!item.parameters && !assigned && depth == angle_depth && c == '<' && is_word(last) && word != "operator") {
      ++depth, ++angle_depth;
    } else if (angle_depth > 0 && depth == angle_depth && c == '>') {
      --depth, --angle_depth;
    }
    if (c == '(' || c == '[' || c == '{') {
      if (c == '(' && depth == 0 && !item.parameters && !assigned && is_word(last)) {
        item.parameters = i;
      } else if (c == '(' && depth == 0 && !item.parameters && word == "operator") {
        item.parameters = i;
      }
      const bool function_body = c == '{' && depth == 0 && !type && !assigned && item.parameters_end &&
          (last == ')' || last == '}' || word == "const" || word == "noexcept" || last == '>' || is_word(last));
      if (function_body && !item.body) {
        // an initialiser list's braces follow a name
        const std::string_view between(s.data() + item.parameters_end, i - item.parameters_end);
        const bool in_list = between.find(" : ") != between.npos || between.find("\n    : ") != between.npos;
        if (!(in_list && is_word(last))) item.body = i;
      }
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      --depth;
      if (depth == 0 && c == ')' && item.parameters && !item.parameters_end) item.parameters_end = i + 1;
      if (depth == 0 && c == '}' && item.body) {
        item.end = i + 1;
        return item;
      }
    } else if (c == ';' && depth == 0) {
      item.end = i + 1;
      return item;
    } else if (c == '=' && depth == 0 && word != "operator" && s.compare(i, 2, "==") != 0 && !item.parameters) {
      assigned = true;
    }
    if (!std::isspace(static_cast<unsigned char>(c))) {
      if (is_word(c)) word = is_word(last) && i > 0 && is_word(s[i - 1]) ? word + c : std::string(1, c);
      last = c;
    }
    ++i;
  }
  stop("a declaration without an end: " + s.substr(begin, 80));
}

// The parameters without their default arguments.
std::string without_defaults(const std::string& p) {
  std::string out;
  int depth = 0, angle = 0;
  bool in_default = false;
  for (std::size_t i = 0; i < p.size();) {
    if (const std::size_t behind = skip_quoted(p, i); behind != i) {
      if (!in_default) out += p.substr(i, behind - i);
      i = behind;
      continue;
    }
    const char c = p[i];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == '<') ++angle;
    if (c == '>' && angle > 0) --angle;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (in_default && ((c == ',' && depth == 1 && angle == 0) || (c == ')' && depth == 0))) in_default = false;
    if (!in_default && c == '=' && depth == 1) {
      in_default = true;
      while (!out.empty() && std::isspace(static_cast<unsigned char>(out.back()))) out.pop_back();
    }
    if (!in_default) out += c;
    ++i;
  }
  return out;
}

std::string without_word(std::string text, const std::string& word) {
  for (std::size_t at = 0; (at = text.find(word, at)) != text.npos;) {
    if ((at == 0 || !is_word(text[at - 1])) && !is_word(text[at + word.size()])) {
      text.erase(at, word.size() + (text[at + word.size()] == ' '));
      return text;
    }
    at += word.size();
  }
  return text;
}

struct Split {
  std::string header, source;
  bool has_source = false;
};

Split split(const std::string& s) {
  Split out;
  std::size_t i = 0;
  const auto both = [&](std::size_t end) {
    out.header += s.substr(i, end - i);
    out.source += s.substr(i, end - i);
    i = end;
  };
  while (i < s.size()) {
    if (s[i] == '#') {  // a directive with its continued lines
      std::size_t end = s.find('\n', i);
      while (s[end - 1] == '\\') end = s.find('\n', end + 1);
      const std::string line = s.substr(i, end + 1 - i);
      out.header += line;
      if (line != "#pragma once\n") out.source += line;
      i = end + 1;
    } else if (s[i] == '/' || std::isspace(static_cast<unsigned char>(s[i]))) {
      const std::size_t end = s[i] == '/' ? skip_quoted(s, i) : i + 1;
      out.header += s.substr(i, end - i);
      if (s[i] != '/') out.source += s[i];
      i = end;
    } else if (s[i] == '}') {
      both(i + 1);
    } else if (s.compare(i, 10, "namespace ") == 0 || s.compare(i, 10, "extern \"C\"") == 0) {
      both(s.find('{', i) + 1);
    } else {
      const Item item = parse(s, i);
      const std::string text = s.substr(item.begin, item.end - item.begin);
      const std::string head = item.parameters ? s.substr(item.begin, item.parameters - item.begin) : text;
      const auto has = [&](const char* word) {
        return without_word(head, word) != head;
      };
      const bool stays = !item.body || !has("inline") || text.compare(0, 8, "template") == 0 || has("constexpr") ||
                         has("always_inline") || has("auto") || text.find('\n') == text.npos;
      if (stays) {
        const bool declares = item.parameters && !item.body && text.back() == ';' && text.compare(0, 8, "template") != 0 && !has("constexpr");
        out.header += declares ? without_word(text, "inline") : text;
        if (text.compare(0, 16, "using namespace ") == 0) out.source += text;
      } else {
        const std::string name = without_word(head, "inline");
        const std::string parameters = s.substr(item.parameters, item.parameters_end - item.parameters);
        std::string qualifiers = s.substr(item.parameters_end, item.body - item.parameters_end);
        if (const auto list = qualifiers.find(": "); list != qualifiers.npos && qualifiers.find("::") == qualifiers.npos) qualifiers = qualifiers.substr(0, list);
        while (!qualifiers.empty() && std::isspace(static_cast<unsigned char>(qualifiers.back()))) qualifiers.pop_back();
        const std::size_t last_space = name.find_last_of(" &*\n");
        const bool member = name.find("::", last_space == name.npos ? 0 : last_space) != name.npos;
        if (!member) out.header += name + parameters + qualifiers + ";";
        out.source += name + without_defaults(parameters) + s.substr(item.parameters_end, item.end - item.parameters_end);
        out.has_source = true;
      }
      i = item.end;
    }
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) stop("usage: declarations FROM TO");
  const fs::path from = argv[1], to = argv[2];
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    if (!entry.is_regular_file() || entry.path().extension() == ".md") continue;
    const fs::path name = fs::relative(entry.path(), from);
    fs::create_directories((to / "include" / name).parent_path());
    const std::string text = read(entry.path());
    const bool whole = entry.path().extension() != ".hpp" || name.filename() == "begin.hpp" || name.filename() == "end.hpp";
    const Split parts = whole ? Split{text, "", false} : split(text);
    std::ofstream(to / "include" / name) << parts.header;
    if (!parts.has_source) continue;
    fs::path source = to / "source" / name;
    source.replace_extension(".cpp");
    fs::create_directories(source.parent_path());
    std::ofstream(source) << "#include \"" << name.generic_string() << "\"\n" << parts.source;
  }
}
