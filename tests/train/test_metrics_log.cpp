// SPDX-License-Identifier: MIT
// Tests of train/metrics_log.hpp: JSON rows, escapes, full disks.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <limits>

#include "support/files.hpp"
#include "tinygrad/train/metrics_log.hpp"

using namespace tinygrad;
using support::contains;
using support::message_of;
using support::read_back;

TEST_CASE("rows are lines of JSON with their keys in order") {
  const support::TemporaryFolder folder;
  const auto path = folder.write("metrics.jsonl", "an older run");
  MetricsLog log(path);
  CHECK(read_back(path).empty());
  log.write({{"event", "step"}, {"step", 12}, {"loss", 0.31}});
  CHECK(read_back(path) == "{\"event\":\"step\",\"step\":12,\"loss\":0.31}\n");  // at once
  const std::string data = "mnist";
  log.write({{"ok", true}, {"data", data}, {"n", std::size_t{3}}});
  log.write({});
  log.write({{"one", 1}});
  CHECK(contains(read_back(path), "\n{\"ok\":true,\"data\":\"mnist\",\"n\":3}\n{}\n{\"one\":1}\n"));
}

TEST_CASE("numbers read back as the same numbers, and what JSON has not is null") {
  for (const double value : {0.1, 1.0 / 3, 1e300, -5e-324, 123456789.123456789})
    CHECK(std::strtod(MetricValue(value).json().c_str(), nullptr) == value);
  CHECK(MetricValue(0.1F).json() == "0.1");
  CHECK(MetricValue(-3L).json() == "-3");
  CHECK(MetricValue(std::numeric_limits<double>::quiet_NaN()).json() == "null");
  CHECK(MetricValue(-std::numeric_limits<float>::infinity()).json() == "null");
}

TEST_CASE("text is escaped") {
  CHECK(MetricValue("a\"b\\c\n\t\x01é").json() == "\"a\\\"b\\\\c\\n\\t\\u0001é\"");
  CHECK(MetricValue(std::string_view("a\0b", 3)).json() == "\"a\\u0000b\"");
}

TEST_CASE("a file that cannot be written is named") {
  const support::TemporaryFolder folder;
  CHECK(contains(message_of<IoError>([&] { MetricsLog(folder.file("no/m")); }),
                 "[MetricsLog] " + folder.file("no/m") + ": cannot be written: No such file"));
}

TEST_CASE("on a full disk the error names the file, and whole lines remain") {
  const support::TemporaryFolder folder;
  MetricsLog log(folder.file("m"));
  log.write({{"step", 1}});
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit full{20, old.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &full);
  const auto text = message_of<IoError>([&] { log.write({{"step", 2}, {"more", 3}}); });
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  CHECK(contains(text, folder.file("m") + ": cannot be written: File too large"));
  CHECK(read_back(folder.file("m")) == "{\"step\":1}\n");
  log.write({{"step", 3}});
  CHECK(read_back(folder.file("m")) == "{\"step\":1}\n{\"step\":3}\n");
}
