// SPDX-License-Identifier: MIT
// declarations FROM TO: makes the compiled library's headers and sources from the headers in FROM.
//   TO/include/tinygrad-compiled/…  each header without the bodies of its functions
//   TO/source/….cpp  the bodies of each header; empty if it has none
//   TO/tinygrad.cpp  all sources in one
// Files whose text would not change are left alone, so that a build does not compile them again.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include "split.hpp"

namespace {
namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write(const fs::path& path, const std::string& text) {
  if (fs::exists(path) && read(path) == text) return;
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

// What no program should read by itself: these headers have no functions to split off.
bool stays_whole(const fs::path& name) {
  return name.extension() != ".hpp" || name.filename() == "begin.hpp" ||
         name.filename() == "end.hpp";
}

void run(const fs::path& from, const fs::path& to) {
  std::map<fs::path, split::Parts> headers;
  std::map<std::string, int, std::less<>> words, internal;
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const fs::path name = entry.path().lexically_relative(from);
    if (name.extension() != ".hpp" && name.extension() != ".inc") continue;
    const std::string text = read(entry.path());
    split::Parts& parts = headers[name];
    try {
      if (stays_whole(name)) parts.header = text;
      else parts = split::Splitter(text, entry.path().generic_string()).run();
    } catch (const std::exception& e) {
      throw std::runtime_error(name.string() + ": " + e.what());
    }
    split::count_words(parts.header, words);
    split::count_internal(parts.header, internal);
  }
  const auto only_in_sources = [&](const std::string& f) { return words[f] <= internal[f]; };

  std::string all;
  for (const auto& [name, parts] : headers) {
    std::string header = split::without_marks(parts.header, only_in_sources);
    if (name.filename() == "version.hpp")
      header = "#ifndef TINYGRAD_COMPILED\n#define TINYGRAD_COMPILED 1\n#endif\n" + header;
    write(to / "include/tinygrad-compiled" / name, header);
    if (name.extension() != ".hpp") continue;

    fs::path source = "source" / name;
    source.replace_extension(".cpp");
    std::string text;
    if (parts.has_bodies) {
      text = "#include \"" + name.generic_string() + "\"\n#include \"tinygrad/core/begin.hpp\"\n" +
             parts.source + "#include \"tinygrad/core/end.hpp\"\n";
      all += "#include \"" + source.generic_string() + "\"\n";
    }
    write(to / source, text);
  }
  write(to / "tinygrad.cpp", all);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: declarations FROM TO\n");
    return 2;
  }
  try {
    run(argv[1], argv[2]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "declarations: %s\n", e.what());
    return 1;
  }
}
