// SPDX-License-Identifier: MIT
// Measures every accuracy case and writes docs/accuracy.md.
#define DOCTEST_CONFIG_IMPLEMENT  // the cases are built with the tests' precompiled header
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>

#include "accuracy/measure.hpp"

using namespace tinygrad;
using namespace tinygrad::test;

namespace {

const std::string kTree = TINYGRAD_SOURCE_DIR;

std::string shown(double ulps) {
  if (std::isinf(ulps)) return "Inf, NaN";
  char text[32];
  if (ulps < 100) std::snprintf(text, sizeof text, "%.1f", std::max(ulps, 0.5));
  else std::snprintf(text, sizeof text, "%.0e", ulps);
  return text;
}

/// What measure_torch.py recorded: the version, and value and gradient by "name dtype".
struct Recorded {
  std::string version;
  std::map<std::string, std::pair<std::string, std::string>> errors = {};

  Recorded() {
    std::ifstream in(kTree + "/tests/accuracy/torch_errors.txt");
    std::getline(in, version);
    std::string name, dtype, value, slope;
    while (in >> name >> dtype >> value >> slope) {
      std::replace(name.begin(), name.end(), '_', ' ');
      const auto text = [](const std::string& number) { return shown(std::stod(number)); };
      errors[name + ' ' + dtype] = {text(value), text(slope)};
    }
  }
  std::pair<std::string, std::string> of(std::string name, Dtype dtype) const {
    std::replace(name.begin(), name.end(), '_', ' ');
    const auto found = errors.find(str_cat(name, ' ', dtype));
    return found == errors.end() ? std::pair<std::string, std::string>{"–", "–"} : found->second;
  }
};

constexpr const char* kIntroduction = R"(# Accuracy

The largest errors found of every operation that works element by element, in units of the last place (ulp): 1 ulp is
the distance from the exact result to the next number of the dtype, so 0.5 is the best that can be. Exact results are
computed with 113 bits. Below the smallest normal number an ulp is the smallest number there is.

The points: all pairs of NaN, ±∞, ±0, the smallest and the largest numbers and a few ordinary ones; and )";
constexpr const char* kPoints = R"( random ones, among
them numbers of all sizes (uniform in their bits), nearly equal pairs, and neighbours of every pole, zero, branch point
and threshold. The gradient is that of the sum of the results, by a plain backward and by one with `create_graph`; of
several inputs, the largest. "Inf, NaN" stands where the result is infinite or NaN and should not be, or the
reverse. Next to a zero of a function that is not at 0, errors of digamma and the like are in units of the function's
size around it; those of the sine are not.

Values of at most 4 and gradients of at most 8 ulp are promised, and tested (`tests/accuracy`); what is stated under
the table excepted. The functions are the library's own, but for the sines of huge angles and for polygamma.

This page is made by the program `accuracy_page`; `tests/accuracy/measure_torch.py` measures PyTorch at the same
points.

)";

}  // namespace

int main() {
  const Recorded torch;
  std::ofstream out(kTree + "/docs/accuracy.md");
  out << kIntroduction << kPagePoints << kPoints;
  out << "Here each pair is tinygrad / " << torch.version << ".\n\n"
      << "| operation | float32 value | gradient | float64 value | gradient "
         "|\n|---|---|---|---|---|\n";
  std::vector<std::string> notes;
  for (const AccuracyCase& c : accuracy_cases()) {
    out << "| `" << c.name << "` |";
    for (const Dtype dtype : {float32, float64}) {
      const Accuracy a = measure(c, dtype, accuracy_points(c, dtype, kPagePoints));
      const Bound& bound = dtype == float32 ? c.float32_bound : c.float64_bound;
      if (!a.within()) std::cerr << str_cat(c.name, ' ', dtype, " is out of its bounds\n");
      std::string mark;
      if (!bound.reason.empty()) {
        notes.push_back(str_cat('`', c.name, "`, ", dtype, ": ", bound.reason));
        mark = str_cat(" (", notes.size(), ')');
      }
      const auto [value, slope] = torch.of(c.name, dtype);
      out << ' ' << shown(a.value.ulps) << (bound.value_absolute > 0 ? mark : "") << " / " << value
          << " | " << shown(a.slope()) << (bound.value_absolute > 0 ? "" : mark) << " / " << slope
          << " |";
    }
    out << '\n';
  }
  out << '\n';
  for (std::size_t i = 0; i < notes.size(); ++i) out << i + 1 << ". " << notes[i] << "\n";
  out << "\nWithout figures:\n\n";
  std::map<std::string, std::string> reasons;
  for (const auto& [name, reason] : without_accuracy_case()) {
    std::string& names = reasons[reason];
    names += (names.empty() ? "`" : ", `") + name + '`';
  }
  for (const auto& [reason, names] : reasons) out << "- " << names << ": " << reason << ".\n";
  return out.good() ? 0 : 1;
}
