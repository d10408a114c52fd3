// SPDX-License-Identifier: MIT
// The source of each of the two libraries of program.cpp. Each uses its own tinygrad; the macro
// NAME distinguishes them.
#include <cstdio>
#include <string>
#include <tinygrad/io/image.hpp>
#include <tinygrad/io/write_png.hpp>
#include <tinygrad/nn/linear.hpp>
#include <tinygrad/optim/adam.hpp>
#include <tinygrad/tensor.hpp>

#define JOINED_(a, b) a##_##b
#define JOINED(a, b) JOINED_(a, b)

using namespace tinygrad;

/// The loss of a little network after some steps.
extern "C" double JOINED(NAME, train)() {
  set_num_threads(3);
  Generator random(5);
  const Tensor x = randn({2048, 32}, float32, random), target = sum(x, {1}, true) * 0.1;
  manual_seed(3);
  nn::Linear hidden(32, 64), output(64, 1);
  optim::Adam optimizer({hidden.weight, hidden.bias, output.weight, output.bias}, {.lr = 0.01});
  double last = 0;
  for (int step = 0; step < 10; ++step) {
    optimizer.zero_grad();
    const Tensor loss = mse_loss(output(tanh(hidden(x))), target);
    loss.backward();
    optimizer.step();
    last = loss.item<float>();
  }
  return last;
}

/// The message of an error, which must name the function and the rule as users write them.
extern "C" const char* JOINED(NAME, error)() {
  static std::string text;
  try {
    matmul(zeros({2, 3}), zeros({4, 5}));
  } catch (const Error& error) {
    text = error.what();
  }
  return text.c_str();
}

/// The number of bytes of a PNG picture that was written and read; 0 if PNG cannot be read.
extern "C" long JOINED(NAME, read_png)(const char* path) {
  Array image = Array::zeros({3, 5, 1}, uint8);
  write_png(path, image);
  try {
    return static_cast<long>(read_image(path).count());
  } catch (const IoError&) {
    return 0;
  }
}

/// Takes and gives tensors: another version's are no arguments for it.
Tensor JOINED(NAME, twice)(const Tensor& x);
Tensor JOINED(NAME, twice)(const Tensor& x) { return x + x; }
