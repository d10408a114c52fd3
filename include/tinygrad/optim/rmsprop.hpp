// SPDX-License-Identifier: MIT
// RMSprop: steps divided by the root of a running mean of the squared gradient.
#pragma once

#include <type_traits>

#include "tinygrad/core/square_root.hpp"
#include "tinygrad/optim/optimizer.hpp"
#include "tinygrad/optim/update_rule.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

struct RMSpropOptions {
  double lr = 1e-2;
  double alpha = 0.99;  ///< decay rate of the running mean of g²
  double eps = 1e-8;
  double weight_decay = 0;  ///< adds weight_decay·param to the gradient
  double momentum = 0;
  bool centered = false;  ///< divides by the deviation of g instead of its root mean square
  bool maximize = false;

  template <class Visit> void each(const Visit& visit) {
    visit("lr", lr);
    visit("alpha", alpha);
    visit("eps", eps);
    visit("weight_decay", weight_decay);
    visit("momentum", momentum);
    visit("centered", centered);
    visit("maximize", maximize);
  }
};

/// Divides each gradient by the root of the running mean of its square. With
/// g = ±grad + weight_decay·param:
///   v = α·v + (1 − α)·g²; d = g / (√v + eps) or, centered, m += (1 − α)·(g − m) and
///   d = g / (√(v − m²) + eps); param −= lr·d or, with momentum, b = momentum·b + d; param −= lr·b
/// Source  Tieleman & Hinton, Coursera lecture 6.5, 2012; Graves, arXiv:1308.0850 (centered)
///   optim::RMSprop rmsprop(model.parameters(), {.lr = 1e-3, .momentum = 0.9});
class RMSprop final : public OptimizerWith<RMSpropOptions> {
 public:
  explicit RMSprop(const std::vector<Tensor>& params, const RMSpropOptions& options = {},
                   At at = At::here())
      : OptimizerWith("RMSprop", {"square_avg", "momentum_buffer", "grad_avg"}) {
    add_param_group(params, options, at);
  }

 private:
  enum { kSquare, kMomentum, kMean };

  void update(const Op& op, Slot& slot, const Array& grad) override {
    const RMSpropOptions& o = options(slot.group);
    const Array& param = slot.param.array();
    const auto move = [&](auto with_buffer, auto centered) {
      using Buffered = decltype(with_buffer);
      using Centered = decltype(centered);
      kernels::for_each_element(op, param, [&]<class T>(Type<T>) {
        return [p = param.data<T>(), v = slot.buffers[kSquare].data<T>(),
                b = Buffered::value ? slot.buffers[kMomentum].data<T>() : nullptr,
                m = Centered::value ? slot.buffers[kMean].data<T>() : nullptr,
                lr = static_cast<T>(o.lr), keep = static_cast<T>(o.alpha),
                fresh = static_cast<T>(1 - o.alpha), eps = static_cast<T>(o.eps),
                momentum = static_cast<T>(o.momentum),
                gradient = Gradient<T>(grad, o.weight_decay, o.maximize)](Index i) {
          [[maybe_unused]] const T survives = momentum;  // without a buffer, none does
          const T g = gradient.at(i, p[i]);
          T variance = keep * v[i] + fresh * g * g;
          v[i] = variance;
          if constexpr (Centered::value) {
            const T average = m[i] + fresh * (g - m[i]);
            m[i] = average;
            variance -= average * average;
          }
          T d = g / (square_root(variance) + eps);
          if constexpr (Buffered::value) {
            d += survives * b[i];
            b[i] = d;
          }
          p[i] -= lr * d;
        };
      });
    };
    const std::true_type yes;
    const std::false_type no;
    if (o.momentum > 0) o.centered ? move(yes, yes) : move(yes, no);
    else o.centered ? move(no, yes) : move(no, no);
  }
  std::optional<Buffer> remembers(const Slot& slot, std::size_t k) const override {
    const RMSpropOptions& o = options(slot.group);
    if ((k == kMomentum && o.momentum == 0) || (k == kMean && !o.centered)) return {};
    return like(slot.param);
  }
};

}  // namespace tinygrad::optim
