// SPDX-License-Identifier: MIT
// Scales embedding rows down to max_norm.
#pragma once

#include "tinygrad/core/array.hpp"
#include "tinygrad/kernels/reduction/norms.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// Scales the rows of weight (n, width) that `index` names down to the p-norm max_norm, in place,
/// if their p-norm exceeds it. p > 0, or infinity. A row named twice is scaled once, because it is
/// short then.
inline void renormalize_rows(const Op& op, const Array& weight, const Array& index, double max_norm,
                             double p) {
  const Index width = weight.shape()[1];
  const Index* rows = index.data<Index>();
  dispatch_floating(op, weight.dtype(), [&]<class T>(Type<T>) {
    for (Index k = 0; k < index.count(); ++k) {
      T* row = weight.data<T>() + rows[k] * width;
      const Array line = weight.rows(rows[k], rows[k] + 1);
      const double length = norm(op, ListRef<const Array>(&line, 1), p);
      if (!(length > max_norm)) continue;
      const auto scale = static_cast<T>(max_norm / (length + 1e-7));  // PyTorch's constant
      for (Index i = 0; i < width; ++i) row[i] *= scale;
    }
  });
  weight.bump_version("Embedding");
}

}  // namespace tinygrad::kernels
