// SPDX-License-Identifier: MIT
// Tests the program cifar_cnn from outside: its output, its files and its errors.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/files.hpp"
#include "support/programs.hpp"
#include "tinygrad/data.hpp"
#include "tinygrad/io.hpp"

using namespace tinygrad;
namespace fs = std::filesystem;
using support::contains;

namespace {

support::ProgramResult cifar_cnn(const std::string& arguments) {
  return support::run_program("cifar_cnn", arguments);
}

// A hundred of the shapes drawn by the library.
const std::string kQuickShapes = "fit --data synthetic --limit 100 --log-interval 1 ";

}  // namespace

TEST_CASE("without a network named, synthetic shapes are learned by mini") {
  const support::TemporaryFolder out;
  const auto r =
      cifar_cnn("fit --data synthetic --max-steps 200 --val-split 0.1 --log-interval 100 --out " +
                out.file("run"));
  REQUIRE_MESSAGE(r.status == 0, r.output);
  for (const char* text :
       {"synthetic shapes drawn by the library", "45000 training, 5000 validation, 10000 test",
        "network: mini", "multiply-adds", "hourglass", "loaded in", "trained in", "evaluated in"})
    CHECK_MESSAGE(contains(r.output, text), r.output);
  const auto rows = support::rows_of(out.file("run/metrics.jsonl"));
  REQUIRE(rows.size() == 5);
  CHECK(rows[2]["loss"].get<double>() < 0.8 * rows[0]["loss"].get<double>());
  CHECK(rows[3]["event"] == "epoch");
  CHECK(rows[3].contains("val_accuracy"));
  CHECK(rows[4]["event"] == "done");
  CHECK(rows[4]["model"] == "mini");
  CHECK(rows[4]["parameters"] == 33834);
  CHECK(rows[4]["test_accuracy"].get<double>() > 0.3);
  for (const char* key : {"load_seconds", "build_seconds", "train_seconds", "evaluate_seconds"})
    CHECK(rows[4].contains(key));
}

TEST_CASE("each network takes a step by its own recipe, and its file is recognised") {
  const support::TemporaryFolder out;
  for (const char* network : {"rosetta", "netbn", "netln", "netgn", "resnet20"}) {
    CAPTURE(network);
    const std::string model = " --model " + out.file("run/model.safetensors");
    const auto r = cifar_cnn(kQuickShapes + "--batch-size 4 --max-steps 1 --out " +
                             out.file("run") + " --model " + network);
    REQUIRE_MESSAGE(r.status == 0, r.output);
    CHECK(support::rows_of(out.file("run/metrics.jsonl"))[0]["step"] == 1);
    write_pnm(out.file("picture.ppm"), Array::full({40, 50, 3}, 128, uint8));
    const auto p = cifar_cnn("predict " + out.file("picture.ppm") + model);
    REQUIRE_MESSAGE(p.status == 0, p.output);
    CHECK(contains(p.output, "hourglass"));
  }
}

TEST_CASE("predict names what a picture shows, and eval repeats the accuracy of fit") {
  const support::TemporaryFolder out;
  const std::string model = " --model " + out.file("run/model.safetensors");
  const auto f = cifar_cnn("fit --data synthetic --limit 10000 --out " + out.file("run"));
  REQUIRE_MESSAGE(f.status == 0, f.output);
  const auto e = cifar_cnn("eval --data synthetic --limit 10000" + model);
  REQUIRE_MESSAGE(e.status == 0, e.output);
  CHECK(e.number_after("test accuracy ") == f.number_after("test accuracy "));

  const data::ClassificationData shapes = data::synthetic_shapes(10, 1, 55000);
  int right = 0;
  for (Index n = 0; n < 10; ++n) {
    const Array picture = Array::empty({32, 32, 3}, uint8);
    for (Index c = 0; c < 3; ++c)
      for (Index i = 0; i < 1024; ++i)
        picture.data<std::uint8_t>()[i * 3 + c] =
            shapes.inputs.data<std::uint8_t>()[(n * 3 + c) * 1024 + i];
    write_pnm(out.file("shape.ppm"), picture);
    const auto p = cifar_cnn("predict " + out.file("shape.ppm") + model);
    REQUIRE_MESSAGE(p.status == 0, p.output);
    const auto label = shapes.targets.at<std::size_t>(n);
    right += contains(p.output, "shape.ppm: " + shapes.class_names[label] + "\n");
  }
  CHECK(right >= 7);
}

