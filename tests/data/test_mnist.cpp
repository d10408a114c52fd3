// SPDX-License-Identifier: MIT
// Tests of data/sets/mnist.hpp: IDX and CSV files, inputs, errors.
#include <doctest/doctest.h>

#include "support/bits.hpp"
#include "support/data_files.hpp"
#include "tinygrad/data/dataloader.hpp"
#include "tinygrad/data/sets/mnist.hpp"

using namespace tinygrad;
using namespace tinygrad::data;
using support::contains;
using support::gzip;
using support::idx;
using support::labels;
using support::message_of;
using support::pictures;
using test::same_bits;

namespace {

std::string mnist_error(const support::TemporaryFolder& folder,
                        MnistSplit part = MnistSplit::kTrain) {
  return message_of<IoError>([&] { load_mnist(folder.path(), part); });
}

std::string csv_row(int label, int pixel) {
  std::string row = std::to_string(label);
  for (int i = 0; i < 784; ++i) row += "," + std::to_string((pixel + i) % 256);
  return row + "\n";
}

/// The line that names the columns in Kaggle's files.
std::string kaggle_header() {
  std::string header = "label";
  for (int i = 0; i < 784; ++i) header += ",pixel" + std::to_string(i);
  return header + "\n";
}

std::string csv_error(const support::TemporaryFolder& folder, const std::string& text,
                      const std::string& begin = ": line ") {
  const auto path = folder.write("digits.csv", text);
  const auto error = message_of<IoError>([&] { read_mnist_csv(path); });
  CHECK(contains(error, "[read_mnist_csv] " + path + begin));
  return error;
}

}  // namespace

TEST_CASE("load_mnist finds each file packed or plain, with a dash or a dot") {
  const support::TemporaryFolder folder;
  folder.write("train-images-idx3-ubyte.gz", gzip(pictures(12)));
  folder.write("train-labels.idx1-ubyte", labels(12));
  folder.write("t10k-images.idx3-ubyte.gz", gzip(pictures(3)));
  folder.write("t10k-labels-idx1-ubyte", labels(3));
  const auto train = load_mnist(folder.path(), MnistSplit::kTrain);
  CHECK(train.inputs.shape() == Shape{12, 1, 28, 28});
  CHECK(train.inputs.dtype() == float32);
  CHECK(train.targets.dtype() == int64);
  CHECK(train.targets.at<Index>(11) == 1);
  CHECK(train.name == "mnist");
  CHECK(train.classes == 10);
  CHECK(train.inputs.at<float>(784 + 5) == 6.0F / 255.0F);
  CHECK(load_mnist(folder.path(), MnistSplit::kTest).size() == 3);
}

TEST_CASE("MnistOptions normalises and flattens") {
  const support::TemporaryFolder folder;
  folder.write("t10k-images-idx3-ubyte", pictures(2));
  folder.write("t10k-labels-idx1-ubyte", labels(2));
  const auto data =
      load_mnist(folder.path(), MnistSplit::kTest, {.normalize = true, .flatten = true});
  CHECK(data.inputs.shape() == Shape{2, 784});
  CHECK(data.inputs.at<float>(0) == (0.0F - 0.1307F) / 0.3081F);
  CHECK(data.inputs.at<float>(255) == (1.0F - 0.1307F) / 0.3081F);
}

TEST_CASE("pictures kept as bytes become the same inputs batch by batch") {
  const support::TemporaryFolder folder;
  folder.write("t10k-images-idx3-ubyte.gz", gzip(pictures(7)));
  folder.write("t10k-labels-idx1-ubyte", labels(7));
  const auto bytes = load_mnist(folder.path(), MnistSplit::kTest, {.bytes = true});
  CHECK(bytes.inputs.shape() == Shape{7, 1, 28, 28});
  CHECK(bytes.inputs.dtype() == uint8);
  for (const bool flatten : {false, true})
    for (const bool normalize : {false, true}) {
      const MnistOptions options{.normalize = normalize, .flatten = flatten};
      const auto floats = load_mnist(folder.path(), MnistSplit::kTest, options);
      DataLoader expected(floats, {.batch_size = 3, .seed = 5});
      DataLoader loader(bytes, {.batch_size = 3, .seed = 5, .transform = [&](Batch& b, Generator&) {
                                  b.inputs = digit_inputs(b.inputs.array(), options);
                                }});
      auto batch = loader.begin();
      for (const Batch& reference : expected) {
        CHECK(same_bits(batch->inputs, reference.inputs));
        CHECK(same_bits(batch->targets, reference.targets));
        ++batch;
      }
      CHECK(batch == loader.end());
    }
  CHECK(bytes.inputs.dtype() == uint8);  // the batches were changed, not the data
}

