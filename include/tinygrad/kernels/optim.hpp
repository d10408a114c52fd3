// SPDX-License-Identifier: MIT
// The update rules of the optimizers: one pass over a parameter, its gradient and what is
// remembered of them, in place. Arrays of one call have the same shape and floating dtype.
#pragma once

#include <cmath>
#include <type_traits>

#include "tinygrad/kernels/elementwise.hpp"

namespace tinygrad::kernels {

/// Elements below which a second thread costs more than it saves: 65,536 are updated in about 8 µs
/// (SGD with momentum, AVX-512), as long as waking a thread takes.
inline constexpr Index kUpdateGrain = 65536;

/// The numbers of one SGD update.
struct SgdStep {
  double lr, momentum, dampening, weight_decay;
  bool nesterov, maximize;
};

/// g = ±grad + weight_decay·param; buffer = momentum·buffer + (1 − dampening)·g;
/// param −= lr·d, where d is the buffer or, with Nesterov, g + momentum·buffer. Without a buffer
/// (undefined) d is g.
/// Cost    reads 3 and writes 2 arrays (2 and 1 without a buffer), no allocation
/// Source  Sutskever et al., ICML 2013
inline void sgd(const Op& op, const Array& param, const Array& grad, const Array& buffer,
                const SgdStep& step) {
  dispatch_floating(op, param.dtype(), [&]<class T>(Type<T>) {
    T* p = param.data<T>();
    const T* in = grad.data<T>();
    T* b = buffer.defined() ? buffer.data<T>() : nullptr;
    const T lr = static_cast<T>(step.lr), decay = static_cast<T>(step.weight_decay);
    const T sign = step.maximize ? T{-1} : T{1};
    const T momentum = static_cast<T>(step.momentum), fresh = static_cast<T>(1 - step.dampening);
    const bool nesterov = step.nesterov;
    parallel_for(param.count(), kUpdateGrain, [=](Index begin, Index end) {
      const auto pass = [=](auto with_nesterov) {
        for (Index i = begin; i < end; ++i) {
          const T g = sign * in[i] + decay * p[i];
          const T sum = momentum * b[i] + fresh * g;
          b[i] = sum;
          p[i] -= lr * (with_nesterov ? g + momentum * sum : sum);
        }
      };
      if (!b)
        for (Index i = begin; i < end; ++i) p[i] -= lr * (sign * in[i] + decay * p[i]);
      else if (nesterov) pass(std::true_type());
      else pass(std::false_type());
    });
  });
}

/// The numbers of one Adam update, the number `step` (from 1) of its parameter.
struct AdamStep {
  double lr, beta1, beta2, eps, weight_decay;
  bool decoupled;  ///< AdamW: the decay shrinks the parameter instead of joining the gradient
  bool maximize;
  Index step;
};

/// m = β₁·m + (1 − β₁)·g; v = β₂·v + (1 − β₂)·g²; param −= lr·m̂ / (√v̂ + eps), where m̂ and v̂ are
/// divided by 1 − βᵢ^step, and v̂ comes from max_v, the largest v so far, if that is defined.
/// g = ±grad + weight_decay·param, or, decoupled, param is first multiplied by 1 − lr·weight_decay.
/// Cost    reads 4 and writes 3 arrays (5 and 4 with max_v), no allocation. 101,770 elements take
///         20 µs on one AVX-512 core, but 260 µs without -fno-math-errno: std::sqrt that may set
///         errno keeps the compiler from vectorising the loop
/// Source  Kingma & Ba, ICLR 2015; Reddi et al., ICLR 2018; Loshchilov & Hutter, ICLR 2019
inline void adam(const Op& op, const Array& param, const Array& grad, const Array& first_moment,
                 const Array& second_moment, const Array& max_second_moment, const AdamStep& step) {
  const double correction1 = 1 - std::pow(step.beta1, static_cast<double>(step.step));
  const double correction2 = 1 - std::pow(step.beta2, static_cast<double>(step.step));
  dispatch_floating(op, param.dtype(), [&]<class T>(Type<T>) {
    T* p = param.data<T>();
    const T* in = grad.data<T>();
    T* m = first_moment.data<T>();
    T* v = second_moment.data<T>();
    T* most = max_second_moment.defined() ? max_second_moment.data<T>() : nullptr;
    const T sign = step.maximize ? T{-1} : T{1};
    const T decay = static_cast<T>(step.decoupled ? 0 : step.weight_decay);
    const T shrink = static_cast<T>(step.decoupled ? 1 - step.lr * step.weight_decay : 1);
    const T keep2 = static_cast<T>(step.beta2), fresh1 = static_cast<T>(1 - step.beta1),
            fresh2 = static_cast<T>(1 - step.beta2);
    const T size = static_cast<T>(step.lr / correction1), eps = static_cast<T>(step.eps);
    const T root = static_cast<T>(std::sqrt(correction2));
    parallel_for(param.count(), kUpdateGrain, [=](Index begin, Index end) {
      const auto pass = [=](auto with_largest) {
        for (Index i = begin; i < end; ++i) {
          const T g = sign * in[i] + decay * p[i];
          const T mean = m[i] + fresh1 * (g - m[i]);
          T square = keep2 * v[i] + fresh2 * g * g;
          m[i] = mean;
          v[i] = square;
          if constexpr (with_largest) {
            square = most[i] >= square ? most[i] : square;  // a NaN stays
            most[i] = square;
          }
          p[i] = shrink * p[i] - size * mean / (std::sqrt(square) / root + eps);
        }
      };
      if (most) pass(std::true_type());
      else pass(std::false_type());
    });
  });
}

/// x *= factor, in place.
inline void scale(const Op& op, const Array& x, double factor) {
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    T* values = x.data<T>();
    const T by = static_cast<T>(factor);
    parallel_for(x.count(), kUpdateGrain, [=](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) values[i] *= by;
    });
  });
}

