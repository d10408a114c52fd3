// SPDX-License-Identifier: MIT
// declarations FROM TO: makes the compiled library's headers and sources from the headers in FROM.
//   TO/include/…    each header without the bodies of its functions
//   TO/source/….cpp the bodies of each header; empty if it has none
//   TO/tinygrad.cpp all sources in one
// Files whose text would not change are left alone, so that a build does not compile them again.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
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

void run(const fs::path& from, const fs::path& to) {
  std::set<fs::path> names;
  for (const auto& entry : fs::recursive_directory_iterator(from))
    if (entry.path().extension() == ".hpp" || entry.path().extension() == ".inc")
      names.insert(entry.path().lexically_relative(from));
  std::string all;
  for (const fs::path& name : names) {
    const fs::path path = from / name;
    const std::string text = read(path);
    const bool whole = name.extension() != ".hpp" || name.filename() == "begin.hpp" ||
                       name.filename() == "end.hpp";
    split::Parts parts;
    try {
      if (whole) parts.header = text;
      else parts = split::Splitter(text, path.generic_string()).run();
    } catch (const std::exception& e) {
      throw std::runtime_error(name.string() + ": " + e.what());
    }
    if (name.filename() == "version.hpp")
      parts.header =
          "#ifndef TINYGRAD_COMPILED\n#define TINYGRAD_COMPILED\n#endif\n" + parts.header;
    write(to / "include" / name, parts.header);
    std::string source;
    if (parts.has_bodies)
      source = "#include \"" + name.generic_string() +
               "\"\n#include \"tinygrad/core/begin.hpp\"\n" + parts.source +
               "#include \"tinygrad/core/end.hpp\"\n";
    fs::path source_name = name;
    source_name.replace_extension(".cpp");
    if (name.extension() == ".hpp") write(to / "source" / source_name, source);
    if (parts.has_bodies) all += "#include \"source/" + source_name.generic_string() + "\"\n";
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
