// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "data/data_files.hpp"
#include "tinygrad/data/sets/find_cifar.hpp"

using namespace tinygrad;
using support::contains;
using support::EnvironmentVariable;
using support::message_of;

namespace {

void write_small_cifar10(const std::string& folder) {
  std::filesystem::create_directories(folder);
  const auto write = [&](const std::string& name, int first) {
    std::ofstream(folder + "/" + name, std::ios::binary) << support::cifar_records(2, first, {10});
  };
  for (int i = 1; i <= 5; ++i) write("data_batch_" + std::to_string(i) + ".bin", i);
  write("test_batch.bin", 9);
}

TrainTestData find(const std::string& spec = "", const FindCifarOptions& options = {}) {
  return detail::find_cifar({"find_cifar10"}, detail::cifar10_format(2), kCifar10File, spec,
                            options);
}

}  // namespace

TEST_CASE("a CIFAR folder that is named is used, and never replaced by other data") {
  const support::TemporaryFolder folder;
  CHECK(
      contains(message_of<IoError>([&] { find(folder.path()); }), "data_batch_1.bin: cannot open"));
  write_small_cifar10(folder.path());
  const auto data = find(folder.path());
  CHECK(data.train.size() == 10);
  CHECK(data.description == "CIFAR-10 from " + folder.path() + " (the path that was named)");
}

TEST_CASE("CIFAR in TINYGRAD_DATA comes before the user's cache, as folder or archive") {
  const support::TemporaryFolder folder;
  const EnvironmentVariable root("TINYGRAD_DATA", folder.file("data"));
  const EnvironmentVariable cache("XDG_CACHE_HOME", folder.file("cache"));
  write_small_cifar10(folder.file("cache/tinygrad/cifar/cifar-10-batches-bin"));
  CHECK(contains(find().description, "(the user's cache)"));
  std::filesystem::create_directories(folder.file("data"));
  const auto archive = folder.write("data/cifar-10-binary.tar.gz", "<html>");
  CHECK(contains(message_of<IoError>([] { find(); }), archive + ": begins with '<'"));
  write_small_cifar10(folder.file("data/cifar-10-batches-bin"));
  CHECK(contains(find().description, "(from TINYGRAD_DATA)"));
  std::filesystem::remove(folder.file("data/cifar-10-batches-bin/data_batch_1.bin"));
  CHECK(contains(message_of<IoError>([] { find(); }), "data_batch_1.bin: cannot open"));
}

TEST_CASE("without CIFAR shapes are drawn, and the description says why") {
  const support::TemporaryFolder folder;
  const EnvironmentVariable root("TINYGRAD_DATA", "");
  const EnvironmentVariable cache("XDG_CACHE_HOME", folder.path());
  const auto data = find_cifar10("synthetic");
  CHECK(data.train.size() == 50000);
  CHECK(data.test.size() == 10000);
  CHECK(data.train.class_names == shape_names());
  CHECK(contains(data.description, "synthetic shapes drawn by the library, not CIFAR"));
  CHECK(contains(find().description, "cifar10 was not found, and a download was not asked for"));
  const auto failed = find("", {.download = true, .mirrors = {"file:///nonexistent/"}});
  CHECK(contains(failed.description, "could not be fetched ("));
  CHECK(failed.train.name == "synthetic shapes");
}
