// SPDX-License-Identifier: MIT
// Trains a network with one hidden layer to recognise handwritten digits.
//
// The data are MNIST, from $TINYGRAD_DATA/mnist, ./data/mnist or the user's cache. A missing MNIST
// is downloaded to the cache. Without a network the library draws digits; the first line says so.
//
// Test accuracy: 97.8 % on MNIST, 98.3 % on drawn digits, after a few seconds.
#include <cstdio>
#include <exception>
#include <tinygrad/data.hpp>
#include <tinygrad/io.hpp>
#include <tinygrad/nn.hpp>
#include <tinygrad/optim.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

namespace {

constexpr int kEpochs = 5;
constexpr Index kBatchSize = 64;
constexpr double kLearningRate = 0.02, kMomentum = 0.9;

struct Mlp final : nn::Module {
  nn::Linear fc1{784, 128}, fc2{128, 10};

  void members(nn::Members& m) override { m("fc1", fc1)("fc2", fc2); }

  Tensor forward(const Tensor& pictures) override {  // (N, 1, 28, 28)
    const Tensor x = flatten(pictures, 1);           // (N, 784)
    return fc2(relu(fc1(x)));                        // (N, 10), a score for each digit
  }
};

void train(Mlp& model, const data::ClassificationData& data) {
  optim::SGD sgd(model.parameters(), {.lr = kLearningRate, .momentum = kMomentum});
  data::DataLoader loader(data, {.batch_size = kBatchSize});  // in a new random order each epoch
  for (int epoch = 1; epoch <= kEpochs; ++epoch) {
    double total = 0;
    for (const auto& [pictures, digits] : loader) {
      const Tensor loss = cross_entropy(model(pictures), digits);
      sgd.zero_grad();
      loss.backward();
      sgd.step();
      total += loss.item();
    }
    std::printf("epoch %d: loss %.4f\n", epoch, total / static_cast<double>(loader.size()));
  }
}

/// The fraction of the digits that the model recognises.
double accuracy(Mlp& model, const data::ClassificationData& data) {
  const NoGradGuard no_grad;
  Index right = 0;
  for (const auto& [pictures, digits] :
       data::DataLoader(data, {.batch_size = 1000, .shuffle = false}))
    right += sum(eq(argmax(model(pictures), 1), digits)).item<Index>();
  return static_cast<double>(right) / static_cast<double>(data.size());
}

}  // namespace

int main() try {
  const data::TrainTestData data = data::find_mnist("", {.download = true}, {.normalize = true});
  std::printf("%s\n", data.description.c_str());

  Mlp model;
  train(model, data.train);
  model.eval();
  std::printf("test accuracy %.2f %%\n", 100 * accuracy(model, data.test));

  save_model("mnist.safetensors", model);  // PyTorch reads this file
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "mnist: %s\n", error.what());
  return 1;
}
