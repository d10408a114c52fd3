// SPDX-License-Identifier: MIT
// Reads, writes and adds at positions that an integer array gives. One thread makes all changes of
// one element, in the order of the index, so that the bits do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/core/wrapping.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// The fibres of an index along `dim`, and those of x. The other sizes of x may be larger.
struct Fibres {
  Index outer, n, inner;  // of the index
  Index step;             // of x along the dim
  Shape outer_sizes, outer_steps;
  std::vector<Index> inner_offsets;  // offset in x of each inner position of the index

  Fibres(const Shape& x, const Shape& index, int dim)
      : outer(index.product(0, dim)),
        n(index.empty() ? 1 : index[dim]),  // a scalar is one value along dim 0
        inner(index.product(dim + 1, index.rank())),
        step(x.product(dim + 1, x.rank())),
        outer_sizes(index.begin(), index.begin() + dim) {
    const Shape strides = strides_of(x);
    outer_steps = Shape(strides.begin(), strides.begin() + dim);
    Shape sizes, steps;
    for (int a = dim + 1; a < index.rank(); ++a) {
      sizes.push_back(index[a]);
      steps.push_back(strides[a]);
    }
    inner_offsets.resize(static_cast<std::size_t>(inner));
    for (Index j = 0; j < inner; ++j)
      inner_offsets[static_cast<std::size_t>(j)] = offset(j, sizes, steps);
  }

  static Index offset(Index i, const Shape& sizes, const Shape& steps) {
    Index out = 0;
    for (int dim = sizes.rank() - 1; dim >= 0; --dim) {
      out += i % sizes[dim] * steps[dim];
      i /= sizes[dim];
    }
    return out;
  }

  /// Calls f(position in x, position in the index) for each element of the index, in order along
  /// each fibre. One thread handles a fibre.
  template <class F> void walk(const Index* index, F f) const { walk(index, 0, n, f); }

  /// walk() for positions [from, to) along each fibre.
  template <class F> void walk(const Index* index, Index from, Index to, F f) const {
    if (outer * (to - from) * inner == 0) return;
    const Index* inside = inner_offsets.data();
    const auto fibres = [=, this](Index o, Index first, Index last) {
      const Index start = offset(o, outer_sizes, outer_steps);
      for (Index k = from; k < to; ++k) {
        const Index row = (o * n + k) * inner;
        for (Index j = first; j < last; ++j) f(start + index[row + j] * step + inside[j], row + j);
      }
    };
    if (outer == 1) {
      vector_for(inner, std::max<Index>(16, 16384 / (to - from)),
                 [=](Index begin, Index end) { fibres(0, begin, end); });
    } else {
      vector_for(outer, 16384 / ((to - from) * inner), [=, this](Index begin, Index end) {
        for (Index o = begin; o < end; ++o) fibres(o, 0, inner);
      });
    }
  }
};

/// Calls add(begin, end, to), which adds source rows [begin, end) to an array like y, for all n
/// rows of `row` elements. For many rows it adds runs of them to zeros, and sums the runs in
/// double: in T one long sum would stop counting at 2^24. A run has 32 values for each element of y
/// if they are spread evenly, so summing the runs costs little.
template <class T, class Add>
void add_in_runs(const Op& op, const Array& y, Index n, Index row, const Add& add) {
  const Index spread = 32 * y.count() / std::max<Index>(row, 1);
  const Index run = std::clamp<Index>(spread, 256, Index{1} << 22);
  if (!std::is_floating_point_v<T> || n <= run) {
    add(0, n, y.data<T>());
    return;
  }
  const Array sums = Array::empty(y.shape(), float64, op),
              part = Array::empty(y.shape(), y.dtype(), op);
  double* total = sums.data<double>();
  T *out = y.data<T>(), *few = part.data<T>();
  const auto each = [&](auto f) {
    vector_for(y.count(), 16384, [=](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) f(i);
    });
  };
  each([=](Index i) {
    total[i] = static_cast<double>(out[i]);
    few[i] = T{0};
  });
  for (Index k = 0; k < n; k += run) {
    add(k, std::min(k + run, n), few);
    each([=](Index i) {
      total[i] += static_cast<double>(few[i]);
      few[i] = T{0};
    });
  }
  each([=](Index i) { out[i] = static_cast<T>(total[i]); });
}
}  // namespace detail

/// y[… i …] = x[… index[… i …] …] along `dim`. The index is in range.
inline Array gather(const Op& op, const Array& x, int dim, const Array& index) {
  Array y = Array::empty(index.shape(), x.dtype(), op);
  const detail::Fibres fibres(x.shape(), index.shape(), dim);
  dispatch_size(x.dtype(), [&]<class T>(Type<T>) {
    const T* in = x.words<T>();
    T* out = y.words<T>();
    fibres.walk(index.data<Index>(), [=](Index from, Index to) { out[to] = in[from]; });
  });
  return y;
}

