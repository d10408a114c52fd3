// SPDX-License-Identifier: MIT
// Derivatives of functions of tensors as whole matrices: jacobian, hessian. And without forming a
// matrix: products with the Hessian (vhp, hvp), gradients for each sample of a batch.
#pragma once

#include <utility>
#include <vector>

#include "tinygrad/autograd/functional.hpp"
#include "tinygrad/kernels/movement/strided.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

struct JacobianOptions {
  bool create_graph = false;  ///< as in TransformOptions
  /// Column by column, with jvp, instead of row by row: cheaper where the inputs have fewer
  /// elements than the output.
  bool forward = false;
};

namespace detail {
// part, place and assemble make a matrix of its rows or columns, differentiably. The operations of
// ops/ are above this floor and cannot be used.
inline Tensor place(const Tensor& x, const Shape& shape, const kernels::Strided& window);

/// The part of x in the window, in any `shape` with as many elements.
inline Tensor part(const Tensor& x, const Shape& shape, const kernels::Strided& window) {
  const Op op{"part"};
  return record(op, kernels::strided_copy(op, x.array(), shape, window), {x}, save(),
                [whole = x.shape(), window](const Vjp& call) {
                  return grads(place(call.grad(), whole, window));
                });
}
/// The transpose of part: zeros of `shape`, with x in the window.
inline Tensor place(const Tensor& x, const Shape& shape, const kernels::Strided& window) {
  const Op op{"place"};
  return record(op, kernels::strided_place(op, x.array(), shape, window), {x}, save(),
                [small = x.shape(), window](const Vjp& call) {
                  return grads(part(call.grad(), small, window));
                });
}

enum class Lines { kRows, kColumns };

/// The matrix whose rows or columns are `lines` (n of them with m elements each, in any shape), in
/// a `shape` of n·m elements.
inline Tensor assemble(const std::vector<Tensor>& lines, Lines as, const Shape& shape,
                       Dtype dtype) {
  const Op op{"assemble"};
  if (lines.empty()) return Array::empty(shape, dtype, op);
  const auto n = static_cast<Index>(lines.size());
  const Index m = lines[0].numel();
  const bool rows = as == Lines::kRows;
  std::vector<Array> arrays;
  for (const Tensor& line : lines)
    arrays.push_back(line.array().reshaped(rows ? Shape{1, m} : Shape{m, 1}));
  Array matrix = kernels::concat(op, arrays, rows ? Shape{n, m} : Shape{m, n}, rows ? 0 : 1);
  return record_all(op, matrix.reshaped(shape), lines, save(),
                    [rows, n, m, one = lines[0].shape()](const Vjp& call) {
                      Grads out;
                      for (Index i = 0; i < n; ++i)
                        out.push_back(part(call.grad(), one,
                                           rows ? kernels::Strided{{m}, {1}, i * m}
                                                : kernels::Strided{{m}, {n}, i}));
                      return out;
                    });
}

/// Zeros with a one at element i.
inline Tensor unit(const Tensor& like, Index i) {
  const Array a = Array::zeros(like.shape(), like.dtype());
  dispatch_floating({"unit"}, a.dtype(), [&]<class T>(Type<T>) { a.data<T>()[i] = T{1}; });
  return a;
}

inline Shape joined(const Shape& a, const Shape& b) {
  Shape out = a;
  for (const Index size : b) out.push_back(size);
  return out;
}

/// ∂y/∂x of one run, whose graph is kept: the rows for each x, one backward for each element of y.
inline std::vector<Tensor> jacobian_rows(const Op& op, const Tensor& y,
                                         const std::vector<Tensor>& x, bool create_graph) {
  std::vector<std::vector<Tensor>> rows(x.size());
  for (Index i = 0; i < y.numel(); ++i) {
    const auto row =
        pull_back(op, {y}, x, {unit(y, i)}, {.retain_graph = true, .create_graph = create_graph});
    for (std::size_t k = 0; k < x.size(); ++k) rows[k].push_back(row[k]);
  }
  std::vector<Tensor> out(x.size());
  for (std::size_t k = 0; k < x.size(); ++k)
    if (x[k].requires_grad())
      out[k] = assemble(rows[k], Lines::kRows, joined(y.shape(), x[k].shape()), x[k].dtype());
  return out;
}

/// The same by columns: one backward through the backward for each element of x.
inline std::vector<Tensor> jacobian_columns(const Op& op, const Tensor& y,
                                            const std::vector<Tensor>& x, bool create_graph) {
  const Tensor u = zeros_of(y).requires_grad_();
  const std::vector<Tensor> g = pull_back(op, {y}, x, {u}, {.create_graph = true});
  std::vector<Tensor> out(x.size());
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (!x[k].requires_grad()) continue;
    std::vector<Tensor> columns;
    for (Index j = 0; j < x[k].numel(); ++j)
      columns.push_back(pull_back(op, {g[k]}, {u}, {unit(x[k], j)},
                                  {.retain_graph = true, .create_graph = create_graph})[0]);
    out[k] = assemble(columns, Lines::kColumns, joined(y.shape(), x[k].shape()), y.dtype());
  }
  return out;
}

