// SPDX-License-Identifier: MIT
// ConvShape: the sizes, steps and borders of a convolution of up to three dims. choose() selects
// the method that computes it. 1-D and 2-D convolutions are 3-D ones whose leading dims have size
// 1.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/shape.hpp"
#include "tinygrad/kernels/simd/wide.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

namespace detail {
/// The values of an array, or null if it is undefined.
template <class T> const T* data_or_null(const Array& a) {
  return a.defined() ? a.data<T>() : nullptr;
}
}  // namespace detail

/// One spatial dim. Through tap k of the kernel, output o reads input position o·stride +
/// k·dilation − low, or 0 in the border of `low` and `high` zeros.
struct ConvDim {
  Index in = 1, kernel = 1, stride = 1, low = 0, high = 0, dilation = 1;
  Index out = 1;

  /// The span of the input that one output reads, holes included.
  Index reach() const { return dilation * (kernel - 1) + 1; }
  Index padded() const { return in + low + high; }
  Index source(Index o, Index k) const { return o * stride + k * dilation - low; }
  /// The outputs in [begin, end) whose tap k reads the input and not the border.
  std::pair<Index, Index> inside(Index k, Index begin, Index end) const {
    const auto at_least = [this](Index distance) {  // the first o with o·stride ≥ distance
      return distance <= 0 ? 0 : (distance + stride - 1) / stride;
    };
    const Index first = std::clamp(at_least(low - k * dilation), begin, end);
    return {first, std::clamp(at_least(in + low - k * dilation), first, end)};
  }
  /// True if each output reads only the input at its own position.
  bool plain() const { return kernel == 1 && stride == 1 && low == 0 && high == 0; }
};

/// A convolution of x (N, C, spatial…) with w (O, C/groups, kernel…) to y (N, O, spatial…).
struct ConvShape {
  int rank = 2;  ///< number of dims that users see: the last ones
  Index batch = 0, in_channels = 0, out_channels = 0, groups = 1;
  std::array<ConvDim, 3> dims;  ///< depth, height, width

  Index group_in() const { return in_channels / groups; }
  Index group_out() const { return out_channels / groups; }
  Index taps() const { return product(&ConvDim::kernel); }
  Index in_positions() const { return product(&ConvDim::in); }
  Index out_positions() const { return product(&ConvDim::out); }
  Index weight_count() const { return out_channels * group_in() * taps(); }
  Index multiply_adds() const { return batch * out_positions() * weight_count(); }

  /// True if outputs read zeros around the input.
  bool has_border() const {
    return std::any_of(dims.begin(), dims.end(),
                       [](const ConvDim& a) { return a.low > 0 || a.high > 0; });
  }

  Shape input() const { return with_dims({batch, in_channels}, &ConvDim::in); }
  Shape weight() const { return with_dims({out_channels, group_in()}, &ConvDim::kernel); }
  Shape output() const { return with_dims({batch, out_channels}, &ConvDim::out); }
  Shape kernel() const { return with_dims({}, &ConvDim::kernel); }

  /// Throws if a number is out of range or `groups` does not divide the channels.
  void check_numbers(const Op& op) const {
    check<ValueError>(groups > 0 && in_channels % groups == 0 && out_channels % groups == 0, op,
                      "groups=", groups, " must divide weight.shape[0]=", out_channels);
    for (const ConvDim& a : dims) {
      check<ShapeError>(a.kernel > 0, op, "kernel ", kernel(), " must have positive sizes");
      check<ValueError>(a.stride > 0, op, "stride=", a.stride, " must be positive");
      check<ValueError>(a.dilation > 0, op, "dilation=", a.dilation, " must be positive");
      check<ValueError>(a.low >= 0 && a.high >= 0, op, "padding=", std::min(a.low, a.high),
                        " must not be negative");
    }
  }
  /// Computes the output's sizes. Throws if the kernel does not fit the padded input.
  void finish(const Op& op) {
    check_numbers(op);
    Shape reach, padded;
    bool fits = true;
    for (ConvDim& a : dims) {
      fits = fits && a.reach() <= a.padded();
      a.out = fits ? (a.padded() - a.reach()) / a.stride + 1 : 0;
    }
    if (fits) return check_sizes(op, output());
    for (int i = 3 - rank; i < 3; ++i) {
      reach.push_back(dim(i).reach());
      padded.push_back(dim(i).padded());
    }
    const bool dilated = !(reach == kernel());
    fail<ShapeError>(op, "kernel ", kernel(), dilated ? ", dilated to " : "",
                     dilated ? to_string(reach) + "," : "", " is larger than the padded input ",
                     padded);
  }

