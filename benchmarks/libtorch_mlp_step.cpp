// SPDX-License-Identifier: MIT
// A training loop on an MLP with PyTorch's C++ interface: what examples/mnist_mlp.cpp is compared
// with for the time it takes to compile. compare.py --compile compiles it; it is never run.
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
