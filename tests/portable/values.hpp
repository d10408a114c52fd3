// SPDX-License-Identifier: MIT
// The values that are computed twice, by code compiled for this processor and by code compiled for
// any: the kernels that vectorise, and a training run through most of them.
#pragma once

#include <string>

#include "tinygrad/io/safetensors.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/optim.hpp"
#include "tinygrad/tensor.hpp"

namespace portable {

inline tinygrad::NamedArrays values() {
  using namespace tinygrad;
  Generator random(1);
  const auto draw = [&](const Shape& shape) { return Tensor(randn(shape, float32, random)); };
  NamedArrays all;
  const auto put = [&](const std::string& name, const Tensor& y) { all[name] = y.array(); };

  const Tensor x = draw({33, 101}), w = draw({101, 65}), image = draw({3, 5, 17, 19});
  put("exp", exp(x)), put("log", log(abs(x) + 0.1)), put("tanh", tanh(x)), put("erf", erf(x));
  put("sigmoid", sigmoid(x)), put("gelu", gelu(x)), put("sqrt", sqrt(abs(x)));
  put("sum", sum(x)), put("mean", mean(x, 0)), put("softmax", softmax(x, 1));
  put("matmul", matmul(x, w)), put("cumsum", cumsum(x, 1)), put("sort", sort(x, 1).values);
  put("conv2d", conv2d(image, draw({7, 5, 3, 3}), draw({7}), {.padding = 1}));
  put("max_pool2d", max_pool2d(image, 2)), put("avg_pool2d", avg_pool2d(image, 3));
  put("layer_norm", layer_norm(image, {19}));

  // Fused or not, and at any width: functions of one or two numbers have the same bits.
  for (const Dtype dtype : {float32, float64}) {
    const std::string prefix = dtype == float32 ? "exact float32 " : "exact float64 ";
    const Tensor v = to(x, dtype) * 3, size = abs(v) + 0.01, other = to(draw({33, 101}), dtype);
    put(prefix + "exp", exp(v)), put(prefix + "expm1", expm1(v)), put(prefix + "log", log(size));
    put(prefix + "log1p", log1p(size)), put(prefix + "tanh", tanh(v)), put(prefix + "erf", erf(v));
    put(prefix + "sigmoid", sigmoid(v)), put(prefix + "silu", silu(v));
    put(prefix + "gelu", gelu(v)), put(prefix + "softplus", softplus(v));
    put(prefix + "sin", sin(v)), put(prefix + "cos", cos(v)), put(prefix + "tan", tan(v));
    put(prefix + "atan", atan(v)), put(prefix + "asinh", asinh(v));
    put(prefix + "pow", pow(size, other)), put(prefix + "sqrt", sqrt(size));
    put(prefix + "lgamma", lgamma(size)), put(prefix + "digamma", digamma(size));
    put(prefix + "max", amax(v, 1)), put(prefix + "less", v < other);
  }

  nn::Sequential net;
  // No bias before the norm: its gradient is rounding errors, and Adam would make steps of them.
  net.add("conv", nn::Conv2d(5, 8, 3, {.padding = 1, .bias = false}, random));
  net.add("norm", nn::BatchNorm2d(8));
  net.add("relu", nn::ReLU());
  net.add("flatten", nn::Flatten());
  net.add("fc", nn::Linear(8 * 17 * 19, 10, {}, random));
  optim::Adam adam(net.parameters(), {.lr = 0.01});
  const Tensor classes = randint(0, 10, {3}, random);
  for (int step = 0; step < 3; ++step) {
    const Tensor loss = cross_entropy(net(image), classes);
    put("loss " + std::to_string(step), loss.detach());
    adam.zero_grad();
    loss.backward();
    adam.step();
  }
  for (const auto& [name, p] : net.named_parameters()) put("trained " + name, p.detach());
  return all;
}

}  // namespace portable
