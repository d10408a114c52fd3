// SPDX-License-Identifier: MIT
// Tests that the pages of docs/ops/ are those made from the present docstrings and rows, and that
// every docstring has its fields.
#include <doctest/doctest.h>

#include "ops_page_files.hpp"

using namespace ops_page;
using tinygrad::test::OpCase;

namespace {

using Faults = std::vector<std::string>;

Family read(const std::string& header, Faults& faults) {
  return read_family("room/a", "// SPDX-License-Identifier: MIT\n" + header, faults);
}
Family read(const std::string& header) {
  Faults faults;
  Family family = read(header, faults);
  CHECK(faults.empty());
  return family;
}

tinygrad::test::Rows row(const std::string& name, bool differentiable) {
  OpCase out;
  out.name = name;
  out.torch = "torch.f(x0, x1, 2)";
  out.differentiable = differentiable;
  return {out};
}

}  // namespace

TEST_CASE("the pages of docs/ops/ are up to date; if not, build and run the target ops_page") {
  const auto now = pages(read_ops().families, tinygrad::test::op_cases());
  for (const std::string& file : files_below(kPages, ".md"))
    CHECK_MESSAGE(now.count(file), "docs/ops/" << file << " belongs to no family");
  for (const auto& [file, text] : now) {
    std::istringstream written(read_file(kPages / file)), expected(text);
    std::string is, should;
    for (int line = 1;; ++line) {
      const bool more = static_cast<bool>(std::getline(written, is));
      const bool wanted = static_cast<bool>(std::getline(expected, should));
      if (!more) is = "the end";
      if (!wanted) should = "the end";
      REQUIRE_MESSAGE(
          (more == wanted && is == should),
          "docs/ops/" << file << ":" << line << " is\n  " << is << "\nand should be\n  " << should);
      if (!more) break;
    }
  }
}

TEST_CASE("every public function has a docstring with Shapes and, if differentiable, Grad") {
  const Reading reading = read_ops();
  CHECK(reading.families.size() > 20);
  for (const auto& fault : reading.faults) FAIL_CHECK(fault);
}

TEST_CASE("a docstring is read into text and fields, continuation lines included") {
  const Family family = read(
      "// Head.\n#pragma once\n\n/// One\n/// two.\n/// Shapes  x (n) → y (n),\n///         more\n"
      "/// Grad    g\ninline Tensor f(const Tensor& x, Index n = 1,\n                At at = "
      "At::here()) {\n"
      "  return x;\n}\n");
  REQUIRE(family.blocks.size() == 1);
  const Block& block = family.blocks[0];
  CHECK(family.head == std::vector<std::string>{" Head."});
  CHECK(block.text == "One two.");
  CHECK(block.fields.size() == 2);
  CHECK(block.fields[0].text == "x (n) → y (n), more");
  CHECK(block.signatures == std::vector<std::string>{"Tensor f(const Tensor& x, Index n = 1)"});
}

TEST_CASE("functions that adjoin a documented one share its docstring") {
  const Family family = read(
      "/// Doc.\ninline Tensor f(At at) { return {}; }\ninline Tensor g(At at) { return {}; }\n"
      "\ninline Tensor h(At at) { return {}; }\n");
  REQUIRE(family.blocks.size() == 2);
  CHECK(family.blocks[0].names == std::vector<std::string>{"f", "g"});
  CHECK_FALSE(family.blocks[1].documented);
}

TEST_CASE("a declaration and its definition are one function, with the default values") {
  const Family family = read(
      "inline Tensor f(const Shape& dims = {0, 1}, At at = At::here());\n\n/// Doc.\n"
      "inline Tensor f(const Shape& dims, At at) {\n  return {};\n}\n");
  REQUIRE(family.blocks.size() == 1);
  CHECK(family.blocks[0].signatures[0] == "Tensor f(const Shape& dims = {0, 1})");
}

