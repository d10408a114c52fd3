// SPDX-License-Identifier: MIT
// Tests of data/sets/find_mnist.hpp: the order of the search, mirrors, the synthetic digits.
#include <doctest/doctest.h>

#include "support/data_files.hpp"
#include "tinygrad/data/sets/find_mnist.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::EnvironmentVariable;
using support::message_of;

namespace {

const Mirrors kNowhere{"file:///nonexistent/a/", "file:///nonexistent/b/"};
const FindOptions kFromNowhere{.download = true, .mirrors = kNowhere};

void write_small_mnist(const std::string& directory) {
  std::filesystem::create_directories(directory);
  const auto write = [&](const char* name, const std::string& bytes) {
    std::ofstream(directory + "/" + name, std::ios::binary) << bytes;
  };
  write("train-images-idx3-ubyte", support::pictures(6));
  write("train-labels-idx1-ubyte", support::labels(6));
  write("t10k-images-idx3-ubyte", support::pictures(4));
  write("t10k-labels-idx1-ubyte", support::labels(4));
}

}  // namespace

TEST_CASE("a folder that is named is used, and never replaced by other data") {
  const support::TemporaryFolder folder;
  CHECK(contains(message_of<IoError>([&] { find_mnist(folder.path()); }),
                 folder.path() + ": holds neither train-images"));
  write_small_mnist(folder.path());
  const auto data = find_mnist(folder.path(), {}, {.flatten = true});
  CHECK(data.train.inputs.shape() == Shape{6, 784});
  CHECK(data.test.size() == 4);
  CHECK(data.description == "MNIST from " + folder.path() + " (the path that was named)");
}

TEST_CASE("a folder with CSV files is read, and IDX files beside them come first") {
  const support::TemporaryFolder folder;
  std::string row = "7";
  for (int i = 0; i < 784; ++i) row += ",255";
  folder.write("mnist_train.csv", row + "\n" + row + "\n");
  folder.write("mnist_test.csv.gz", support::gzip(row + "\n"));
  const auto data = find_mnist(folder.path());
  CHECK(data.train.size() == 2);
  CHECK(data.test.targets.at(0) == 7);
  CHECK(data.test.inputs.at(783) == 1);
  CHECK(contains(data.description, "as CSV"));
  write_small_mnist(folder.path());
  CHECK(find_mnist(folder.path()).train.size() == 6);
}

TEST_CASE("Kaggle's train.csv is both sets, unless test.csv has labels") {
  const support::TemporaryFolder folder;
  std::string header = "label", pixels;
  for (int i = 0; i < 784; ++i) header += ",pixel" + std::to_string(i), pixels += ",9";
  std::string train = header + "\n";
  for (int i = 0; i < 15; ++i) train += std::to_string(i % 10) + pixels + "\n";
  folder.write("train.csv", train);
  folder.write("test.csv", header.substr(6) + "\n" + pixels.substr(1) + "\n");
  const auto data = find_mnist(folder.path(), {}, {.bytes = true});
  CHECK(data.train.size() == 13);
  CHECK(data.test.size() == 2);
  CHECK(data.test.targets.at(1) == 4);
  CHECK(
      contains(data.description, "its last 2 digits are the test set, for test.csv has no labels"));
  CHECK(find_mnist(folder.path(), {.limit = 1}).test.targets.at(0) == 3);
  folder.write("test.csv", train);
  CHECK(find_mnist(folder.path()).test.size() == 15);
  folder.write("mnist_train.csv", train);
  CHECK(contains(message_of<IoError>([&] { find_mnist(folder.path()); }),
                 folder.path() + ": holds mnist_train.csv, but no mnist_test.csv"));
  folder.write("mnist_test.csv", train);
  CHECK(contains(find_mnist(folder.path()).description, "MNIST as CSV from " + folder.path()));

  const EnvironmentVariable data_root("TINYGRAD_DATA", folder.file("data"));
  std::filesystem::create_directories(folder.file("data/mnist"));
  std::filesystem::copy(folder.file("train.csv"), folder.file("data/mnist/train.csv"));
  CHECK(contains(find_mnist().description,
                 "(from TINYGRAD_DATA); its last 2 digits are the test set, for there is no"));
}

TEST_CASE("MNIST in TINYGRAD_DATA comes before ./data, that before the user's cache") {
  const support::TemporaryFolder folder;
  std::filesystem::create_directories(folder.file("here"));
  const support::WorkingFolder here(folder.file("here"));
  const EnvironmentVariable data_root("TINYGRAD_DATA", folder.file("data"));
  const EnvironmentVariable cache("XDG_CACHE_HOME", folder.file("cache"));
  write_small_mnist(folder.file("cache/tinygrad/mnist"));
  CHECK(contains(find_mnist("", kFromNowhere).description, "(the user's cache)"));
  write_small_mnist("data/mnist");
  CHECK(find_mnist().description == "MNIST from data/mnist (the folder ./data)");
  write_small_mnist(folder.file("data/mnist"));
  CHECK(contains(find_mnist().description, "(from TINYGRAD_DATA)"));
}

