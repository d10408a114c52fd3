// SPDX-License-Identifier: MIT
// Counter-based random numbers. Number i of a stream is a pure function of (seed, i), so that a
// seed gives the same bits on every compiler, machine and number of threads.
// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "tinygrad/core/fma.hpp"
#include "tinygrad/core/shape.hpp"
#include "tinygrad/core/wrapping.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Philox 4x32-10: four random words from a 128-bit counter and a 64-bit key.
TINYGRAD_WRAPS constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                             std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {
        static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
        static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
  }
  return counter;
}

/// Four words of block `block` of the stream of `seed`.
constexpr std::array<std::uint32_t, 4> philox_block(std::uint64_t seed, std::uint64_t block) {
  return philox({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), 0, 0},
                {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}

/// A word as a float in [0, 1), in steps of 2^-24.
constexpr float unit_float(std::uint32_t word) {
  return static_cast<float>(word >> 8) * (1.0F / 16777216.0F);
}

namespace detail {
// Natural logarithm of x in (0, 1], within 1 ulp of double in the working range. Every product that
// feeds a sum is an explicit fma, so that no compiler can round it differently.
inline double portable_log(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  auto exponent = static_cast<std::int64_t>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0x000FFFFFFFFFFFFFULL) | 0x3FF0000000000000ULL);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++exponent;
  }
  const double s = (m - 1.0) / (m + 1.0);  // log m = 2·atanh(s), |s| ≤ 0.172
  const double z = s * s;
  double p = 1.0 / 19;
  for (int k = 17; k >= 1; k -= 2) p = fused(p, z, 1.0 / k);
  return fused(static_cast<double>(exponent), 0.6931471805599453, 2.0 * s * p);
}

// cos(2πt) and sin(2πt) for t in [0, 1), by Taylor series on an eighth of the circle.
inline std::pair<double, double> portable_cos_sin(double t) {
  const double turns = std::floor(fused(t, 4.0, 0.5));
  const double x = fused(t, 4.0, -turns) * 1.5707963267948966;  // |x| ≤ π/4
  const double z = x * x;
  double c = 1.0 / 87178291200.0, s = 1.0 / 1307674368000.0;
  constexpr double cs[] = {
      1.0 / 479001600, 1.0 / 3628800, 1.0 / 40320, 1.0 / 720, 1.0 / 24, 0.5, 1};
  constexpr double ss[] = {
      1.0 / 6227020800, 1.0 / 39916800, 1.0 / 362880, 1.0 / 5040, 1.0 / 120, 1.0 / 6, 1};
  for (double k : cs) c = fused(-c, z, k);
  for (double k : ss) s = fused(-s, z, k);
  s *= x;
  switch (static_cast<int>(turns) & 3) {
    case 0: return {c, s};
    case 1: return {-s, c};
    case 2: return {-c, -s};
    default: return {s, -c};
  }
}
}  // namespace detail

/// Two independent standard normal numbers from two words (Box & Muller 1958).
inline std::pair<double, double> normal_pair(std::uint32_t a, std::uint32_t b) {
  const double u = (static_cast<double>(a) + 0.5) * 0x1p-32;  // in (0, 1)
  const double radius = std::sqrt(-2.0 * detail::portable_log(u));
  const auto [c, s] = detail::portable_cos_sin(static_cast<double>(b) * 0x1p-32);
  return {radius * c, radius * s};
}

class Generator;

/// The random numbers that one thread took, from any generator: the blocks in their order. With the
/// log the thread can take the same numbers again; draws of other threads do not change it.
class DrawLog {
 public:
  std::uint64_t draw(Generator& generator, Index words);

 private:
  friend class DrawLogGuard;
  std::vector<std::uint64_t> seeds_, blocks_;  // of each draw
  std::size_t next_ = 0;                       // when repeating
  bool repeating_ = false, complete_ = false;
  DrawLog* outer_ = nullptr;  // the log around this one, which notes the same draws
};

namespace detail {
inline DrawLog*& draw_log() {
  thread_local DrawLog* log = nullptr;
  return log;
}
}  // namespace detail

/// While it lives, the draws of this thread are noted in a log, or repeated from it.
class DrawLogGuard {
 public:
  enum Mode { kNote, kRepeat };

  DrawLogGuard(DrawLog& log, Mode mode)
      : log_(log), mode_(mode), before_(std::exchange(detail::draw_log(), &log)) {
    if (mode == kNote) log.outer_ = before_;
    log.repeating_ = mode == kRepeat;
    log.next_ = 0;
  }
  ~DrawLogGuard() {
    detail::draw_log() = before_;
    log_.repeating_ = false;
    if (mode_ == kNote) log_.complete_ = true;
  }
  DrawLogGuard(const DrawLogGuard&) = delete;
  DrawLogGuard& operator=(const DrawLogGuard&) = delete;

