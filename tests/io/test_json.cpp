// SPDX-License-Identifier: MIT
// Tests of io/json.hpp: values, strings, limits, errors.
#include <doctest/doctest.h>

#include <string>

#include "support/messages.hpp"
#include "tinygrad/io/json.hpp"

using namespace tinygrad;
using support::contains;
using support::message_of;

namespace {

Json read_json(const std::string& text) { return JsonReader({"test"}, "the text", text).read(); }

std::string json_error(const std::string& text) {
  return message_of<IoError>([&] { read_json(text); });
}

}  // namespace

TEST_CASE("a document is read with all kinds of values in their order") {
  const Json root =
      read_json(" {\"b\" : [1, -2.5e+3 ,\"x\"],\n\"a\":{\"t\":true,\"f\":false},\"n\":null} ");
  REQUIRE(root.kind == Json::kObject);
  CHECK(root.names == std::vector<std::string>{"b", "a", "n"});
  REQUIRE(root.items.size() == 3);
  const auto& items = root.items[0].items;
  REQUIRE(items.size() == 3);
  CHECK(items[0].whole() == 1);
  CHECK(items[1].kind == Json::kNumber);
  CHECK(items[1].text == "-2.5e+3");
  CHECK_FALSE(items[1].whole());
  CHECK(items[2].text == "x");
  CHECK(root.find("a")->find("t")->kind == Json::kTrue);
  CHECK(root.find("a")->find("f")->kind == Json::kFalse);
  CHECK(root.find("n")->kind == Json::kNull);
  CHECK(root.find("c") == nullptr);
  CHECK(items[0].find("a") == nullptr);
}

TEST_CASE("whole numbers reach from 0 to 2^64 - 1") {
  CHECK(read_json("18446744073709551615").whole() == 18446744073709551615U);
  for (const char* other : {"18446744073709551616", "-0", "1.0", "1e2", "\"1\""})
    CHECK_FALSE(read_json(other).whole());
}

TEST_CASE("strings are read with every escape, and characters of every length") {
  CHECK(read_json(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00")").text ==
        "\"\\/\b\f\n\r\tA\u00e9\u20ac\U0001f600");
  CHECK(read_json("\"\u00e9\u20ac\U0001f600\x7f\"").text == "\u00e9\u20ac\U0001f600\x7f");
  CHECK(read_json(R"("\u0000")").text == std::string(1, '\0'));
}

TEST_CASE("what is not JSON is refused with its place") {
  CHECK(contains(json_error("{}x"), "the text is not valid JSON in UTF-8: wrong at byte 3"));
  for (const char* text : {"",
                           " ",
                           "{",
                           "[",
                           "[1",
                           "[1,]",
                           "[,1]",
                           "[1 2]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{,}",
                           "tru",
                           "nulll",
                           "+1",
                           "-",
                           ".5",
                           "1.",
                           "01",
                           "1e",
                           "1e+",
                           "0x1",
                           "NaN",
                           "\"",
                           "\"\n\"",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\u12g4\"",
                           "\"\\ud800\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\udc00\"",
                           "\xEF\xBB\xBF{}",
                           "[1]]",
                           "'a'",
                           "/**/1"}) {
    CAPTURE(text);
    CHECK(contains(json_error(text), "not valid JSON"));
  }
  CHECK(contains(json_error(std::string("{}\0", 3)), "wrong at byte 3"));
  CHECK(contains(json_error("1e999"), "out of range"));
}

TEST_CASE("what is not UTF-8 is refused") {
  for (const char* text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x9F\xBF", "\xE2\x82", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80"}) {
    CAPTURE(text);
    CHECK_FALSE(detail::is_utf8(text));
    CHECK(contains(json_error(std::string("\"") + text + "\""), "wrong at byte 2"));
  }
  CHECK(detail::is_utf8("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF"));
}

TEST_CASE("an object names no member twice, and values nest 16 levels deep at most") {
  CHECK(contains(json_error(R"({"a":{"b":1,"b":2}})"), R"(the text names "b" twice)"));
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  CHECK(read_json(nested(17)).kind == Json::kArray);
  CHECK(contains(json_error(nested(18)), "nests more than 16 levels deep"));
  CHECK(contains(json_error(std::string(1000000, '[')), "nests more than"));
}

TEST_CASE("quoted text reads back, and bytes that are not UTF-8 are replaced") {
  std::string all;
  for (int c = 0; c < 0x80; ++c) all += static_cast<char>(c);
  all += "\u00e9\u20ac\U0001f600";
  CHECK(read_json(json_quote(all)).text == all);
  CHECK(json_quote("a\"\\\b\f\n\r\t\x1f") == R"("a\"\\\b\f\n\r\t\u001f")");
  CHECK(json_quote("a\xFFz") == "\"a\uFFFDz\"");
}
