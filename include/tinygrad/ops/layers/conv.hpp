// SPDX-License-Identifier: MIT
// Convolutions and transposed convolutions of one to three dims. Layouts are PyTorch's: channels
// before the spatial dims.
#pragma once

#include <string_view>

#include "tinygrad/kernels/conv/conv.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/per_dim.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Zeros around the input: numbers for both ends of each dim, "valid" for none, or "same" for as
/// many as keep the size. "same" needs strides of 1. If that number is odd, the end gets one more.
struct ConvPadding : PerDim {
  const char* name = nullptr;  ///< "same" or "valid", instead of numbers

  using PerDim::PerDim;
  ConvPadding(const PerDim& numbers) : PerDim(numbers) {}                     // NOLINT: implicit
  ConvPadding(const char* same_or_valid) : PerDim(0), name(same_or_valid) {}  // NOLINT: implicit

  /// True for "same". Throws for an unknown word, and for "same" with a stride.
  bool same(const Op& op, const Shape& stride) const {
    const std::string_view word = name ? name : "valid";
    check<ValueError>(word == "same" || word == "valid", op, "padding=\"", word,
                      "\" must be numbers, \"same\" or \"valid\"");
    for (const Index step : stride)
      check<ValueError>(word != "same" || step == 1, op,
                        "padding=\"same\" needs strides of 1, not ", stride);
    return word == "same";
  }
};

struct ConvOptions {
  PerDim stride = 1;
  ConvPadding padding = 0;
  PerDim dilation = 1;
  Index groups = 1;
};

struct ConvTransposeOptions {
  PerDim stride = 1;
  PerDim padding = 0;         ///< cut off at each end
  PerDim output_padding = 0;  ///< more outputs at the end: several sizes convolve to the input's
  Index groups = 1;
  PerDim dilation = 1;
};

