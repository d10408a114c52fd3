// SPDX-License-Identifier: MIT
// Tests of io/csv.hpp: names, separators, dtypes, errors, damaged files.
#include <doctest/doctest.h>

#include "support/data_files.hpp"
#include "support/images.hpp"
#include "tinygrad/io/csv.hpp"

using namespace tinygrad;
using support::contains;
using support::message_of;
using support::values_of;

namespace {

Csv csv_of(const std::string& text, const CsvOptions& options = {}) {
  const support::TemporaryFolder folder;
  return read_csv(folder.write("t.csv", text), options);
}
std::string csv_fault(const std::string& text, const CsvOptions& options = {}) {
  return message_of<Error>([&] { csv_of(text, options); });
}

}  // namespace

TEST_CASE("a table of numbers is read with its names, however its lines and fields are written") {
  const std::vector<double> values{1, 2.5, -3, 4e2, 0.125, 6};
  for (const std::string text :
       {"a,b c,d\n1,2.5,-3\n4e2,.125,6\n", "a,b c,d\r\n1,2.5,-3\r\n400,0.125,6",
        "\xEF\xBB\xBF"
        "a,b c,d\n1,2.5,-3\n4e+2,.125,6.\n\n",
        "a,b c,d\r1,2.5,-3\r4E2,.125,6\r", "\n \na, b c ,d\n 1 ,\t2.5,-3\n\n400, 0.125 ,+6\n \t\n",
        "\"a\",\"b c\", \"d\" \n\"1\",\" 2.5 \",\"-3\"\n4e2,\".125\",6\n"}) {
    CAPTURE(text);
    const Csv csv = csv_of(text);
    CHECK(csv.names == std::vector<std::string>{"a", "b c", "d"});
    CHECK(csv.values.dtype() == float32);
    CHECK(csv.values.shape() == Shape{2, 3});
    CHECK(values_of(csv.values) == values);
    CHECK(values_of(csv_of(support::gzip(text)).values) == values);
  }
  CHECK(csv_of("\n1,2\n\n\n3,4\n").lines == std::vector<Index>{2, 5});
  CHECK(csv_of("1,2\n3,4").names.empty());
}

TEST_CASE("a line of names is found by having no number, or is as it is said to be") {
  CHECK(csv_of("x,1\n2,3\n", {.header = true}).names == std::vector<std::string>{"x", "1"});
  CHECK(csv_of("0,1\n2,3\n", {.header = true}).values.shape() == Shape{1, 2});
  CHECK(csv_of(",pixel0\n2,3\n").names == std::vector<std::string>{"", "pixel0"});
  CHECK(csv_of("\"a, \"\"b\"\"\",c\n2,3\n").names == std::vector<std::string>{"a, \"b\"", "c"});
  CHECK(csv_of("nan,inf\n2,3\n").names.empty());  // they are numbers
  CHECK(csv_of("a,b\n", {.header = true}).values.shape() == Shape{0, 2});
  CHECK(contains(csv_fault("x,1\n2,3\n"),
                 "/t.csv: line 1, column 1 is 'x'; it must be a number that float32 can hold; if "
                 "this line names the columns, say so with .header = true"));
  CHECK(contains(csv_fault("a,b\n2,3\n", {.header = false}), "line 1, column 1 is 'a'"));
  CHECK(contains(csv_fault("\na,b\n"), "line 2 is the only one and holds no number"));
  CHECK_FALSE(contains(csv_fault("a,b\n2,3\n", {.header = false}), ".header"));
}

TEST_CASE("columns are parted by what the options say") {
  for (const char delimiter : {';', '\t', ' ', '|', ':'}) {
    std::string text = "a,b\n1.5,2\n";
    std::replace(text.begin(), text.end(), ',', delimiter);
    const Csv csv = csv_of(text, {.delimiter = delimiter});
    CHECK(csv.names == std::vector<std::string>{"a", "b"});
    CHECK(values_of(csv.values) == std::vector<double>{1.5, 2});
  }
  CHECK(contains(csv_fault("1;2\n3;4\n"), "column 1 (1;2) is '3;4'"));
  CHECK(contains(csv_fault("1;2\n3;4\n"), "does a ; part its columns? Say so with .delimiter"));
  CHECK(contains(csv_fault("1\t2\n", {.header = false}), "does a tab part its columns?"));
  CHECK(contains(csv_fault("1\t\t2\n", {.delimiter = '\t'}), "column 2 is empty"));
  CHECK(contains(csv_fault("1", {.delimiter = '.'}), "delimiter='.' must be a comma"));
}

TEST_CASE("numbers too near to 0 for a type are 0, in every notation; too large ones are errors") {
  const std::string zeros(400, '0');
  for (const std::string& text : {"0." + zeros + "1", std::string("-1e-400"), "1" + zeros + "e-800",
                                  "0." + zeros + "12E+10", std::string("1e-99999999999999999999")})
    for (const Dtype dtype : {float32, float64}) {
      CAPTURE(text);
      CHECK(csv_of(text + ",1\n", {.dtype = dtype, .header = false}).values.at(0) == 0);
    }
  for (const std::string& text : {"1" + zeros, "1" + zeros + "e-1", "0." + zeros + "1e+800",
                                  std::string("-1e99999999999999999999")})
    for (const Dtype dtype : {float32, float64})
      CHECK(contains(csv_fault(text + ",1\n", {.dtype = dtype, .header = false}),
                     "it must be a number"));
  CHECK(csv_of("0." + zeros + "5e+400\n", {.dtype = float64, .header = false}).values.at(0) == 0.5);
}

