// SPDX-License-Identifier: MIT
// Trains a LeNet on MNIST with the flags, defaults and log lines of a published PyTorch program,
// github.com/zytfo/dl-assignment-1, and tests the saved model.
//
//   mnist_cnn --fit                        one epoch, saved as ./model.safetensors
//   mnist_cnn --predict model.safetensors  the loss and accuracy on the test pictures
//   mnist_cnn predict model.safetensors seven.png     what a picture shows
//
// `fit` and `predict` are the same as --fit and --predict; no argument means --predict. If MNIST is
// not on the disk, the program downloads it; without a network it draws digits, and says so.
// Exit status: 0, 2 for wrong input or a picture without digits, 130 after Ctrl-C.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <tinygrad/tinygrad.hpp>

#include "common/digits.hpp"
#include "common/score.hpp"
#include "networks/lenet.hpp"

using namespace tinygrad;

namespace {

struct Flags {
  std::string file_name = "model";
  std::string model = "model.safetensors";
  std::vector<std::string> pictures;
  std::string data;
  Index batch_size = 64, test_batch_size = 1000, limit = 0;
  std::uint64_t seed = 1;
  int epochs = 1, threads = num_threads();
  double lr = 0.01, momentum = 0.5;
  long log_interval = 10, max_steps = 0;
};

const char* const kSuffix = ".safetensors";

double percentage(Index part, Index all) {
  return 100 * static_cast<double>(part) / static_cast<double>(all);
}

Score test(networks::LeNet& model, const data::ClassificationData& data, const Flags& flags) {
  Score result = evaluate(
      model, data,
      {.batch_size = flags.test_batch_size, .batch_transform = batch_inputs(Pixels::kNormalized)});
  const auto right =
      static_cast<long>(std::lround(result.accuracy() * static_cast<double>(result.count())));
  std::printf("\nTest set: Average loss: %.4f, Accuracy: %ld/%ld (%.0f%%)\n\n", result.loss, right,
              static_cast<long>(result.count()), percentage(right, result.count()));
  return result;
}

/// The banner, and the data.
data::TrainTestData begin(const Flags& flags) {
  begin_run({.out = ".", .seed = flags.seed, .threads = flags.threads});
  data::TrainTestData data =
      data::find_mnist(flags.data, {.download = true, .limit = flags.limit}, {.bytes = true});
  std::printf("data: %s\n", data.description.c_str());
  return data;
}

void conclude(const Score& score, const data::ClassificationData& data) {
  std::printf("%s\n%s\n", confusion_table(score.confusion, data.class_names).c_str(),
              sentence(score, data.name).c_str());
}

int fit(const Flags& flags) {
  const InterruptGuard interrupt;
  const Stopwatch load;
  const data::TrainTestData data = begin(flags);
  const double load_seconds = load.seconds();
  const std::string path =
      flags.file_name.ends_with(kSuffix) ? flags.file_name : flags.file_name + kSuffix;

  const Stopwatch build;
  networks::LeNet model{Generator(flags.seed)};
  optim::SGD sgd(model.parameters(), {.lr = flags.lr, .momentum = flags.momentum});
  data::DataLoader loader(data.train, {.batch_size = flags.batch_size,
                                       .seed = flags.seed,
                                       .transform = batch_inputs(Pixels::kNormalized)});
  const double build_seconds = build.seconds();
  std::printf("%s", to_string(nn::summary(model, {1, 1, 28, 28})).c_str());

  double train_seconds = 0, test_seconds = 0;
  long step = 0;
  const auto finished = [&] {
    return interrupt.requested() || (flags.max_steps > 0 && step >= flags.max_steps);
  };
  std::optional<Score> score;
  for (int epoch = 1; epoch <= flags.epochs && !finished(); ++epoch) {
    const Stopwatch watch;
    Index batch_number = 0;
    for (const data::Batch& batch : loader) {
      const Tensor loss = cross_entropy(model(batch.inputs), batch.targets);
      check_loss(loss.item(), model, batch, ++step);
      sgd.zero_grad();
      loss.backward();
      sgd.step();
      if (batch_number % flags.log_interval == 0)
        std::printf("Train Epoch: %d [%ld/%ld (%.0f%%)]\tLoss: %.6f\n", epoch,
                    static_cast<long>(batch_number * flags.batch_size),
                    static_cast<long>(data.train.size()), percentage(batch_number, loader.size()),
                    loss.item());
      ++batch_number;
      if (finished()) break;
    }
    train_seconds += watch.seconds();
    const Stopwatch test_watch;
    score = test(model, data.test, flags);
    test_seconds += test_watch.seconds();
    save_model(path, model);
  }
  if (!score) save_model(path, model);  // stopped before the first epoch
  if (score) conclude(*score, data.test);
  std::printf(
      "loaded in %.2f s, built in %.2f s, trained in %.2f s, evaluated in %.2f s\n"
      "%ld parameters, saved as %s\n",
      load_seconds, build_seconds, train_seconds, test_seconds,
      static_cast<long>(model.parameter_count()), path.c_str());
  return interrupt.requested() ? kInterrupted : kSuccess;
}

int predict(const Flags& flags) {
  check<IoError>(std::filesystem::exists(flags.model), {"predict"}, flags.model,
                 ": there is no such model yet; mnist_cnn --fit makes one");
  networks::LeNet model{Generator(0)};
  load_model(flags.model, model);
  model.eval();
  if (!flags.pictures.empty()) return show_all_digits(model, flags.pictures, Pixels::kNormalized);
  const data::TrainTestData data = begin(flags);
  for (int epoch = 1; epoch < flags.epochs; ++epoch) test(model, data.test, flags);
  conclude(test(model, data.test, flags), data.test);
  return kSuccess;
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  bool fits = false;
  CLI::App app("Trains a LeNet on MNIST, and tests it", "mnist_cnn");
  app.fallthrough();  // subcommands know the flags, too
  const auto positive = CLI::PositiveNumber;
  app.add_flag("--fit", fits, "train, and save the model");
  app.add_option("--predict", flags.model, "test a saved model")
      ->expected(0, 1)
      ->capture_default_str();
  app.add_option("--file_name", flags.file_name, "where --fit saves, without .safetensors")
      ->capture_default_str();
  add_option(app, "--batch-size", flags.batch_size, positive, "pictures in a step");
  add_option(app, "--test-batch-size", flags.test_batch_size, positive, "pictures tested at once");
  add_option(app, "--epochs", flags.epochs, positive, "passes over the data, tests with --predict");
  add_option(app, "--lr", flags.lr, CLI::NonNegativeNumber, "learning rate");
  add_option(app, "--momentum", flags.momentum, CLI::Range(0.0, 1.0), "of SGD");
  add_option(app, "--seed", flags.seed, CLI::NonNegativeNumber, "of all random numbers");
  add_option(app, "--log-interval", flags.log_interval, positive, "steps between lines");
  app.add_option("--data", flags.data, "folder with MNIST's files, or synthetic");
  app.add_option("--limit", flags.limit, "train, and test, on the first so many pictures only")
      ->check(positive);
  app.add_option("--max-steps", flags.max_steps, "stop after so many steps")->check(positive);
  add_option(app, "--threads", flags.threads, positive, "the result does not depend on it");
  CLI::App* const fit_app = app.add_subcommand("fit", "the same as --fit");
  CLI::App* const predict_app = app.add_subcommand("predict", "the same as --predict");
  predict_app->add_option("MODEL", flags.model, "safetensors file")->capture_default_str();
  predict_app->add_option("IMAGE", flags.pictures,
                          "PNG, JPEG, PGM or IDX files: name their digits");
  app.require_subcommand(0, 1);
  return run_program(app, argc, argv, [&] {
    return fits || *fit_app ? fit(flags) : predict(flags);  // --fit wins, as it did there
  });
}
