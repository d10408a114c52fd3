// SPDX-License-Identifier: MIT
// Activations as modules, for Sequential. The formulas are in ops/activation.hpp, ops/unary.hpp and
// ops/softmax.hpp.
#pragma once

#include "tinygrad/nn/module.hpp"
#include "tinygrad/ops/activation.hpp"
#include "tinygrad/ops/softmax.hpp"
#include "tinygrad/ops/unary.hpp"

namespace tinygrad::nn {

struct ReLU final : Module {
  Tensor forward(const Tensor& x) override { return relu(x); }
};

struct LeakyReLU final : Module {
  double negative_slope;

  explicit LeakyReLU(double slope = 0.01) : negative_slope(slope) {}
  Tensor forward(const Tensor& x) override { return leaky_relu(x, negative_slope); }
  std::string describe() const override { return concat("LeakyReLU(", negative_slope, ")"); }
};

struct ELU final : Module {
  double alpha;

  explicit ELU(double factor = 1) : alpha(factor) {}
  Tensor forward(const Tensor& x) override { return elu(x, alpha); }
  std::string describe() const override { return concat("ELU(", alpha, ")"); }
};

struct GELU final : Module {
  Gelu kind;

  explicit GELU(Gelu which = Gelu::kExact) : kind(which) {}
  Tensor forward(const Tensor& x) override { return gelu(x, kind); }
  std::string describe() const override { return kind == Gelu::kTanh ? "GELU(tanh)" : "GELU"; }
};

struct SiLU final : Module {
  Tensor forward(const Tensor& x) override { return silu(x); }
};

struct Sigmoid final : Module {
  Tensor forward(const Tensor& x) override { return sigmoid(x); }
};

struct Tanh final : Module {
  Tensor forward(const Tensor& x) override { return tanh(x); }
};

struct Softplus final : Module {
  double beta;

  explicit Softplus(double sharpness = 1) : beta(sharpness) {}
  Tensor forward(const Tensor& x) override { return softplus(x, beta); }
  std::string describe() const override { return concat("Softplus(", beta, ")"); }
};

struct Softmax final : Module {
  Index axis;

  explicit Softmax(Index along = -1) : axis(along) {}
  Tensor forward(const Tensor& x) override { return softmax(x, axis); }
  std::string describe() const override { return concat("Softmax(", axis, ")"); }
};

struct LogSoftmax final : Module {
  Index axis;

  explicit LogSoftmax(Index along = -1) : axis(along) {}
  Tensor forward(const Tensor& x) override { return log_softmax(x, axis); }
  std::string describe() const override { return concat("LogSoftmax(", axis, ")"); }
};

}  // namespace tinygrad::nn
