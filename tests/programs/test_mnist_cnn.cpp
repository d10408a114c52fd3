// SPDX-License-Identifier: MIT
// Tests the program mnist_cnn from outside: the flags and lines of the program that it repeats.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "support/files.hpp"
#include "support/programs.hpp"
#include "tinygrad/data.hpp"
#include "tinygrad/io.hpp"

using namespace tinygrad;
using support::contains;

namespace {

support::ProgramResult mnist_cnn(const std::string& arguments) {
  return support::run_program("mnist_cnn", arguments);
}

// Digits drawn by the library: a few, and as many as MNIST has.
const std::string kAllDigits = " --data synthetic ";
const std::string kDigits = " --limit 2000" + kAllDigits;
const std::string kFit = "--fit" + kDigits;

}  // namespace

TEST_CASE("--fit prints a line every ten batches and a line for the test, and saves the model") {
  const support::TemporaryFolder out;
  const auto r = mnist_cnn(kFit + "--max-steps 21 --file_name " + out.file("digits"));
  REQUIRE_MESSAGE(r.status == 0, r.output);
  for (const char* text :
       {"synthetic digits drawn by the library", "parameters: 431,080 trainable",
        "Train Epoch: 1 [0/2000 (0%)]\tLoss: ", "Train Epoch: 1 [640/2000 (31%)]\tLoss: ",
        "Train Epoch: 1 [1280/2000 (62%)]\tLoss: ", "\nTest set: Average loss: ", "/2000 (",
        "class          right", "test accuracy ", "loaded in ", "trained in "})
    CHECK_MESSAGE(contains(r.output, text), text);
  const auto model = load_safetensors(out.file("digits.safetensors")).tensors;
  CHECK(model.size() == 8);
  CHECK(model.at("conv2.weight").shape() == Shape{50, 20, 5, 5});

  for (const std::string& flags : {"--predict " + out.file("digits.safetensors"),
                                   "predict " + out.file("digits.safetensors")}) {
    const auto p = mnist_cnn(flags + " --test-batch-size 300" + kDigits);
    REQUIRE_MESSAGE(p.status == 0, p.output);
    CHECK(p.number_after("test accuracy ") == r.number_after("test accuracy "));
    CHECK_FALSE(contains(p.output, "Train Epoch"));
  }
}

TEST_CASE("--log-interval and --epochs do what they say, and fit is --fit") {
  const support::TemporaryFolder out;
  const std::string model = out.file("m.safetensors");  // named in full
  const auto r = mnist_cnn("fit --batch-size 100 --max-steps 5 --log-interval 2" + kDigits +
                           "--file_name " + model);
  REQUIRE_MESSAGE(r.status == 0, r.output);
  for (const char* seen : {"[0/2000", "[200/2000", "[400/2000"}) CHECK(contains(r.output, seen));
  for (const char* not_seen : {"[100/2000", "[300/2000"}) CHECK_FALSE(contains(r.output, not_seen));
  const auto p = mnist_cnn("predict --epochs 2" + kDigits + model);
  REQUIRE_MESSAGE(p.status == 0, p.output);
  CHECK(p.output.find("Test set:") != p.output.rfind("Test set:"));  // tested twice
}

