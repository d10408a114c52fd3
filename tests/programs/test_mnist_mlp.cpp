// SPDX-License-Identifier: MIT
// Tests the program mnist_mlp from outside: its output, its files and its errors.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "golden/answers/mnist_losses.hpp"
#include "support/digit_pages.hpp"
#include "support/files.hpp"
#include "support/programs.hpp"
#include "tinygrad/data.hpp"
#include "tinygrad/io.hpp"

using namespace tinygrad;
namespace fs = std::filesystem;

namespace {

// A folder that is gone at the end of the test; folder / "name" is a path in it.
struct Folder : support::TemporaryFolder {
  std::string operator/(const std::string& name) const { return file(name); }
};

support::ProgramResult mnist_mlp(const std::string& arguments,
                                 const std::string& environment = "") {
  return support::run_program("mnist_mlp", arguments, environment);
}

using support::contains;

// A short run on digits drawn by the library.
const std::string kQuickDigits = "fit --data synthetic --max-steps 60 --log-interval 20 ";

}  // namespace

TEST_CASE("fit writes the model and a row for each event") {
  const Folder out;
  const support::ProgramResult r = mnist_mlp(kQuickDigits + "--out " + out / "run");
  REQUIRE_MESSAGE(r.status == 0, r.output);
  CHECK(contains(r.output, "synthetic digits drawn by the library"));
  const auto rows = support::rows_of(out / "run/metrics.jsonl");
  REQUIRE(rows.size() == 6);
  CHECK(rows[0]["event"] == "step");
  CHECK(rows[1]["step"] == 20);
  CHECK(rows[3]["loss"].get<double>() < rows[0]["loss"].get<double>());
  CHECK(rows[4]["event"] == "epoch");
  for (const char* key : {"epoch", "train_loss", "val_accuracy", "seconds"})
    CHECK(rows[4].contains(key));
  CHECK(rows[5]["event"] == "done");
  CHECK(rows[5]["data"] == "synthetic");
  CHECK(rows[5]["parameters"] == 101770);
  for (const char* key : {"test_accuracy", "test_loss", "train_seconds", "wall_seconds"})
    CHECK(rows[5].contains(key));

  const auto model = load_safetensors(out / "run/model.safetensors").tensors;
  CHECK(model.size() == 4);
  CHECK(model.at("fc1.weight").shape() == Shape{128, 784});
  CHECK(model.at("fc2.bias").shape() == Shape{10});

  const support::ProgramResult e =
      mnist_mlp("eval --data synthetic --model " + out / "run/model.safetensors");
  CHECK_MESSAGE(e.status == 0, e.output);
  CHECK(contains(e.output, "test accuracy"));
}