/// y[… index[… i …] …] += source[… i …] along `dim`, in place. Many rows are added in runs, see
/// add_in_runs(). y is unshared.
inline void scatter_add(const Op& op, const Array& y, int dim, const Array& index,
                        const Array& source) {
  const detail::Fibres fibres(y.shape(), index.shape(), dim);
  dispatch_number(op, y.dtype(), [&]<class T>(Type<T>) {
    const T* in = source.data<T>();
    detail::add_in_runs<T>(
        op, y, fibres.n, fibres.outer * fibres.inner, [&](Index begin, Index end, T* out) {
          fibres.walk(index.data<Index>(), begin, end,
                      [=](Index to, Index from) { out[to] = wrapping_add(out[to], in[from]); });
        });
  });
}

/// y[… index[… i …] …] = source[… i …] along `dim`, in place. Of several values for one place the
/// last one stays. y is unshared.
inline void scatter(const Array& y, int dim, const Array& index, const Array& source) {
  const detail::Fibres fibres(y.shape(), index.shape(), dim);
  dispatch_size(y.dtype(), [&]<class T>(Type<T>) {
    const T* in = source.words<T>();
    T* out = y.words<T>();
    fibres.walk(index.data<Index>(), [=](Index to, Index from) { out[to] = in[from]; });
  });
}

/// Calls f(row in y, row in the index, inner positions [first, last)) for the rows of y (outer, n,
/// inner) that the index names along `dim`, in the index's order. One thread handles an element.
template <class F> void for_each_row(const Shape& y, int dim, const Array& index, F f) {
  const Index outer = y.product(0, dim), n = y[dim], inner = y.product(dim + 1, y.rank());
  const Index m = index.count();
  if (outer * m * inner == 0) return;
  const Index* rows = index.data<Index>();
  const auto walk = [=](Index o, Index first, Index last) {
    for (Index k = 0; k < m; ++k) f((o * n + rows[k]) * inner, (o * m + k) * inner, first, last);
  };
  if (outer == 1) {
    vector_for(inner, std::max<Index>(16, 16384 / m),
               [=](Index begin, Index end) { walk(0, begin, end); });
  } else {
    vector_for(outer, 16384 / (m * inner), [=](Index begin, Index end) {
      for (Index o = begin; o < end; ++o) walk(o, 0, inner);
    });
  }
}

/// y[o, index[k]] = source[o, k] over rows of (outer, n, inner), in place. Of several values for
/// one row the last one stays.
inline void index_copy(const Array& y, int dim, const Array& index, const Array& source) {
  dispatch_size(y.dtype(), [&]<class T>(Type<T>) {
    const T* in = source.words<T>();
    T* out = y.words<T>();
    for_each_row(y.shape(), dim, index, [=](Index to, Index from, Index first, Index last) {
      std::copy(in + from + first, in + from + last, out + to + first);
    });
  });
}

/// y[o, index[k]] = value () over rows of (outer, n, inner), in place.
inline void index_fill(const Array& y, int dim, const Array& index, const Array& value) {
  dispatch_size(y.dtype(), [&]<class T>(Type<T>) {
    const T number = *value.words<T>();
    T* out = y.words<T>();
    for_each_row(y.shape(), dim, index, [=](Index to, Index, Index first, Index last) {
      std::fill(out + to + first, out + to + last, number);
    });
  });
}

/// y = value () where the mask is true, in place. The mask has y's shape.
inline void masked_fill(const Array& y, const Array& mask, const Array& value) {
  const bool* chosen = mask.data<bool>();
  dispatch_size(y.dtype(), [&]<class T>(Type<T>) {
    const T number = *value.words<T>();
    T* out = y.words<T>();
    parallel_for(y.count(), 16384, [=](Index begin, Index end) {
      constexpr Index kAtOnce = 64;
      for (Index first = begin; first < end; first += kAtOnce) {
        const Index last = std::min(end, first + kAtOnce);
        if (std::memchr(chosen + first, 1, static_cast<std::size_t>(last - first)) == nullptr)
          continue;  // a line of y that is not read
        for (Index i = first; i < last; ++i)
          if (chosen[i]) out[i] = number;
      }
    });
  });
}

/// True for each element of the index whose value remains after scatter().
inline Array scatter_wins(const Op& op, const Shape& shape, int dim, const Array& index) {
  const detail::Fibres fibres(shape, index.shape(), dim);
  const Array winners = Array::empty(shape, int64, op);  // written before it is read
  Array y = Array::empty(index.shape(), bool_, op);
  Index* winner = winners.data<Index>();
  bool* out = y.data<bool>();
  fibres.walk(index.data<Index>(), [=](Index to, Index from) { winner[to] = from; });
  fibres.walk(index.data<Index>(), [=](Index to, Index from) { out[from] = winner[to] == from; });
  return y;
}

/// y[… index[… i …] …] = f(source[… i …], itself) along `dim`, in place. y is unshared.
template <class F> void scatter_combine(const Op& op, const Array& y, int dim, const Array& index,
                                        const Array& source, F f) {
  const detail::Fibres fibres(y.shape(), index.shape(), dim);
  dispatch_number(op, y.dtype(), [&]<class T>(Type<T>) {
    const T* in = source.data<T>();
    T* out = y.data<T>();
    fibres.walk(index.data<Index>(), [=](Index to, Index from) { out[to] = f(in[from], out[to]); });
  });
}