TEST_CASE("the seed decides the result, the number of threads does not") {
  const support::TemporaryFolder out;
  const auto model = [&](const std::string& flags) {
    REQUIRE(mnist_cnn(kFit + "--max-steps 5 --file_name " + out.file("m ") + flags).status == 0);
    return support::read_back(out.file("m.safetensors"));
  };
  const std::string one = model("--threads 1");
  CHECK(one.size() > 100'000);
  CHECK(one == model("--threads 2"));
  CHECK(one == model("--threads 3"));
  CHECK(one != model("--seed 2"));
}

TEST_CASE("a model that is not there is no riddle") {
  for (const char* flags : {"--predict nowhere.safetensors", "predict nowhere.safetensors"}) {
    const auto r = mnist_cnn(flags);
    CHECK(r.status == 2);
    CHECK(contains(r.output, "nowhere.safetensors: there is no such model yet; mnist_cnn --fit"));
  }
}

TEST_CASE("predict names the digit of a picture") {
  const support::TemporaryFolder out;
  REQUIRE(mnist_cnn("--fit --limit 20000 --lr 0.05 --momentum 0.9 --max-steps 300" + kAllDigits +
                    "--file_name " + out.file("m"))
              .status == 0);
  const data::ClassificationData digits = data::synthetic_digits(10, 1, 60000);
  int right = 0;
  for (Index n = 0; n < 10; ++n) {
    const Array picture = Array::empty({28, 28, 1}, uint8);
    for (Index i = 0; i < 784; ++i)
      picture.data<std::uint8_t>()[i] =
          static_cast<std::uint8_t>(std::lround(digits.inputs.at(n * 784 + i) * 255));
    write_pnm(out.file("digit.pgm"), picture);
    const auto r = mnist_cnn("predict " + out.file("m.safetensors") + " " + out.file("digit.pgm"));
    REQUIRE_MESSAGE(r.status == 0, r.output);
    right += contains(r.output, "digit.pgm: " + std::to_string(digits.targets.at<Index>(n)));
  }
  CHECK(right >= 8);
}

TEST_CASE(
    "an epoch on MNIST reaches 95.5 % with the published flags, and 97.8 % with more momentum") {
  const std::string folder = support::real_data("mnist");
  if (folder.empty()) return;
  const support::TemporaryFolder out;
  const std::string flags = "fit --data " + folder + " --file_name " + out.file("m");
  CHECK(mnist_cnn(flags).number_after("test accuracy ") >= 95.5);
  CHECK(mnist_cnn(flags + " --momentum 0.9").number_after("test accuracy ") >= 97.8);
}

TEST_CASE("without --limit there are as many digits as in MNIST") {
  const support::TemporaryFolder out;
  const auto r = mnist_cnn("--fit --max-steps 1" + kAllDigits + "--file_name " + out.file("m"));
  REQUIRE_MESSAGE(r.status == 0, r.output);
  CHECK(contains(r.output, "[0/60000 (0%)]"));
  CHECK(contains(r.output, "/10000 ("));
}

TEST_CASE("Ctrl-C saves the model, says how good it is, and ends cleanly") {
  const support::TemporaryFolder out;
  const auto r =
      support::run_program("mnist_cnn", kFit + "--epochs 5000 --file_name " + out.file("m"),
                           "timeout --foreground --preserve-status -s INT 3");
  CHECK_MESSAGE(r.status == 130, r.output);
  CHECK_MESSAGE(contains(r.output, "saved as " + out.file("m.safetensors")), r.output);
  CHECK(contains(r.output, "test accuracy "));
  const auto p = mnist_cnn("predict" + kDigits + out.file("m.safetensors"));
  CHECK(p.number_after("test accuracy ") == r.number_after("test accuracy "));
}

TEST_CASE("wrong input ends with status 2 and names it") {
  const support::TemporaryFolder out;
  const auto refused = [&](const std::string& arguments, const std::string& text) {
    CAPTURE(arguments);
    const auto r = mnist_cnn(arguments);
    CHECK(r.status == 2);
    CHECK_MESSAGE(contains(r.output, text), r.output);
  };
  refused("--fit --epochs none", "--epochs");
  refused("--fit --momentum 2", "--momentum");
  refused("--unknown", "--unknown");
  refused("--fit --data " + out.file("nowhere"), "train-images-idx3-ubyte");
  refused(kFit + "--max-steps 1 --file_name " + out.file("no/such/folder"), "no/such/folder");
  save_safetensors(out.file("other.safetensors"), {{"fc1.weight", Array::zeros({2, 2}, float32)}});
  refused("predict " + out.file("other.safetensors"), "does not fit");
}
