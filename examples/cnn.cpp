// SPDX-License-Identifier: MIT
// Trains a small convolutional network on drawn digits.
//
// The library draws the digits, so nothing is downloaded. The training pictures are moved by up to
// two pixels at random, anew in each epoch. The network has batch normalisation and dropout, so its
// training and evaluation modes differ.
//
// Output:
//   20586 parameters
//   epoch 1: loss 0.91, test accuracy 93.7 %
//   epoch 2: loss 0.17, test accuracy 98.5 %
#include <cstdio>
#include <tinygrad/data.hpp>
#include <tinygrad/nn.hpp>
#include <tinygrad/optim.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

namespace {

struct Cnn final : nn::Module {
  nn::Conv2d conv1{1, 16, 3, {.padding = 1}}, conv2{16, 32, 3, {.padding = 1}};
  nn::BatchNorm2d norm1{16}, norm2{32};
  nn::Dropout dropout{0.1};
  nn::Linear fc{32 * 7 * 7, 10};

  void members(nn::Members& m) override {
    m("conv1", conv1)("norm1", norm1)("conv2", conv2)("norm2", norm2)("dropout", dropout)("fc", fc);
  }

  Tensor forward(const Tensor& pictures) override {          // (N, 1, 28, 28)
    Tensor x = max_pool2d(relu(norm1(conv1(pictures))), 2);  // (N, 16, 14, 14)
    x = max_pool2d(relu(norm2(conv2(x))), 2);                // (N, 32, 7, 7)
    return fc(dropout(flatten(x, 1)));                       // (N, 10)
  }
};

double accuracy(Cnn& model, const data::ClassificationData& data) {
  const NoGradGuard no_grad;
  model.eval();  // no dropout; running statistics in the batch norms
  Index right = 0;
  for (const auto& [pictures, digits] : data::DataLoader(
           data, {.batch_size = 500, .shuffle = false, .sample_transform = data::ToFloat()}))
    right += sum(eq(argmax(model(pictures), 1), digits)).item<Index>();
  model.train();
  return static_cast<double>(right) / static_cast<double>(data.size());
}

}  // namespace

int main() {
  const data::ClassificationData training = data::synthetic_digits(6000, 1, 0, {.bytes = true}),
                                 test = data::synthetic_digits(1000, 2, 0, {.bytes = true});
  data::DataLoader loader(
      training, {.batch_size = 50,
                 .sample_transform = {data::RandomCrop(28, {.padding = 2}), data::ToFloat()}});
  Cnn model;
  optim::AdamW adam(model.parameters());
  constexpr int kEpochs = 2;
  optim::OneCycleLR schedule(adam, 5e-3, {.total_steps = kEpochs * loader.size()});
  std::printf("%ld parameters\n", static_cast<long>(model.parameter_count()));

  for (int epoch = 1; epoch <= kEpochs; ++epoch) {
    double total = 0;
    for (const auto& [pictures, digits] : loader) {
      const Tensor loss = cross_entropy(model(pictures), digits);
      adam.zero_grad();
      loss.backward();
      adam.step();
      schedule.step();
      total += loss.item();
    }
    std::printf("epoch %d: loss %.2f, test accuracy %.1f %%\n", epoch,
                total / static_cast<double>(loader.size()), 100 * accuracy(model, test));
  }
}
