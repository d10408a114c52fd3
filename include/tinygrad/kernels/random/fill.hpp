// SPDX-License-Identifier: MIT
// Arrays of random numbers. Element i depends on the generator's seed, its position and i alone,
// not on the number of threads.
#pragma once

#include <algorithm>
#include <limits>
#include <tuple>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/fma.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/core/random.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
using Words = std::array<std::uint32_t, 4>;

/// A random word as a double in (0, 1).
inline double open_unit(std::uint32_t word) { return (static_cast<double>(word) + 0.5) * 0x1p-32; }
/// Two random words as one of 64 bits, and as a double in [0, 1) in steps of 2^-53.
inline std::uint64_t join(std::uint32_t low, std::uint32_t high) {
  return std::uint64_t{low} | std::uint64_t{high} << 32;
}
inline double unit_double(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }
}  // namespace detail

/// Fills a new array of T from blocks of four random words. f(words) returns the next K elements as
/// a std::array<T, K>, with K = 4 or 2.
template <class T, class F>
Array draw(const Op& op, const Shape& shape, Generator& generator, F f) {
  constexpr Index K = std::tuple_size_v<decltype(f(detail::Words{}))>;
  const Array y = Array::empty(shape, dtype_of<T>(), op);
  const Index n = y.count(), blocks = (n + K - 1) / K;
  const std::uint64_t seed = generator.seed(), first = generator.reserve(4 * blocks);
  T* out = y.data<T>();
  vector_for(blocks, 2048, [=](Index begin, Index end) {
    for (Index b = begin; b < end; ++b) {
      const auto values = f(philox_block(seed, first + static_cast<std::uint64_t>(b)));
      std::copy_n(values.begin(), std::min(K, n - K * b), out + K * b);
    }
  });
  return y;
}

/// Applies f to each of the four words of a block.
template <class F> auto each_word(const detail::Words& words, F f) {
  return std::array{f(words[0]), f(words[1]), f(words[2]), f(words[3])};
}

/// Uniform in [low, high), in steps of 2^-24 of the range.
inline Array uniform(const Shape& shape, Dtype dtype, double low, double high,
                     Generator& generator) {
  const Op op{"uniform"};
  return dispatch_floating(op, dtype, [&]<class T>(Type<T>) {
    const T shift = static_cast<T>(low), top = static_cast<T>(high);
    const bool wide = high - low > static_cast<double>(std::numeric_limits<T>::max());
    if (wide)  // high − low overflows
      return draw<T>(op, shape, generator, [=](const detail::Words& words) {
        return each_word(words, [=](std::uint32_t word) {
          const T u = static_cast<T>(unit_float(word));
          return fused(u, top, (T{1} - u) * shift);
        });
      });
    const T scale = static_cast<T>(high - low);
    return draw<T>(op, shape, generator, [=](const detail::Words& words) {
      return each_word(words, [=](std::uint32_t word) {
        const T v = fused(static_cast<T>(unit_float(word)), scale, shift);
        return v < top ? v : shift;  // rounding may give `high`
      });
    });
  });
}

/// Normal with the given mean and standard deviation.
inline Array normal(const Shape& shape, Dtype dtype, double mean, double stddev,
                    Generator& generator) {
  const Op op{"normal"};
  return dispatch_floating(op, dtype, [&]<class T>(Type<T>) {
    return draw<T>(op, shape, generator, [=](const detail::Words& words) {
      const auto [a, b] = normal_pair(words[0], words[1]);
      const auto [c, d] = normal_pair(words[2], words[3]);
      const auto scaled = [=](double v) { return static_cast<T>(fused(v, stddev, mean)); };
      return std::array{scaled(a), scaled(b), scaled(c), scaled(d)};
    });
  });
}

/// Exponential with the given rate: −log(u)/rate, with u uniform in (0, 1).
inline Array exponential(const Shape& shape, Dtype dtype, double rate, Generator& generator) {
  const Op op{"exponential"};
  return dispatch_floating(op, dtype, [&]<class T>(Type<T>) {
    return draw<T>(op, shape, generator, [=](const detail::Words& words) {
      return each_word(words, [=](std::uint32_t word) {
        return static_cast<T>(-tinygrad::detail::portable_log(detail::open_unit(word)) / rate);
      });
    });
  });
}

/// `hit` with probability p, otherwise `miss`.
inline Array bernoulli(const Shape& shape, Dtype dtype, double p, double hit, double miss,
                       Generator& generator) {
  const Op op{"bernoulli"};
  return dispatch_floating(op, dtype, [&]<class T>(Type<T>) {
    return draw<T>(op, shape, generator,
                   [limit = static_cast<float>(p), yes = static_cast<T>(hit),
                    no = static_cast<T>(miss)](const detail::Words& words) {
                     return each_word(words, [=](std::uint32_t word) {
                       return unit_float(word) < limit ? yes : no;
                     });
                   });
  });
}

/// 1/(1-p) with probability 1-p, otherwise 0: the factors of (inverted) dropout.
inline Array dropout_mask(const Shape& shape, Dtype dtype, double p, Generator& generator) {
  return bernoulli(shape, dtype, p, 0, p < 1 ? 1 / (1 - p) : 0, generator);
}

/// Integers in [low, high), from 64 bits each. The probabilities of two values differ by at most
/// (high − low)/2^64, relative to each other.
inline Array integers(const Shape& shape, Index low, Index high, Generator& generator) {
  const std::uint64_t range =
      wrapping_sub(static_cast<std::uint64_t>(high), static_cast<std::uint64_t>(low));
  return draw<Index>({"randint"}, shape, generator, [=](const detail::Words& words) {
    const auto one = [=](std::uint64_t bits) {
      return static_cast<Index>(wrapping_add(static_cast<std::uint64_t>(low), bits % range));
    };
    return std::array{one(detail::join(words[0], words[1])), one(detail::join(words[2], words[3]))};
  });
}

}  // namespace tinygrad::kernels
