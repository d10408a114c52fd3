// SPDX-License-Identifier: MIT
// Reads, writes and adds elements at positions along one dim, which an int64 tensor gives: gather,
// scatter, index_select and their relatives; take, put, one_hot, embedding.
#pragma once

#include <optional>
#include <string>

#include "tinygrad/kernels/movement/indexing.hpp"
#include "tinygrad/ops/checks.hpp"
#include "tinygrad/ops/creation/creation.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/comparison.hpp"
#include "tinygrad/ops/elementwise/operands.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/shape/movement.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// Values along a dim, and their positions along it (int64).
struct ValuesAndIndices {
  Tensor values, indices;
};

namespace detail {
// Throws unless every value of `index` is in [low, size). `of` names what it counts.
inline void check_index(const Op& op, const Tensor& index, Index size, const std::string& of,
                        const char* name = "index", Index low = 0) {
  check<DtypeError>(index.dtype() == int64, op, name, " is ", index.dtype(),
                    ", it must be int64; convert with to(", name, ", int64)");
  const Index bad = kernels::first_outside(index.array(), low, size);
  if (bad < 0) [[likely]]
    return;
  Shape position = index.shape();
  Index rest = bad;
  for (int dim = position.rank() - 1; dim >= 0; --dim) {
    position[dim] = rest % index.shape()[dim];
    rest /= index.shape()[dim];
  }
  fail<ValueError>(op, name, " holds ", index.data<Index>()[bad], " at ", position,
                   "; it must be in [", low, ", ", size, "), ", of);
}
inline std::string dim_of(const Tensor& x, int dim) {
  return str_cat("dim ", dim, " of x ", x.shape());
}
inline void check_index(const Op& op, const Tensor& x, int dim, const Tensor& index) {
  check_index(op, index, x.dim() ? x.shape()[dim] : 1, dim_of(x, dim));
}
// The index with positions from the end converted to positions from the front.
inline Tensor from_front(const Op& op, const Tensor& index, Index size, const std::string& of,
                         const char* name = "index") {
  check_index(op, index, size, of, name, -size);
  return kernels::wrap_negative(op, index.array(), size);
}

// A dim of x. A scalar counts as one value along dim 0.
inline int dim_or_scalar(const Op& op, const Tensor& x, Index dim) {
  return normalize_dim(op, dim, std::max(x.dim(), 1));
}

// Checks the index of gather and scatter against x. Returns the dim.
inline int check_gather(const Op& op, const Tensor& x, Index dim, const Tensor& index) {
  const int along = dim_or_scalar(op, x, dim);
  bool fits = index.dim() == x.dim();
  for (int i = 0; fits && i < x.dim(); ++i) fits = i == along || index.shape()[i] <= x.shape()[i];
  check<ShapeError>(fits, op, "index ", index.shape(), " does not fit x ", x.shape(),
                    "; it must have as many dims, and sizes up to x's except along dim ", along);
  check_index(op, x, along, index);
  return along;
}
inline int check_select(const Op& op, const Tensor& x, Index dim, const Tensor& index) {
  const int along = normalize_dim(op, dim, x.dim());
  check<ShapeError>(index.dim() == 1, op, "index ", index.shape(), " must have one dim");
  check_index(op, x, along, index);
  return along;
}

inline int check_scatter(const Op& op, const Tensor& x, Index dim, const Tensor& index,
                         const Tensor& source) {
  const int along = check_gather(op, x, dim, index);
  check<ShapeError>(source.shape() == index.shape(), op, "source ", source.shape(),
                    " must have the shape of index, ", index.shape());
  check_same_dtype(op, "source", source, "x", x);
  return along;
}
// Checks the arguments of index_add() and index_copy(). Returns the dim.
inline int check_rows(const Op& op, const Tensor& x, Index dim, const Tensor& index,
                      const Tensor& source) {
  const int along = check_select(op, x, dim, index);
  Shape shape = x.shape();
  shape[along] = index.numel();
  check<ShapeError>(source.shape() == shape, op, "source ", source.shape(), " must be ", shape,
                    ": x's shape with the length of index along dim ", along);
  check_same_dtype(op, "source", source, "x", x);
  return along;
}

// The ops below after all checks, under the caller's name. Those that write do so into `y`, which
// holds the values of x, or zeros if x is undefined.
inline Tensor scatter_add(const Op& op, Array y, const Tensor& x, int dim, const Tensor& index,
                          const Tensor& source);
inline Tensor index_add(const Op& op, Array y, const Tensor& x, int dim, const Tensor& index,
                        const Tensor& source);

inline Tensor gather(const Op& op, const Tensor& x, int dim, const Tensor& index) {
  return record(op, kernels::gather(op, x.array(), dim, index.array()), {x}, save(index),
                [dim, shape = x.shape(), dtype = x.dtype()](const Vjp& vjp, const Tensor& places) {
                  return grads(scatter_add({"scatter_add"}, Array::zeros(shape, dtype), {}, dim,
                                           places, vjp.grad()));
                });
}
inline Tensor scatter_add(const Op& op, Array y, const Tensor& x, int dim, const Tensor& index,
                          const Tensor& source) {
  kernels::scatter_add(op, y, dim, index.array(), source.array());
  return record(
      op, std::move(y), {x, source}, save(index), [dim](const Vjp& vjp, const Tensor& places) {
        return grads(vjp.grad(),
                     vjp.needs(1) ? gather({"gather"}, vjp.grad(), dim, places) : Tensor());
      });
}
inline Tensor scatter(const Op& op, const Tensor& x, int dim, const Tensor& index,
                      const Tensor& source);
inline Tensor scatter(const Op& op, Array y, const Tensor& x, int dim, const Tensor& index,
                      const Tensor& source) {
  kernels::scatter(y, dim, index.array(), source.array());
  return record(op, std::move(y), {x, source}, save(index),
                [dim](const Vjp& vjp, const Tensor& places) {
                  const Op in{"scatter"};
                  const Tensor& g = vjp.grad();
                  Tensor grad_x, grad_source;
                  if (vjp.needs(0))
                    grad_x = scatter(in, g, dim, places, zeros(places.shape(), g.dtype()));
                  if (vjp.needs(1)) {
                    const Tensor wins = kernels::scatter_wins(in, g.shape(), dim, places.array());
                    grad_source = where(wins, gather({"gather"}, g, dim, places), 0);
                  }
                  return grads(grad_x, grad_source);
                });
}

inline Tensor scatter(const Op& op, const Tensor& x, int dim, const Tensor& index,
                      const Tensor& source) {
  return scatter(op, x.array().copy(), x, dim, index, source);
}

inline Tensor index_select(const Op& op, const Tensor& x, int dim, const Tensor& index) {
  return record(op, kernels::index_select(op, x.array(), dim, index.array()), {x}, save(index),
                [dim, shape = x.shape(), dtype = x.dtype()](const Vjp& vjp, const Tensor& rows) {
                  return grads(index_add({"index_add"}, Array::zeros(shape, dtype), {}, dim, rows,
                                         vjp.grad()));
                });
}
inline Tensor index_add(const Op& op, Array y, const Tensor& x, int dim, const Tensor& index,
                        const Tensor& source) {
  kernels::index_add(op, y, dim, index.array(), source.array());
  return record(
      op, std::move(y), {x, source}, save(index), [dim](const Vjp& vjp, const Tensor& rows) {
        return grads(vjp.grad(), vjp.needs(1)
                                     ? index_select({"index_select"}, vjp.grad(), dim, rows)
                                     : Tensor());
      });
}

// The shape of one value for each position along a dim. It broadcasts to `shape`.
inline Shape column(Shape shape, int dim) {
  for (int i = 0; i < shape.rank(); ++i)
    if (i != dim) shape[i] = 1;
  return shape;
}

// x with values written or added at row-major positions (m).
inline Tensor put(const Op& op, const Array& y, const Tensor& x, const Tensor& places,
                  const Tensor& values, bool accumulate) {
  const Tensor flat = reshape(x, {x.numel()});
  const Array all = y.reshaped(flat.shape());
  return reshape(accumulate ? scatter_add(op, all, flat, 0, places, values)
                            : scatter(op, all, flat, 0, places, values),
                 x.shape());
}

inline Tensor index_copy(const Op& op, const Tensor& x, int dim, const Tensor& index,
                         const Tensor& source) {
  if (index.numel() == 0)  // adding no rows is copying none
    return index_add(op, x.array().copy(), x, dim, index, source);
  const Index n = x.shape()[dim];
  const Array from = Array::full({n}, -1, int64);  // for each row of y, its row of source
  kernels::scatter(from, 0, index.array(), tinygrad::arange(index.numel()).array());
  const Tensor written = ge(Tensor(from.reshaped(column(x.shape(), dim))), 0);
  return where(written, index_select(op, source, dim, maximum(Tensor(from), 0)), x, op.at);
}

// The value of index_fill(), and its rows, counted from the front.
struct RowFill {
  int dim;
  Tensor rows, number;

