// SPDX-License-Identifier: MIT
// Bulk random numbers. Element i is a function of the generator's seed and position and of i alone.
#pragma once

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/core/random.hpp"

namespace tinygrad::kernels {

/// Calls f(first element, four random words) for each group of four elements of `count`.
template <class F> void for_each_block(Index count, Generator& generator, F f) {
  const std::uint64_t seed = generator.seed(), first = generator.reserve(count);
  parallel_for((count + 3) / 4, 2048, [=](Index begin, Index end) {
    for (Index b = begin; b < end; ++b)
      f(4 * b, philox_block(seed, first + static_cast<std::uint64_t>(b)));
  });
}

/// Uniform in [low, high), in steps of 2^-24 of the range.
inline Array uniform(const Shape& shape, Dtype dtype, double low, double high,
                     Generator& generator) {
  const Op op{"uniform"};
  Array y = Array::empty(shape, dtype, op);
  dispatch_floating(op, dtype, [&]<class T>(Type<T>) {
    T* out = y.data<T>();
    const Index n = y.count();
    const T scale = static_cast<T>(high - low), shift = static_cast<T>(low),
            top = static_cast<T>(high);
    for_each_block(n, generator, [=](Index i, const auto& words) {
      for (std::size_t k = 0; k < 4 && i + static_cast<Index>(k) < n; ++k) {
        const T v = std::fma(static_cast<T>(unit_float(words[k])), scale, shift);
        out[i + static_cast<Index>(k)] = v < top ? v : shift;  // rounding may reach `high`
      }
    });
  });
  return y;
}

/// Normal with the given mean and standard deviation.
inline Array normal(const Shape& shape, Dtype dtype, double mean, double stddev,
                    Generator& generator) {
  const Op op{"normal"};
  Array y = Array::empty(shape, dtype, op);
  dispatch_floating(op, dtype, [&]<class T>(Type<T>) {
    T* out = y.data<T>();
    const Index n = y.count();
    for_each_block(n, generator, [=](Index i, const auto& words) {
      const auto [a, b] = normal_pair(words[0], words[1]);
      const auto [c, d] = normal_pair(words[2], words[3]);
      const double four[] = {a, b, c, d};
      for (Index k = 0; k < 4 && i + k < n; ++k)
        out[i + k] = static_cast<T>(std::fma(four[k], stddev, mean));
    });
  });
  return y;
}

/// 1/(1-p) with probability 1-p, else 0: the factors of (inverted) dropout.
inline Array dropout_mask(const Shape& shape, Dtype dtype, double p, Generator& generator) {
  const Op op{"dropout"};
  Array y = Array::empty(shape, dtype, op);
  dispatch_floating(op, dtype, [&]<class T>(Type<T>) {
    T* out = y.data<T>();
    const Index n = y.count();
    const auto drop = static_cast<float>(p);
    const T keep = p < 1 ? static_cast<T>(1 / (1 - p)) : T{0};
    for_each_block(n, generator, [=](Index i, const auto& words) {
      for (std::size_t k = 0; k < 4 && i + static_cast<Index>(k) < n; ++k)
        out[i + static_cast<Index>(k)] = unit_float(words[k]) < drop ? T{0} : keep;
    });
  });
  return y;
}

}  // namespace tinygrad::kernels
