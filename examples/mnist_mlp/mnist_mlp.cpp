// SPDX-License-Identifier: MIT
// Trains a multilayer perceptron on MNIST, evaluates it, and reads digits from picture files.
//
//   mnist_mlp fit                          784-128-10, 5 epochs: about 97.8 % on real MNIST
//   mnist_mlp fit --preset s1b             the settings of a published program; --help lists all
//   mnist_mlp fit --schedule cosine --lr 0.1 --batch-size 128 --hidden 256 --epochs 3 --val-split 0
//                                          98.0 to 98.2 %, six seeds
//   mnist_mlp eval --model outputs/mnist_mlp/model.safetensors
//   mnist_mlp predict --model outputs/mnist_mlp/model.safetensors seven.png
//                                          or a photograph with several digits: see find_digits()
//
// If MNIST is not on the disk, it is downloaded; without a network the program draws digits.
// Exit status: 0, 2 for wrong input or a picture without digits, 3 if --target-acc was missed, 130
// after Ctrl-C.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <tinygrad/nn/linear.hpp>
#include <tinygrad/optim/schedules/cosine.hpp>
#include <tinygrad/tensor.hpp>

#include "common/digits.hpp"
#include "common/fit_options.hpp"
#include "common/score.hpp"
#include "mnist_mlp/files.hpp"
#include "mnist_mlp/options.hpp"
#include "mnist_mlp/published_recipes.hpp"

using namespace tinygrad;

namespace {

struct Mlp final : nn::Module {
  std::vector<nn::Linear> layers;
  double dropout_p = 0;
  Generator dropout_stream;

  Mlp(const std::vector<Index>& hidden, bool bias, double dropout, std::uint64_t seed)
      : dropout_p(dropout), dropout_stream(Generator(seed).split(1)) {
    Generator weights = Generator(seed).split(0);
    Index in = kDigitPixels;
    for (const Index out : hidden) {
      layers.push_back(nn::Linear(in, out, {.bias = bias}, weights));
      in = out;
    }
    layers.push_back(nn::Linear(in, 10, {.bias = bias}, weights));
  }

  void members(nn::Members& m) override {
    for (std::size_t i = 0; i < layers.size(); ++i) m("fc" + std::to_string(i + 1), layers[i]);
  }

  Tensor forward(const Tensor& pictures) override {
    Tensor x = flatten(pictures, 1);  // (N, 1, 28, 28) → (N, 784)
    for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
      x = relu(layers[i](x));  // (N, hidden)
      x = dropout(x, dropout_p, is_training(), dropout_stream);
    }
    return layers.back()(x);  // (N, 10) logits
  }
};