TEST_CASE("values are of the dtype asked for, exactly or rounded once") {
  CHECK(csv_of("9007199254740993,-9223372036854775808,1e3,12.0\n", {.dtype = int64})
            .values.at<std::int64_t>(0) == 9007199254740993);
  const Array wide = csv_of("1234567,-9223372036854775808,1e3,12.0\n", {.dtype = int64}).values;
  CHECK(wide.at<std::int64_t>(1) == std::numeric_limits<std::int64_t>::min());
  CHECK(wide.at<std::int64_t>(2) == 1000);
  CHECK(values_of(csv_of("0,255,\"7\",8.0\n", {.dtype = uint8}).values) ==
        std::vector<double>{0, 255, 7, 8});
  CHECK(csv_of("0.1,16777217,1e-50,1e-400\n", {.dtype = float64}).values.at(0) == 0.1);
  CHECK(values_of(csv_of("0.1,16777217,1e-50,1e-400\n").values) ==
        std::vector<double>{double{0.1F}, 16777216, 0, 0});
  CHECK(std::isnan(csv_of("NaN,-inf\n").values.at(0)));
  for (const char* text : {"1e39", "0x10", "1_000", "1 2", "--1", "+-1", "1e", "NA", "true"})
    CHECK(contains(csv_fault(std::string("1,2\n3,") + text + "\n"),
                   std::string("line 2, column 2 is '") + text + "'; it must be a number that"));
  CHECK(contains(csv_fault("1e400\n", {.dtype = float64, .header = false}),
                 "'1e400'; it must be a number"));
  for (const char* text : {"1.5", "9223372036854775808", "nan", "1e300"})
    CHECK(contains(csv_fault(text, {.dtype = int64, .header = false}),
                   std::string("'") + text + "'; it must be a whole number of 64 bits"));
  for (const char* text : {"256", "-1", "1000000", "0.5"})
    CHECK(contains(csv_fault(text, {.dtype = uint8}), "it must be a whole number from 0 to 255"));
  CHECK(contains(csv_fault("1", {.dtype = bool_}), "dtype=bool; it must be uint8, int64"));
}

TEST_CASE("faults are named with line, column, name, value and rule") {
  CHECK(contains(csv_fault("a,b\n1,2\n\n3,x\n"), "line 4, column 2 (b) is 'x'; it must be"));
  CHECK(contains(csv_fault("a,b\n1,\n"), "line 2, column 2 (b) is empty; it must be"));
  CHECK(contains(csv_fault("a,b\n1\n"), "line 2 has 1 columns; the header has 2"));
  CHECK(contains(csv_fault("1,2\n1,2,3,4\n"), "line 2 has 4 columns; the first row has 2"));
  CHECK(contains(csv_fault("1,2\n1,\"2\n"), "line 2, column 2: a quote is not closed on its line"));
  CHECK(contains(csv_fault("1,2\n1,\"2\"3\n"), "line 2, column 2: a quote is not closed"));
  CHECK(contains(csv_fault("a,\"b\n1,2\n"), "line 1, column 2: a quote is not closed"));
  CHECK(contains(csv_fault("1,2\n1,\x01"
                           "234567890123456789012345\n"),
                 "column 2 is '?2345678901234567890…'"));
  CHECK(contains(csv_fault(std::string("\xFF\xFE"
                                       "1\0,\0",
                                       6)),
                 "is written in UTF-16"));
  CHECK(contains(csv_fault(" \n\r\n"), "holds nothing but blank lines"));
  CHECK(contains(csv_fault(""), "is empty"));
  CHECK(contains(csv_fault("<html>"), "is a web page"));
}

TEST_CASE("of several faults in a long file the first is named, on any number of threads") {
  std::string text = "n\n";
  for (int i = 2; i <= 20000; ++i) text += i == 7000 || i == 15000 ? "x\n" : "1\n";
  CHECK(contains(csv_fault(text), "line 7000, column 1 (n) is 'x'"));
}

TEST_CASE("a CSV file damaged at random is read or refused, and never does anything else") {
  const std::string good = "a,\"b\"\"c\"\r\n1,2.5\n\"3\", 4e5 \n-6,+.7\n8,9\n";
  std::uint32_t state = 1;
  const auto random = [&](std::size_t n) {
    return (state = state * 1664525 + 1013904223) / 256 % n;
  };
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string bad = good;
    for (std::size_t flips = 1 + random(4); flips > 0; --flips)
      bad[random(bad.size())] = "\"\"\r\n,, \t.eE+-0123456789nix\xFF"[random(26)];
    if (round % 5 == 0) bad.resize(1 + random(bad.size()));
    refused += !csv_fault(bad, {.dtype = round % 2 ? float32 : int64}).empty();
  }
  CHECK(refused > 200);
  CHECK(refused < 1990);
}