TEST_CASE("the same seed gives the same bits for any number of threads, another seed others") {
  const support::TemporaryFolder out;
  const auto model = [&](const std::string& flags) {
    const auto r =
        cifar_cnn(kQuickShapes + "--batch-size 16 --max-steps 3 --out " + out.file("run ") + flags);
    REQUIRE_MESSAGE(r.status == 0, r.output);
    return support::read_back(out.file("run/model.safetensors"));
  };
  for (const std::string network : {"--model rosetta ", "--model netbn --shuffle "}) {
    CAPTURE(network);
    const std::string one = model(network + "--threads 1");
    CHECK(one.size() > 100'000);
    CHECK(one == model(network + "--threads 3"));
    CHECK(one != model(network + "--seed 2"));
  }
}

TEST_CASE("a run goes on from the weights of another") {
  const support::TemporaryFolder out;
  REQUIRE(cifar_cnn("fit --data synthetic --limit 6000 --out " + out.file("one")).status == 0);
  const auto r = cifar_cnn(kQuickShapes + "--max-steps 1 --init " +
                           out.file("one/model.safetensors") + " --out " + out.file("two"));
  REQUIRE_MESSAGE(r.status == 0, r.output);
  const auto first_loss = [&](const std::string& file) {
    return support::rows_of(out.file(file))[0]["loss"].get<double>();
  };
  CHECK(first_loss("two/metrics.jsonl") < 0.8 * first_loss("one/metrics.jsonl"));
}

TEST_CASE("dropout can be wrong in training or in testing, to measure what that costs") {
  const support::TemporaryFolder out;
  const auto losses = [&](const std::string& mode) {
    const auto r =
        cifar_cnn(kQuickShapes + "--model rosetta --batch-size 4 --max-steps 2 --dropout-mode " +
                  mode + " --out " + out.file("run"));
    REQUIRE_MESSAGE(r.status == 0, r.output);
    const auto rows = support::rows_of(out.file("run/metrics.jsonl"));
    return std::vector<double>{rows[1]["loss"].get<double>(),
                               rows.back()["test_loss"].get<double>()};
  };
  const auto correct = losses("correct"), off = losses("off-in-training"),
             on = losses("on-in-testing");
  CHECK(off[0] != correct[0]);  // the second step's loss
  CHECK(on[0] == correct[0]);
  CHECK(on[1] != correct[1]);
}

TEST_CASE("--dtype float64 computes in float64, and its model is read like any other") {
  const support::TemporaryFolder out;
  const auto losses = [&](const std::string& dtype) {
    const auto r = cifar_cnn(kQuickShapes + "--model netln --batch-size 10 --max-steps 2 --dtype " +
                             dtype + " --out " + out.file(dtype));
    REQUIRE_MESSAGE(r.status == 0, r.output);
    const auto rows = support::rows_of(out.file(dtype + "/metrics.jsonl"));
    return std::vector<double>{rows[0]["loss"].get<double>(), rows[1]["loss"].get<double>()};
  };
  const auto single = losses("float32"), twice = losses("float64");
  for (const std::size_t i : {0U, 1U}) {
    CHECK(single[i] != twice[i]);
    CHECK(single[i] == doctest::Approx(twice[i]).epsilon(1e-4));
  }
  const std::string model = out.file("float64/model.safetensors");
  CHECK(load_safetensors(model).tensors.at("conv1.weight").dtype() == float64);
  CHECK(cifar_cnn("eval --data synthetic --limit 100 --model " + model).status == 0);
}

TEST_CASE("resnet20 starts from He's normal weights") {
  const support::TemporaryFolder out;
  const auto r = cifar_cnn(kQuickShapes +
                           "--model resnet20 --lr 0 --weight-decay 0 --batch-size 4 "
                           "--max-steps 1 --out " +
                           out.file("run"));
  REQUIRE_MESSAGE(r.status == 0, r.output);
  const Array weight = load_safetensors(out.file("run/model.safetensors"))
                           .tensors.at("layer3.2.conv2.weight");  // (64, 64, 3, 3)
  double squares = 0, largest = 0;
  for (Index i = 0; i < weight.count(); ++i) {
    squares += weight.at(i) * weight.at(i);
    largest = std::max(largest, std::fabs(weight.at(i)));
  }
  const double deviation = std::sqrt(squares / static_cast<double>(weight.count()));
  CHECK(deviation == doctest::Approx(std::sqrt(2.0 / (64 * 9))).epsilon(0.03));
  CHECK(largest > 3 * deviation);  // a uniform distribution ends at √3 deviations
}

TEST_CASE("Ctrl-C saves the model, says how good it is, and ends cleanly") {
  const support::TemporaryFolder out;
  const auto r =
      support::run_program("cifar_cnn", kQuickShapes + "--epochs 100000 --out " + out.file("run"),
                           "timeout --foreground --preserve-status -s INT 3");
  CHECK_MESSAGE(r.status == 130, r.output);
  CHECK_MESSAGE(contains(r.output, "saved as " + out.file("run/model.safetensors")), r.output);
  CHECK(support::rows_of(out.file("run/metrics.jsonl")).back()["event"] == "done");
  const auto e =
      cifar_cnn("eval --data synthetic --limit 100 --model " + out.file("run/model.safetensors"));
  CHECK(e.number_after("test accuracy ") == r.number_after("test accuracy "));
}

TEST_CASE("on CIFAR-10 a hundred steps of mini name more than a quarter of the pictures") {
  const std::string folder = support::real_data("cifar-10-batches-bin");
  if (folder.empty()) return;
  const support::TemporaryFolder out;
  const auto r =
      cifar_cnn("fit --model mini --limit 5000 --max-steps 100 --out " + out.file("run"));
  REQUIRE_MESSAGE(r.status == 0, r.output);
  CHECK_MESSAGE(contains(r.output, "CIFAR-10 from " + folder + " (from TINYGRAD_DATA)"), r.output);
  CHECK(r.number_after("test accuracy ") > 25);
}

TEST_CASE("wrong input ends with status 2, one line that names it, and nothing half-written") {
  const support::TemporaryFolder out;
  const auto refused = [&](const std::string& arguments, const std::string& text) {
    CAPTURE(arguments);
    const auto r = cifar_cnn(arguments);
    CHECK(r.status == 2);
    CHECK_MESSAGE(contains(r.output, text), r.output);
    CHECK_FALSE(fs::exists(out.file("run/model.safetensors")));
  };
  const std::string to = " --out " + out.file("run");
  refused("fit --model resnet21" + to, "--model");
  refused("fit --dropout-mode never" + to, "--dropout-mode");
  refused("fit --augment mirror" + to, "--augment");
  refused("fit --dtype float16" + to, "--dtype");
  refused("fit --lr-drops 6,x" + to, "--lr-drops");
  refused("fit --batch-size 0" + to, "--batch-size");
  refused("", "subcommand");
  refused("fit --data " + out.file("nowhere") + to, "data_batch_1.bin");
  refused("eval --model " + out.file("none.safetensors"), "none.safetensors");

  save_safetensors(out.file("other.safetensors"), {{"fc.weight", Array::zeros({2, 2}, float32)}});
  refused("predict a.png --model " + out.file("other.safetensors"), "none of the networks");
  refused(kQuickShapes + "--init " + out.file("other.safetensors") + to, "missing conv1");

  fs::create_directory(out.file("cifar-10-batches-bin"));
  std::ofstream(out.file("cifar-10-batches-bin/data_batch_1.bin")) << "short";
  refused("fit --data " + out.file("cifar-10-batches-bin") + to, "truncated");
}

TEST_CASE("a loss that is no number stops with the step and the first tensor that is bad") {
  const support::TemporaryFolder out;
  const auto r =
      cifar_cnn(kQuickShapes + "--optimizer sgd --lr 1e30 --max-steps 9 --out " + out.file("run"));
  CHECK(r.status == 2);
  CHECK_MESSAGE(contains(r.output, "the loss is not finite at step "), r.output);
}

TEST_CASE("a missed target accuracy is exit status 3") {
  const support::TemporaryFolder out;
  CHECK(
      cifar_cnn(kQuickShapes + "--max-steps 1 --target-acc 0.99 --out " + out.file("run")).status ==
      3);
}