  RowFill(const Op& op, const Tensor& x, Index along, const Tensor& index, const Operand& value)
      : dim(normalize_dim(op, along, x.dim())) {
    check<ShapeError>(index.dim() == 1, op, "index ", index.shape(), " must have one dim");
    rows = from_front(op, index, x.shape()[dim], dim_of(x, dim));
    number = value.as(op, x.dtype(), "value");
    check<ShapeError>(number.dim() == 0, op, "value ", number.shape(), " must be a number or ()");
  }
  Tensor result(const Op& op, const Tensor& x) const {
    const Array filled = Array::zeros({x.shape()[dim]}, bool_);
    kernels::scatter(filled, 0, rows.array(), ones(rows.shape(), bool_).array());
    return where(filled.reshaped(column(x.shape(), dim)), number, x, op.at);
  }
};

// put() into y, which holds the values of x.
inline Tensor put_source(const Op& op, const Array& y, const Tensor& x, const Tensor& index,
                         const Tensor& source, bool accumulate) {
  const Tensor places = from_front(op, index, x.numel(), str_cat("the elements of x ", x.shape()));
  check<ShapeError>(source.shape() == index.shape(), op, "source ", source.shape(),
                    " must have the shape of index, ", index.shape());
  check_same_dtype(op, "source", source, "x", x);
  const Index n = places.numel();
  return put(op, y, x, reshape(places, {n}), reshape(source, {n}), accumulate);
}
}  // namespace detail

