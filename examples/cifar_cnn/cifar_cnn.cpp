// SPDX-License-Identifier: MIT
// Trains convolutional networks on CIFAR-10, evaluates them, and names what pictures show.
//
//   cifar_cnn fit --model rosetta          on CIFAR-10; --help lists the other networks
//   cifar_cnn fit --data synthetic         shapes that the library draws: 98 % in half a minute
//   cifar_cnn eval --model outputs/cifar_cnn/model.safetensors
//   cifar_cnn predict --model outputs/cifar_cnn/model.safetensors cat.jpg
//
// --download allows the program to download CIFAR-10. Without the data it draws its own pictures,
// and says so. Exit status: 0, 2 for wrong input, 3 if --target-acc was missed, 130 after Ctrl-C.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <tinygrad/tinygrad.hpp>

#include "cifar_cnn/options.hpp"
#include "cifar_cnn/pictures.hpp"
#include "common/score.hpp"

using namespace tinygrad;

namespace {

/// Training or evaluation mode, but for dropout where --dropout-mode has it wrong.
void set_mode(nn::Module& model, bool training, const std::string& dropout_mode) {
  model.train(training);
  const bool wrong = dropout_mode == (training ? "off-in-training" : "on-in-testing");
  for (const auto& [name, module] : model.named_modules())
    if (wrong && dynamic_cast<nn::DropoutLayer*>(module)) module->train(!training);
}

/// Evaluates, and goes back to training mode.
Score test_score(nn::Module& model, const data::ClassificationData& data, const CifarOptions& o) {
  set_mode(model, false, o.dropout_mode);
  Score result = score(model, data, {.transform = input_transform(o.model, o.float_type())});
  set_mode(model, true, o.dropout_mode);
  return result;
}

std::unique_ptr<nn::Module> new_model(const CifarOptions& o) {
  const Generator random(o.seed);
  auto model = networks::make_network(o.model, random);
  if (o.initializer != "pytorch") {
    using nn::init::Preset;
    Generator weights = random.split(2);
    nn::init::preset_(*model, o.initializer == "glorot" ? Preset::kGlorot : Preset::kHe, weights);
  }
  if (!o.init.empty()) load_model(o.init, *model);
  model->to(o.float_type());
  return model;
}

int fit(const CifarOptions& o, const data::TrainTestData& found, const InterruptGuard& interrupt,
        double load_seconds) {
  const std::string model_path = o.out + "/model.safetensors";
  MetricsLog log(o.out + "/metrics.jsonl");
  data::TrainValidation parts{found.train, head(found.train, 0)};
  if (o.val_split > 0) parts = split(found.train, o.val_split, o.seed);
  std::printf("data: %s\n%ld training, %ld validation, %ld test pictures\n",
              found.description.c_str(), static_cast<long>(parts.train.size()),
              static_cast<long>(parts.validation.size()), static_cast<long>(found.test.size()));

  const Stopwatch build;
  const auto model = new_model(o);
  const auto optimizer = make_optimizer(model->parameters(), o);
  optim::MultiStepLR schedule(*optimizer, {o.lr_drops.begin(), o.lr_drops.end()}, 0.1);
  const double build_seconds = build.seconds();
  std::printf("network: %s\n%s", o.model.c_str(),
              to_string(nn::summary(*model, {1, 3, 32, 32}, {.dtype = o.float_type()})).c_str());
  const auto save = [&] {
    save_model(
        model_path, *model,
        {{"format", "pt"}, {"model", o.model}, {"classes", join_names(class_names(found.train))}});
  };

  data::DataLoader loader(parts.train, {.batch_size = o.batch_size,
                                        .shuffle = !o.no_shuffle,
                                        .drop_last = o.drop_last,
                                        .seed = o.seed,
                                        .sample_transform = training_transform(o)});
  double evaluate_seconds = 0;
  std::optional<Score> test;
  const auto measure = [&](const data::ClassificationData& data) {
    const Stopwatch watch;
    Score result = test_score(*model, data, o);
    evaluate_seconds += watch.seconds();
    return result;
  };
  const bool validates = parts.validation.size() > 0;
  set_mode(*model, true, o.dropout_mode);

  long steps = 0;
  double train_seconds = 0;
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
      const Tensor logits = (*model)(batch.inputs);
      const Tensor loss = cross_entropy(logits, batch.targets);
      check_loss(loss.item(), *model, batch, ++steps);
      optimizer->zero_grad();
      loss.backward();
      optimizer->step();

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
    train_seconds += epoch_seconds;
    const Score result = measure(validates ? parts.validation : found.test);
    if (!validates) test = result;
    const std::string set = validates ? "val" : "test";
    log.write({{"event", "epoch"},
               {"epoch", epoch},
               {"train_loss", mean_loss.mean()},
               {"train_accuracy", mean_accuracy.mean()},
               {set + "_loss", result.loss},
               {set + "_accuracy", result.accuracy()},
               {"seconds", epoch_seconds}});
    schedule.step();
    save();
    progress.finish(str_cat(validates ? "validation " : "test ", percent(result.accuracy())));
  }
  if (steps == 0) save();  // stopped before the first epoch