namespace detail {
// Throws unless output_padding is below the stride or the dilation: a step or a gap of the kernel
// leaves no more outputs to choose from.
inline void check_output_padding(const Op& op, const Shape& extra, const Shape& stride,
                                 const Shape& dilation) {
  for (int i = 0; i < extra.rank(); ++i)
    check<ValueError>(extra[i] < stride[i] || extra[i] < dilation[i], op,
                      "output_padding=", extra[i], " must be below the stride ", stride[i],
                      " or the dilation ", dilation[i]);
}

inline Tensor convolve_grad_input(const Op& op, const kernels::ConvShape& s, const Tensor& grad_y,
                                  const Tensor& w);
inline Tensor convolve_grad_weight(const Op& op, const kernels::ConvShape& s, const Tensor& x,
                                   const Tensor& grad_y);

// What a vjp saves of two factors. The gradient of each one needs the other.
inline std::array<Saved, 2> save_factors(const Tensor& a, const Tensor& b) {
  return save(b.requires_grad() ? a : Tensor(), a.requires_grad() ? b : Tensor());
}

// Three operations that are each other's gradients. All are linear in both factors.
inline Tensor convolve(const Op& op, const kernels::ConvShape& s, const Tensor& x, const Tensor& w,
                       const Tensor& bias = {}) {
  Array y =
      kernels::conv_forward(op, s, x.array(), w.array(), bias.defined() ? bias.array() : Array());
  return record(op, std::move(y), {x, w, bias}, save_factors(x, w),
                [s](const Vjp& vjp, const Tensor& input, const Tensor& weight) {
                  const Tensor& g = vjp.grad();
                  Grads out(3);
                  if (vjp.needs(0)) out[0] = convolve_grad_input({"conv_grad_input"}, s, g, weight);
                  if (vjp.needs(1))
                    out[1] = convolve_grad_weight({"conv_grad_weight"}, s, input, g);
                  if (vjp.needs(2)) {
                    Shape channels = s.output();
                    for (int i = 0; i < channels.rank(); ++i)
                      channels[i] = i == 1 ? channels[1] : 1;
                    out[2] = reshape(sum_to(g, channels), {s.out_channels});
                  }
                  return out;
                });
}

inline Tensor convolve_grad_input(const Op& op, const kernels::ConvShape& s, const Tensor& grad_y,
                                  const Tensor& w) {
  return record(
      op, kernels::conv_grad_input(op, s, grad_y.array(), w.array()), {grad_y, w},
      save_factors(grad_y, w), [s](const Vjp& vjp, const Tensor& output, const Tensor& weight) {
        const Tensor& g = vjp.grad();  // shaped like x
        return grads(
            vjp.needs(0) ? convolve({"conv"}, s, g, weight) : Tensor(),
            vjp.needs(1) ? convolve_grad_weight({"conv_grad_weight"}, s, g, output) : Tensor());
      });
}

inline Tensor convolve_grad_weight(const Op& op, const kernels::ConvShape& s, const Tensor& x,
                                   const Tensor& grad_y) {
  return record(op, kernels::conv_grad_weight(op, s, x.array(), grad_y.array()), {x, grad_y},
                save_factors(x, grad_y),
                [s](const Vjp& vjp, const Tensor& input, const Tensor& output) {
                  const Tensor& g = vjp.grad();  // shaped like w
                  return grads(vjp.needs(0) ? convolve_grad_input({"conv_grad_input"}, s, output, g)
                                            : Tensor(),
                               vjp.needs(1) ? convolve({"conv"}, s, input, g) : Tensor());
                });
}

inline const char* conv_dims(int rank, bool batch) {
  constexpr const char* names[][2] = {
      {"(C, L)", "(N, C, L)"}, {"(C, H, W)", "(N, C, H, W)"}, {"(C, D, H, W)", "(N, C, D, H, W)"}};
  return names[rank - 1][batch ? 1 : 0];
}

// x with a batch dim.
inline Tensor conv_batch(const Op& op, const Tensor& x, int rank) {
  check<ShapeError>(x.dim() == rank + 1 || x.dim() == rank + 2, op, "x ", x.shape(),
                    " must have the dims ", conv_dims(rank, true), ", or ", conv_dims(rank, false),
                    " without a batch");
  return x.dim() == rank + 2 ? x : unsqueeze(x, 0);
}

// Checks dtypes, the rank of the weight, and the bias. `first` names the first dims of the weight.
// `out` is the number of output channels.
inline void check_conv_weight(const Op& op, const Tensor& x, const Tensor& weight,
                              const Tensor& bias, int rank, const char* first, Index out) {
  check<ShapeError>(weight.dim() == rank + 2, op, "weight ", weight.shape(), " must have ",
                    rank + 2, " dims: ", first, " and the kernel's");
  check_same_dtype(op, "x", x, "weight", weight, "convert the model or the data with to()");
  if (bias.defined())
    check<ShapeError>(bias.shape() == Shape{out} && bias.dtype() == weight.dtype(), op, "bias ",
                      bias.dtype(), ' ', bias.shape(), " must be ", weight.dtype(), " (", out, ")");
}

// Checks that x has the channels that weight expects. Picture files often have channels last.
inline void check_conv_channels(const Op& op, const Tensor& x, const Tensor& weight, int rank,
                                Index groups, Index wanted) {
  constexpr const char* forward[][2] = {
      {"1, 0", "0, 2, 1"}, {"2, 0, 1", "0, 3, 1, 2"}, {"3, 0, 1, 2", "0, 4, 1, 2, 3"}};
  const int batch = x.dim() - rank - 1;  // batch dims: 0 or 1
  const Index channels = x.shape()[batch];
  const bool last = x.shape().back() == wanted;
  check<ShapeError>(channels == wanted, op, "x ", x.shape(), " has ", channels,
                    " channels, weight ", weight.shape(), " with groups=", groups, " takes ",
                    wanted,
                    last ? "; is x channels-last? Bring them forward with permute(x, {" : "",
                    last ? forward[rank - 1][batch] : "", last ? "})" : "");
}

inline Tensor conv(const Op& op, int rank, const Tensor& x, const Tensor& weight,
                   const Tensor& bias, const ConvOptions& o) {
  const Tensor batch = conv_batch(op, x, rank);
  check_conv_weight(op, x, weight, bias, rank, "(out, in/groups)", weight.shape()[0]);
  const Shape stride = o.stride.over(op, "stride", rank, 1);
  const Shape padding = o.padding.over(op, "padding", rank, 0);
  const Shape dilation = o.dilation.over(op, "dilation", rank, 1);
  const bool same = o.padding.same(op, stride);
  kernels::ConvShape s;
  s.rank = rank;
  s.batch = batch.shape()[0];
  s.in_channels = weight.shape()[1] * o.groups;
  s.out_channels = weight.shape()[0];
  s.groups = o.groups;
  for (int i = 0; i < rank; ++i) {
    kernels::ConvDim& a = s.dims[static_cast<std::size_t>(3 - rank + i)];
    a = {batch.shape()[2 + i], weight.shape()[2 + i], stride[i], 0, 0, dilation[i], 1};
    const Index border = same ? a.reach() - 1 : 2 * padding[i];
    a.low = border / 2;
    a.high = border - a.low;
  }
  s.check_numbers(op);
  check_conv_channels(op, x, weight, rank, o.groups, s.in_channels);
  s.finish(op);
  const Tensor y = convolve(op, s, batch, weight, bias);
  return x.dim() == rank + 2 ? y : squeeze(y, 0);
}

inline Tensor conv_transpose(const Op& op, int rank, const Tensor& x, const Tensor& weight,
                             const Tensor& bias, const ConvTransposeOptions& o) {
  const Tensor batch = conv_batch(op, x, rank);
  check_conv_weight(op, x, weight, bias, rank, "(in, out/groups)", weight.shape()[1] * o.groups);
  const Shape stride = o.stride.over(op, "stride", rank, 1);
  const Shape padding = o.padding.over(op, "padding", rank, 0);
  const Shape extra = o.output_padding.over(op, "output_padding", rank, 0);
  const Shape dilation = o.dilation.over(op, "dilation", rank, 1);
  kernels::ConvShape s;  // of the convolution from y to x
  s.rank = rank;
  s.batch = batch.shape()[0];
  s.in_channels = weight.shape()[1] * o.groups;
  s.out_channels = weight.shape()[0];
  s.groups = o.groups;
  for (int i = 0; i < rank; ++i) {
    kernels::ConvDim& a = s.dims[static_cast<std::size_t>(3 - rank + i)];
    a = {.in = 0,
         .kernel = weight.shape()[2 + i],
         .stride = stride[i],
         .low = padding[i],
         .high = padding[i],
         .dilation = dilation[i],
         .out = batch.shape()[2 + i]};
    a.in = (a.out - 1) * a.stride - 2 * a.low + a.reach() + extra[i];
  }
  s.check_numbers(op);
  check_conv_channels(op, x, weight, rank, o.groups, s.out_channels);
  for (int i = 0; i < rank; ++i)
    check<ShapeError>(batch.shape()[2 + i] > 0, op, "x ", x.shape(), " has an empty dim ",
                      x.dim() - rank + i, "; there is nothing to spread");
  check_output_padding(op, extra, stride, dilation);
  for (int i = 0; i < rank; ++i)
    check<ShapeError>(s.input()[2 + i] > 0, op, "x ", x.shape(), ", weight ", weight.shape(),
                      " and padding ", padding, " leave the output ", s.input());
  Tensor y = convolve_grad_input(op, s, batch, weight);
  if (bias.defined()) {
    Shape channels{s.in_channels};
    for (int i = 0; i < rank; ++i) channels.push_back(1);
    y = add(y, reshape(bias, channels));
  }
  return x.dim() == rank + 2 ? y : squeeze(y, 0);
}
}  // namespace detail

