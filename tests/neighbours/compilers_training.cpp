// SPDX-License-Identifier: MIT
// A typical program: trains an MLP, a convolution and an attention, checks their gradients against
// differences, saves a model and reads it.
#include <cmath>
#include <string>
#include <tinygrad/tinygrad.hpp>

#include "expect.hpp"

using namespace tinygrad;

namespace {

struct Net final : nn::Module {
  nn::Conv2d conv{1, 8, 3, {.padding = 1}};
  nn::Linear embed{32, 16};
  nn::MultiheadAttention attention{16, 2, {.batch_first = true}};
  nn::LayerNorm norm{16};
  nn::Linear out{16 * 8, 4};
  void members(nn::Members& m) override {
    m("conv", conv)("embed", embed)("attention", attention)("norm", norm)("out", out);
  }
  Tensor forward(const Tensor& x) override {                                  // (N, 1, 8, 8)
    const Tensor y = max_pool2d(relu(conv(x)), 2);                            // (N, 8, 4, 4)
    const Tensor tokens = embed(reshape(y, {x.shape()[0], 4, 32}));           // (N, 4, 16)
    const Tensor seen = norm(tokens + attention(tokens));                     // (N, 4, 16)
    return out(reshape(concat({seen, gelu(seen)}, 2), {x.shape()[0], 128}));  // (N, 4)
  }
};

void training() {
  manual_seed(3);
  Net net;
  optim::Adam adam(net.parameters(), {.lr = 0.01});
  const Tensor x = randn({32, 1, 8, 8}), y = randint(0, 4, {32});
  double first = 0, last = 0;
  for (int step = 0; step < 40; ++step) {
    const Tensor loss = cross_entropy(net(x), y);
    adam.zero_grad();
    loss.backward();
    adam.step();
    (step == 0 ? first : last) = loss.item();
  }
  expect(first > 1 && last < 0.1,
         "the training: loss " + std::to_string(first) + " to " + std::to_string(last));

  save_model("net.safetensors", net);
  Net copy;
  load_model("net.safetensors", copy);
  expect(equal(net(x), copy(x)), "the model read back gives other values");
}

void gradients() {
  const auto ones = [](const Shape& shape) {
    Tensor x = randn(shape, float64);
    x.requires_grad_();
    return x;
  };
  const auto attend = [](const std::vector<Tensor>& in) {
    return sum(square(scaled_dot_product_attention(in[0], in[1], in[2], {.is_causal = true})));
  };
  expect(gradcheck(attend, {ones({2, 5, 3}), ones({2, 5, 3}), ones({2, 5, 3})}).ok,
         "the gradient of attention");
  const auto convolve = [](const std::vector<Tensor>& in) {
    return mean(log_softmax(flatten(conv2d(in[0], in[1], in[2]), 1), 1) *
                sigmoid(flatten(conv2d(in[0], in[1]), 1)));
  };
  expect(gradcheck(convolve, {ones({2, 3, 6, 6}), ones({4, 3, 3, 3}), ones({4})}).ok,
         "the gradient of a convolution");
  const auto multiply = [](const std::vector<Tensor>& in) {
    return sum(tanh(matmul(in[0], in[1])));
  };
  expect(static_cast<bool>(gradgradcheck(multiply, {ones({3, 4}), ones({4, 2})})),
         "the second gradient of a product");
}

void values() {
  const Tensor e = exp(tensor({0, 1, 2, 3}, float32));
  for (int i = 0; i < 4; ++i)
    expect(std::abs(e.data<float>()[i] / std::exp(static_cast<float>(i)) - 1) < 1e-6F,
           "exp(" + std::to_string(i) + ") = " + std::to_string(e.data<float>()[i]));
  // The first query sees the first key alone.
  const Tensor q = randn({1, 4, 8}), k = randn({1, 4, 8}), v = randn({1, 4, 8});
  const Tensor seen = scaled_dot_product_attention(q, k, v, {.is_causal = true});
  for (int i = 0; i < 8; ++i)
    expect(std::abs(seen.data<float>()[i] - v.data<float>()[i]) < 1e-6F,
           "causal attention sees the future");
  expect(std::abs(sum(softmax(randn({7, 33}), 1)).item() - 7) < 1e-4, "softmax does not sum to 1");
  bool refused = false;
  try {
    matmul(randn({2, 3}), randn({4, 5}));
  } catch (const ShapeError&) {
    refused = true;
  }
  expect(refused, "sizes that do not fit are not refused");
}

}  // namespace

int main() {
  return exit_code_of([] {
    values();
    gradients();
    training();
  });
}
