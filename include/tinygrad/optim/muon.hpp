// SPDX-License-Identifier: MIT
// Muon: steps along the orthogonalised momentum, for matrices.
#pragma once

#include <algorithm>
#include <cmath>

#include "tinygrad/kernels/elementwise/in_place.hpp"
#include "tinygrad/kernels/matrix/newton_schulz.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// The factor that Muon multiplies lr by, for a matrix (A, B).
enum class AdjustLr {
  kOriginal,           ///< √max(1, A / B)
  kMatchRmsAdamW,      ///< 0.2·√max(A, B): steps as large as AdamW's
  kSpectralUnclamped,  ///< √(A / B)
};

/// The polynomial a·x + b·x³ + c·x⁵ of one Newton–Schulz step.
struct NewtonSchulzCoefficients {
  double a = 3.4445, b = -4.775, c = 2.0315;
};

struct MuonOptions {
  double lr = 1e-3;
  double weight_decay = 0.1;  ///< multiplies the parameter by 1 − lr·weight_decay
  double momentum = 0.95;     ///< decay rate of the running mean of the gradient
  bool nesterov = true;
  NewtonSchulzCoefficients ns_coefficients{};
  double eps = 1e-7;  ///< least divisor of the momentum
  Index ns_steps = 5;
  AdjustLr adjust_lr_fn = AdjustLr::kOriginal;
  bool maximize = false;

  template <class Visit> void each(const Visit& visit) {
    constexpr Range finite{.least = -Range::kMax};
    visit("lr", lr);
    visit("weight_decay", weight_decay);
    visit("momentum", momentum);
    visit("nesterov", nesterov);
    visit("ns_coefficients.a", ns_coefficients.a, finite);
    visit("ns_coefficients.b", ns_coefficients.b, finite);
    visit("ns_coefficients.c", ns_coefficients.c, finite);
    visit("eps", eps);
    visit("ns_steps", ns_steps, Range{.most = 100, .below_most = true});
    visit("adjust_lr_fn", adjust_lr_fn, Range{.most = 2});
    visit("maximize", maximize);
  }
};

/// Steps along the momentum after its singular values are moved towards 1. Use it for the weight
/// matrices of hidden layers; biases, embeddings and the output layer need another optimizer.
///   m = momentum·m + (1 − momentum)·g; u = m or, with Nesterov, momentum·m + (1 − momentum)·g;
///   param = (1 − lr·weight_decay)·param − adjusted_lr·newton_schulz(u)
/// PyTorch iterates in bfloat16; this uses the parameter's dtype. A step allocates temporary
/// arrays.
/// Source  Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024
///   optim::Muon muon(matrices, {.lr = 0.02});
class Muon final : public OptimizerWith<MuonOptions> {
 public:
  explicit Muon(const std::vector<Tensor>& params, const MuonOptions& options = {},
                At at = At::here())
      : OptimizerWith("Muon", {"momentum_buffer"}) {
    add_param_group(params, options, at);
  }

 private:
  void check_params(const Op& op, const std::vector<Tensor>& params) const override {
    for (std::size_t i = 0; i < params.size(); ++i)
      check<ShapeError>(params[i].dim() == 2, op, "params[", i, "] is ", params[i].shape(),
                        "; only matrices can be updated");
  }

  static double adjustment(const MuonOptions& o, const Shape& shape) {
    const double a = static_cast<double>(shape[0]), b = static_cast<double>(shape[1]);
    switch (o.adjust_lr_fn) {
      case AdjustLr::kMatchRmsAdamW: return 0.2 * std::sqrt(std::max(a, b));
      case AdjustLr::kSpectralUnclamped: return std::sqrt(a / b);
      default: return std::sqrt(std::max(1.0, a / b));
    }
  }

  void update(const Op& op, Slot& slot, const Array& grad) override {
    const MuonOptions& o = options(slot.group);
    const Array& param = slot.param.array();
    const Array& mean = slot.buffers[0];
    Array direction = grad.copy();
    if (o.maximize) kernels::scale(op, direction, -1);
    kernels::lerp(op, mean, direction, 1 - o.momentum);
    if (o.nesterov) kernels::lerp(op, direction, mean, o.momentum);
    direction = kernels::newton_schulz(op, o.nesterov ? direction : mean,
                                       {.a = o.ns_coefficients.a,
                                        .b = o.ns_coefficients.b,
                                        .c = o.ns_coefficients.c,
                                        .eps = o.eps,
                                        .steps = o.ns_steps});
    kernels::scale(op, param, 1 - o.lr * o.weight_decay);
    kernels::add_scaled(op, param, -o.lr * adjustment(o, param.shape()), direction);
  }
};

}  // namespace tinygrad::optim
