// SPDX-License-Identifier: MIT
// Tests of data/sets/cifar.hpp: folders, archives, class names, errors.
#include <doctest/doctest.h>

#include "support/data_files.hpp"
#include "tinygrad/data/sets/cifar.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::cifar_records;
using support::contains;
using support::message_of;
using support::tar_entry;

namespace {

const char* const kNames =
    "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";

/// The published layout with 3 records a file: record i of the set begins with byte i.
void write_cifar10(const support::TemporaryFolder& folder) {
  for (int i = 0; i < 5; ++i)
    folder.write("data_batch_" + std::to_string(i + 1) + ".bin", cifar_records(3, 3 * i, {10}));
  folder.write("test_batch.bin", cifar_records(3, 100, {10}));
}

TrainTestData load(const std::string& path, const data::detail::CifarFormat& format) {
  return data::detail::load_cifar({"load_cifar"}, format, path);
}
std::string cifar_error(const std::string& path) {
  return message_of<IoError>([&] { load(path, data::detail::cifar10_format(3)); });
}

void check_set(const ClassificationData& data, Index count, int first, int classes) {
  CHECK_NOTHROW(check_data({"test"}, data));
  CHECK(data.inputs.shape() == Shape{count, 3, 32, 32});
  CHECK(data.classes == classes);
  bool right = true;
  for (Index i = 0; i < count; ++i) {
    right &= data.targets.at<int>(i) == (first + i) % classes;
    for (Index p = 0; p < 3072; ++p)
      right &= data.inputs.at<int>(i * 3072 + p) == ((first + i + p) & 255);
  }
  CHECK(right);
}

}  // namespace

TEST_CASE("CIFAR-10 is read from its folder or the one above it, batch after batch") {
  const support::TemporaryFolder folder;
  write_cifar10(folder);
  const auto data = load(folder.path(), data::detail::cifar10_format(3));
  check_set(data.train, 15, 0, 10);
  check_set(data.test, 3, 100, 10);
  CHECK(data.train.class_names.empty());
  CHECK(data.train.name == "cifar10");
  const support::TemporaryFolder above;
  std::filesystem::create_symlink(folder.path(), above.file("cifar-10-batches-bin"));
  check_set(load(above.path(), data::detail::cifar10_format(3)).train, 15, 0, 10);
}

TEST_CASE("the names of the classes are read where they are, and must be as many as the classes") {
  const support::TemporaryFolder folder;
  write_cifar10(folder);
  folder.write("batches.meta.txt", kNames);
  const auto data = load(folder.path(), data::detail::cifar10_format(3));
  CHECK(data.train.class_names.size() == 10);
  CHECK(data.test.class_names[9] == "truck");
  CHECK(take(data.test, {1}).class_names[3] == "cat");
  CHECK(head(data.test, 1).class_names[3] == "cat");
  const auto path = folder.write("batches.meta.txt", "one\r\ntwo\r\n");
  CHECK(
      contains(cifar_error(folder.path()), path + ": holds 2 names of classes; there must be 10"));
}

TEST_CASE("an archive is read without unpacking it, in whatever order its files are") {
  const support::TemporaryFolder folder;
  const std::string root = "cifar-10-batches-bin/";
  std::string archive = tar_entry(root, "", '5') + tar_entry(root + "readme.html", "<html>") +
                        tar_entry(root + "test_batch.bin", cifar_records(3, 100, {10}));
  for (const int i : {4, 0, 3, 1, 2})
    archive += tar_entry(root + "data_batch_" + std::to_string(i + 1) + ".bin",
                         cifar_records(3, 3 * i, {10}));
  archive += tar_entry(root + "batches.meta.txt", kNames) + support::tar_end();
  const auto path = folder.write("cifar-10-binary.tar.gz", support::gzip(archive));
  const auto data = load(path, data::detail::cifar10_format(3));
  check_set(data.train, 15, 0, 10);
  check_set(data.test, 3, 100, 10);
  CHECK(data.train.class_names[0] == "airplane");

  const auto cut = folder.write("cut.tar.gz", support::gzip(archive).substr(0, 600));
  CHECK(contains(cifar_error(cut), cut + ": truncated: the gzip data stops after 600 bytes"));
  const auto less = folder.write(
      "less.tar", tar_entry("test_batch.bin", cifar_records(3, 0, {10})) + support::tar_end());
  CHECK(contains(cifar_error(less), less + ": holds no data_batch_1.bin"));
}

