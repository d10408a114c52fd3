// SPDX-License-Identifier: MIT
// Losses of classification in one pass over a row, which computes the loss and its gradient.
#pragma once

#include <cmath>
#include <vector>

#include "tinygrad/kernels/reduction/softmax.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// The target of a cross entropy as a weighted distribution over K classes for each row. It comes
/// from class ids or probabilities, with smoothing and weights.
struct TargetDistribution {
  Array target;        ///< (N) int64, or (N, K) in the logits' dtype
  Array weight;        ///< (K) in the logits' dtype, or undefined for 1
  Index ignore_index;  ///< rows with this class id do not count
  double smoothing;    ///< ε: (1−ε)·target + ε/K

  bool ids() const { return target.dtype() == int64; }
};

/// q_k, the factor of −log p_k, for one row of a TargetDistribution.
template <class T> class TargetRow {
 public:
  TargetRow(const TargetDistribution& d, Index row, Index classes)
      : weight_(d.weight.defined() ? d.weight.data<T>() : nullptr),
        spread_(static_cast<T>(d.smoothing / static_cast<double>(classes))),
        keep_(static_cast<T>(1 - d.smoothing)) {
    if (d.ids()) id_ = d.target.data<Index>()[row];
    else probabilities_ = d.target.data<T>() + row * classes;
    ignored_ = d.ids() && id_ == d.ignore_index;
  }

  bool ignored() const { return ignored_; }
  /// True if only class id() has a factor.
  bool one_hot() const { return !probabilities_ && spread_ == T{0}; }
  Index id() const { return id_; }
  T weight(Index k) const { return weight_ ? weight_[k] : T{1}; }
  T operator()(Index k) const {
    if (ignored_) return T{0};
    const T target = probabilities_ ? probabilities_[k] : k == id_ ? T{1} : T{0};
    return weight(k) * (keep_ * target + spread_);
  }

 private:
  const T* weight_;
  const T* probabilities_ = nullptr;
  Index id_ = -1;
  T spread_, keep_;
  bool ignored_ = false;
};

/// Rows of loss_n = −Σ_k q_k·log softmax(x)_k. Writes scale·(softmax(x)·Σ q − q) into `grad` if
/// that is defined.
/// Shapes  x (N, K) → (N); grad (N, K)
/// Range   the largest logit is subtracted; a class with q = 0 may have the logit −inf
template <class T> Array cross_entropy(const Op& op, const Array& x,
                                       const TargetDistribution& target, T scale,
                                       const Array& grad) {
  const Index rows = x.shape()[0], classes = x.shape()[1];
  Array loss = Array::empty({rows}, x.dtype(), op);
  const T* px = x.data<T>();
  T* pl = loss.data<T>();
  T* pg = grad.defined() ? grad.data<T>() : nullptr;
  vector_for(
      rows, std::max<Index>(1, 8192 / std::max<Index>(classes, 1)), [&](Index begin, Index end) {
        for (Index n = begin; n < end; ++n) {
          const TargetRow<T> q(target, n, classes);
          const T* in = px + n * classes;
          T* out = pg ? pg + n * classes : nullptr;
          if (q.ignored()) {
            pl[n] = T{0};
            if (out) std::fill_n(out, classes, T{0});
            continue;
          }
          const T top = detail::row_max(in, classes);
          const T sum =
              out ? detail::exp_shifted(in, classes, top, out) : detail::exp_sum(in, classes, top);
          const T log_sum = std::log(sum);
          T total = 0, dot = 0;  // Σ q and Σ q·(x − top)
          if (q.one_hot()) {
            total = q.weight(q.id());
            dot = total == T{0} ? T{0} : total * (in[q.id()] - top);
          } else {
            double sums[2] = {0, 0};
            for (Index k = 0; k < classes; ++k) {
              const T weight = q(k);
              if (weight == T{0}) continue;
              sums[0] += static_cast<double>(weight);
              sums[1] += static_cast<double>(weight * (in[k] - top));
            }
            total = static_cast<T>(sums[0]);
            dot = static_cast<T>(sums[1]);
          }
          pl[n] = total * log_sum - dot;
          if (!out) continue;
          const T factor = scale * total / sum;
          for (Index k = 0; k < classes; ++k) out[k] *= factor;
          if (q.one_hot()) out[q.id()] -= scale * total;
          else
            for (Index k = 0; k < classes; ++k) out[k] -= scale * q(k);
        }
      });
  return loss;
}

/// The complete matrix q (N, K), for the double gradient.
template <class T>
Array target_matrix(const Op& op, const TargetDistribution& target, Index rows, Index classes) {
  Array q = Array::empty({rows, classes}, dtype_of<T>(), op);
  for (Index n = 0; n < rows; ++n) {
    const TargetRow<T> row(target, n, classes);
    for (Index k = 0; k < classes; ++k) q.data<T>()[n * classes + k] = row(k);
  }
  return q;
}

/// Rows of Σ over the labels j and the other classes k of max(1 − x[j] + x[k], 0)/K. Adds the slope
/// of each term to `slope`. A row of the target lists its labels; the first −1 ends the list.
/// Shapes  x (…, K), target the same int64, slope the same → (…)
/// Cost    labels·K for each row
template <class T>
Array multilabel_margin(const Op& op, const Array& x, const Array& target, const Array& slope) {
  const Shape outer(x.shape().begin(), x.shape().end() - 1);
  const Index classes = x.shape().back();
  Array loss = Array::empty(outer, x.dtype(), op);
  T* out = loss.data<T>();
  vector_for(loss.count(), std::max<Index>(1, 8192 / std::max<Index>(classes, 1)),
             [&](Index begin, Index end) {
               std::vector<char> is_label(static_cast<std::size_t>(classes));
               const T unit = T{1} / static_cast<T>(classes);
               for (Index n = begin; n < end; ++n) {
                 const T* in = x.data<T>() + n * classes;
                 const Index* labels = target.data<Index>() + n * classes;
                 T* grad = slope.data<T>() + n * classes;
                 Index count = 0;
                 while (count < classes && labels[count] >= 0) ++count;
                 std::fill(is_label.begin(), is_label.end(), char{0});
                 for (Index l = 0; l < count; ++l)
                   is_label[static_cast<std::size_t>(labels[l])] = 1;
                 T total = 0;
                 for (Index l = 0; l < count; ++l) {
                   const Index j = labels[l];
                   for (Index k = 0; k < classes; ++k) {
                     const T z = T{1} - in[j] + in[k];
                     if (is_label[static_cast<std::size_t>(k)] || z <= T{0}) continue;
                     total += z;
                     grad[j] -= unit;
                     grad[k] += unit;
                   }
                 }
                 out[n] = total * unit;
               }
             });
  return loss;
}

}  // namespace tinygrad::kernels