/// The position of the first value outside [low, high), or -1.
inline Index first_outside(const Array& index, Index low, Index high) {
  const Index* values = index.data<Index>();
  for (Index i = 0; i < index.count(); ++i)
    if (values[i] < low || values[i] >= high) [[unlikely]]
      return i;
  return -1;
}

/// Converts values in [-size, size) to positions from the front.
inline Array wrap_negative(const Op& op, const Array& index, Index size) {
  if (first_outside(index, 0, size) < 0) return index;
  Array y = Array::empty(index.shape(), int64, op);
  const Index* in = index.data<Index>();
  Index* out = y.data<Index>();
  for (Index i = 0; i < index.count(); ++i) out[i] = in[i] < 0 ? in[i] + size : in[i];
  return y;
}

/// The row-major positions of the true values of a mask, in order.
inline Array nonzero(const Op& op, const Array& mask) {
  const bool* in = mask.data<bool>();
  const Chunks chunks(mask.count(), 16384);
  std::vector<Index> starts(static_cast<std::size_t>(chunks.count + 1), 0);
  const auto true_in = [&](Index chunk) {
    return std::count(in + chunks.begin(chunk), in + chunks.end(chunk), true);
  };
  parallel_tasks(chunks.count, [&](Index chunk) {
    starts[static_cast<std::size_t>(chunk + 1)] = true_in(chunk);
  });
  for (std::size_t c = 1; c < starts.size(); ++c) starts[c] += starts[c - 1];
  Array y = Array::empty({starts.back()}, int64, op);
  Index* out = y.data<Index>();
  parallel_tasks(chunks.count, [&](Index chunk) {
    Index* to = out + starts[static_cast<std::size_t>(chunk)];
    for (Index i = chunks.begin(chunk); i < chunks.end(chunk); ++i)
      if (in[i]) *to++ = i;
  });
  return y;
}

/// Converts row-major positions in `shape`, (count), to multi-indices (count, rank).
inline Array unravel(const Op& op, const Array& places, const Shape& shape) {
  const int rank = shape.rank();
  Array y = Array::empty({places.count(), rank}, int64, op);
  const Index* in = places.data<Index>();
  Index* out = y.data<Index>();
  parallel_for(places.count(), 4096, [=, &shape](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      Index rest = in[i];
      for (int dim = rank - 1; dim >= 0; --dim) {
        out[i * rank + dim] = rest % shape[dim];
        rest /= shape[dim];
      }
    }
  });
  return y;
}

/// Rows of (outer, n, inner): y[o, k] = x[o, index[k]]. The index is in range.
inline Array index_select(const Op& op, const Array& x, int dim, const Array& index) {
  Shape shape = x.shape();
  const Index n = shape[dim], inner = shape.product(dim + 1, shape.rank());
  const Index m = index.count();
  shape[dim] = m;
  Array y = Array::empty(shape, x.dtype(), op);
  if (y.count() == 0) return y;
  const Index* rows = index.data<Index>();
  dispatch_size(x.dtype(), [&]<class T>(Type<T>) {
    const T* in = x.words<T>();
    T* out = y.words<T>();
    const auto bytes = static_cast<std::size_t>(inner) * sizeof(T);
    parallel_for(y.count() / inner, 16384 / inner, [=](Index begin, Index end) {
      for (Index r = begin; r < end; ++r) {
        const T* row = in + (r / m * n + rows[r % m]) * inner;
        if (inner == 1) out[r] = *row;
        else std::memcpy(out + r * inner, row, bytes);
      }
    });
  });
  return y;
}

/// y[o, index[k]] += source[o, k] over rows of (outer, n, inner), in place. Many rows are added in
/// runs, see add_in_runs(). y is unshared.
inline void index_add(const Op& op, const Array& y, int dim, const Array& index,
                      const Array& source) {
  if (source.count() == 0) return;
  const Shape& shape = y.shape();
  const Index outer = shape.product(0, dim), n = shape[dim];
  const Index inner = shape.product(dim + 1, shape.rank());
  const Index m = index.count();
  const Index* rows = index.data<Index>();
  dispatch_number(op, y.dtype(), [&]<class T>(Type<T>) {
    const T* in = source.data<T>();
    detail::add_in_runs<T>(op, y, m, outer * inner, [=](Index from_k, Index to_k, T* out) {
      const auto add = [=](Index o, Index first, Index last) {
        for (Index k = from_k; k < to_k; ++k) {
          const T* from = in + (o * m + k) * inner;
          T* to = out + (o * n + rows[k]) * inner;
          for (Index j = first; j < last; ++j) to[j] = wrapping_add(to[j], from[j]);
        }
      };
      if (outer == 1) {
        vector_for(inner, std::max<Index>(16, 16384 / (to_k - from_k)),
                   [=](Index begin, Index end) { add(0, begin, end); });
      } else {
        vector_for(outer, 16384 / ((to_k - from_k) * inner), [=](Index begin, Index end) {
          for (Index o = begin; o < end; ++o) add(o, 0, inner);
        });
      }
    });
  });
}

}  // namespace tinygrad::kernels