/// One element of x for each element of the index, which replaces the position along `dim`: y[i, j]
/// = x[i, index[i, j]] for dim 1.
/// Shapes  x (…), index (…) int64 with as many dims, none larger except `dim` → y (index)
/// Grad    grad_x = scatter_add(0, dim, index, grad_y)
/// Saves   index
/// Throws  ValueError for an index out of range (a negative one too)
inline Tensor gather(const Tensor& x, Index dim, const Tensor& index, At at = At::here()) {
  const Op op{"gather", at};
  check_defined(op, {{"x", x}, {"index", index}});
  const int along = detail::check_gather(op, x, dim, index);
  return detail::gather(op, x, along, index);
}

/// x with source added at the positions that gather() reads: y[i, index[i, j]] += source[i, j] for
/// dim 1. Repeated positions are summed in the order of the index.
/// Shapes  x (…), index and source (…) as in gather → y (x)
/// Grad    grad_x = grad_y, grad_source = gather(grad_y, dim, index)
/// Saves   index
/// Throws  ShapeError if source and index differ; ValueError for an index out of range
inline Tensor scatter_add(const Tensor& x, Index dim, const Tensor& index, const Tensor& source,
                          At at = At::here()) {
  const Op op{"scatter_add", at};
  check_defined(op, {{"x", x}, {"index", index}, {"source", source}});
  const int along = detail::check_scatter(op, x, dim, index, source);
  return detail::scatter_add(op, x.array().copy(), x, along, index, source);
}

/// x with source written at the positions that gather() reads: y[i, index[i, j]] = source[i, j] for
/// dim 1. Of several values for one position, the last one in the order of the index stays.
/// Shapes  x (…), index and source (…) as in gather → y (x)
/// Grad    grad_x = grad_y, 0 at the positions written; grad_source = gather(grad_y, dim, index), 0
///         for overwritten values (PyTorch leaves repeated positions undefined)
/// Saves   index
/// Throws  ShapeError if source and index differ; ValueError for an index out of range
inline Tensor scatter(const Tensor& x, Index dim, const Tensor& index, const Tensor& source,
                      At at = At::here()) {
  const Op op{"scatter", at};
  check_defined(op, {{"x", x}, {"index", index}, {"source", source}});
  const int along = detail::check_scatter(op, x, dim, index, source);
  return detail::scatter(op, x, along, index, source);
}
/// scatter() of one number to all positions.
inline Tensor scatter(const Tensor& x, Index dim, const Tensor& index, Scalar value,
                      At at = At::here()) {
  const Op op{"scatter", at};
  check_defined(op, {{"x", x}, {"index", index}});
  const int along = detail::check_gather(op, x, dim, index);
  return detail::scatter(op, x, along, index, Array::full(index.shape(), value, x.dtype(), op));
}