TEST_CASE("a TINYGRAD_DATA that holds half of MNIST is an error, not a reason to look elsewhere") {
  const support::TemporaryFolder folder;
  const EnvironmentVariable data_root("TINYGRAD_DATA", folder.path());
  write_small_mnist(folder.file("mnist"));
  std::filesystem::remove(folder.file("mnist/t10k-labels-idx1-ubyte"));
  CHECK(contains(message_of<IoError>([] { find_mnist("", kFromNowhere); }),
                 "holds neither t10k-labels-idx1-ubyte.gz"));
}

TEST_CASE("half of MNIST in the user's cache is an interrupted download, and is passed over") {
  const support::TemporaryFolder folder;
  const support::WorkingFolder here(folder.path());
  const EnvironmentVariable data_root("TINYGRAD_DATA", "");
  const EnvironmentVariable cache("XDG_CACHE_HOME", folder.file("cache"));
  const auto files = folder.file("cache/tinygrad/mnist");
  write_small_mnist(files);
  std::filesystem::remove(files + "/t10k-labels-idx1-ubyte");
  CHECK(contains(find_mnist("", {.limit = 2}).description,
                 "MNIST was not found in data/mnist, " + files +
                     " (which holds a part of it), and a download was not asked for"));
}

TEST_CASE("the user's cache is found from XDG_CACHE_HOME, then HOME") {
  const EnvironmentVariable home("HOME", "/home/someone");
  const EnvironmentVariable cache("XDG_CACHE_HOME", "");
  CHECK(user_cache_dir() == "/home/someone/.cache/tinygrad");
  const EnvironmentVariable set("XDG_CACHE_HOME", "/caches");
  CHECK(user_cache_dir() == "/caches/tinygrad");
}

TEST_CASE("fetch_mnist fails when no mirror has a file, and with no half-written file") {
  const support::TemporaryFolder folder;
  const auto text = message_of<IoError>([&] { fetch_mnist(folder.file("new"), kNowhere); });
  CHECK(contains(text, "/b/train-images-idx3-ubyte.gz"));  // the last mirror's words
  CHECK(std::filesystem::is_empty(folder.file("new")));
}

TEST_CASE("a file that is not the published one is not accepted from a mirror") {
  if (!tinygrad::detail::run_program({"test"}, {"curl", "--version"}).found) {
    MESSAGE("skipped: curl is not installed");
    return;
  }
  const support::TemporaryFolder folder;
  folder.write("train-images-idx3-ubyte.gz", "<html>");
  CHECK(contains(message_of<IoError>(
                     [&] { fetch_mnist(folder.file("new"), {"file://" + folder.path() + "/"}); }),
                 "what arrived is not the file that was meant"));
}

TEST_CASE("fetch_mnist takes the next mirror when one fails, and the files it fetched are used") {
  const char* root = std::getenv("TINYGRAD_DATA");
  if (!root || !tinygrad::detail::run_program({"test"}, {"curl", "--version"}).found) {
    MESSAGE("skipped: needs TINYGRAD_DATA and curl");
    return;
  }
  const support::TemporaryFolder folder;
  const Mirrors mirrors{kNowhere[0], "file://" + std::string(root) + "/mnist/"};
  const support::WorkingFolder here(folder.path());
  const EnvironmentVariable data_root("TINYGRAD_DATA", "");
  const EnvironmentVariable cache("XDG_CACHE_HOME", folder.path());
  const auto data = find_mnist("", {.download = true, .mirrors = mirrors});
  CHECK(data.train.size() == 60000);
  CHECK(contains(data.description, "(downloaded just now)"));
  CHECK(contains(find_mnist().description, "(the user's cache)"));
}

TEST_CASE("with nothing to be found, digits are drawn and the description says why") {
  const support::TemporaryFolder folder;
  const support::WorkingFolder here(folder.path());
  const EnvironmentVariable data_root("TINYGRAD_DATA", "");
  const EnvironmentVariable cache("XDG_CACHE_HOME", folder.path());
  const auto data = find_mnist("", kFromNowhere);
  CHECK(data.train.name == "synthetic");
  CHECK(data.train.size() == 60000);
  CHECK(data.test.size() == 10000);
  CHECK(contains(data.description,
                 "synthetic digits drawn by the library, not MNIST: MNIST was not "
                 "found in data/mnist, " +
                     folder.file("tinygrad/mnist") + ", and could not be fetched ("));
  CHECK(contains(data.description, "; put its files into data/mnist or set TINYGRAD_DATA"));
  CHECK_FALSE(contains(data.description, "\n"));
}