int fit(const Options& o, const Stopwatch& program) {
  const InterruptGuard interrupt;
  begin_run(o);
  const std::string model_path = o.out + "/model.safetensors";
  MetricsLog log(o.out + "/metrics.jsonl");

  const DigitData data = load_digits(o);
  std::printf("data: %s\n%ld training, %ld validation, %ld test pictures, loaded in %.2f s\n",
              data.description.c_str(), static_cast<long>(data.train.size()),
              static_cast<long>(data.validation.size()), static_cast<long>(data.test.size()),
              program.seconds());

  Mlp model(o.hidden, o.bias, o.dropout, o.seed);
  draw_weights(model, o);
  if (!o.init.empty()) load_model(o.init, model);
  const auto optimizer = make_optimizer(model.parameters(), o);
  const auto save = [&] {
    save_model(model_path, model, {{"format", "pt"}, {"pixels", name_of(o.pixels)}});
  };

  const auto measure = [&](const data::ClassificationData& set) {
    return evaluate(model, set, {.batch_transform = batch_inputs(o.pixels)});
  };

  data::DataLoader loader(data.train, {.batch_size = o.batch_size,
                                       .shuffle = !o.no_shuffle,
                                       .seed = o.seed,
                                       .transform = batch_inputs(o.pixels)});
  std::optional<optim::CosineAnnealingLR> schedule;
  if (o.schedule == "cosine") {
    const Index steps = o.epochs * loader.size();
    schedule.emplace(*optimizer, o.max_steps > 0 ? std::min<Index>(o.max_steps, steps) : steps);
  }

  long steps = 0;
  double seconds = 0;  // of training, without evaluation
  const auto finished = [&] {
    return interrupt.requested() || (o.max_steps > 0 && steps >= o.max_steps);
  };
  for (int epoch = 1; epoch <= o.epochs && !finished(); ++epoch) {
    const Stopwatch watch;
    Progress progress({.label = str_cat("epoch ", epoch, '/', o.epochs),
                       .steps = loader.size(),
                       .log_interval = 0});
    RunningMean mean_loss, mean_accuracy;
    for (const data::Batch& batch : loader) {
      const Index N = batch.targets.numel();
      const Tensor logits = model(batch.inputs);
      const Tensor loss = cross_entropy(logits, batch.targets);
      check_loss(loss.item(), model, batch, ++steps);
      const Tensor start = objective(loss, N, o);
      optimizer->zero_grad();
      start.backward();
      optimizer->step();
      if (schedule) schedule->step();

      mean_loss.add(loss.item(), N);
      mean_accuracy.add(static_cast<double>(count_correct(logits, batch.targets.array())) /
                            static_cast<double>(N),
                        N);
      progress.step(N, mean_loss.mean(), mean_accuracy.mean());
      if (steps == 1 || steps % o.log_interval == 0)
        log.write({{"event", "step"}, {"step", steps}, {"loss", loss.item()}});
      if (finished()) break;
    }
    const double epoch_seconds = watch.seconds();
    seconds += epoch_seconds;
    const Score validation = measure(data.validation);
    log.write({{"event", "epoch"},
               {"epoch", epoch},
               {"train_loss", mean_loss.mean()},
               {"train_accuracy", mean_accuracy.mean()},
               {"val_loss", validation.loss},
               {"val_accuracy", validation.accuracy()},
               {"seconds", epoch_seconds}});
    save();
    progress.finish(validation.count() ? "validation " + percent(validation.accuracy()) : "");
  }
  if (steps == 0) save();  // stopped before the first epoch

  const Score test = measure(data.test);
  log.write({{"event", "done"},
             {"test_accuracy", test.accuracy()},
             {"test_loss", test.loss},
             {"data", data.test.name},
             {"train_seconds", seconds},
             {"wall_seconds", program.seconds()},
             {"parameters", model.parameter_count()}});
  std::printf("%s\n%ld parameters, trained in %.2f s, saved as %s\n",
              sentence(test, data.test.name).c_str(), static_cast<long>(model.parameter_count()),
              seconds, model_path.c_str());
  return exit_status(interrupt, test.accuracy(), o.target_acc);
}

/// A model as its file describes it: sizes from the shapes, the kind of pixels from the metadata.
Mlp open_model(const std::string& path, Options& o) {
  const Safetensors file = load_safetensors(path);
  o.pixels = pixels_named(path, file.metadata);
  Mlp model(hidden_sizes(path, file.tensors), file.tensors.count("fc1.bias") > 0, 0, 0);
  load_model(path, model);
  return model;
}

int evaluate_file(const std::string& path, Options o) {
  set_num_threads(o.threads);
  Mlp model = open_model(path, o);
  o.val_split = 0;
  const DigitData data = load_digits(o);
  const Score test = evaluate(model, data.test, {.batch_transform = batch_inputs(o.pixels)});
  std::printf("data: %s\n%s\n", data.description.c_str(), sentence(test, data.test.name).c_str());
  return kSuccess;
}

int predict(const std::string& path, const std::vector<std::string>& files) {
  Options o;
  Mlp model = open_model(path, o);
  model.eval();
  return show_all_digits(model, files, o.pixels);
}

}  // namespace

int main(int argc, char** argv) {
  const Stopwatch program;
  Options o;
  std::string model = "outputs/mnist_mlp/model.safetensors";
  std::vector<std::string> files;
  CLI::App app(
      "Trains a multilayer perceptron on MNIST, evaluates it, and reads digits from picture files",
      "mnist_mlp");
  app.require_subcommand(1);
  CLI::App* const fit_app = app.add_subcommand("fit", "train, and save the model");
  CLI::App* const eval_app = app.add_subcommand("eval", "test accuracy of a saved model");
  CLI::App* const predict_app =
      app.add_subcommand("predict", "read digits from PNG, JPEG, PGM or IDX files");
  add_fit_flags(*fit_app, o, preset_names());
  eval_app->add_option("--data", o.data, "folder with MNIST's files, or 'synthetic'");
  add_option(*eval_app, "--threads", o.threads, CLI::PositiveNumber, "");
  for (CLI::App* const sub : {eval_app, predict_app})
    sub->add_option("--model", model, "safetensors file")->capture_default_str();
  predict_app->add_option("IMAGE", files, "PNG, JPEG, PGM or IDX file")->required();
  return run_program(app, argc, argv, [&] {
    if (!o.preset.empty()) {  // again, on top of the preset
      o = preset(o.preset);
      app.parse(argc, argv);
    }
    if (*fit_app) return fit(o, program);
    return *eval_app ? evaluate_file(model, o) : predict(model, files);
  });
}
