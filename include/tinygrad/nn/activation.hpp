// SPDX-License-Identifier: MIT
// Activations as layers. The formulas are in ops/elementwise/ and ops/reduction/softmax.hpp. Names,
// options and defaults are PyTorch's; Softplus has no threshold by default.
#pragma once

#include <limits>
#include <optional>
#include <utility>

#include "tinygrad/core/checks.hpp"
#include "tinygrad/nn/module.hpp"
#include "tinygrad/ops/elementwise/activation.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/reduction/softmax.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

// Without options.

struct ReLU final : Module {
  Tensor forward(const Tensor& x) override { return relu(x); }
};
struct ReLU6 final : Module {
  Tensor forward(const Tensor& x) override { return relu6(x); }
};
struct SELU final : Module {
  Tensor forward(const Tensor& x) override { return selu(x); }
};
struct SiLU final : Module {
  Tensor forward(const Tensor& x) override { return silu(x); }
};
struct Mish final : Module {
  Tensor forward(const Tensor& x) override { return mish(x); }
};
struct Sigmoid final : Module {
  Tensor forward(const Tensor& x) override { return sigmoid(x); }
};
struct LogSigmoid final : Module {
  Tensor forward(const Tensor& x) override { return logsigmoid(x); }
};
struct Hardsigmoid final : Module {
  Tensor forward(const Tensor& x) override { return hardsigmoid(x); }
};
struct Hardswish final : Module {
  Tensor forward(const Tensor& x) override { return hardswish(x); }
};
struct Tanh final : Module {
  Tensor forward(const Tensor& x) override { return tanh(x); }
};
struct Tanhshrink final : Module {
  Tensor forward(const Tensor& x) override { return tanhshrink(x); }
};
struct Softsign final : Module {
  Tensor forward(const Tensor& x) override { return softsign(x); }
};

// With options.

struct LeakyReLU final : Module {
  double negative_slope;

  explicit LeakyReLU(double slope = 0.01, At at = At::here()) : negative_slope(slope) {
    tinygrad::detail::check_finite({"LeakyReLU", at}, "negative_slope", slope);
  }
  Tensor forward(const Tensor& x) override { return leaky_relu(x, negative_slope); }
  std::string describe() const override { return str_cat("LeakyReLU(", negative_slope, ")"); }
};

struct PReLUOptions {
  Index num_parameters = 1;  ///< one for all channels, or their number
  double init = 0.25;
};

/// x where x > 0, else weight·x.
/// Shapes  x (N, C, …) → y (N, C, …); weight (num_parameters)
struct PReLU final : Module {
  Parameter weight;

  explicit PReLU(PReLUOptions options = {}, At at = At::here()) {
    const Op op{"PReLU", at};
    check<ValueError>(options.num_parameters > 0, op, "num_parameters=", options.num_parameters,
                      " must be positive");
    tinygrad::detail::check_finite(op, "init", options.init);
    weight = Tensor(Array::full({options.num_parameters}, options.init, float32));
  }
  void members(Members& m) override { m("weight", weight); }
  Tensor forward(const Tensor& x) override { return prelu(x, weight); }
  std::string describe() const override { return str_cat("PReLU(", weight.numel(), ")"); }
};

/// Draws from its own generator, if it was given one.
struct RReLU final : Module {
  double lower, upper;
  std::optional<Generator> generator;

  explicit RReLU(double low = 1.0 / 8, double high = 1.0 / 3, std::optional<Generator> own = {},
                 At at = At::here())
      : lower(low), upper(high), generator(std::move(own)) {
    const Op op{"RReLU", at};
    check<ValueError>(lower <= upper, op, "lower=", lower, " must not be above upper=", upper);
    tinygrad::detail::check_finite(op, "lower", lower);
    tinygrad::detail::check_finite(op, "upper", upper);
  }
  Tensor forward(const Tensor& x) override {
    return rrelu(x, lower, upper, is_training(), generator ? *generator : default_generator());
  }
  std::string describe() const override { return str_cat("RReLU(", lower, ", ", upper, ")"); }
};

struct ELU final : Module {
  double alpha;

  explicit ELU(double factor = 1, At at = At::here()) : alpha(factor) {
    tinygrad::detail::check_finite({"ELU", at}, "alpha", alpha);
  }
  Tensor forward(const Tensor& x) override { return elu(x, alpha); }
  std::string describe() const override { return str_cat("ELU(", alpha, ")"); }
};

struct CELU final : Module {
  double alpha;

