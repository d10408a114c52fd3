// SPDX-License-Identifier: MIT
// cnn_step.cpp with PyTorch's C++ interface. compile_cost.py measures how long it takes to compile.
// It is never run.
#include <torch/torch.h>

#include <cstdio>

struct CnnImpl : torch::nn::Module {
  torch::nn::Conv2d conv1{nullptr}, conv2{nullptr};
  torch::nn::BatchNorm2d norm1{nullptr}, norm2{nullptr};
  torch::nn::Dropout dropout{nullptr};
  torch::nn::Linear fc{nullptr};

  CnnImpl() {
    conv1 =
        register_module("conv1", torch::nn::Conv2d(torch::nn::Conv2dOptions(1, 8, 3).padding(1)));
    norm1 = register_module("norm1", torch::nn::BatchNorm2d(8));
    conv2 =
        register_module("conv2", torch::nn::Conv2d(torch::nn::Conv2dOptions(8, 16, 3).padding(1)));
    norm2 = register_module("norm2", torch::nn::BatchNorm2d(16));
    dropout = register_module("dropout", torch::nn::Dropout(0.25));
    fc = register_module("fc", torch::nn::Linear(16 * 7 * 7, 10));
  }
  torch::Tensor forward(const torch::Tensor& pictures) {
    const torch::Tensor x = torch::max_pool2d(torch::relu(norm1(conv1(pictures))), 2);
    return fc(dropout(torch::max_pool2d(torch::relu(norm2(conv2(x))), 2).flatten(1)));
  }
};
TORCH_MODULE(Cnn);

int main() {
  Cnn model;
  torch::optim::Adam adam(model->parameters(), torch::optim::AdamOptions(1e-3));
  const torch::Tensor x = torch::randn({16, 1, 28, 28}),
                      y = torch::randint(0, 10, {16}, torch::kLong);
  for (int step = 0; step < 20; ++step) {
    const torch::Tensor loss = torch::nn::functional::cross_entropy(model->forward(x), y);
    adam.zero_grad();
    loss.backward();
    adam.step();
    if (step % 5 == 0) std::printf("%d  %.4f\n", step, loss.item<double>());
  }
}
