// SPDX-License-Identifier: MIT
// Adagrad: steps divided by the root of the sum of all squared gradients.
#pragma once

#include "tinygrad/core/square_root.hpp"
#include "tinygrad/optim/optimizer.hpp"
#include "tinygrad/optim/update_rule.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct AdagradOptions {
  double lr = 1e-2;
  double lr_decay = 0;                   ///< divides lr by 1 + lr_decay·(number of earlier steps)
  double weight_decay = 0;               ///< adds weight_decay·param to the gradient
  double initial_accumulator_value = 0;  ///< initial value of the sum of squares
  double eps = 1e-10;
  bool maximize = false;

  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    visit("lr_decay", lr_decay);
    visit("weight_decay", weight_decay);
    visit("initial_accumulator_value", initial_accumulator_value);
    visit("eps", eps);
    visit("maximize", maximize);
  }
};

/// Divides each gradient by the root of the sum of all its squares, so steps only become shorter.
/// With g = ±grad + weight_decay·param:
///   sum += g²; param −= lr / (1 + lr_decay·(step − 1)) · g / (√sum + eps)
/// Source  Duchi, Hazan & Singer, JMLR 2011
///   optim::Adagrad adagrad(model.parameters(), {.lr = 0.1});
class Adagrad final : public OptimizerWith<AdagradOptions> {
 public:
  explicit Adagrad(const std::vector<Tensor>& params, const AdagradOptions& options = {},
                   At at = At::here())
      : OptimizerWith("Adagrad", {"sum"}) {
    add_param_group(params, options, at);
  }

 private:
  void update(const Op& op, Slot& slot, const Array& grad) override {
    const AdagradOptions& o = options(slot.group);
    const double rate = o.lr / (1 + static_cast<double>(slot.step - 1) * o.lr_decay);
    const Array& param = slot.param.array();
    kernels::for_each_element(op, param, [&]<class T>(Type<T>) {
      return [p = param.data<T>(), s = slot.buffers[0].data<T>(), lr = static_cast<T>(rate),
              eps = static_cast<T>(o.eps),
              gradient = Gradient<T>(grad, o.weight_decay, o.maximize)](Index i) {
        const T g = gradient.at(i, p[i]);
        const T total = s[i] + g * g;
        s[i] = total;
        p[i] -= lr * g / (square_root(total) + eps);
      };
    });
  }
  std::optional<Buffer> remembers(const Slot& slot, std::size_t) const override {
    return Buffer{slot.param.shape(), slot.param.dtype(),
                  options(slot.group).initial_accumulator_value};
  }
};

}  // namespace tinygrad::optim