TEST_CASE("the same seed gives the same bits for any number of threads, another seed others") {
  const Folder out;
  for (const char* run_of : {"--threads 1 --out one", "--threads 2 --out two",
                             "--threads 3 --out three", "--seed 2 --out other"}) {
    std::string arguments = run_of;
    arguments.insert(arguments.find("--out ") + 6, out / "");
    REQUIRE(mnist_mlp(kQuickDigits + "--hidden 256,100 --dropout 0.2 " + arguments).status == 0);
  }
  const std::string one = support::read_back(out / "one/model.safetensors");
  CHECK(one.size() > 100'000);
  CHECK(one == support::read_back(out / "two/model.safetensors"));
  CHECK(one == support::read_back(out / "three/model.safetensors"));
  CHECK(one != support::read_back(out / "other/model.safetensors"));
}

TEST_CASE("from the same weights and batches the first 100 losses are PyTorch's") {
  const std::string data = support::real_data("mnist");
  if (data.empty()) return;
  const Folder out;
  const auto weights = [](const Shape& shape, Index fan_in) {  // as in golden/record/mnist.py
    const Array a = Array::empty(shape, float32);
    for (Index i = 0; i < a.count(); ++i) {
      const auto word =
          (static_cast<std::uint64_t>(i) * 2654435761U + 12345) % (std::uint64_t{1} << 32);
      const double unit = static_cast<double>(word) * 0x1p-32 - 0.5;
      a.data<float>()[i] = static_cast<float>(unit * 2 / std::sqrt(static_cast<double>(fan_in)));
    }
    return a;
  };
  save_safetensors(out / "start.safetensors", {{"fc1.weight", weights({128, 784}, 784)},
                                               {"fc1.bias", weights({128}, 784)},
                                               {"fc2.weight", weights({10, 128}, 128)},
                                               {"fc2.bias", weights({10}, 128)}});
  const support::ProgramResult r =
      mnist_mlp("fit --data " + data + " --init " + out / "start.safetensors" +
                " --no-shuffle --val-split 0 --max-steps 100 --log-interval 1 --lr 0.02 "
                "--momentum 0.9 --out " +
                out / "run");
  REQUIRE_MESSAGE(r.status == 0, r.output);
  const auto rows = support::rows_of(out / "run/metrics.jsonl");
  REQUIRE(rows.size() == 102);
  double worst = 0;
  for (std::size_t i = 0; i < 100; ++i)
    worst = std::fmax(worst, std::fabs(rows[i]["loss"].get<double>() - golden::mnist_losses[i]));
  MESSAGE("largest difference: " << worst);
  CHECK(worst < 1e-4);
}

TEST_CASE("five epochs on MNIST reach 97.5 %, and the presets what they promise") {
  const std::string data = support::real_data("mnist");
  if (data.empty()) return;
  const Folder out;
  const auto accuracy = [&](const std::string& arguments) {
    const support::ProgramResult r =
        mnist_mlp("fit --data " + data + " --out " + out / "run" + " " + arguments);
    REQUIRE_MESSAGE(r.status == 0, r.output);
    return support::rows_of(out / "run/metrics.jsonl").back()["test_accuracy"].get<double>();
  };
  CHECK(accuracy("--target-acc 0.975") >= 0.975);
  CHECK(accuracy("--preset s4-corrected") >= 0.97);
  CHECK(accuracy("--preset s1c") >= 0.91);
  const double seed_program = accuracy("--preset s4");
  CHECK(seed_program > 0.45);
  CHECK(seed_program < 0.60);
}

TEST_CASE("predict shows the picture, the class and the probabilities") {
  const Folder out;
  REQUIRE(mnist_mlp("fit --data synthetic --epochs 2 --out " + out / "run").status == 0);
  const auto digits = data::synthetic_digits(20, 1, 60000);
  int right = 0;
  for (Index i = 0; i < 20; ++i) {
    const Array picture = Array::empty({28, 28, 1}, uint8);
    for (Index p = 0; p < 784; ++p)
      picture.data<std::uint8_t>()[p] =
          static_cast<std::uint8_t>(std::lround(digits.inputs.at(i * 784 + p) * 255));
    write_pnm(out / "digit.pgm", picture);
    const support::ProgramResult r =
        mnist_mlp("predict --model " + out / "run/model.safetensors" + " " + out / "digit.pgm");
    REQUIRE_MESSAGE(r.status == 0, r.output);
    CHECK(r.output.find_first_of("*#%@") < 14 * 29);  // ink
    right += contains(r.output, "digit.pgm: " + std::to_string(digits.targets.at<Index>(i)));
  }
  CHECK(right >= 17);

  const auto predict = [&](const Array& picture) {
    write_pnm(out / "page.ppm", picture);
    return mnist_mlp("predict --model " + out / "run/model.safetensors" + " " + out / "page.ppm");
  };
  const Array pictures =
      data::synthetic_digits(3, 1, 60000, {.bytes = true}).inputs.reshaped({3, 28, 28});
  support::PageOptions page{.size = 80, .paper = {0.7, 0.7, 0.7}, .gradient = 0.4};
  Generator random(1);
  const support::ProgramResult several =
      predict(support::draw_page(pictures, {{0, 1}, {2}}, page, random));
  CHECK(several.status == 0);
  CHECK_MESSAGE(contains(several.output, "page.ppm, digit 3 of 3, at ("), several.output);
  page.noise = 0.03;
  const support::ProgramResult none = predict(support::draw_page(pictures, {}, page, random));
  CHECK(none.status == 2);
  CHECK_MESSAGE(contains(none.output, "page.ppm: no digit found"), none.output);
}

TEST_CASE("predict calls a digit that it is not sure of doubtful, and names two") {
  const Folder out;  // a network that has hardly learnt anything
  REQUIRE(mnist_mlp("fit --data synthetic --max-steps 1 --out " + out / "run").status == 0);
  const Array pictures =
      data::synthetic_digits(2, 1, 60000, {.bytes = true}).inputs.reshaped({2, 28, 28});
  Generator random(1);
  write_pnm(out / "page.ppm", support::draw_page(pictures, {{0, 1}}, {.size = 60}, random));
  const support::ProgramResult r =
      mnist_mlp("predict --model " + out / "run/model.safetensors" + " " + out / "page.ppm");
  CHECK(r.status == 0);
  CHECK_MESSAGE(contains(r.output, ": perhaps a"), r.output);
  CHECK_MESSAGE(contains(r.output, "? (? stands after a doubtful digit)"), r.output);
}

TEST_CASE("wrong input ends with status 2, one line that names it, and nothing half-written") {
  const Folder out;
  const auto refused = [&](const std::string& arguments, const std::string& text) {
    CAPTURE(arguments);
    const support::ProgramResult r = mnist_mlp(arguments);
    CHECK(r.status == 2);
    CHECK_MESSAGE(contains(r.output, text), r.output);
    CHECK_FALSE(fs::exists(out / "run/model.safetensors"));
  };
  const std::string to = " --out " + out / "run";
  refused("fit --epochs zero" + to, "--epochs");
  refused("fit --unknown 3" + to, "--unknown");
  refused("fit --optimizer sgdd" + to, "--optimizer");
  refused("fit --dropout 1.5" + to, "--dropout");
  refused("fit --preset s9" + to, "--preset");
  refused("", "subcommand");
  refused("fit --data " + out / "nowhere" + to, "train-images-idx3-ubyte");
  refused("eval --model " + out / "none.safetensors", "none.safetensors");
  refused("predict --model " + out / "none.safetensors a.png", "none.safetensors");

  std::ofstream(out / "file") << "not a folder";
  refused(kQuickDigits + "--out " + out / "file/run", "cannot be made");
  std::ofstream(out / "bad.safetensors") << "12345678{";
  refused(kQuickDigits + "--init " + out / "bad.safetensors" + to, "bad.safetensors");
  save_safetensors(out / "other.safetensors", {{"fc1.weight", Array::zeros({2, 2}, float32)}});
  refused(kQuickDigits + "--init " + out / "other.safetensors" + to, "missing fc1.bias");

  fs::create_directory(out / "html");
  for (const char* name : {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
                           "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"})
    std::ofstream(out / "html/" + name) << "<html>404</html>";
  refused("fit --data " + out / "html" + to, "HTML");
}

TEST_CASE("a loss that is no number stops with the step and the first tensor that is bad") {
  const Folder out;
  const support::ProgramResult r = mnist_mlp(kQuickDigits + "--lr 1e30 --out " + out / "run");
  CHECK(r.status == 2);
  CHECK(contains(r.output, "the loss is not finite at step "));
  CHECK(contains(r.output, "[linear] its result turned bad"));
  CHECK(contains(r.output, "in fc"));
}

TEST_CASE("a missed target accuracy is exit status 3") {
  const Folder out;
  CHECK(mnist_mlp("fit --data synthetic --max-steps 2 --target-acc 0.99 --out " + out / "run")
            .status == 3);
}

TEST_CASE("Ctrl-C saves the model and ends cleanly") {
  const Folder out;
  const support::ProgramResult r =
      mnist_mlp("fit --data synthetic --epochs 500 --out " + out / "run",
                "timeout --foreground --preserve-status -s INT 4");
  CHECK_MESSAGE(r.status == 130, r.output);
  CHECK(load_safetensors(out / "run/model.safetensors").tensors.size() == 4);
  CHECK(support::rows_of(out / "run/metrics.jsonl").back()["event"] == "done");
}