 private:
  DrawLog& log_;
  Mode mode_;
  DrawLog* before_;
};

/// A stream of random numbers: a seed and a position. Threads may reserve positions at the same
/// time, but a run repeats only if its draws have a fixed order.
class Generator {
 public:
  explicit constexpr Generator(std::uint64_t seed = 0) : seed_(seed) {}
  Generator(const Generator& other) noexcept : seed_(other.seed_), block_(other.position()) {}
  Generator& operator=(const Generator& other) noexcept {
    seed_ = other.seed_;
    block_ = other.position();
    return *this;
  }

  std::uint64_t seed() const { return seed_; }
  std::uint64_t position() const { return block_.load(std::memory_order_relaxed); }
  /// Starts again at the first number of `seed`, or at `position` of it.
  void reset(std::uint64_t seed, std::uint64_t position = 0) {
    seed_ = seed;
    block_ = position;
  }

  /// Takes blocks of four words for `words` words and returns the first block's number.
  std::uint64_t reserve(Index words) {
    if (DrawLog* log = detail::draw_log()) [[unlikely]]
      return log->draw(*this, words);
    return advance(words);
  }
  /// reserve() that ignores the DrawLog.
  std::uint64_t advance(Index words) {
    return block_.fetch_add(static_cast<std::uint64_t>(words + 3) / 4, std::memory_order_relaxed);
  }

  /// A new, independent stream: child k of seed s is always the same.
  Generator split(std::uint64_t k) const {
    const auto w =
        philox({static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(k >> 32), 1, 0},
               {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)});
    return Generator(std::uint64_t{w[0]} | std::uint64_t{w[1]} << 32);
  }

  /// 64 random bits.
  std::uint64_t bits() {
    const auto w = philox_block(seed_, reserve(4));
    return std::uint64_t{w[0]} | std::uint64_t{w[1]} << 32;
  }
  /// Uniform in [low, high).
  double uniform(double low = 0, double high = 1) {
    return fused(static_cast<double>(bits() >> 11) * 0x1p-53, high - low, low);
  }
  /// Normal with the given mean and standard deviation.
  double normal(double mean = 0, double stddev = 1) {
    const auto w = philox_block(seed_, reserve(4));
    return fused(normal_pair(w[0], w[1]).first, stddev, mean);
  }
  /// Uniform integer in [0, n), without bias (Lemire 2019 in its simple form: rejection).
  Index integer(Index n) {
    check<ValueError>(n > 0, {"Generator::integer"}, "n=", n, " must be positive");
    const auto range = static_cast<std::uint64_t>(n);
    const std::uint64_t limit = range * (~std::uint64_t{0} / range);
    std::uint64_t r = bits();
    while (r >= limit) r = bits();
    return static_cast<Index>(r % range);
  }
  /// A random order of 0 … n-1 (Fisher & Yates).
  std::vector<Index> permutation(Index n) {
    std::vector<Index> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), Index{0});
    for (Index i = n - 1; i > 0; --i)
      std::swap(order[static_cast<std::size_t>(i)],
                order[static_cast<std::size_t>(integer(i + 1))]);
    return order;
  }

 private:
  std::uint64_t seed_;
  std::atomic<std::uint64_t> block_{0};
};

inline std::uint64_t DrawLog::draw(Generator& generator, Index words) {
  if (!repeating_) {
    const std::uint64_t block = outer_ ? outer_->draw(generator, words) : generator.advance(words);
    seeds_.push_back(generator.seed());
    blocks_.push_back(block);
    return block;
  }
  // Past the end of a log that is still written, nothing can be repeated, and nothing needs to be.
  if (next_ == blocks_.size() && !complete_) return generator.position();
  check<GraphError>(next_ < blocks_.size(), {"random"},
                    "cannot repeat the numbers drawn before: ", "only ", blocks_.size(),
                    " draws were made then");
  check<GraphError>(seeds_[next_] == generator.seed(), {"random"},
                    "cannot repeat the numbers drawn before: the generator's seed was ",
                    seeds_[next_], " and is now ", generator.seed());
  return blocks_[next_++];
}

/// The stream of initialisers and dropout if the user gives no generator.
inline Generator& default_generator() {
  static constinit Generator generator(0);  // no lock, which a fork() could find locked
  return generator;
}

/// Restarts the default stream.
inline void manual_seed(std::uint64_t seed) { default_generator().reset(seed); }

}  // namespace tinygrad