TEST_CASE("digit_inputs refuses what are no digits, and to normalise bytes") {
  CHECK(contains(message_of<ShapeError>([] {
                   digit_inputs(Array::zeros({2, 27}, uint8), {});
                 }),
                 "[digit_inputs] pictures (2, 27) must be (N, 28, 28)"));
  CHECK(contains(message_of<ValueError>([] {
                   digit_inputs(Array::zeros({1, 784}, uint8), {.normalize = true, .bytes = true});
                 }),
                 "bytes cannot be normalised"));
  CHECK(digit_inputs(Array::zeros({0, 28, 28}, uint8), {}).shape() == Shape{0, 1, 28, 28});
}

TEST_CASE("load_mnist says which file it misses") {
  const support::TemporaryFolder folder;
  CHECK(contains(mnist_error(folder),
                 folder.path() + ": holds neither train-images-idx3-ubyte.gz nor"));
  folder.write("train-images-idx3-ubyte", pictures(2));
  CHECK(contains(mnist_error(folder), "holds neither train-labels-idx1-ubyte.gz"));
}

TEST_CASE("images and labels that do not agree in number are an error that names both files") {
  const support::TemporaryFolder folder;
  const auto a = folder.write("train-images-idx3-ubyte", pictures(3));
  const auto b = folder.write("train-labels-idx1-ubyte", labels(4));
  CHECK(contains(mnist_error(folder), a + " holds 3 pictures, " + b + " holds 4 labels"));
}

TEST_CASE("a label above 9 is an error with file, index and value") {
  const support::TemporaryFolder folder;
  folder.write("train-images-idx3-ubyte", pictures(3));
  const auto path = folder.write("train-labels-idx1-ubyte", idx({3}, std::string("\x01\x0A\x02")));
  CHECK(contains(mnist_error(folder), path + ": label 1 is 10; it must be in [0, 9]"));
}

TEST_CASE("pictures of another size, and labels in the place of pictures, are errors") {
  const support::TemporaryFolder folder;
  folder.write("train-labels-idx1-ubyte", labels(1));
  folder.write("train-images-idx3-ubyte", idx({1, 28, 27}, std::string(28 * 27, 'x')));
  CHECK(contains(mnist_error(folder), "has shape (1, 28, 27); MNIST pictures are (N, 28, 28)"));
  folder.write("train-images-idx3-ubyte", labels(1));
  CHECK(contains(mnist_error(folder), "has shape (1); MNIST pictures are"));
  folder.write("train-images-idx3-ubyte", pictures(1));
  folder.write("train-labels-idx1-ubyte", pictures(1));
  CHECK(contains(mnist_error(folder), "has shape (1, 28, 28); MNIST labels are (N)"));
  folder.write("train-images-idx3-ubyte", pictures(0));
  folder.write("train-labels-idx1-ubyte", labels(0));
  CHECK(contains(mnist_error(folder), "holds no pictures"));
}

TEST_CASE("damaged files are errors that name the file, through load_mnist as well") {
  const support::TemporaryFolder folder;
  folder.write("train-labels-idx1-ubyte", labels(3));
  const auto path = folder.file("train-images-idx3-ubyte.gz");
  const auto packed = gzip(pictures(3));
  folder.write("train-images-idx3-ubyte.gz", packed.substr(0, packed.size() / 2));
  CHECK(contains(mnist_error(folder), path + ": truncated"));
  folder.write("train-images-idx3-ubyte.gz", "<html>not found</html>");
  CHECK(contains(mnist_error(folder), path + ": begins with '<'"));
  folder.write("train-images-idx3-ubyte.gz", gzip("something else"));
  CHECK(contains(mnist_error(folder), path + ": is not an IDX file"));
}