inline void check_floating_output(const Op& op, const Tensor& y) {
  check_output(op, y);
  check<DtypeError>(is_floating(y.dtype()), op, "the function gave ", y.dtype(),
                    "; only floating results have derivatives");
}
}  // namespace detail

/// The Jacobian of f with respect to each input.
/// Shapes  f: inputs (a_i…) → y (b…); result[i] (b…, a_i…): result[i][k…, j…] = ∂y[k…]/∂x_i[j…]
/// Throws  ShapeError if b… and a_i… together have more than eight dims
/// Cost    one run of f; then a backward for each element of y, or with .forward a backward and,
///         for each element of the inputs, a backward of it. Nothing is batched
inline std::vector<Tensor> jacobian(const FunctionN& f, const std::vector<Tensor>& inputs,
                                    JacobianOptions options = {}, At at = At::here()) {
  const Op op{"jacobian", at};
  const EnableGradGuard enable;
  const auto x = detail::own_inputs(inputs, {options.create_graph});
  const Tensor y = f(x);
  detail::check_floating_output(op, y);
  return options.forward ? detail::jacobian_columns(op, y, x, options.create_graph)
                         : detail::jacobian_rows(op, y, x, options.create_graph);
}
/// The same for one input.
inline Tensor jacobian(const Function1& f, const Tensor& x, JacobianOptions options = {},
                       At at = At::here()) {
  return jacobian([&](const std::vector<Tensor>& in) { return f(in[0]); }, std::vector{x}, options,
                  at)[0];
}

Tensor jacobian(...) TINYGRAD_REFUSED("jacobian(f, x): f maps x, a tensor or a list, to a tensor");
Tensor hessian(...) TINYGRAD_REFUSED("hessian(f, x): f maps x, a tensor or a list, to one number");

/// The second derivatives of a function that gives a single element.
/// Shapes  f: inputs (a_i…) → one element; result[i][j] (a_i…, a_j…)
/// Throws  ShapeError unless f gives a single element
/// Cost    one run of f, a backward, and a backward of it for each element of the inputs
inline std::vector<std::vector<Tensor>> hessian(const FunctionN& f,
                                                const std::vector<Tensor>& inputs,
                                                TransformOptions options = {}, At at = At::here()) {
  const Op op{"hessian", at};
  const EnableGradGuard enable;
  const std::vector<Tensor> x = detail::own_inputs(inputs, options);
  const Tensor y = f(x);
  detail::check_scalar(op, y);
  const std::vector<Tensor> g = detail::pull_back(op, {y}, x, {Tensor()}, {.create_graph = true});
  std::vector<std::vector<Tensor>> out;
  for (const Tensor& gradient : g)
    out.push_back(gradient.defined() ? detail::jacobian_rows(op, gradient, x, options.create_graph)
                                     : std::vector<Tensor>(x.size()));
  return out;
}
/// The same for one input: (a…, a…).
inline Tensor hessian(const Function1& f, const Tensor& x, TransformOptions options = {},
                      At at = At::here()) {
  return hessian([&](const std::vector<Tensor>& in) { return f(in[0]); }, std::vector{x}, options,
                 at)[0][0];
}

