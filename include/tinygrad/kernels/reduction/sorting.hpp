// SPDX-License-Identifier: MIT
// Sorting along a dim. Every dtype is sorted through one 64-bit key, so that the sort is compiled
// once.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "tinygrad/kernels/reduction/scan.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// An unsigned number with the order of the values: −0 equals 0, and every NaN is the same largest
/// value.
template <class T> std::uint64_t order_key(T value) {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  if constexpr (std::is_floating_point_v<T>) {
    if (value != value) return ~std::uint64_t{0};
    const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(value) + 0.0);  // −0 → 0
    return bits & sign ? ~bits : bits | sign;
  } else {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value)) ^ sign;
  }
}

namespace detail {
struct Ranked {
  std::uint64_t key;
  Index place;
  bool operator<(const Ranked& other) const {
    return key != other.key ? key < other.key : place < other.place;  // the place makes it stable
  }
};

// The fibre of x that starts at `start`. Descending order inverts its keys.
inline void fill_ranked(const Array& x, Index start, Index step, bool descending,
                        std::vector<Ranked>& fibre) {
  const std::uint64_t flip = descending ? ~std::uint64_t{0} : 0;
  dispatch(x.dtype(), [&]<class T>(Type<T>) {
    const T* in = x.data<T>() + start;
    Index place = 0;
    for (Ranked& r : fibre) {
      r = {order_key(in[place * step]) ^ flip, place};
      ++place;
    }
  });
}
}  // namespace detail

/// The places along the dim of the values with ranks [first, last) in sorted order. Equal values
/// keep their order; NaN counts as the largest. Cost: O(n + m log m) a fibre for m = last − first.
inline Array order(const Op& op, const Array& x, int dim, bool descending, Index first,
                   Index last) {
  const AlongDim along(x.shape(), dim);
  const Index n = along.n, inner = along.inner, m = last - first;
  Shape shape = x.shape();
  if (!shape.empty()) shape[dim] = m;
  Array y = Array::empty(shape, int64, op);
  if (y.count() == 0) return y;
  Index* out = y.data<Index>();
  parallel_for(along.outer * inner, 2048 / n, [&](Index begin, Index end) {
    std::vector<detail::Ranked> fibre(static_cast<std::size_t>(n));
    for (Index f = begin; f < end; ++f) {
      const Index o = f / inner, j = f % inner;
      detail::fill_ranked(x, o * n * inner + j, inner, descending, fibre);
      const auto from = fibre.begin() + first, to = fibre.begin() + last;
      if (last < n) std::nth_element(fibre.begin(), to, fibre.end());
      if (first > 0) std::nth_element(fibre.begin(), from, to);
      std::sort(from, to);
      for (Index i = 0; i < m; ++i) out[(o * m + i) * inner + j] = (from + i)->place;
    }
  });
  return y;
}

/// For each value, its insertion point in a sorted row: before equal values, or after them if
/// `right`. A NaN goes to the end. `sequence` is (n) for all values, or (rows, n) for values (rows,
/// m). Both have one dtype.
inline Array searchsorted(const Op& op, const Array& sequence, const Array& values, bool right) {
  Array y = Array::empty(values.shape(), int64, op);
  const Index n = sequence.shape().back();
  const Index m = sequence.rank() == 1 ? values.count() : values.rank() ? values.shape().back() : 1;
  Index* out = y.data<Index>();
  dispatch_number(op, values.dtype(), [&]<class T>(Type<T>) {
    const T* rows = sequence.data<T>();
    const T* in = values.data<T>();
    parallel_for(values.count(), 1024, [=](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        const T* row = rows + i / m * n;
        const T v = in[i];
        const auto before = [=](T element) { return right ? !(element > v) : !(element >= v); };
        out[i] = std::partition_point(row, row + n, before) - row;
      }
    });
  });
  return y;
}

}  // namespace tinygrad::kernels
