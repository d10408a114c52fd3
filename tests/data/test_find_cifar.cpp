// SPDX-License-Identifier: MIT
// Tests of data/sets/find_cifar.hpp: the order of the search, and the synthetic shapes.
#include <doctest/doctest.h>

#include "support/data_files.hpp"
#include "tinygrad/data/sets/find_cifar.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
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

TrainTestData find(const std::string& spec = "", const FindOptions& options = {}) {
  return data::detail::find_cifar({"find_cifar10"}, data::detail::cifar10_format(2), kCifar10File,
                                  spec, options);
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
  const support::WorkingFolder here(folder.path());
  const EnvironmentVariable root("TINYGRAD_DATA", "");
  const EnvironmentVariable cache("XDG_CACHE_HOME", folder.path());
  const auto data = find_cifar10("synthetic");
  CHECK(data.train.size() == 50000);
  CHECK(data.test.size() == 10000);
  CHECK(data.train.class_names == shape_names());
  CHECK(contains(data.description, "synthetic shapes drawn by the library, not CIFAR"));
  CHECK(contains(find("", {.limit = 2}).description,
                 "CIFAR-10 was not found in data/cifar, data, " + folder.file("tinygrad/cifar, ") +
                     folder.file("tinygrad") +
                     ", and a download was not asked for; put its files into data/cifar or set"));
  const auto failed = find("", {.download = true, .limit = 2, .mirrors = {"file:///nonexistent/"}});
  CHECK(contains(failed.description, "could not be fetched ("));
  CHECK(failed.train.name == "synthetic shapes");
}

TEST_CASE("find_cifar100 finds a folder or an archive, with the fine or the coarse labels") {
  const support::TemporaryFolder folder;
  const support::WorkingFolder here(folder.path());
  const EnvironmentVariable root("TINYGRAD_DATA", "");
  const EnvironmentVariable cache("XDG_CACHE_HOME", folder.path());
  const auto find_100 = [](CifarLabels labels) {
    return data::detail::find_cifar({"find_cifar100"}, data::detail::cifar100_format(labels, 2),
                                    kCifar100File, "", {});
  };
  const std::string train = support::cifar_records(10, 30, {20, 100});
  const std::string test = support::cifar_records(2, 50, {20, 100});
  std::filesystem::create_directories("data/cifar");
  folder.write(
      "data/cifar/cifar-100-binary.tar.gz",
      support::gzip(support::tar_entry("cifar-100-binary/train.bin", train) +
                    support::tar_entry("cifar-100-binary/test.bin", test) + support::tar_end()));
  const auto fine = find_100(CifarLabels::kFine), coarse = find_100(CifarLabels::kCoarse);
  CHECK(fine.train.size() == 10);
  CHECK(fine.train.targets.at(0) == 30);
  CHECK(coarse.train.targets.at(0) == 10);
  CHECK(coarse.test.classes == 20);
  CHECK(fine.description ==
        "CIFAR-100 from data/cifar/cifar-100-binary.tar.gz (the folder ./data)");
  std::filesystem::create_directories("data/cifar/cifar-100-binary");
  folder.write("data/cifar/cifar-100-binary/train.bin", train);
  folder.write("data/cifar/cifar-100-binary/test.bin", test);
  CHECK(contains(find_100(CifarLabels::kFine).description, "from data/cifar/cifar-100-binary ("));
  std::filesystem::remove_all("data");
  const auto drawn = find_cifar100("synthetic", {.limit = 3});
  CHECK(drawn.train.size() == 3);
  CHECK(drawn.train.classes == 10);
  CHECK(contains(drawn.description, "not CIFAR-100: they were asked for"));
}