/// vᵀ·H for the Hessian H of a function that gives a single element, without forming H.
/// Shapes  v[i] and result[i] as inputs[i]
/// Throws  ShapeError unless f gives a single element and v fits the inputs
/// Cost    one run of f and two backwards
inline std::vector<Tensor> vhp(const FunctionN& f, const std::vector<Tensor>& inputs,
                               const std::vector<Tensor>& v, TransformOptions options = {},
                               At at = At::here()) {
  const Op op{"vhp", at};
  detail::check_count(op, "vectors", v.size(), "inputs", inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (is_floating(inputs[i].dtype())) detail::check_direction(op, "v", v[i], "input", inputs[i]);
  const EnableGradGuard enable;
  const std::vector<Tensor> x = detail::own_inputs(inputs, options);
  const Tensor y = f(x);
  detail::check_scalar(op, y);
  const std::vector<Tensor> g = detail::pull_back(op, {y}, x, {Tensor()}, {.create_graph = true});
  return detail::pull_back(op, g, x, v, {.create_graph = options.create_graph});
}
/// The same for one input.
inline Tensor vhp(const Function1& f, const Tensor& x, const Tensor& v,
                  TransformOptions options = {}, At at = At::here()) {
  return vhp([&](const std::vector<Tensor>& in) { return f(in[0]); }, std::vector{x},
             std::vector{v}, options, at)[0];
}

/// H·v, computed as vᵀ·H. The two are equal because H is symmetric wherever f is twice continuously
/// differentiable.
inline std::vector<Tensor> hvp(const FunctionN& f, const std::vector<Tensor>& inputs,
                               const std::vector<Tensor>& v, TransformOptions options = {},
                               At at = At::here()) {
  return vhp(f, inputs, v, options, at);
}
inline Tensor hvp(const Function1& f, const Tensor& x, const Tensor& v,
                  TransformOptions options = {}, At at = At::here()) {
  return vhp(f, x, v, options, at);
}

/// The loss of some samples, given parameters.
using BatchLoss =
    std::function<Tensor(const std::vector<Tensor>& params, const std::vector<Tensor>& batch)>;

/// The gradient of the loss of each sample alone, with respect to each parameter. f sees batches of
/// one: the first dim stays, with size 1.
/// Shapes  each of batch (N, …), params[i] (a_i…) → result[i] (N, a_i…)
/// Throws  ShapeError unless all of batch have the same first size and f gives a single element
/// Cost    N runs of f and N backwards on batches of one: a loop, correct for every f
inline std::vector<Tensor> per_sample_grads(const BatchLoss& f, const std::vector<Tensor>& params,
                                            const std::vector<Tensor>& batch,
                                            TransformOptions options = {}, At at = At::here()) {
  const Op op{"per_sample_grads", at};
  check<ValueError>(!batch.empty(), op, "batch is empty; it needs at least one tensor");
  for (const Tensor& t : batch)
    check<ShapeError>(t.dim() > 0 && t.shape()[0] == batch[0].size(0), op, "batch holds ",
                      t.shape(), " beside ", batch[0].shape(),
                      "; the first dims must have the same size");
  const Index samples = batch[0].shape()[0];
  std::vector<std::vector<Tensor>> rows(params.size());
  for (Index n = 0; n < samples; ++n) {
    std::vector<Tensor> sample;
    for (const Tensor& t : batch) sample.emplace_back(t.array().rows(n, n + 1));
    const auto [loss, grads] = value_and_grad(
        [&](const std::vector<Tensor>& p) { return f(p, sample); }, params, options, at);
    for (std::size_t i = 0; i < params.size(); ++i) rows[i].push_back(grads[i]);
  }
  std::vector<Tensor> out(params.size());
  for (std::size_t i = 0; i < params.size(); ++i)
    if (is_floating(params[i].dtype()))
      out[i] = detail::assemble(rows[i], detail::Lines::kRows,
                                detail::joined({samples}, params[i].shape()), params[i].dtype());
  return out;
}

}  // namespace tinygrad
