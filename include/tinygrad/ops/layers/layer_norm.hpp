// SPDX-License-Identifier: MIT
// Normalisation over the last dims: layer_norm and rms_norm.
#pragma once

#include <limits>
#include <optional>

#include "tinygrad/autograd/grad_mode.hpp"
#include "tinygrad/kernels/norm/rows.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/power.hpp"
#include "tinygrad/ops/reduction/reduction.hpp"
#include "tinygrad/ops/reduction/variance.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
// x as (rows, n). n is the number of elements that are normalised together, in the trailing dims.
struct NormRows {
  Index rows, n;

  NormRows(const Op& op, const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
           const Tensor& bias) {
    check_floating(op, x);
    const int rank = normalized_shape.rank(), lead = x.dim() - rank;
    check<ShapeError>(rank >= 1, op, "normalized_shape must name at least one dim");
    check<ShapeError>(lead >= 0 && Shape(x.shape().begin() + std::max(lead, 0), x.shape().end()) ==
                                       normalized_shape,
                      op, "x ", x.shape(), " must end in normalized_shape ", normalized_shape);
    for (const auto& [name, t] : {std::pair{"weight", &weight}, std::pair{"bias", &bias}})
      if (t->defined())
        check<ShapeError>(t->shape() == normalized_shape && t->dtype() == x.dtype(), op, name, ' ',
                          t->dtype(), ' ', t->shape(), " must be ", x.dtype(), ' ',
                          normalized_shape, ": x's dtype and normalized_shape");
    rows = x.shape().product(0, lead);
    n = normalized_shape.count();
  }
};

// The gradients as tensor operations. create_graph records them, and tests compare the kernels with
// them. Mean and variance are over `dims`. weight and bias, if defined, have the shape `param`,
// which broadcasts to x's.
inline Grads normalize_grad(const Vjp& vjp, const Tensor& x, const Tensor& grad_y,
                            const Tensor& weight, const Shape& dims, const Shape& param,
                            bool centred, double eps) {
  Grads out(3);
  if (vjp.needs(2)) out[2] = sum_to(grad_y, param);
  if (!vjp.needs(0) && !vjp.needs(1)) return out;
  const Tensor shifted = centred ? from_mean(x, dims) : x;
  const Tensor scale = rsqrt(mean(square(shifted), dims, true) + eps);
  const Tensor normal = shifted * scale;
  if (vjp.needs(0)) {
    const Tensor g = weight.defined() ? grad_y * weight : grad_y;
    const Tensor along = normal * mean(g * normal, dims, true);
    out[0] = scale * ((centred ? g - mean(g, dims, true) : g) - along);
  }
  if (vjp.needs(1)) out[1] = sum_to(grad_y * normal, param);
  return out;
}

inline Array array_of(const Tensor& t) { return t.defined() ? t.array() : Array(); }

inline Tensor normalize(const Op& op, const Tensor& x, const Shape& shape, const Tensor& weight,
                        const Tensor& bias, bool centred, double eps) {
  check<ValueError>(eps >= 0, op, "eps=", eps, " must not be negative");
  const NormRows as(op, x, shape, weight, bias);
  const kernels::NormalizedRows rows = kernels::normalize_rows(
      op, x.array(), as.rows, as.n, centred, eps, array_of(weight), array_of(bias));
  return record(
      op, rows.y, {x, weight, bias}, save(x, weight, rows.centre, rows.scale, rows.shift),
      [name = op.name, centred, eps, shape](const Vjp& vjp, const Tensor& input,
                                            const Tensor& factor, const Tensor& centre,
                                            const Tensor& scale, const Tensor& shift) {
        if (input.numel() == 0) {  // no elements: no mean
          const Tensor& g = vjp.grad();
          return grads(vjp.needs(0) ? g : Tensor(), vjp.needs(1) ? sum_to(g, shape) : Tensor(),
                       vjp.needs(2) ? sum_to(g, shape) : Tensor());
        }
        if (grad_enabled()) {
          Shape dims;
          for (int dim = -shape.rank(); dim < 0; ++dim) dims.push_back(dim);
          return normalize_grad(vjp, input, vjp.grad(), factor, dims, shape, centred, eps);
        }
        const Op self{name};
        const kernels::NormalizedRows saved{{}, centre.array(), scale.array(), shift.array()};
        const Array &in = input.array(), &g = vjp.grad().array();
        Grads out(3);
        if (!vjp.needs(0) && !vjp.needs(1)) {
          out[2] = sum_to(vjp.grad(), shape);
          return out;
        }
        const kernels::NormalizedRowsGrads found = kernels::normalize_rows_grads(
            self, in, saved, centred, array_of(factor), g, vjp.needs(0), vjp.needs(1));
        if (vjp.needs(0)) out[0] = Tensor(found.x);
        if (vjp.needs(1)) {
          out[1] = Tensor(found.affine.rows(0, 1).reshaped(shape));
          if (vjp.needs(2)) out[2] = Tensor(found.affine.rows(1, 2).reshaped(shape));
        } else if (vjp.needs(2)) {
          out[2] = sum_to(vjp.grad(), shape);
        }
        return out;
      });
}
}  // namespace detail

/// (x − mean)/√(variance + eps)·weight + bias. Mean and variance (not corrected) are over the
/// trailing dims, whose shape is `normalized_shape`. weight and bias may be undefined.
/// Shapes  x (…, s…), weight and bias (s…), s = normalized_shape → y (…, s…)
/// Grad    with x̂ the normalised x and g = grad_y·weight: grad_x = (g − mean(g) − x̂·mean(g·x̂)) /
///         √(variance + eps), grad_weight = Σ grad_y·x̂, grad_bias = Σ grad_y over the other dims
/// Saves   x, weight, and for each row the mean, as two numbers, and 1/√(variance + eps)
/// Throws  ShapeError if x does not end in normalized_shape, or weight or bias do not have it
/// Range   |x| must be below a quarter of the largest number; x̂ of a row of equal values is 0
/// Error   two passes and an unrounded mean, so values far from 0 are as exact as values around it
/// Source  Ba, Kiros & Hinton, arXiv:1607.06450
inline Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                         const Tensor& bias = {}, double eps = 1e-5, At at = At::here()) {
  const Op op{"layer_norm", at};
  check_defined(op, {{"x", x}});
  return detail::normalize(op, x, normalized_shape, weight, bias, true, eps);
}

/// x/√(mean of x² + eps)·weight. The mean is over the trailing dims, whose shape is
/// `normalized_shape`. Without eps it is the spacing of x's dtype at 1, as in PyTorch.
/// Shapes  x (…, s…), weight (s…) or undefined → y (…, s…)
/// Grad    as layer_norm without mean(g)
/// Saves   x, weight, and 1/√(mean of x² + eps) of each row
/// Throws  ShapeError if x does not end in normalized_shape, or weight does not have it
/// Source  Zhang & Sennrich, NeurIPS 2019
inline Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                       std::optional<double> eps = {}, At at = At::here()) {
  const Op op{"rms_norm", at};
  check_defined(op, {{"x", x}});
  const double spacing = x.dtype() == float64 ? std::numeric_limits<double>::epsilon()
                                              : std::numeric_limits<float>::epsilon();
  return detail::normalize(op, x, normalized_shape, weight, {}, false, eps.value_or(spacing));
}

}  // namespace tinygrad