TEST_CASE("helpers in detail and operators are no functions of the page") {
  const Family family = read(
      "namespace detail {\ninline int f() { return 1; }\n}  // namespace detail\n"
      "inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }\n");
  CHECK(family.blocks.empty());
  CHECK(family.operators == std::vector<std::string>{"+"});
}

TEST_CASE("the checker names the file, the line, the function and what it lacks") {
  const std::string function = "inline Tensor f(const Tensor& x) { return x; }\n";
  CHECK(faults(read(function), {}) == Faults{"ops/room/a.hpp:2: f has no docstring"});
  CHECK(faults(read("/// Doc.\n" + function), row("f", true)) ==
        Faults{"ops/room/a.hpp:3: f has no field Shapes",
               "ops/room/a.hpp:3: f is differentiable and has no field Grad"});
  CHECK(faults(read("/// Doc.\n/// Shapes  x\n" + function), row("f", false)).empty());
  CHECK(faults(read("// All of them: Shapes x. Grad g.\n\n/// Doc.\n" + function), row("f", true))
            .empty());
}

TEST_CASE("the checker finds fields that ran together") {
  Faults faults;
  read("/// Doc. Shapes  x Grad\n/// Grad    g Saves   x\n/// The Gradient of Range f\n", faults);
  CHECK(faults.size() == 2);
}

TEST_CASE("the checker finds words that are set like fields and are none") {
  Faults faults;
  read("/// Doc.\n/// Throws  x\n/// Note    more\n", faults);
  CHECK(faults.size() == 1);
}

TEST_CASE("PyTorch's expression names the function's parameters if it can") {
  CHECK(with_names("torch.f(x0, x1, 2) + max0", "Tensor f(const Tensor& a, const Operand& b)") ==
        "torch.f(a, b, 2) + max0");
  CHECK(with_names("torch.f(x0, x1)", "Tensor f(const Tensor& a)") == "torch.f(x0, x1)");
}

TEST_CASE("text that Markdown would read as marks is shown as it stands") {
  CHECK(markdown("grad_x·[x < 1] `a_b` *b* _or") == "grad_x·[x \\< 1] `a_b` \\*b\\* \\_or");
}

TEST_CASE("a function shows the row in the file of its family before one of its name elsewhere") {
  tinygrad::test::Rows rows = row("f", true);
  rows.push_back(rows[0]);
  rows[0].family = "room/b";
  rows[1].family = "room/a";
  CHECK(rows_of("f", "room/a", rows) == ops_page::Rows{&rows[1]});
  CHECK(rows_of("f", "room/c", rows).size() == 2);
}

TEST_CASE("the index links each function to its heading, and leaves out headers without any") {
  Family family = read(
      "// Head.\n#pragma once\n\n/// Doc.\n/// Shapes  x\n"
      "inline Tensor f_(const Tensor& x) { return x; }\n"
      "inline Tensor g(const Tensor& x) { return x; }\n");
  Family empty{.name = "room/empty"};
  empty.types = {"enum class E { kA };"};
  const auto made = pages({family, empty}, row("f_", true));
  CHECK(made.size() == 2);
  const std::string& index = made.at("README.md");
  CHECK(index.find("## room\n") != std::string::npos);
  CHECK(index.find("| [a](room/a.md) | [f_](room/a.md#f_-g) · [g](room/a.md#f_-g) |") !=
        std::string::npos);
  CHECK(index.find("enum class E") != std::string::npos);
  CHECK(index.find("empty") == std::string::npos);
  CHECK(made.at("room/a.md").find("## f_, g\n") != std::string::npos);
}

TEST_CASE("a field PyTorch stands in place of the row's expression") {
  const Family family = read(
      "/// Doc.\n/// Shapes  x\n/// PyTorch  `torch.g(x)`\n"
      "inline Tensor f(const Tensor& x) { return x; }\n");
  const std::string text = page(family, row("f", true));
  CHECK(text.find("- **PyTorch** `torch.g(x)`\n") != std::string::npos);
  CHECK(text.find("torch.f") == std::string::npos);
}