TEST_CASE("CIFAR-100 has a fine and a coarse label, and their names") {
  const support::TemporaryFolder folder;
  folder.write("train.bin", cifar_records(15, 40, {20, 100}));
  folder.write("test.bin", cifar_records(3, 97, {20, 100}));
  std::string fine, coarse;
  for (int i = 0; i < 100; ++i) fine += "f" + std::to_string(i) + "\n";
  for (int i = 0; i < 20; ++i) coarse += "c" + std::to_string(i) + "\n";
  folder.write("fine_label_names.txt", fine);
  folder.write("coarse_label_names.txt", coarse);
  const auto a = load(folder.path(), data::detail::cifar100_format(CifarLabels::kFine, 3));
  check_set(a.train, 15, 40, 100);
  check_set(a.test, 3, 97, 100);
  CHECK(a.train.class_names[99] == "f99");
  const auto b = load(folder.path(), data::detail::cifar100_format(CifarLabels::kCoarse, 3));
  check_set(b.train, 15, 40, 20);
  CHECK(b.train.class_names[19] == "c19");
}

TEST_CASE(
    "files that are missing, cut or too long, and wrong labels, are named with what was expected") {
  const support::TemporaryFolder folder;
  CHECK(contains(cifar_error(folder.path()), "/data_batch_1.bin: cannot open: No such file"));
  write_cifar10(folder);
  const auto good = cifar_records(3, 6, {10});
  const auto path = folder.write("data_batch_3.bin", good.substr(0, 9000));
  CHECK(contains(cifar_error(folder.path()),
                 path + ": holds 9000 bytes; 3 records of 3073 are 9219; the file is truncated"));
  folder.write("data_batch_3.bin", good + "x");
  CHECK(contains(cifar_error(folder.path()),
                 "holds 9220 bytes; 3 records of 3073 are 9219; the file is too long"));
  auto bad = good;
  bad[3073] = 10;
  folder.write("data_batch_3.bin", bad);
  CHECK(contains(cifar_error(folder.path()),
                 path + ": the label of record 1 is 10; it must be in [0, 9]"));
}

TEST_CASE("the public readers want the published sizes") {
  const support::TemporaryFolder folder;
  write_cifar10(folder);
  CHECK(contains(message_of<IoError>([&] { load_cifar10(folder.path()); }),
                 "holds 9219 bytes; 10000 records of 3073 are 30730000"));
  folder.write("train.bin", "x");
  CHECK(contains(message_of<IoError>([&] { load_cifar100(folder.path(), CifarLabels::kCoarse); }),
                 "[load_cifar100] " + folder.file("train.bin") +
                     ": holds 1 bytes; 50000 records of 3074 are 153700000"));
}

TEST_CASE("the real CIFAR-10 has 6,000 pictures of each class") {
  const char* root = std::getenv("TINYGRAD_DATA");
  if (!root ||
      !tinygrad::detail::is_file(std::string(root) + "/cifar-10-batches-bin/test_batch.bin")) {
    MESSAGE("skipped: no cifar-10-batches-bin in TINYGRAD_DATA");
    return;
  }
  const auto data = load_cifar10(root);
  CHECK(data.train.class_names[6] == "frog");
  std::vector<int> counts(10);
  for (const auto* set : {&data.train, &data.test})
    for (Index i = 0; i < set->size(); ++i) ++counts[set->targets.at<std::size_t>(i)];
  CHECK(counts == std::vector<int>(10, 6000));
}
