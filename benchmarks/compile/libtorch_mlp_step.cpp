// SPDX-License-Identifier: MIT
// A training loop on an MLP with PyTorch's C++ interface. compare.py --compile measures how long it
// and examples/mnist_mlp/mnist_mlp.cpp take to compile. It is never run.
#include <torch/torch.h>

#include <cstdio>

int main() {
  torch::set_num_threads(2);
  torch::nn::Sequential model(torch::nn::Linear(784, 128), torch::nn::ReLU(),
                              torch::nn::Linear(128, 10));
  torch::optim::SGD sgd(model->parameters(), torch::optim::SGDOptions(0.02).momentum(0.9));
  const torch::Tensor x = torch::randn({64, 784}), y = torch::randint(0, 10, {64}, torch::kLong);
  for (int step = 0; step < 1000; ++step) {
    sgd.zero_grad();
    const torch::Tensor loss = torch::nn::functional::cross_entropy(model->forward(x), y);
    loss.backward();
    sgd.step();
    if (step % 100 == 0) std::printf("%d  %.4f\n", step, loss.item<double>());
  }
  torch::save(model, "mlp.pt");
}
