// SPDX-License-Identifier: MIT
// Tests that every relative link in a Markdown page of the project leads to a file, and every
// anchor to a heading.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "markdown.hpp"

using namespace markdown_text;
namespace fs = std::filesystem;

namespace {

const fs::path kProject = TINYGRAD_SOURCE_DIR;

Page read_file(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return read_page(text.str());
}

// The pages beside CMakeLists.txt and in the folders that the project consists of.
std::vector<fs::path> all_pages() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(kProject))
    if (entry.path().extension() == ".md") out.push_back(entry.path());
  for (const char* folder : {"benchmarks", "cmake", "docs", "examples", "include", "tests"})
    for (const auto& entry : fs::recursive_directory_iterator(kProject / folder))
      if (entry.path().extension() == ".md") out.push_back(entry.path());
  return out;
}

// What is wrong with a link of a page; "" if nothing is.
std::string fault(const fs::path& page, const std::string& target) {
  if (target.find("://") != std::string::npos || target.starts_with("mailto:")) return "";
  const auto hash = target.find('#');
  const std::string file = target.substr(0, hash);
  const fs::path path = file.empty() ? page : page.parent_path() / file;
  if (!fs::exists(path)) return "no such file";
  if (hash == std::string::npos) return "";
  return has_anchor(read_file(path), target.substr(hash + 1)) ? "" : "no such heading";
}

}  // namespace

TEST_CASE("every link of every page leads somewhere") {
  std::size_t links = 0;
  for (const fs::path& page : all_pages()) {
    for (const Page::Link& link : read_file(page).links) {
      const std::string wrong = fault(page, link.target);
      CHECK_MESSAGE(wrong.empty(), fs::relative(page, kProject).generic_string()
                                       << ":" << link.line << ": " << link.target << ": " << wrong);
      ++links;
    }
  }
  CHECK(links > 100);
}

TEST_CASE("anchors are made as code hosts make them") {
  Anchors anchors;
  CHECK(anchors.of("Full speed, `simd` & co.") == "full-speed-simd--co");
  CHECK(anchors.of("add, sub_") == "add-sub_");
  CHECK(anchors.of("add, sub_") == "add-sub_-1");
  CHECK(anchors.of("Größe → 2") == "größe--2");
}

TEST_CASE("headings and links in code are none") {
  const Page page =
      read_page("# A [b](c.md)\n`[x](y)` [d](e.md#f)\n```sh\n# no\n[g](h)\n```\n## I\n");
  CHECK(page.headings == std::vector<std::string>{"A b", "I"});
  REQUIRE(page.links.size() == 2);
  CHECK(page.links[0].target == "c.md");
  CHECK(page.links[1].target == "e.md#f");
  CHECK(page.links[1].line == 2);
  CHECK(has_anchor(page, "a-b"));
  CHECK_FALSE(has_anchor(page, "no"));
}
