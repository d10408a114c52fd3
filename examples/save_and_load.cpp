// SPDX-License-Identifier: MIT
// Saves a model in the middle of its training, and continues later with the same bits.
//
// A model's file is in the format safetensors, which PyTorch reads and writes too. The optimizer's
// state (the moments of Adam, the number of steps) is saved beside it: without it the training
// would go on differently.
//
// Output:
//   20 steps at once:   loss 0.0228
//   10 steps, saved:    loss 0.0437
//   loaded, 10 more:    loss 0.0228, the same bits
//   the file holds fc1.bias fc1.weight fc2.bias fc2.weight
//   a model of another size is refused, and stays as it was
#include <cstdio>
#include <string>
#include <tinygrad/io.hpp>
#include <tinygrad/nn.hpp>
#include <tinygrad/optim.hpp>
#include <tinygrad/tensor.hpp>

using namespace tinygrad;

namespace {

const std::string kModelFile = "model.safetensors", kOptimizerFile = "optimizer.safetensors";

/// A small network that learns sin(x) on [−3, 3].
struct Net final : nn::Module {
  nn::Linear fc1, fc2;

  Net(Index hidden, Generator weights) : fc1(1, hidden, {}, weights), fc2(hidden, 1, {}, weights) {}
  void members(nn::Members& m) override { m("fc1", fc1)("fc2", fc2); }
  Tensor forward(const Tensor& x) override { return fc2(tanh(fc1(x))); }  // (N, 1) → (N, 1)
};

/// Trains for some steps. Returns the loss after them.
double train(Net& model, optim::Optimizer& optimizer, int steps) {
  const Tensor x = reshape(linspace(-3, 3, 100), {100, 1}), y = sin(x);
  for (int step = 0; step < steps; ++step) {
    const Tensor loss = mse_loss(model(x), y);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }
  const NoGradGuard no_grad;
  return mse_loss(model(x), y).item();
}

}  // namespace

int main() {
  Net whole(16, Generator(1));
  optim::Adam whole_adam(whole.parameters(), {.lr = 0.05});
  const double expected = train(whole, whole_adam, 20);
  std::printf("20 steps at once:   loss %.4f\n", expected);

  {
    Net first(16, Generator(1));
    optim::Adam adam(first.parameters(), {.lr = 0.05});
    std::printf("10 steps, saved:    loss %.4f\n", train(first, adam, 10));
    save_model(kModelFile, first);
    save_state(kOptimizerFile, adam.state_dict());
  }

  Net second(16, Generator(2));  // other weights: the file replaces them
  load_model(kModelFile, second);
  optim::Adam adam(second.parameters(), {.lr = 0.05});
  adam.load_state_dict(load_state(kOptimizerFile));
  const double reached = train(second, adam, 10);
  std::printf("loaded, 10 more:    loss %.4f, %s\n", reached,
              reached == expected ? "the same bits" : "other bits");

  std::printf("the file holds");
  for (const auto& [name, array] : load_safetensors(kModelFile).tensors)
    std::printf(" %s", name.c_str());

  Net smaller(8, Generator(1));
  try {
    load_model(kModelFile, smaller);
  } catch (const StateError&) {  // its text names every tensor that does not fit
    std::printf("\na model of another size is refused, and stays as it was\n");
  }
}
