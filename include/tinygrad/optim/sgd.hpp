// SPDX-License-Identifier: MIT
// SGD: stochastic gradient descent, with momentum or without.
#pragma once

#include <type_traits>

#include "tinygrad/optim/optimizer.hpp"
#include "tinygrad/optim/update_rule.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// What the momentum buffer v accumulates. With a constant learning rate all three make the same
/// steps if kUnitGain gets lr / (1 − μ). They differ when a schedule changes lr.
enum class MomentumConvention {
  kPyTorch,  ///< v = μ·v + (1 − dampening)·g; param −= lr·v. A new lr scales all past gradients
  kSutskever,  ///< v = μ·v + lr·g; param −= v. A new lr scales later gradients only
  kUnitGain,  ///< v = μ·v + (1 − μ)·g; param −= lr·v. v is a mean: μ does not change the step size
};

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;     ///< reduces each gradient in the momentum except the first
  double weight_decay = 0;  ///< adds weight_decay·param to the gradient
  bool nesterov = false;    ///< moves by the value of v after one more gradient like this one
  bool maximize = false;
  MomentumConvention momentum_convention = MomentumConvention::kPyTorch;

  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    visit("momentum", momentum);
    visit("dampening", dampening, Range{.least = -Range::kMax});
    visit("weight_decay", weight_decay);
    visit("nesterov", nesterov);
    visit("maximize", maximize);
    visit("momentum_convention", momentum_convention, Range{.most = 2});
  }
  void validate(const Op& op) const {
    check<ValueError>(!nesterov || (momentum > 0 && dampening == 0), op,
                      "nesterov needs momentum > 0 and dampening = 0, got momentum=", momentum,
                      ", dampening=", dampening);
    check<ValueError>(momentum_convention == MomentumConvention::kPyTorch || dampening == 0, op,
                      "dampening=", dampening, " must be 0 unless the momentum is PyTorch's");
    check<ValueError>(momentum_convention != MomentumConvention::kUnitGain || momentum < 1, op,
                      "momentum=", momentum, " must be below 1 for unit gain");
  }
};

/// param −= lr·d, where d is the gradient or, with momentum, a decaying sum of all gradients:
///   g = ±grad + weight_decay·param; buffer = momentum·buffer + fresh·g;
///   d = buffer or, with Nesterov, momentum·buffer + fresh·g; without momentum d = g
/// `fresh` depends on the momentum convention. kSutskever has fresh = lr and param −= d.
/// Cost    a step reads 3 and writes 2 arrays (2 and 1 without momentum), no allocation
/// Source  Sutskever et al., ICML 2013
///   optim::SGD sgd(model.parameters(), {.lr = 0.1, .momentum = 0.9});
class SGD final : public OptimizerWith<SGDOptions> {
 public:
  explicit SGD(const std::vector<Tensor>& params, const SGDOptions& options = {},
               At at = At::here())
      : OptimizerWith("SGD", {"momentum_buffer"}) {
    add_param_group(params, options, at);
  }

 private:
  void update(const Op& op, Slot& slot, const Array& grad) override {
    const SGDOptions& o = options(slot.group);
    const Array& param = slot.param.array();
    if (o.momentum > 0) {
      if (o.nesterov) move_by_momentum(op, slot, grad, std::true_type());
      else move_by_momentum(op, slot, grad, std::false_type());
      return;
    }
    kernels::for_each_element(op, param, [&]<class T>(Type<T>) {
      return [p = param.data<T>(), lr = static_cast<T>(o.lr),
              gradient = Gradient<T>(grad, o.weight_decay, o.maximize)](Index i) {
        p[i] -= lr * gradient.at(i, p[i]);
      };
    });
  }

  template <class Nesterov>
  void move_by_momentum(const Op& op, const Slot& slot, const Array& grad, Nesterov) const {
    const SGDOptions& o = options(slot.group);
    const Array &param = slot.param.array(), &buffer = slot.buffers[0];
    double rate = o.lr, weight = 1;
    if (o.momentum_convention == MomentumConvention::kPyTorch) {
      if (slot.step > 1) weight = 1 - o.dampening;  // the first buffer is the gradient itself
    } else if (o.momentum_convention == MomentumConvention::kSutskever) {
      weight = o.lr;
      rate = 1;
    } else {
      weight = 1 - o.momentum;
    }
    kernels::for_each_element(op, param, [&]<class T>(Type<T>) {
      return [p = param.data<T>(), b = buffer.data<T>(), lr = static_cast<T>(rate),
              momentum = static_cast<T>(o.momentum), fresh = static_cast<T>(weight),
              gradient = Gradient<T>(grad, o.weight_decay, o.maximize)](Index i) {
        const T g = fresh * gradient.at(i, p[i]);
        const T sum = momentum * b[i] + g;
        b[i] = sum;
        p[i] -= lr * (Nesterov::value ? g + momentum * sum : sum);
      };
    });
  }

  std::optional<Buffer> remembers(const Slot& slot, std::size_t) const override {
    if (options(slot.group).momentum > 0) return like(slot.param);
    return {};
  }
};

}  // namespace tinygrad::optim
