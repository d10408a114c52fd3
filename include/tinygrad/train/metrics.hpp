// SPDX-License-Identifier: MIT
// RunningMean, accuracy_standard_error, predicted_classes and ConfusionMatrix: figures about the
// predictions of a classifier.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tinygrad/core/array.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// The mean of values that arrive one by one or as means of batches.
class RunningMean {
 public:
  /// Adds the mean `value` of `weight` items.
  void add(double value, Index weight = 1) {
    if (weight == 0) return;  // the mean of nothing is NaN
    sum_ += value * static_cast<double>(weight);
    count_ += weight;
  }
  /// NaN before the first value.
  double mean() const {
    return count_ ? sum_ / static_cast<double>(count_) : std::numeric_limits<double>::quiet_NaN();
  }
  Index count() const { return count_; }
  void reset() { *this = {}; }

 private:
  double sum_ = 0;
  Index count_ = 0;
};

/// The binomial standard error of an accuracy measured on n examples: √(p·(1 − p) / n).
inline double accuracy_standard_error(double accuracy, Index n) {
  return std::sqrt(accuracy * (1 - accuracy) / static_cast<double>(n));
}

/// The class with the greatest score in each row; the first of equal ones. NaN counts as the
/// greatest, as in argmax.
/// Shapes  scores (N, K) → (N) int64
/// Throws  ShapeError, DtypeError
inline Array predicted_classes(const Array& scores, At at = At::here()) {
  const Op op{"predicted_classes", at};
  check<ShapeError>(scores.rank() == 2 && scores.shape()[1] > 0, op, "scores has shape ",
                    scores.shape(), "; it must be (N, K) with K > 0");
  const Index N = scores.shape()[0], K = scores.shape()[1];
  const Array classes = Array::empty({N}, int64, op);
  dispatch_floating(op, scores.dtype(), [&]<class T>(Type<T>) {
    const T* row = scores.data<T>();
    for (Index i = 0; i < N; ++i, row += K)
      classes.data<Index>()[i] =
          std::max_element(row, row + K, [](T a, T b) { return a == a && !(b <= a); }) - row;
  });
  return classes;
}

/// Counts of predicted classes for each true class, summed over batches.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(Index classes, At at = At::here())
      : classes_(classes), counts_(Array::zeros({check_positive(classes, at), classes}, int64)) {}

  /// Counts a batch.
  /// Shapes  scores (N, K), labels (N) of int64 or uint8
  /// Throws  ShapeError, DtypeError; ValueError for a label outside [0, K)
  void add(const Array& scores, const Array& labels, At at = At::here()) {
    const Op op{"ConfusionMatrix.add", at};
    const Array predicted = predicted_classes(scores, at);
    check<ShapeError>(scores.shape()[1] == classes_, op, "scores has shape ", scores.shape(),
                      "; it must be (N, K) with K=", classes_);
    check<ShapeError>(labels.shape() == predicted.shape(), op, "labels has shape ", labels.shape(),
                      "; it must be ", predicted.shape(), " to go with scores ", scores.shape());
    check<DtypeError>(labels.dtype() == int64 || labels.dtype() == uint8, op, "labels is ",
                      labels.dtype(), "; it must be int64 or uint8");
    for (Index i = 0; i < labels.count(); ++i) {
      const Index label = labels.at<Index>(i);
      check<ValueError>(0 <= label && label < classes_, op, "labels[", i, "]=", label,
                        " must be in [0, ", classes_ - 1, "]");
    }
    for (Index i = 0; i < labels.count(); ++i)
      ++counts_.data<Index>()[labels.at<Index>(i) * classes_ + predicted.data<Index>()[i]];
  }

  /// (K, K) int64: row = label, column = prediction. Shares memory with add(), which changes it.
  const Array& counts() const { return counts_; }
  Index total() const {
    Index total = 0;
    for (Index i = 0; i < classes_; ++i) total += row_sum(i);
    return total;
  }
  /// The share of right predictions; NaN before the first batch.
  double accuracy() const {
    Index right = 0;
    for (Index i = 0; i < classes_; ++i) right += count(i, i);
    return static_cast<double>(right) / static_cast<double>(total());
  }
  /// For each class the share of its examples predicted correctly; NaN for a class without
  /// examples.
  std::vector<double> class_accuracies() const {
    std::vector<double> out;
    for (Index i = 0; i < classes_; ++i)
      out.push_back(static_cast<double>(count(i, i)) / static_cast<double>(row_sum(i)));
    return out;
  }

 private:
  static Index check_positive(Index classes, At at) {
    check<ValueError>(classes >= 1, {"ConfusionMatrix", at}, "classes=", classes,
                      " must be at least 1");
    return classes;
  }
  Index count(Index label, Index prediction) const {
    return counts_.data<Index>()[label * classes_ + prediction];
  }
  Index row_sum(Index label) const {
    Index sum = 0;
    for (Index j = 0; j < classes_; ++j) sum += count(label, j);
    return sum;
  }

  Index classes_;
  Array counts_;
};

}  // namespace tinygrad
