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
// Without MNIST at hand it downloads it; without a network it draws digits itself, and says so.
// Exit status: 0, 2 for wrong input or a picture without digits, 3 if --target-acc was missed, 130
// after Ctrl-C.
#include <algorithm>
#include <cstdio>
#include <optional>

#include "epochs.hpp"
#include "mnist_options.hpp"
#include "mnist_pictures.hpp"
#include "tinygrad/nn/init_preset.hpp"
#include "tinygrad/nn/linear.hpp"
#include "tinygrad/optim/schedules/cosine.hpp"
#include "tinygrad/tensor.hpp"

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
  if (o.normal_init) {
    Generator stream(o.seed);
    for (const Tensor& p : model.parameters()) nn::init::normal_(p, 0, 1, stream);
  }
  if (o.keras_init) {
    Generator stream(o.seed);
    nn::init::preset_(model, nn::init::Preset::kKeras, stream);
  }
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
  const auto step = [&](const data::Batch& batch, long number) {
    const Tensor logits = model(batch.inputs);
    Tensor loss = cross_entropy(logits, batch.targets);
    const double value = loss.item();
    check_loss(value, model, batch, number);
    // The quirk of preset s4: the gradient of ½·N·loss² is loss times the summed gradient.
    if (o.loss_scaled) loss = loss * loss * (0.5 * static_cast<double>(batch.targets.numel()));
    optimizer->zero_grad();
    loss.backward();
    optimizer->step();
    if (schedule) schedule->step();
    return StepResult{logits, value};
  };
  const auto end_of_epoch = [&](const EpochResult& epoch) -> std::string {
    const Score validation = measure(data.validation);
    log_epoch(log, epoch, "val", validation);
    save();
    return validation.count() ? "validation " + percent(validation.accuracy()) : "";
  };
  const TrainingResult training = run_epochs(o, loader, interrupt, log, step, end_of_epoch);
  if (training.steps == 0) save();  // stopped before the first epoch

  const Score test = measure(data.test);
  log.write({{"event", "done"},
             {"test_accuracy", test.accuracy()},
             {"test_loss", test.loss},
             {"data", data.test.name},
             {"train_seconds", training.seconds},
             {"wall_seconds", program.seconds()},
             {"parameters", model.parameter_count()}});
  std::printf("%s\n%ld parameters, trained in %.2f s, saved as %s\n",
              sentence(test, data.test.name).c_str(), static_cast<long>(model.parameter_count()),
              training.seconds, model_path.c_str());
  return status_of(o, interrupt, test.accuracy());
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
  add_fit_flags(*fit_app, o);
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