/// y[n, o, p] = bias[o] + Σ x[n, c, p·stride + k·dilation − padding]·weight[o, c, k] over the
/// channels c of o's group and the taps k inside x. `bias` may be undefined.
/// Shapes  x (N, C, L) or (C, L), weight (O, C/groups, K), bias (O) → y (N, O, L') or (O, L'),
///         L' = (L + 2·padding − dilation·(K − 1) − 1)/stride + 1, rounded down
/// Grad    grad_x = conv_transpose1d(grad_y, weight), grad_weight = the convolution of x by grad_y,
///         grad_bias = sum of grad_y over all but O; all are differentiable again
/// Saves   x if weight needs a gradient, weight if x does
/// Throws  ShapeError for wrong ranks or channels, or a kernel larger than the padded x; ValueError
///         for groups that do not divide, strides, dilations or paddings out of range; DtypeError
/// Error   float32 sums in the order of BLAS, the same for any number of threads
/// Cost    N·O·L'·K·C/groups multiply-adds; see kernels::choose() for the methods
inline Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                     const ConvOptions& options = {}, At at = At::here()) {
  const Op op{"conv1d", at};
  check_defined(op, {{"x", x}, {"weight", weight}});
  return detail::conv(op, 1, x, weight, bias, options);
}

/// conv1d() with two spatial dims.
/// Shapes  x (N, C, H, W) or (C, H, W), weight (O, C/groups, KH, KW), bias (O) → y (N, O, OH, OW)
/// Grad    as conv1d
/// Error   3×3 and 5×5 kernels may use Winograd's method, which mixes the 6×6 pixels of a tile. The
///         error of an output is up to 3·10⁻⁶ (3×3) or 3·10⁻⁵ (5×5) of the largest pixel of its
///         tile times the largest weight in float32, 6·10⁻¹⁵ or 6·10⁻¹⁴ in float64, even if the
///         output does not depend on that pixel. kernels::ConvMethodGuard selects another method
/// Range   with every method, NaN and infinities reach exactly the outputs that depend on them:
///         results that are not finite are computed again, product by product. The border has no
///         pixels, so an infinite weight above it gives no NaN
inline Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                     const ConvOptions& options = {}, At at = At::here()) {
  const Op op{"conv2d", at};
  check_defined(op, {{"x", x}, {"weight", weight}});
  return detail::conv(op, 2, x, weight, bias, options);
}

