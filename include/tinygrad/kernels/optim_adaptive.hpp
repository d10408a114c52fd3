// SPDX-License-Identifier: MIT
// The update rules that divide by a running measure of each gradient: RMSprop, Adagrad, Adadelta,
// Adamax, NAdam, RAdam; and Lion, which keeps only its sign. One pass each, in place, nothing is
// allocated. g is ±grad + weight_decay·param throughout.
#pragma once

#include <cmath>

#include "tinygrad/kernels/optim.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// The numbers of one RMSprop update.
struct RmspropStep {
  double lr, alpha, eps, momentum, weight_decay;
  bool maximize;
};

/// v = α·v + (1 − α)·g²; d = g / (√v + eps), or, with a running mean m += (1 − α)·(g − m),
/// g / (√(v − m²) + eps); param −= lr·d or, with a buffer b = momentum·b + d, lr·b. `buffer` and
/// `mean` may be undefined.
/// Source  Tieleman & Hinton, Coursera lecture 6.5, 2012; Graves, arXiv:1308.0850 (centered)
inline void rmsprop(const Op& op, const Array& param, const Array& grad, const Array& square,
                    const Array& buffer, const Array& mean, const RmspropStep& step) {
  const auto update = [&](auto with_buffer, auto centered) {
    using Buffered = decltype(with_buffer);
    using Centered = decltype(centered);
    for_each_element(op, param, [&]<class T>(Type<T>) {
      return [p = param.data<T>(), v = square.data<T>(),
              b = Buffered::value ? buffer.data<T>() : nullptr,
              m = Centered::value ? mean.data<T>() : nullptr, lr = static_cast<T>(step.lr),
              keep = static_cast<T>(step.alpha), fresh = static_cast<T>(1 - step.alpha),
              eps = static_cast<T>(step.eps), momentum = static_cast<T>(step.momentum),
              gradient = detail::Gradient<T>(grad, step.weight_decay, step.maximize)](Index i) {
        [[maybe_unused]] const T survives = momentum;  // without a buffer, none does
        const T g = gradient.at(i, p[i]);
        T variance = keep * v[i] + fresh * g * g;
        v[i] = variance;
        if constexpr (Centered::value) {
          const T average = m[i] + fresh * (g - m[i]);
          m[i] = average;
          variance -= average * average;
        }
        T d = g / (std::sqrt(variance) + eps);
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
  if (buffer.defined()) mean.defined() ? update(yes, yes) : update(yes, no);
  else mean.defined() ? update(no, yes) : update(no, no);
}

/// The numbers of one Adagrad update; lr is already decayed.
struct AdagradStep {
  double lr, eps, weight_decay;
  bool maximize;
};

/// sum += g²; param −= lr·g / (√sum + eps).
/// Source  Duchi, Hazan & Singer, JMLR 2011
inline void adagrad(const Op& op, const Array& param, const Array& grad, const Array& sum,
                    const AdagradStep& step) {
  for_each_element(op, param, [&]<class T>(Type<T>) {
    return [p = param.data<T>(), s = sum.data<T>(), lr = static_cast<T>(step.lr),
            eps = static_cast<T>(step.eps),
            gradient = detail::Gradient<T>(grad, step.weight_decay, step.maximize)](Index i) {
      const T g = gradient.at(i, p[i]);
      const T total = s[i] + g * g;
      s[i] = total;
      p[i] -= lr * g / (std::sqrt(total) + eps);
    };
  });
}

/// The numbers of one Adadelta update.
struct AdadeltaStep {
  double lr, rho, eps, weight_decay;
  bool maximize;
};

/// v = ρ·v + (1 − ρ)·g²; d = √(u + eps) / √(v + eps) · g; u = ρ·u + (1 − ρ)·d²; param −= lr·d.
/// Source  Zeiler, arXiv:1212.5701
inline void adadelta(const Op& op, const Array& param, const Array& grad, const Array& square,
                     const Array& delta_square, const AdadeltaStep& step) {
  for_each_element(op, param, [&]<class T>(Type<T>) {
    return [p = param.data<T>(), v = square.data<T>(), u = delta_square.data<T>(),
            lr = static_cast<T>(step.lr), keep = static_cast<T>(step.rho),
            fresh = static_cast<T>(1 - step.rho), eps = static_cast<T>(step.eps),
            gradient = detail::Gradient<T>(grad, step.weight_decay, step.maximize)](Index i) {
      const T g = gradient.at(i, p[i]);
      const T average = keep * v[i] + fresh * g * g;
      v[i] = average;
      const T d = std::sqrt(u[i] + eps) / std::sqrt(average + eps) * g;
      u[i] = keep * u[i] + fresh * d * d;
      p[i] -= lr * d;
    };
  });
}

/// The numbers of one Adamax update; lr is already divided by 1 − β₁^step.
struct AdamaxStep {
  double lr, beta1, beta2, eps, weight_decay;
  bool maximize;
};

/// m += (1 − β₁)·(g − m); u = max(β₂·u, |g| + eps); param −= lr·m / u.
/// Source  Kingma & Ba, ICLR 2015, section 7.1
inline void adamax(const Op& op, const Array& param, const Array& grad, const Array& first_moment,
                   const Array& largest, const AdamaxStep& step) {
  for_each_element(op, param, [&]<class T>(Type<T>) {
    return [p = param.data<T>(), m = first_moment.data<T>(), u = largest.data<T>(),
            lr = static_cast<T>(step.lr), fresh = static_cast<T>(1 - step.beta1),
            keep = static_cast<T>(step.beta2), eps = static_cast<T>(step.eps),
            gradient = detail::Gradient<T>(grad, step.weight_decay, step.maximize)](Index i) {
      const T g = gradient.at(i, p[i]);
      const T mean = m[i] + fresh * (g - m[i]);
      const T before = keep * u[i], now = std::fabs(g) + eps;
      const T most = before >= now ? before : now;  // a NaN stays
      m[i] = mean;
      u[i] = most;
      p[i] -= lr * mean / most;
    };
  });
}

/// The numbers of one update from two moments whose corrections the caller has worked out.
struct MomentsStep {
  double by_gradient, by_mean;  ///< param −= (by_gradient·g + by_mean·m) / denominator
  double beta1, beta2;
  double root;  ///< the denominator is √v / root + eps
  double eps;
  double weight_decay;  ///< added to the gradient
  double shrink;        ///< times the parameter, before all else
  bool maximize;
};

/// m += (1 − β₁)·(g − m); v = β₂·v + (1 − β₂)·g²; param = shrink·param −
/// (by_gradient·g + by_mean·m) / (√v / root + eps).
/// Source  NAdam: Dozat, ICLR workshop 2016. RAdam: Liu et al., ICLR 2020
inline void moments(const Op& op, const Array& param, const Array& grad, const Array& first_moment,
                    const Array& second_moment, const MomentsStep& step) {
  for_each_element(op, param, [&]<class T>(Type<T>) {
    return [p = param.data<T>(), m = first_moment.data<T>(), v = second_moment.data<T>(),
            by_gradient = static_cast<T>(step.by_gradient), by_mean = static_cast<T>(step.by_mean),
            fresh1 = static_cast<T>(1 - step.beta1), fresh2 = static_cast<T>(1 - step.beta2),
            keep2 = static_cast<T>(step.beta2), root = static_cast<T>(step.root),
            eps = static_cast<T>(step.eps), shrink = static_cast<T>(step.shrink),
            gradient = detail::Gradient<T>(grad, step.weight_decay, step.maximize)](Index i) {
      const T g = gradient.at(i, p[i]);
      const T mean = m[i] + fresh1 * (g - m[i]);
      const T square = keep2 * v[i] + fresh2 * g * g;
      m[i] = mean;
      v[i] = square;
      p[i] = shrink * p[i] - (by_gradient * g + by_mean * mean) / (std::sqrt(square) / root + eps);
    };
  });
}

/// The same moments, of which only the first moves the parameter: param = shrink·param − by_mean·m.
/// RAdam's first steps, when the second moment is too uncertain to divide by.
inline void unrectified_moments(const Op& op, const Array& param, const Array& grad,
                                const Array& first_moment, const Array& second_moment,
                                const MomentsStep& step) {
  for_each_element(op, param, [&]<class T>(Type<T>) {
    return [p = param.data<T>(), m = first_moment.data<T>(), v = second_moment.data<T>(),
            by_mean = static_cast<T>(step.by_mean), fresh1 = static_cast<T>(1 - step.beta1),
            fresh2 = static_cast<T>(1 - step.beta2), keep2 = static_cast<T>(step.beta2),
            shrink = static_cast<T>(step.shrink),
            gradient = detail::Gradient<T>(grad, step.weight_decay, step.maximize)](Index i) {
      const T g = gradient.at(i, p[i]);
      const T mean = m[i] + fresh1 * (g - m[i]);
      m[i] = mean;
      v[i] = keep2 * v[i] + fresh2 * g * g;
      p[i] = shrink * p[i] - by_mean * mean;
    };
  });
}

/// The numbers of one Lion update.
struct LionStep {
  double lr, beta1, beta2, weight_decay;
  bool maximize;
};

/// param −= lr·(sign(β₁·m + (1 − β₁)·g) + weight_decay·param); m = β₂·m + (1 − β₂)·g, where g is
/// ±grad and sign(0) = 0.
/// Source  Chen et al., arXiv:2302.06675, algorithm 2
inline void lion(const Op& op, const Array& param, const Array& grad, const Array& mean,
                 const LionStep& step) {
  for_each_element(op, param, [&]<class T>(Type<T>) {
    return [p = param.data<T>(), m = mean.data<T>(), lr = static_cast<T>(step.lr),
            shrink = static_cast<T>(1 - step.lr * step.weight_decay),
            keep1 = static_cast<T>(step.beta1), fresh1 = static_cast<T>(1 - step.beta1),
            keep2 = static_cast<T>(step.beta2), fresh2 = static_cast<T>(1 - step.beta2),
            gradient = detail::Gradient<T>(grad, 0, step.maximize)](Index i) {
      const T g = gradient.at(i, p[i]);
      const T c = keep1 * m[i] + fresh1 * g;
      m[i] = keep2 * m[i] + fresh2 * g;
      const T sign = c > 0 ? T{1} : c < 0 ? T{-1} : c;  // c is 0 or NaN
      p[i] = shrink * p[i] - lr * sign;
    };
  });
}

}  // namespace tinygrad::kernels
