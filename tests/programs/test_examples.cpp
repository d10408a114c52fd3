// SPDX-License-Identifier: MIT
// Tests the examples, examples/*.cpp: each prints what its head comment says, is short, and
// includes only doors. The README shows parts of mnist.cpp, word for word.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <regex>
#include <sstream>

#include "support/files.hpp"
#include "support/programs.hpp"
#include "support/sanitized.hpp"

namespace {

using support::contains;
using support::read_back;

const std::string kExamples = TINYGRAD_SOURCE_DIR "/examples/";

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The lines "//   …" that follow "// Output:" in the head of the file.
std::vector<std::string> promised(const std::string& example) {
  std::vector<std::string> output;
  bool begun = false;
  for (const std::string& line : split_lines(read_back(kExamples + example + ".cpp"))) {
    if (begun && !line.starts_with("//   ")) break;
    if (begun) output.push_back(line.substr(5));
    begun = begun || line.starts_with("// Output");
  }
  return output;
}

// An example runs in a folder of its own. No data are looked for: where an example wants MNIST it
// draws digits.
std::vector<std::string> printed(const std::string& example, const std::string& environment = "") {
  const support::TemporaryFolder folder;
  const auto r = support::run_program(
      example, "",
      "cd \"" + folder.path() + "\" && env TINYGRAD_DATA= XDG_CACHE_HOME= HOME= " + environment);
  REQUIRE_MESSAGE(r.status == 0, r.output);
  return split_lines(r.output);
}

// The output, which must be the same with one thread and with two. Sanitizers see as much in one run.
std::vector<std::string> printed_by_any_number_of_threads(const std::string& example) {
  const auto lines = printed(example, "OMP_NUM_THREADS=2");
  if (!support::sanitized) CHECK(printed(example, "OMP_NUM_THREADS=1") == lines);
  return lines;
}

// The text with every number replaced by '#', and the numbers.
struct Pattern {
  std::string words;
  std::vector<double> numbers;
};
Pattern pattern_of(const std::string& line) {
  static const std::regex number("-?[0-9]+[.]?[0-9]*(e[-+][0-9]+)?");
  Pattern p{std::regex_replace(line, number, "#"), {}};
  p.words.erase(std::remove(p.words.begin(), p.words.end(), ' '), p.words.end());
  for (std::sregex_iterator i(line.begin(), line.end(), number), end; i != end; ++i)
    p.numbers.push_back(std::stod(i->str()));
  return p;
}

// Compares words exactly and numbers within `tolerance`, relative to the promised one.
void check_output(const std::string& example, double tolerance) {
  CAPTURE(example);
  const auto expected = promised(example), actual = printed(example);
  REQUIRE(!expected.empty());
  REQUIRE(actual.size() >= expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Pattern e = pattern_of(expected[i]), a = pattern_of(actual[i]);
    CHECK_MESSAGE(e.words == a.words, expected[i], " | ", actual[i]);
    REQUIRE(e.numbers.size() == a.numbers.size());
    for (std::size_t k = 0; k < e.numbers.size(); ++k)
      CHECK_MESSAGE(std::abs(e.numbers[k] - a.numbers[k]) <= tolerance * std::abs(e.numbers[k]),
                    expected[i], " | ", actual[i]);
  }
}

double number_in(const std::string& line, const std::string& after) {
  const auto at = line.rfind(after);
  REQUIRE_MESSAGE(at != std::string::npos, line);
  return std::stod(line.substr(at + after.size()));
}

}  // namespace

TEST_CASE("an example has at most 120 lines and includes only doors and the standard library") {
  const std::regex door("#include <tinygrad/[a-z]+\\.hpp>"), standard("#include <[a-z]+>");
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kExamples)) {
    if (entry.path().extension() != ".cpp") continue;
    CAPTURE(entry.path().string());
    const auto lines = split_lines(read_back(entry.path().string()));
    CHECK(lines.size() <= 120);
    for (const std::string& line : lines)
      if (line.starts_with("#include"))
        CHECK_MESSAGE((std::regex_match(line, door) || std::regex_match(line, standard)), line);
    ++count;
  }
  CHECK(count >= 9);
}