  /// The convolution from y's gradient to x's, with mirrored weights and exchanged channels. Only
  /// for strides of 1. A negative border cuts the input.
  ConvShape mirrored() const {
    ConvShape s = *this;
    std::swap(s.in_channels, s.out_channels);
    for (ConvDim& a : s.dims) {
      a.low = a.reach() - 1 - a.low;
      a.high = a.reach() - 1 - a.high;
      std::swap(a.in, a.out);
    }
    return s;
  }

 private:
  const ConvDim& dim(int i) const { return dims[static_cast<std::size_t>(i)]; }
  Index product(Index ConvDim::*size) const {
    return dims[0].*size * (dims[1].*size) * (dims[2].*size);
  }
  Shape with_dims(Shape shape, Index ConvDim::*size) const {
    for (int i = 3 - rank; i < 3; ++i) shape.push_back(dim(i).*size);
    return shape;
  }
};

/// How to compute a convolution. Each method is a file and a namespace of kernels::conv, with
/// functions of one signature:
///   forward<T>(op, s, x, w, bias, y)
///   grad_input<T>(op, s, grad_y, w, grad_x)
///   grad_weight<T>(op, s, x, grad_y, grad_w)
/// The last array is the result. It must not be empty. It is finite wherever the definition is
/// finite. `bias` may be undefined.
enum class ConvMethod {
  kPointwise,  ///< 1×1 with stride 1 and no border: a product that reads x in place
  kDepthwise,  ///< one input channel a group: sums of shifted rows
  kWinograd,   ///< 3×3 or 5×5 with stride 1: a quarter or a third of the products
  kDirect,     ///< any shape: products that read x in place, split by the strides
  kIm2col,     ///< any shape: BLAS products with x unfolded, block by block
};

/// True if the method can compute the convolution, on this processor.
inline bool can(ConvMethod method, const ConvShape& s) {
  switch (method) {
    case ConvMethod::kPointwise:
      return std::all_of(s.dims.begin(), s.dims.end(), [](const ConvDim& a) { return a.plain(); });
    case ConvMethod::kDepthwise: return vector_kernels_run() && s.group_in() == 1;
    case ConvMethod::kWinograd: {
      const auto fits = [](const ConvDim& a) {
        return (a.kernel == 3 || a.kernel == 5) && a.stride == 1 && a.dilation == 1;
      };
      const auto& [depth, height, width] = s.dims;
      return vector_kernels_run() && s.groups == 1 && s.in_channels > 0 && depth.plain() &&
             depth.in == 1 && fits(height) && fits(width) && height.kernel == width.kernel;
    }
    case ConvMethod::kDirect: return vector_kernels_run();
    case ConvMethod::kIm2col: break;
  }
  return true;
}

/// The three computations of a convolution.
enum class ConvPass { kForward, kGradInput, kGradWeight };

/// While it lives, convolutions of this thread use `method` if it can compute them. For tests and
/// comparisons.
class ConvMethodGuard {
 public:
  explicit ConvMethodGuard(ConvMethod method) : method_(method), before_(forced()) {
    forced() = &method_;
  }
  ~ConvMethodGuard() { forced() = before_; }
  ConvMethodGuard(const ConvMethodGuard&) = delete;
  ConvMethodGuard& operator=(const ConvMethodGuard&) = delete;