/// Rows of x along a dim, in the order of the index.
/// Shapes  x (a…, n, b…), index (m) int64 → y (a…, m, b…)
/// Grad    grad_x = index_add(0, dim, index, grad_y)
/// Saves   index
/// Throws  ValueError for an index out of range (a negative one too)
inline Tensor index_select(const Tensor& x, Index dim, const Tensor& index, At at = At::here()) {
  const Op op{"index_select", at};
  check_defined(op, {{"x", x}, {"index", index}});
  const int along = detail::check_select(op, x, dim, index);
  return detail::index_select(op, x, along, index);
}

/// x with the rows of source added at the rows that the index names. Repeated rows are summed in
/// order.
/// Shapes  x (a…, n, b…), index (m) int64, source (a…, m, b…) → y (x)
/// Grad    grad_x = grad_y, grad_source = index_select(grad_y, dim, index)
/// Saves   index
/// Throws  ShapeError if source does not fit; ValueError for an index out of range
inline Tensor index_add(const Tensor& x, Index dim, const Tensor& index, const Tensor& source,
                        At at = At::here()) {
  const Op op{"index_add", at};
  check_defined(op, {{"x", x}, {"index", index}, {"source", source}});
  const int along = detail::check_rows(op, x, dim, index, source);
  return detail::index_add(op, x.array().copy(), x, along, index, source);
}

/// x with the rows that the index names replaced by those of source. Of several for one row, the
/// last one stays.
/// Shapes  x (a…, n, b…), index (m) int64, source (a…, m, b…) → y (x)
/// Grad    grad_x = grad_y, 0 in the rows written; grad_source = the rows of grad_y that the index
///         names, 0 for overwritten rows
/// Throws  ShapeError if source does not fit; ValueError for an index out of range
inline Tensor index_copy(const Tensor& x, Index dim, const Tensor& index, const Tensor& source,
                         At at = At::here()) {
  const Op op{"index_copy", at};
  check_defined(op, {{"x", x}, {"index", index}, {"source", source}});
  const int along = detail::check_rows(op, x, dim, index, source);
  return detail::index_copy(op, x, along, index, source);
}

/// x with the rows that the index names filled with one value.
/// Shapes  x (a…, n, b…), index (m) int64, value a number or () → y (x)
/// Grad    grad_x = grad_y, 0 in the rows filled; grad_value = Σ of grad_y over them
/// Throws  ValueError for an index outside [-n, n)
inline Tensor index_fill(const Tensor& x, Index dim, const Tensor& index, const Operand& value,
                         At at = At::here()) {
  const Op op{"index_fill", at};
  check_defined(op, {{"x", x}, {"index", index}});
  return detail::RowFill(op, x, dim, index, value).result(op, x);
}

/// The elements of x at row-major positions: y = x.flatten()[index].
/// Shapes  x (…), index (…) int64 → y (index)
/// Grad    grad_x = grad_y added at the positions
/// Saves   index
/// Throws  ValueError for an index outside [-n, n), n = the number of elements of x
inline Tensor take(const Tensor& x, const Tensor& index, At at = At::here()) {
  const Op op{"take", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"index", index}});
  const Tensor places =
      detail::from_front(op, index, x.numel(), str_cat("the elements of x ", x.shape()));
  const Tensor y =
      detail::index_select(op, reshape(x, {x.numel()}), 0, reshape(places, {index.numel()}));
  return reshape(y, index.shape());
}

/// x with the values of source written (added if `accumulate`) at row-major positions. Of several
/// values for one position, the last one stays.
/// Shapes  x (…), index (…) int64, source (index) → y (x)
/// Grad    grad_x = grad_y, 0 at the positions written; grad_source = take(grad_y, index), 0 for
///         overwritten values
/// Throws  ValueError for an index outside [-n, n), n = the number of elements of x
inline Tensor put(const Tensor& x, const Tensor& index, const Tensor& source,
                  bool accumulate = false, At at = At::here()) {
  const Op op{"put", at};
  check_defined(op, {{"x", x}, {"index", index}, {"source", source}});
  return detail::put_source(op, x.array().copy(), x, index, source, accumulate);
}