/// conv1d() with three spatial dims.
/// Shapes  x (N, C, D, H, W) or (C, D, H, W), weight (O, C/groups, KD, KH, KW), bias (O)
///         → y (N, O, OD, OH, OW)
/// Grad    as conv1d
inline Tensor conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                     const ConvOptions& options = {}, At at = At::here()) {
  const Op op{"conv3d", at};
  check_defined(op, {{"x", x}, {"weight", weight}});
  return detail::conv(op, 3, x, weight, bias, options);
}

/// The operation of conv1d's gradient on grad_y: each x[n, c, p] adds weight[c, o, k]·x to y[n, o,
/// p·stride + k·dilation − padding]. Then the bias is added. `bias` may be undefined.
/// Shapes  x (N, C, L) or (C, L), weight (C, O/groups, K), bias (O) → y (N, O, L') or (O, L'),
///         L' = (L − 1)·stride − 2·padding + dilation·(K − 1) + output_padding + 1
/// Grad    grad_x = conv1d(grad_y, weight), grad_weight = the convolution of grad_y by x
/// Saves   x if weight needs a gradient, weight if x does
/// Throws  as conv1d(); ValueError unless output_padding is below stride or dilation; ShapeError if
///         a spatial dim of x or y is empty
inline Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                               const ConvTransposeOptions& options = {}, At at = At::here()) {
  const Op op{"conv_transpose1d", at};
  check_defined(op, {{"x", x}, {"weight", weight}});
  return detail::conv_transpose(op, 1, x, weight, bias, options);
}

/// conv_transpose1d() with two spatial dims.
/// Shapes  x (N, C, H, W) or (C, H, W), weight (C, O/groups, KH, KW), bias (O) → y (N, O, OH, OW)
/// Grad    as conv_transpose1d
inline Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                               const ConvTransposeOptions& options = {}, At at = At::here()) {
  const Op op{"conv_transpose2d", at};
  check_defined(op, {{"x", x}, {"weight", weight}});
  return detail::conv_transpose(op, 2, x, weight, bias, options);
}

/// conv_transpose1d() with three spatial dims.
/// Shapes  x (N, C, D, H, W) or (C, D, H, W), weight (C, O/groups, KD, KH, KW), bias (O)
///         → y (N, O, OD, OH, OW)
/// Grad    as conv_transpose1d
inline Tensor conv_transpose3d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                               const ConvTransposeOptions& options = {}, At at = At::here()) {
  const Op op{"conv_transpose3d", at};
  check_defined(op, {{"x", x}, {"weight", weight}});
  return detail::conv_transpose(op, 3, x, weight, bias, options);
}

}  // namespace tinygrad