  /// The forced method, or null.
  static const ConvMethod*& forced() {
    thread_local const ConvMethod* method = nullptr;
    return method;
  }

 private:
  const ConvMethod method_;
  const ConvMethod* before_;
};

/// The most Winograd tiles in a block, so that both operands of its products fit the caches.
inline constexpr Index kMostWinogradTiles = 64;

/// The number of Winograd tiles that cover an image's outputs, or its inputs for their gradient.
inline Index winograd_tiles(const ConvShape& s, Index ConvDim::*size) {
  const auto along = [size](const ConvDim& a) {
    const Index side = 7 - a.kernel;
    return (a.*size + side - 1) / side;
  };
  return along(s.dims[1]) * along(s.dims[2]);
}

/// True if the gradient of x takes at most 3/4 of the tiles as the transpose of the forward pass
/// (tiles of y) rather than as a convolution (tiles of the larger x). A block of it is a number of
/// whole images, so each image must have few tiles.
inline bool transposed_winograd_pays(const ConvShape& s) {
  constexpr Index kImages = 8;
  return s.batch >= kImages && winograd_tiles(s, &ConvDim::out) <= kMostWinogradTiles &&
         4 * winograd_tiles(s, &ConvDim::out) <= 3 * winograd_tiles(s, &ConvDim::in);
}

/// False with few channels, few tiles, or tiles that mostly exceed small planes: the transforms
/// then cost more than they save (measured on one core from 3 to 256 channels, 4×4 to 32×32
/// planes).
inline bool winograd_pays(const ConvShape& s, ConvPass pass) {
  constexpr Index kChannels = 8, kTiles = 32, kPoints = 36;
  const bool of_inputs = pass == ConvPass::kGradInput && !transposed_winograd_pays(s);
  const Index count = s.batch * winograd_tiles(s, of_inputs ? &ConvDim::in : &ConvDim::out);
  return wide_vectors() && count >= kTiles &&
         std::min(s.in_channels, s.out_channels) >= kChannels &&
         2 * s.batch * s.out_positions() * s.taps() >= 3 * count * kPoints;
}

/// False if rows of a panel would stay empty, or if a product is too small to prepare its operands:
/// BLAS is then faster (measured on one core from 1 to 512 channels, 7×7 to 224×224 planes).
inline bool direct_pays(const ConvShape& s, ConvPass pass) {
  constexpr Index kRows = 8, kColumns = 32, kPositions = 256;
  if (!wide_vectors() || s.taps() == 1 || s.batch * s.out_positions() < kPositions) return false;
  switch (pass) {
    case ConvPass::kForward: return s.group_out() >= kRows;
    case ConvPass::kGradInput: {  // not if most terms are zeros around grad_y
      Index strides = 1;
      for (const ConvDim& a : s.dims) strides *= a.stride;
      return s.group_in() >= kRows && 4 * s.in_positions() <= 5 * strides * s.out_positions();
    }
    default: return s.group_out() >= (s.group_in() >= kRows ? kColumns / 2 : kColumns);
  }
}

/// The method for a pass of a convolution. Only this function decides.
inline ConvMethod choose(const ConvShape& s, ConvPass pass) {
  if (const ConvMethod* forced = ConvMethodGuard::forced(); forced && can(*forced, s))
    return *forced;
  if (s.groups > 1 && can(ConvMethod::kDepthwise, s)) return ConvMethod::kDepthwise;
  if (can(ConvMethod::kPointwise, s)) return ConvMethod::kPointwise;
  if (can(ConvMethod::kWinograd, s) && winograd_pays(s, pass)) return ConvMethod::kWinograd;
  return direct_pays(s, pass) ? ConvMethod::kDirect : ConvMethod::kIm2col;
}

}  // namespace tinygrad::kernels