  explicit CELU(double factor = 1, At at = At::here()) : alpha(factor) {
    const Op op{"CELU", at};
    check<ValueError>(alpha != 0, op, "alpha=", alpha, " must not be 0");
    tinygrad::detail::check_finite(op, "alpha", alpha);
  }
  Tensor forward(const Tensor& x) override { return celu(x, alpha); }
  std::string describe() const override { return str_cat("CELU(", alpha, ")"); }
};

struct GELU final : Module {
  Gelu kind;

  explicit GELU(Gelu which = Gelu::kExact) : kind(which) {}
  Tensor forward(const Tensor& x) override { return gelu(x, kind); }
  std::string describe() const override { return kind == Gelu::kTanh ? "GELU(tanh)" : "GELU"; }
};

struct Hardtanh final : Module {
  double min_val, max_val;

  explicit Hardtanh(double low = -1, double high = 1, At at = At::here())
      : min_val(low), max_val(high) {
    check<ValueError>(min_val <= max_val, {"Hardtanh", at}, "min_val=", min_val,
                      " must not be above max_val=", max_val);
  }
  Tensor forward(const Tensor& x) override { return hardtanh(x, min_val, max_val); }
  std::string describe() const override {
    return str_cat("Hardtanh(", min_val, ", ", max_val, ")");
  }
};

struct Hardshrink final : Module {
  double lambd;

  explicit Hardshrink(double limit = 0.5, At at = At::here()) : lambd(limit) {
    tinygrad::detail::check_not_nan({"Hardshrink", at}, "lambd", limit);
  }
  Tensor forward(const Tensor& x) override { return hardshrink(x, lambd); }
  std::string describe() const override { return str_cat("Hardshrink(", lambd, ")"); }
};

struct Softshrink final : Module {
  double lambd;

  explicit Softshrink(double limit = 0.5, At at = At::here()) : lambd(limit) {
    check<ValueError>(lambd >= 0, {"Softshrink", at}, "lambd=", lambd, " must not be negative");
  }
  Tensor forward(const Tensor& x) override { return softshrink(x, lambd); }
  std::string describe() const override { return str_cat("Softshrink(", lambd, ")"); }
};

struct Threshold final : Module {
  double threshold, value;

  Threshold(double limit, double replacement, At at = At::here())
      : threshold(limit), value(replacement) {
    tinygrad::detail::check_not_nan({"Threshold", at}, "threshold", limit);
  }
  Tensor forward(const Tensor& x) override { return tinygrad::threshold(x, threshold, value); }
  std::string describe() const override {
    return str_cat("Threshold(", threshold, ", ", value, ")");
  }
};

struct Softplus final : Module {
  double beta, threshold;

  explicit Softplus(double sharpness = 1, double limit = std::numeric_limits<double>::infinity(),
                    At at = At::here())
      : beta(sharpness), threshold(limit) {
    const Op op{"Softplus", at};
    check<ValueError>(beta != 0, op, "beta=", beta, " must not be 0");
    tinygrad::detail::check_finite(op, "beta", beta);
    tinygrad::detail::check_not_nan(op, "threshold", limit);
  }
  Tensor forward(const Tensor& x) override { return softplus(x, beta, threshold); }
  std::string describe() const override { return str_cat("Softplus(", beta, ", ", threshold, ")"); }
};

// Along a dim.

struct GLU final : Module {
  Index dim;

  explicit GLU(Index over = -1) : dim(over) {}
  Tensor forward(const Tensor& x) override { return glu(x, dim); }
  std::string describe() const override { return str_cat("GLU(", dim, ")"); }
};

struct Softmax final : Module {
  Index dim;

  explicit Softmax(Index over = -1) : dim(over) {}
  Tensor forward(const Tensor& x) override { return softmax(x, dim); }
  std::string describe() const override { return str_cat("Softmax(", dim, ")"); }
};

struct LogSoftmax final : Module {
  Index dim;

  explicit LogSoftmax(Index over = -1) : dim(over) {}
  Tensor forward(const Tensor& x) override { return log_softmax(x, dim); }
  std::string describe() const override { return str_cat("LogSoftmax(", dim, ")"); }
};

struct Softmin final : Module {
  Index dim;

  explicit Softmin(Index over = -1) : dim(over) {}
  Tensor forward(const Tensor& x) override { return softmin(x, dim); }
  std::string describe() const override { return str_cat("Softmin(", dim, ")"); }
};

}  // namespace tinygrad::nn
