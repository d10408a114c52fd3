// SPDX-License-Identifier: MIT
// Shape: up to eight sizes, stored inline, so that recording an operation allocates no memory for
// shapes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>

#include "tinygrad/core/error.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

using Index = std::int64_t;
inline constexpr int kMaxRank = 8;

/// A short list of integers: sizes, dims or strides. Holds at most kMaxRank of them.
class Shape {
 public:
  constexpr Shape() = default;
  constexpr Shape(std::initializer_list<Index> sizes) : Shape(sizes.begin(), sizes.end()) {}
  template <class It> constexpr Shape(It first, It last) {
    for (; first != last; ++first) push_back(static_cast<Index>(*first));
  }

  constexpr int rank() const { return rank_; }
  constexpr std::size_t size() const { return static_cast<std::size_t>(rank_); }
  constexpr bool empty() const { return rank_ == 0; }
  constexpr Index operator[](int dim) const { return sizes_[slot(dim)]; }
  constexpr Index& operator[](int dim) { return sizes_[slot(dim)]; }
  constexpr Index back() const { return (*this)[rank_ - 1]; }
  constexpr const Index* begin() const { return sizes_.data(); }
  constexpr const Index* end() const { return sizes_.data() + rank_; }
  constexpr Index* begin() { return sizes_.data(); }
  constexpr Index* end() { return sizes_.data() + rank_; }

  constexpr void push_back(Index size) {
    if (rank_ == kMaxRank) fail<ShapeError>({"shape"}, "a tensor has at most ", kMaxRank, " dims");
    sizes_[slot(rank_++)] = size;
  }
  constexpr void insert(int dim, Index size) {
    push_back(size);
    std::rotate(begin() + dim, end() - 1, end());
  }
  constexpr void erase(int dim) {
    std::rotate(begin() + dim, begin() + dim + 1, end());
    --rank_;
  }

  /// The number of elements: the product of the sizes, 1 for rank 0.
  constexpr Index count() const { return product(0, rank_); }
  /// The product of the sizes of dims [first, last).
  constexpr Index product(int first, int last) const {
    Index n = 1;
    for (const Index* size = begin() + first; size < begin() + last; ++size) n *= *size;
    return n;
  }

  friend constexpr bool operator==(const Shape& a, const Shape& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  static constexpr std::size_t slot(int dim) { return static_cast<std::size_t>(dim); }

  std::array<Index, kMaxRank> sizes_{};
  int rank_ = 0;
};

/// "(32, 784)", "(5)" or "()".
inline std::string to_string(const Shape& shape) {
  std::string out = "(";
  for (int i = 0; i < shape.rank(); ++i) out += (i ? ", " : "") + std::to_string(shape[i]);
  return out + ")";
}

/// Row-major strides in elements.
inline Shape strides_of(const Shape& shape) {
  Shape strides = shape;
  Index step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

/// Sizes are not negative and their product (in bytes too) fits in 63 bits.
inline void check_sizes(const Op& op, const Shape& shape) {
  constexpr Index limit = std::numeric_limits<Index>::max() / 16;
  Index n = 1;
  for (Index size : shape) {
    check<ShapeError>(size >= 0, op, "negative size in shape ", shape);
    check<ShapeError>(size == 0 || n <= limit / size, op, "shape ", shape,
                      " has too many elements");
    n *= size;
  }
}

/// A dim counted from the front, from one that may be negative (-1 is the last).
inline int normalize_dim(const Op& op, Index dim, int rank, const char* name = "dim") {
  if (dim < -rank || dim >= rank) {
    check<ShapeError>(rank > 0, op, name, "=", dim, " is out of range: a scalar has no dims");
    fail<ShapeError>(op, name, "=", dim, " is out of range for rank ", rank, "; it must be in [",
                     -rank, ", ", rank - 1, "]");
  }
  return static_cast<int>(dim < 0 ? dim + rank : dim);
}

/// NumPy broadcasting: aligned at the last dim, sizes must be equal or 1.
inline Shape broadcast_shapes(const Op& op, const Shape& a, const Shape& b) {
  if (a == b) return a;
  Shape out = a.rank() >= b.rank() ? a : b;
  const Shape& low = a.rank() >= b.rank() ? b : a;
  const int shift = out.rank() - low.rank();
  for (int i = 0; i < low.rank(); ++i) {
    Index& size = out[i + shift];
    if (size == low[i] || low[i] == 1) continue;
    check<ShapeError>(size == 1, op, "shapes do not broadcast: a ", a, ", b ", b,
                      "; aligned at the last dim, sizes must be equal or 1, and ", size, " meets ",
                      low[i]);
    size = low[i];
  }
  return out;
}

/// True if `from` broadcasts to exactly `to`.
inline bool broadcasts_to(const Shape& from, const Shape& to) {
  if (from.rank() > to.rank()) return false;
  const int shift = to.rank() - from.rank();
  for (int i = 0; i < from.rank(); ++i)
    if (from[i] != to[i + shift] && from[i] != 1) return false;
  return true;
}

}  // namespace tinygrad
