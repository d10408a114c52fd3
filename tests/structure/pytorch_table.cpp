// SPDX-License-Identifier: MIT
// Makes a program of docs/pytorch.md: `pytorch_table PAGE PROGRAM`. The first ```cpp block gives
// the members of a struct; the code in the second column of each table row becomes a function with
// them.
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

/// The cells of "| a | b |"; "\|" is a bar inside of one.
std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> out;
  std::string cell;
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
      cell += line[++i];
    } else if (line[i] == '|') {
      out.push_back(cell);
      cell.clear();
    } else {
      cell += line[i];
    }
  }
  return out;
}

/// What stands in backticks, a statement each.
std::string code(const std::string& cell) {
  std::string out;
  std::size_t open = cell.find('`');
  while (open != std::string::npos) {
    const std::size_t close = cell.find('`', open + 1);
    if (close == std::string::npos) return "";
    out += cell.substr(open + 1, close - open - 1) + "; ";
    open = cell.find('`', close + 1);
  }
  return out;
}

int fail(const std::string& page, int line, const std::string& what) {
  std::cerr << page << ":" << line << ": " << what << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return fail("usage", 0, "pytorch_table PAGE PROGRAM");
  const std::string page = argv[1];
  std::ifstream in(page);
  std::ofstream out(argv[2]);
  out << "#include <tinygrad/tinygrad.hpp>\n\n#include <iostream>\n\nusing namespace tinygrad;\n\n"
         "struct Given {\n";
  std::string calls;
  bool preamble = false, preamble_done = false;
  int number = 0, rows = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (preamble && line == "```") {
      preamble = false;
      preamble_done = true;
      out << "};\n\n";
    } else if (preamble) {
      out << "  " << line << "\n";
    } else if (line == "```cpp" && !preamble_done) {
      preamble = true;
    } else if (line.starts_with("| ") && !line.starts_with("| PyTorch |")) {
      const std::vector<std::string> columns = cells(line);
      if (!preamble_done) return fail(page, number, "a table before the first ```cpp block");
      if (columns.size() != 2) return fail(page, number, "a row must have two cells");
      const std::string body = code(columns[1]);
      if (body.empty()) return fail(page, number, "no code in the column tinygrad");
      const std::string name = "Row" + std::to_string(number);
      out << "struct " << name << " : Given {\n  void run() {\n#line " << number << " \"" << page
          << "\"\n    " << body << "\n  }\n};\n";
      calls += "  failed += !runs<" + name + ">(" + std::to_string(number) + ");\n";
      ++rows;
    }
  }
  out << "\ntemplate <class Row> bool runs(int line) {\n  try {\n    Row().run();\n    return "
         "true;\n"
         "  } catch (const std::exception& e) {\n    std::cerr << \"pytorch.md:\" << line << \": "
         "\" "
         "<< e.what() << \"\\n\";\n    return false;\n  }\n}\n\nint main() {\n  int failed = 0;\n"
      << calls << "  return failed;\n}\n";
  return rows >= 120 ? 0 : fail(page, number, "fewer than 120 rows");
}