/// x limited to [−limit, limit], in place; NaN stays.
inline void limit(const Op& op, const Array& x, double limit) {
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    T* values = x.data<T>();
    const T high = static_cast<T>(limit);
    parallel_for(x.count(), kUpdateGrain, [=](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        const T value = values[i];
        values[i] = value > high ? high : value < -high ? -high : value;
      }
    });
  });
}

namespace detail {
/// term(x₀) ⊕ term(x₁) ⊕ … in double, where ⊕ is `join` and starts from 0. The order is fixed.
template <class Term, class Join> double fold(const Op& op, const Array& x, Term term, Join join) {
  constexpr Index kLanes = 8;  // independent totals, which the compiler keeps in a vector
  const Chunks chunks(x.count(), kUpdateGrain);
  double totals[64] = {};  // one for each chunk
  dispatch_floating(op, x.dtype(), [&]<class T>(Type<T>) {
    const T* values = x.data<T>();
    parallel_tasks(chunks.count, [&](Index chunk) {
      double lane[kLanes] = {};
      Index i = chunks.begin(chunk);
      const Index end = chunks.end(chunk);
      for (; i + kLanes <= end; i += kLanes)
        for (Index k = 0; k < kLanes; ++k)
          lane[k] = join(lane[k], term(static_cast<double>(values[i + k])));
      for (; i < end; ++i) lane[0] = join(lane[0], term(static_cast<double>(values[i])));
      for (const double each : lane) totals[chunk] = join(totals[chunk], each);
    });
  });
  double total = 0;
  for (const double each : totals) total = join(total, each);
  return total;
}
}  // namespace detail

/// max |x|, NaN if any is.
inline double largest(const Op& op, const Array& x) {
  return detail::fold(
      op, x, [](double v) { return std::fabs(v); },
      [](double most, double v) { return v > most || v != v ? v : most; });
}

/// Σ |x|^power.
inline double power_sum(const Op& op, const Array& x, double power) {
  const auto add = [](double sum, double v) { return sum + v; };
  if (power == 2)
    return detail::fold(
        op, x, [](double v) { return v * v; }, add);
  return detail::fold(
      op, x, [=](double v) { return std::pow(std::fabs(v), power); }, add);
}

}  // namespace tinygrad::kernels