TEST_CASE("the examples that compute without chance print what their heads say") {
  check_output("custom_op", 1e-5);
  check_output("second_derivatives", 1e-4);
  check_output("xtensor_gradients", 1e-4);
}

TEST_CASE("the examples that train print about what their heads say") {
  // Another BLAS rounds sums differently, and training amplifies the difference.
  check_output("own_data", 0.06);
  check_output("save_and_load", 0.1);
}

TEST_CASE("mnist recognises more than 97.5 % of the digits that the library draws") {
  const auto lines = printed("mnist");
  REQUIRE(lines.size() == 7);
  CHECK(contains(lines[0], "synthetic digits drawn by the library, not MNIST"));
  CHECK(number_in(lines[1], "epoch 1: loss ") > number_in(lines[5], "epoch 5: loss "));
  CHECK(number_in(lines[6], "test accuracy ") > 97.5);  // 98.3
}

TEST_CASE("mnist reaches on MNIST what its head says") {
  const std::string folder = support::real_data("mnist");
  if (folder.empty()) return;
  const auto lines =
      printed("mnist", "TINYGRAD_DATA=\"" + folder.substr(0, folder.rfind('/')) + "\"");
  CHECK(contains(lines[0], "MNIST from "));
  CHECK(std::abs(number_in(lines.back(), "test accuracy ") - 97.8) < 0.5);
}

TEST_CASE("cnn learns drawn digits in two epochs") {
  const auto lines = printed("cnn");
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == promised("cnn")[0]);
  CHECK(number_in(lines[2], "test accuracy ") > 96);
}

TEST_CASE("char_rnn comes near the entropy of its text, and writes right sentences") {
  const auto lines = printed_by_any_number_of_threads("char_rnn");
  REQUIRE(lines.size() == 8);
  const double loss = number_in(lines[2], "loss "),
               least = number_in(lines[2], "the least possible is ");
  CHECK(loss < least + 0.02);  // guessing is 3 above
  CHECK(loss > least);
  const std::regex sentence(
      "the (?:(?:old|red|small) )?(?:bird|cat|dog|king)(s?)"
      "(?: near the (?:bird|cat|dog|king)s?)? (?:dance|laugh|sing|sleep)(s?)\\.");
  int right = 0;
  for (std::size_t i = 3; i < lines.size(); ++i) {
    std::smatch found;  // the ends of the first noun and of the verb: one of them is s
    right += std::regex_match(lines[i], found, sentence) && found.length(1) != found.length(2);
  }
  CHECK(right >= 3);
}

TEST_CASE("pinn finds the solution, L-BFGS more exactly than Adam") {
  const auto lines = printed_by_any_number_of_threads("pinn");
  REQUIRE(lines.size() == 2);
  CHECK(number_in(lines[0], "residual ") < 0.1);       // 0.017
  CHECK(number_in(lines[0], "relative error ") < 15);  // 4.3 %
  CHECK(number_in(lines[1], "residual ") < 1e-3);      // 3e-5
  CHECK(number_in(lines[1], "relative error ") < 1);   // 0.07 %
}

TEST_CASE("the README shows mnist.cpp word for word") {
  const std::string readme = read_back(TINYGRAD_SOURCE_DIR "/README.md");
  const std::string source = read_back(kExamples + "mnist.cpp");
  for (const std::string start : {"```cpp\nstruct Mlp", "```cpp\nvoid train"}) {
    const auto begin = readme.find(start);
    REQUIRE_MESSAGE(begin != std::string::npos, start);
    const auto code = readme.substr(begin + 7, readme.find("```", begin + 7) - begin - 7);
    CHECK_MESSAGE(contains(source, code), code);
  }
}
