// SPDX-License-Identifier: MIT
// The headings and links of Markdown pages, and the anchors that code hosts give to headings.
#pragma once

#include <array>
#include <cctype>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace markdown_text {

inline bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// The anchors of one page: headings of equal text get -1, -2, … after the first.
class Anchors {
 public:
  /// The anchor of the next heading.
  std::string of(const std::string& heading) {
    const std::string name = plain(heading);
    const int before = count_[name]++;
    return before == 0 ? name : name + "-" + std::to_string(before);
  }

 private:
  // Letters in lower case, digits, underscores and hyphens; spaces become hyphens.
  static std::string plain(std::string text) {
    constexpr std::array<std::string_view, 10> kMarks = {"·", "–", "—", "→", "×",
                                                         "…", "“", "”", "’", "↔"};
    for (const std::string_view mark : kMarks)
      for (std::size_t at; (at = text.find(mark)) != std::string::npos;)
        text.erase(at, mark.size());
    std::string out;
    for (const char c : text) {
      if (c == ' ') out += '-';
      else if (static_cast<signed char>(c) < 0 || is_word(c) || c == '-')
        out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return out;
  }

  std::map<std::string, int> count_;
};

/// A page: its headings, and what its links point to.
struct Page {
  struct Link {
    int line;
    std::string target;  ///< as it is written: "design.md#floors"
  };
  std::vector<std::string> headings = {};
  std::vector<Link> links = {};
};

/// Drops code in backticks.
inline std::string without_code(const std::string& line) {
  std::string out;
  bool code = false;
  for (const char c : line) {
    if (c == '`') code = !code;
    else if (!code) out += c;
  }
  return out;
}

/// The text of a heading as it is shown: of [text](target) the text.
inline std::string shown(std::string heading) {
  for (std::size_t at; (at = heading.find("](")) != std::string::npos;) {
    const auto open = heading.rfind('[', at), close = heading.find(')', at);
    if (open == std::string::npos || close == std::string::npos) break;
    heading.erase(at, close + 1 - at);
    heading.erase(open, 1);
  }
  return heading;
}

/// Reads a page. What stands in blocks of code is left out.
inline Page read_page(const std::string& text) {
  Page page;
  std::istringstream in(text);
  std::string line;
  bool code = false;
  for (int number = 1; std::getline(in, line); ++number) {
    const auto begin = line.find_first_not_of(' ');
    if (begin != std::string::npos && line.compare(begin, 3, "```") == 0) code = !code;
    if (code) continue;
    if (line.starts_with("#")) {
      const auto words = line.find_first_not_of("# ");
      if (words != std::string::npos) page.headings.push_back(shown(line.substr(words)));
    }
    const std::string prose = without_code(line);
    for (std::size_t at = 0; (at = prose.find("](", at)) != std::string::npos; ++at) {
      const auto close = prose.find(')', at);
      if (close != std::string::npos)
        page.links.push_back({number, prose.substr(at + 2, close - at - 2)});
    }
  }
  return page;
}

/// Whether a heading of the page has this anchor.
inline bool has_anchor(const Page& page, const std::string& anchor) {
  Anchors anchors;
  for (const std::string& heading : page.headings)
    if (anchors.of(heading) == anchor) return true;
  return false;
}

}  // namespace markdown_text
