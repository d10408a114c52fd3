// SPDX-License-Identifier: MIT
// Tests of the program that splits headers for the compiled mode (cmake/compiled/). That the split
// headers and sources compile and work, every other test shows.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "../../cmake/compiled/split.hpp"

namespace {

/// The two parts of a text, without marks and #line.
struct Both {
  std::string header, source;
};
Both split_text(const std::string& text) {
  const split::Parts parts = split::Splitter(text, "x.hpp").run();
  Both both{split::without_marks(parts.header, [](const std::string&) { return false; }), ""};
  for (std::size_t i = 0; i < parts.source.size();) {
    const std::size_t end = parts.source.find('\n', i) + 1;
    if (parts.source.compare(i, 6, "#line ") != 0) both.source += parts.source.substr(i, end - i);
    i = end;
  }
  return both;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a function of several lines becomes a declaration with its default arguments") {
  const Both both = split_text(
      "/// Its comment.\ninline int f(int a, Map<int, int> b = {{1, 2}},\n             int c = "
      "g(1, 2)) noexcept {\n"
      "  return a;\n}\n");
  CHECK(both.header ==
        "/// Its comment.\nint f(int a, Map<int, int> b = {{1, 2}},\n             int c = g(1, 2)) "
        "noexcept;\n");
  CHECK(both.source ==
        "int f(int a, Map<int, int> b,\n             int c) noexcept {\n  return a;\n}\n");
}

TEST_CASE("what programs need stays in the header") {
  for (const char* text :
       {"inline int one_line(int a) { return a; }\n",
        "template <class T>\nvoid f(T t) {\n  t();\n}\n", "constexpr int f() {\n  return 1;\n}\n",
        "inline auto f() {\n  return 1;\n}\n", "inline void f(auto g) {\n  g();\n}\n",
        "[[gnu::always_inline]] inline int f() {\n  return 1;\n}\n",
        "inline void (*hook)(int) = nullptr;\n", "inline const std::string text{\"};\"};\n",
        "inline constexpr auto f = [](int i) {\n  return i;\n};\n",
        "enum class E { kOne, kTwo };\n",
        "struct S {\n  int a = 1;\n  std::function<void(int)> f;\n};\n",
        "template <class T> struct S {\n  void f() {\n    g();\n  }\n};\n",
        "template <> struct S<int> {\n  void f() {\n    g();\n  }\n};\n",
        "struct S {\n  S() = default;\n  bool operator==(const S&) const = default;\n  using "
        "Base::operator();\n};\n"}) {
    CAPTURE(text);
    const Both both = split_text(text);
    CHECK(both.header == text);
    CHECK(both.source.empty());
  }
}

TEST_CASE("a kernel's function of numbers stays in the header, for loops to inline") {
  const auto stays = [](const std::string& text, const std::string& path) {
    const split::Parts parts = split::Splitter(text, path).run();
    return parts.header == text && !parts.has_bodies;
  };
  for (const char* text :
       {"inline double f(double x, std::int64_t n = g(1, 2), float = {}) {\n  return x;\n}\n",
        "inline double f(double x) {\n  static constexpr int n = 1;\n  return n;\n}\n",
        "struct S {\n  float operator()(float x) const {\n    return x;\n  }\n};\n"}) {
    CAPTURE(text);
    CHECK(stays(text, "tinygrad/kernels/x.hpp"));
    CHECK(stays(text, "tinygrad/core/x.hpp"));
    CHECK(!stays(text, "tinygrad/nn/x.hpp"));
  }
  for (const char* text :
       {"inline double f() {\n  return 1;\n}\n", "inline void f(double x) {\n  g(x);\n}\n",
        "inline double f(const double& x) {\n  return x;\n}\n",
        "inline double f(double x, Shape s) {\n  return x;\n}\n",
        "inline double f(double x) {\n  static int n;\n  return n;\n}\n"}) {
    CAPTURE(text);
    CHECK(!stays(text, "tinygrad/kernels/x.hpp"));
  }
}

TEST_CASE("one state: functions with static variables move, however short") {
  const Both both = split_text("inline int& f() { static int i; return i; }\n");
  CHECK(both.header == "int& f();\n");
  CHECK(both.source == "int& f() { static int i; return i; }\n");
}

TEST_CASE("members move out of their class, virtual ones however short") {
  const Both both = split_text(
      "class [[nodiscard]] A final : public Base<int> {\n public:\n"
      "  explicit A(int i)  // NOLINT\n      : i_(i), list_{1, 2} {\n    g();\n  }\n"
      "  Inner inner(int n = 3) const override { return {}; }\n"
      "  static Type* make() {\n    return 0;\n  }\n"
      "  operator bool() const {\n    return i_;\n  }\n"
      "  int operator()(int x) {\n    return x;\n  }\n"
      "  ~A() {\n    end();\n  }\n"
      "  struct Inner {\n    int f() {\n      return 1;\n    }\n  };\n"
      "  friend void h(A& a) {\n    a.end();\n  }\n"
      "  int short_one() const { return i_; }\n};\n");
  CHECK(has(both.header,
            "class [[nodiscard]] A final : public Base<int> {\n public:\n  explicit A(int i);\n"));
  CHECK(has(both.header, "  Inner inner(int n = 3) const override;\n"));
  CHECK(has(both.header, "  static Type* make();\n"));
  CHECK(has(both.header, "  operator bool() const;\n"));
  CHECK(has(both.header, "  int operator()(int x);\n  ~A();\n"));
  CHECK(has(both.header, "    int f();\n  };\n"));
  CHECK(has(both.header, "  friend void h(A& a) {\n    a.end();\n  }\n"));
  CHECK(has(both.header, "  int short_one() const { return i_; }\n};\n"));
  CHECK(has(both.source, "A::A(int i) : i_(i), list_{1, 2} {\n    g();\n  }\n"));
  CHECK(has(both.source, "auto A::inner(int n) const -> Inner { return {}; }\n"));
  CHECK(has(both.source, "auto A::make() -> Type* {\n"));
  CHECK(has(both.source, "A::operator bool() const {\n"));
  CHECK(has(both.source, "auto A::operator()(int x) -> int {\n"));
  CHECK(has(both.source, "A::~A() {\n"));
  CHECK(has(both.source, "auto A::Inner::f() -> int {\n"));
}

TEST_CASE("members that are defined outside their class lose inline and stay out of the header") {
  const Both both = split_text("inline int A::f(int i) const {\n  return i;\n}\n");
  CHECK(both.header == "\n");
  CHECK(both.source == "int A::f(int i) const {\n  return i;\n}\n");
}

TEST_CASE("a declaration of a function that is defined elsewhere is no longer inline") {
  CHECK(split_text("inline int f(int a = 1);\n").header == "int f(int a = 1);\n");
  CHECK(split_text("template <class T> inline int f(T a);\n").header ==
        "template <class T> inline int f(T a);\n");
}

TEST_CASE("namespaces, directives and macros of a line are in both parts") {
  const Both both = split_text(
      "#pragma once\n#if X\nTINYGRAD_BEGIN_WIDE\nnamespace a::inline B {\ninline int f() {\n  "
      "return '}';\n}\n}\n"
      "TINYGRAD_END_WIDE\n#endif\n");
  CHECK(has(both.header,
            "#pragma once\n#if X\nTINYGRAD_BEGIN_WIDE\nnamespace a::inline B {\nint f();\n}\n"));
  CHECK(
      has(both.source,
          "#if X\nTINYGRAD_BEGIN_WIDE\nnamespace a::inline B {\nint f() {\n  return '}';\n}\n}\n"));
  CHECK_FALSE(has(both.source, "pragma once"));
}

TEST_CASE("lines of the source are numbered as in the header") {
  const split::Parts parts =
      split::Splitter("\n\ninline int f() {\n  return 1;\n}\n", "a/x.hpp").run();
  CHECK(parts.has_bodies);
  CHECK(parts.source == "#line 3 \"a/x.hpp\"\nint f() {\n  return 1;\n}\n");
}

TEST_CASE("internal functions that only sources call are hidden") {
  const std::string text =
      "namespace detail {\ninline int f() {\n  return 1;\n}\ninline int g() {\n  return 1;\n}\n}\n"
      "template <class T> int h() { return detail::g(); }\n";
  const split::Parts parts = split::Splitter(text, "x.hpp").run();
  std::map<std::string, int, std::less<>> words, internal;
  split::count_words(parts.header, words);
  split::count_internal(parts.header, internal);
  const std::string header = split::without_marks(
      parts.header, [&](const std::string& f) { return words[f] <= internal[f]; });
  CHECK(has(header, "[[gnu::visibility(\"hidden\")]] int f();\n"));
  CHECK(has(header, "\nint g();\n"));
}

TEST_CASE("a text that cannot be split is an error") {
  CHECK_THROWS_WITH(split::Splitter("inline int f() {\n", "x.hpp").run(),
                    doctest::Contains("a bracket is not closed"));
  CHECK_THROWS_WITH(split::Splitter("int a\n", "x.hpp").run(), doctest::Contains("does not end"));
}