TEST_CASE("CSV gives the same digits as IDX, packed or not, whatever ends its lines") {
  const support::TemporaryFolder folder;
  folder.write("train-images-idx3-ubyte", pictures(3));
  folder.write("train-labels-idx1-ubyte", labels(3));
  const auto reference = load_mnist(folder.path(), MnistSplit::kTrain, {.normalize = true});
  const std::string text = csv_row(0, 0) + csv_row(1, 1) + csv_row(2, 2);
  std::string windows;
  for (const char c : text) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const std::string quoted = "\"label\"," + kaggle_header().substr(6) + "\"0\" ," + text.substr(2);
  for (const auto& bytes :
       {text, gzip(text), text.substr(0, text.size() - 1), windows, kaggle_header() + text,
        "\xEF\xBB\xBF" + kaggle_header() + text + "\n", text + "\r\n  \n", quoted}) {
    const auto data = read_mnist_csv(folder.write("digits.csv", bytes), {.normalize = true});
    REQUIRE(data.inputs.shape() == reference.inputs.shape());
    CHECK(std::memcmp(data.inputs.raw(), reference.inputs.raw(), data.inputs.bytes()) == 0);
    CHECK(std::memcmp(data.targets.raw(), reference.targets.raw(), data.targets.bytes()) == 0);
  }
}

TEST_CASE("errors in CSV name file, line and value") {
  const support::TemporaryFolder folder;
  const auto good = csv_row(3, 0);
  CHECK(contains(csv_error(folder, good + "10" + good.substr(1)),
                 "line 2: the label is 10; it must be in [0, 9]"));
  CHECK(contains(csv_error(folder, good + good + "7,256" + good.substr(3)),
                 "line 3, column 2 is '256'; it must be a whole number from 0 to 255"));
  CHECK(contains(csv_error(folder, "7,-1" + good.substr(3)), "column 2 is '-1'"));
  CHECK(contains(csv_error(folder, "7,1.5" + good.substr(3)), "column 2 is '1.5'"));
  CHECK(contains(csv_error(folder, "7,," + good.substr(4)), "column 2 is empty"));
  CHECK(
      contains(csv_error(folder, good + "1,2,3\n"), "line 2 has 3 columns; the first row has 785"));
  CHECK(contains(csv_error(folder, good + good.substr(0, good.size() - 1) + ",5\n"),
                 "line 2 has 786 columns"));
  CHECK(contains(csv_error(folder, good + good.substr(0, good.size() - 1) + "0000000000\n"),
                 "line 2, column 785 is '150000000000'"));
  CHECK(contains(csv_error(folder, "1,2,3\n", ": has 3 columns; a label and 784 pixels are 785"),
                 ""));
  CHECK(contains(csv_error(folder, good.substr(2), ": has 784 columns"), "without labels"));
  CHECK(contains(csv_error(folder, kaggle_header(), ": line 1 is the only one"), ""));
}

TEST_CASE("of several bad lines in a long CSV file, the first is named") {
  const support::TemporaryFolder folder;
  std::string text;
  for (int i = 1; i <= 1000; ++i) text += i == 400 || i == 900 ? "x\n" : csv_row(i % 10, i);
  CHECK(contains(csv_error(folder, text), "line 400, column 1 is 'x'"));
}

TEST_CASE("the real MNIST has the published counts, first labels and mean") {
  const char* root = std::getenv("TINYGRAD_DATA");
  if (!root) {
    MESSAGE("skipped: TINYGRAD_DATA is not set");
    return;
  }
  const std::string folder = std::string(root) + "/mnist";
  const auto train = load_mnist(folder, MnistSplit::kTrain);
  const auto test = load_mnist(folder, MnistSplit::kTest);
  CHECK(train.inputs.shape() == Shape{60000, 1, 28, 28});
  CHECK(test.inputs.shape() == Shape{10000, 1, 28, 28});
  const int first[] = {5, 0, 4, 1, 9};
  for (int i = 0; i < 5; ++i) CHECK(train.targets.at<int>(i) == first[i]);
  double sum = 0;
  for (Index i = 0; i < train.inputs.count(); ++i) sum += train.inputs.at(i);
  CHECK(sum / static_cast<double>(train.inputs.count()) == doctest::Approx(0.1307).epsilon(1e-3));
}