/// gather() with x and index broadcast against each other along the other dims. Without a dim both
/// are flattened. It accepts results of argsort() and argmax(…, keepdims).
/// Shapes  x (…), index (…) int64 with as many dims → y (broadcast; along `dim` as index)
/// Grad    as gather
/// Throws  ShapeError if they do not broadcast; ValueError for an index outside [-n, n)
inline Tensor take_along_dim(const Tensor& x, const Tensor& index, std::optional<Index> dim = {},
                             At at = At::here()) {
  const Op op{"take_along_dim", at};
  const CalledAs called(op);
  check_defined(op, {{"x", x}, {"index", index}});
  if (!dim) return take_along_dim(reshape(x, {x.numel()}), reshape(index, {index.numel()}), 0, at);
  const int along = normalize_dim(op, *dim, x.dim());
  check<ShapeError>(index.dim() == x.dim(), op, "index ", index.shape(),
                    " must have as many dims as x ", x.shape());
  const Tensor places = detail::from_front(op, index, x.shape()[along], detail::dim_of(x, along));
  Shape around_x = x.shape(), around_index = index.shape();
  around_x[along] = around_index[along] = 1;
  Shape from = broadcast_shapes(op, around_x, around_index), to = from;
  from[along] = x.shape()[along];
  to[along] = index.shape()[along];
  return detail::gather(op, expand(x, from), along, expand(places, to));
}

/// Class numbers as rows with one 1 each. No gradient.
/// Shapes  labels (…) int64 → y (…, K), K = classes
/// Throws  ValueError for a label outside [0, classes)
inline Tensor one_hot(const Tensor& labels, Index classes, Dtype dtype = float32,
                      At at = At::here()) {
  const Op op{"one_hot", at};
  check<ValueError>(classes > 0, op, "classes=", classes, " must be at least 1");
  detail::check_index(op, labels, classes, "the classes", "labels");
  Shape shape = labels.shape();
  shape.push_back(classes);
  check_sizes(op, shape);
  const Array y = Array::zeros(shape, dtype);
  const Index* label = labels.data<Index>();
  dispatch(dtype, [&]<class T>(Type<T>) {
    T* out = y.data<T>();
    for (Index i = 0; i < labels.numel(); ++i) out[i * classes + label[i]] = T{1};
  });
  return y;
}

/// Rows of a table: y[i…] = weight[indices[i…]].
/// Shapes  weight (K, F), indices (…) int64 → y (…, F)
/// Grad    grad_weight = Σ of grad_y over the uses of each row; 0 in row `padding_idx`, which may
///         count from the end
/// Saves   indices
/// Throws  ShapeError unless weight has two dims; ValueError for an index outside [0, K)
/// Cost    backward: fills grad_weight with zeros once, then works on the used rows only
inline Tensor embedding(const Tensor& weight, const Tensor& indices,
                        std::optional<Index> padding_idx = {}, At at = At::here()) {
  const Op op{"embedding", at};
  const CalledAs called(op);
  check_defined(op, {{"weight", weight}, {"indices", indices}});
  check<ShapeError>(weight.dim() == 2, op, "weight ", weight.shape(), " must be (rows, features)");
  const Index rows = weight.shape()[0], features = weight.shape()[1];
  detail::check_index(op, indices, rows, str_cat("the rows of weight ", weight.shape()), "indices");
  const Index padding = padding_idx.value_or(0);
  check<ValueError>(!padding_idx || (-rows <= padding && padding < rows), op,
                    "padding_idx=", padding, " must be in [", -rows, ", ", rows,
                    "), the rows of weight ", weight.shape());
  const Tensor flat = reshape(indices, {indices.numel()});
  Shape shape = indices.shape();
  shape.push_back(features);
  return record(
      op, kernels::index_select(op, weight.array(), 0, flat.array()).reshaped(shape), {weight},
      save(flat),
      [from = weight.shape(), dtype = weight.dtype(), skips = padding_idx.has_value(),
       skipped = padding < 0 ? padding + rows : padding](const Vjp& vjp, const Tensor& touched) {
        Tensor grad_rows = reshape(vjp.grad(), {touched.numel(), from[1]});
        if (skips) grad_rows = where(unsqueeze(ne(touched, skipped), 1), grad_rows, 0);
        return grads(
            detail::index_add({"index_add"}, Array::zeros(from, dtype), {}, 0, touched, grad_rows));
      });
}

}  // namespace tinygrad
