// SPDX-License-Identifier: MIT
// Adafactor.
#pragma once

#include <limits>
#include <optional>

#include "tinygrad/kernels/adafactor.hpp"
#include "tinygrad/optim/optimizer.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// Where Adafactor's second moments and the scale of its parameters end below.
struct AdafactorEps {
  std::optional<double> first{};  ///< of the root mean squares; nothing: the dtype's epsilon
  double second = 1e-3;           ///< of the root mean square of a parameter
};

struct AdafactorOptions {
  double lr = 1e-2;
  double beta2_decay = -0.8;  ///< step^beta2_decay of the second moment is forgotten
  AdafactorEps eps{};
  double d = 1;             ///< the largest root mean square of a step, before it is scaled
  double weight_decay = 0;  ///< multiplies the parameter by 1 − lr·weight_decay
  bool maximize = false;

  void validate(const Op& op) const {
    detail::check_not_negative(op, "lr", lr);
    check<ValueError>(beta2_decay <= 0, op, "beta2_decay=", beta2_decay, " must not be positive");
    check<ValueError>(std::isfinite(beta2_decay), op, "beta2_decay must be finite");
    if (eps.first) detail::check_not_negative(op, "eps.first", *eps.first);
    detail::check_not_negative(op, "eps.second", eps.second);
    check<ValueError>(d >= 1, op, "d=", d, " must be at least 1");
    detail::check_not_negative(op, "weight_decay", weight_decay);
  }
  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    visit("beta2_decay", beta2_decay);
    visit("eps.first", eps.first);
    visit("eps.second", eps.second);
    visit("d", d);
    visit("weight_decay", weight_decay);
    visit("maximize", maximize);
  }
};

/// Adam without a momentum, that remembers of a matrix only the row and column means of its squared
/// gradients: little memory. Tensors of more dims are lists of matrices. The formula is
/// kernels::adafactor. A step allocates a temporary.
///   optim::Adafactor adafactor(model.parameters(), {.lr = 1e-2});
class Adafactor final : public OptimizerWith<AdafactorOptions> {
 public:
  explicit Adafactor(const std::vector<Tensor>& params, const AdafactorOptions& options = {},
                     At at = At::here())
      : OptimizerWith("Adafactor", {"row_var", "col_var", "variance"}) {
    add_param_group(params, options, at);
  }

 private:
  enum { kRow, kCol, kVariance };

  void update(const Op& op, Slot& slot, const Array& grad) override {
    const AdafactorOptions& o = options(slot.group);
    const Array& param = slot.param.array();
    const double dtype_eps = param.dtype() == float64 ? std::numeric_limits<double>::epsilon()
                                                      : std::numeric_limits<float>::epsilon();
    kernels::adafactor(op, param, grad, slot.buffers[kRow], slot.buffers[kCol],
                       slot.buffers[kVariance], Array::empty(param.shape(), param.dtype()),
                       {.lr = o.lr,
                        .beta2_decay = o.beta2_decay,
                        .eps1 = o.eps.first.value_or(dtype_eps),
                        .eps2 = o.eps.second,
                        .d = o.d,
                        .weight_decay = o.weight_decay,
                        .maximize = o.maximize,
                        .step = slot.step});
  }
  std::optional<Buffer> remembers(const Slot& slot, std::size_t k) const override {
    Buffer buffer = like(slot.param);
    const bool factored = buffer.shape.rank() > 1;
    if (factored == (k == kVariance)) return {};
    if (factored) buffer.shape[buffer.shape.rank() - (k == kRow ? 1 : 2)] = 1;
    return buffer;
  }
};

}  // namespace tinygrad::optim