  if (!test) test = measure(found.test);
  log.write({{"event", "done"},
             {"test_accuracy", test->accuracy()},
             {"test_loss", test->loss},
             {"data", found.test.name},
             {"model", o.model},
             {"load_seconds", load_seconds},
             {"build_seconds", build_seconds},
             {"train_seconds", train_seconds},
             {"evaluate_seconds", evaluate_seconds},
             {"parameters", model->parameter_count()}});
  std::printf("%s\n%s\nloaded in %.2f s, built in %.2f s, trained in %.2f s, evaluated in %.2f s\n",
              confusion_table(test->confusion, class_names(found.test)).c_str(),
              sentence(*test, found.test.name).c_str(), load_seconds, build_seconds, train_seconds,
              evaluate_seconds);
  std::printf("%ld parameters, saved as %s\n", static_cast<long>(model->parameter_count()),
              model_path.c_str());
  return exit_status(interrupt, test->accuracy(), o.target_acc);
}

struct SavedModel {
  std::string name;
  std::unique_ptr<nn::Module> network;
  std::vector<std::string> class_names;
};

/// The network whose tensors have the names and shapes of those in the file, which may come from
/// elsewhere.
SavedModel open_model(const std::string& path) {
  const Safetensors file = load_safetensors(path);
  for (const std::string& name : networks::network_names()) {
    auto network = networks::make_network(name, Generator(0));
    const StateDict wanted = network->state_dict();
    const auto fits = [&](const auto& tensor) {
      const auto found = wanted.find(tensor.first);
      return found != wanted.end() && found->second.shape() == tensor.second.shape();
    };
    if (file.tensors.size() != wanted.size() ||
        !std::all_of(file.tensors.begin(), file.tensors.end(), fits))
      continue;
    load_model(path, *network);
    network->eval();
    const auto names = file.metadata.find("classes");
    return {name, std::move(network),
            names == file.metadata.end() ? class_names({}) : split_names(names->second)};
  }
  fail<IoError>({"load"}, path, ": its tensors are those of none of the networks of cifar_cnn");
}

data::TrainTestData load_pictures(const CifarOptions& o) {
  return data::find_cifar10(o.data, {.download = o.download, .limit = o.limit});
}

int evaluate_file(const std::string& path, CifarOptions o) {
  set_num_threads(o.threads);
  const SavedModel saved = open_model(path);
  o.model = saved.name;
  const data::TrainTestData data = load_pictures(o);
  const Score test = test_score(*saved.network, data.test, o);
  std::printf("data: %s\nnetwork: %s\n%s\n%s\n", data.description.c_str(), saved.name.c_str(),
              confusion_table(test.confusion, class_names(data.test)).c_str(),
              sentence(test, data.test.name).c_str());
  return kSuccess;
}

int predict(const std::string& path, const std::vector<std::string>& files) {
  const SavedModel saved = open_model(path);
  const NoGradGuard no_grad;
  for (const std::string& file : files) {
    const Array picture = read_picture(file).reshaped({1, 3, 32, 32});
    const Tensor input = transform_images(picture, input_transform(saved.name));
    const Tensor p = softmax((*saved.network)(input), 1);  // (1, 10)
    std::printf("%s: %s\n", file.c_str(),
                saved.class_names.at(argmax(p, 1).item<std::size_t>()).c_str());
    for (std::size_t k = 0; k < saved.class_names.size(); ++k)
      std::printf("  %-11s %.4f\n", saved.class_names[k].c_str(),
                  p.array().at(static_cast<Index>(k)));
  }
  return kSuccess;
}

}  // namespace

int main(int argc, char** argv) {
  CifarOptions o;
  std::string model = "outputs/cifar_cnn/model.safetensors";
  std::vector<std::string> files;
  CLI::App app("Trains convolutional networks on CIFAR-10, and names what pictures show",
               "cifar_cnn");
  app.require_subcommand(1);
  CLI::App* const fit_app = app.add_subcommand("fit", "train, and save the model");
  CLI::App* const eval_app = app.add_subcommand("eval", "test accuracy of a saved model");
  CLI::App* const predict_app = app.add_subcommand("predict", "name what PNG, JPEG or PPM show");
  add_fit_flags(*fit_app, o);
  eval_app->add_option("--data", o.data, "folder or archive of CIFAR-10, or synthetic");
  add_data_flags(*eval_app, o);
  add_option(*eval_app, "--threads", o.threads, CLI::PositiveNumber, "");
  for (CLI::App* const sub : {eval_app, predict_app})
    sub->add_option("--model", model, "safetensors file")->capture_default_str();
  predict_app->add_option("IMAGE", files, "PNG, JPEG, PGM or PPM file")->required();
  return run_program(app, argc, argv, [&] {
    if (*eval_app) return evaluate_file(model, o);
    if (*predict_app) return predict(model, files);
    const InterruptGuard interrupt;
    begin_run(o);
    const Stopwatch load;
    const data::TrainTestData data = load_pictures(o);
    const double load_seconds = load.seconds();
    const bool real = data.train.name == "cifar10";
    o = recipe(!o.model.empty() ? o.model : real ? "rosetta" : "mini");
    app.parse(argc, argv);  // again, on top of the recipe
    return fit(o, data, interrupt, load_seconds);
  });
}
