// SPDX-License-Identifier: MIT
// pad: a border of constants, or of values that are mirrored, repeated or taken from the other
// side.
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "tinygrad/ops/indexing/indexing.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// The content of a border: a value; the inside mirrored at the edge, without repeating the edge;
/// the edge repeated; or the other end.
enum class PadMode { kConstant, kReflect, kReplicate, kCircular };

constexpr const char* to_string(PadMode mode) {
  constexpr const char* names[] = {"constant", "reflect", "replicate", "circular"};
  return names[static_cast<int>(mode)];
}

namespace detail {
// The borders before and after each dim.
struct Borders {
  Shape before, after;
};

inline Tensor pad_constant(const Op& op, const Tensor& x, const Borders& borders, Scalar value) {
  Tensor inside = x;  // negative borders cut
  Shape shape = x.shape();
  Shape first = shape;
  for (int dim = x.dim() - 1; dim >= 0; --dim) {
    constexpr Index kMost = Index{1} << 60;
    const Index before = borders.before[dim], after = borders.after[dim];
    for (const Index size : {before, after})
      check<ShapeError>(-kMost <= size && size <= kMost, op, "padding=", size, " is too large");
    const Index cut_before = std::max<Index>(-before, 0), cut_after = std::max<Index>(-after, 0);
    const Index kept = x.shape()[dim] - cut_before - cut_after;
    if (cut_before + cut_after > 0) inside = narrow(op, inside, dim, cut_before, kept);
    first[dim] = std::max<Index>(before, 0);
    shape[dim] += before + after;
  }
  if (shape == inside.shape()) return apart_from(x, op, inside);
  kernels::Strided window{inside.shape(), strides_of(shape), 0};
  for (int i = 0; i < shape.rank(); ++i) window.offset += first[i] * window.steps[i];
  return record(op, kernels::strided_place(op, inside.array(), shape, window, value), {inside},
                save(), [window](const Vjp& vjp) {
                  return grads(slice({"slice"}, vjp.grad(), window.sizes, window));
                });
}

// The source in the old dim for position i of the padded dim, counted from the old start. n is the
// old size.
inline Index source_of(PadMode mode, Index i, Index n) {
  if (mode == PadMode::kReplicate) return std::clamp<Index>(i, 0, n - 1);
  if (mode == PadMode::kCircular) return i < 0 ? i + n : i >= n ? i - n : i;
  return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
}
}  // namespace detail

/// Adds a border to x. `pads` counts from the last dim: {left, right} pads the last one, {left,
/// right, top, bottom} the last two, and so on. Negative pads cut. A circular border uses what
/// remains after the cut.
/// Shapes  x (…, n) → y (…, left + n + right)
/// Grad    grad_x = the sum of grad_y over an element's copies; a constant border gives nothing
/// Throws  ShapeError for an odd number of pads, more pads than dims of x, or a border that is too
///         wide: reflect allows up to n − 1, circular up to what remains of n; an empty dim allows
///         only constants
/// Cost    constant: one copy; the others one copy for each dim
inline Tensor pad(const Tensor& x, const std::vector<Index>& pads,
                  PadMode mode = PadMode::kConstant, Scalar value = 0, At at = At::here()) {
  const Op op{"pad", at};
  const CalledAs called(op);
  const auto dims = static_cast<int>(pads.size() / 2);
  check<ShapeError>(pads.size() % 2 == 0 && dims <= x.dim(), op, pads.size(), " pads for x ",
                    x.shape(), "; there must be two for each padded dim, the last dim first");
  detail::Borders borders;
  for (int dim = 0; dim < x.dim(); ++dim) {
    borders.before.push_back(0);
    borders.after.push_back(0);
  }
  for (int k = 0; k < dims; ++k) {
    const int dim = x.dim() - 1 - k;
    const auto i = static_cast<std::size_t>(2 * k);
    const Index before = pads[i], after = pads[i + 1], size = x.shape()[dim];
    const Index kept = size + std::min<Index>(before, 0) + std::min<Index>(after, 0);
    check<ShapeError>(kept >= 0, op, "pads ", before, " and ", after, " cut more than dim ", dim,
                      " of x ", x.shape(), " has");
    const Index n = mode == PadMode::kCircular ? kept : size;
    const Index widest = std::max(before, after);
    const Index most = mode == PadMode::kReflect    ? std::max<Index>(n - 1, 0)
                       : mode == PadMode::kCircular ? n
                                                    : std::numeric_limits<Index>::max();
    check<ShapeError>(widest <= most && (mode == PadMode::kConstant || n > 0 || widest <= 0), op,
                      "a border of ", widest, " is too wide for dim ", dim, " of x ", x.shape(),
                      " in mode ", to_string(mode), ", which takes at most ", n > 0 ? most : 0);
    borders.before[dim] = before;
    borders.after[dim] = after;
  }
  if (mode == PadMode::kConstant) return detail::pad_constant(op, x, borders, value);
  Tensor y = x;
  for (int dim = x.dim() - 1; dim >= 0; --dim) {
    Index before = borders.before[dim], after = borders.after[dim], n = x.shape()[dim];
    if (mode == PadMode::kCircular && (before < 0 || after < 0)) {  // cut first
      const Index start = std::max<Index>(-before, 0);
      n += std::min<Index>(before, 0) + std::min<Index>(after, 0);
      y = detail::narrow(op, y, dim, start, n);
      before = std::max<Index>(before, 0);
      after = std::max<Index>(after, 0);
    }
    if (before == 0 && after == 0) continue;
    const Array index = Array::empty({n + before + after}, int64, op);
    for (Index i = 0; i < index.count(); ++i)
      index.data<Index>()[i] = detail::source_of(mode, i - before, n);
    y = index_select(y, dim, index, at);
  }
  return apart_from(x, op, y);
}

}  // namespace tinygrad
