// SPDX-License-Identifier: MIT
// Reading and adding at positions given by a tensor of int64: gather and index_select, their
// transposes scatter_add and index_add, and one_hot.
#pragma once

#include <string>

#include "tinygrad/autograd/record.hpp"
#include "tinygrad/kernels/indexing.hpp"

namespace tinygrad {

inline Tensor gather(const Tensor& x, Index axis, const Tensor& index, At at = At::here());
inline Tensor index_select(const Tensor& x, Index axis, const Tensor& index, At at = At::here());

namespace detail {
// Every value of `index` is in [0, size); `of` says what it counts.
inline void check_index(const Op& op, const Tensor& index, Index size, const std::string& of,
                        const char* name = "index") {
  check<DtypeError>(index.dtype() == int64, op, name, " is ", index.dtype(), ", it must be int64");
  const Index* values = index.data<Index>();
  for (Index i = 0; i < index.numel(); ++i) {
    if (0 <= values[i] && values[i] < size) [[likely]]
      continue;
    Shape position = index.shape();
    for (Index rest = i, axis = position.rank() - 1; axis >= 0; --axis) {
      const int a = static_cast<int>(axis);
      position[a] = rest % index.shape()[a];
      rest /= index.shape()[a];
    }
    fail<ValueError>(op, name, " holds ", values[i], " at ", position, "; it must be in [0, ", size,
                     "), ", of);
  }
}
inline void check_index(const Op& op, const Tensor& x, int axis, const Tensor& index) {
  check_index(op, index, x.shape()[axis], concat("axis ", axis, " of x ", x.shape()));
}

// What gather and scatter_add want of the index beside x; returns the axis.
inline int check_gather(const Op& op, const Tensor& x, Index axis, const Tensor& index) {
  const int along = normalize_axis(op, axis, x.dim());
  bool fits = index.dim() == x.dim();
  for (int i = 0; fits && i < x.dim(); ++i) fits = i == along || index.shape()[i] <= x.shape()[i];
  check<ShapeError>(fits, op, "index ", index.shape(), " does not fit x ", x.shape(),
                    "; it must have as many axes, and sizes up to x's except along axis ", along);
  check_index(op, x, along, index);
  return along;
}
inline int check_select(const Op& op, const Tensor& x, Index axis, const Tensor& index) {
  const int along = normalize_axis(op, axis, x.dim());
  check<ShapeError>(index.dim() == 1, op, "index ", index.shape(), " must have one axis");
  check_index(op, x, along, index);
  return along;
}

// scatter_add() and index_add() into `y`, which holds x's values, or zeros where x is undefined.
inline Tensor scatter_add(const Op& op, Array y, const Tensor& x, int axis, const Tensor& index,
                          const Tensor& source) {
  kernels::scatter_add(op, y, axis, index.array(), source.array());
  return record(
      op, std::move(y), {x, source}, save(index), [axis](const Vjp& vjp, const Tensor& positions) {
        return grads(vjp.grad(), vjp.needs(1) ? gather(vjp.grad(), axis, positions) : Tensor());
      });
}
inline Tensor index_add(const Op& op, Array y, const Tensor& x, int axis, const Tensor& index,
                        const Tensor& source) {
  kernels::index_add(op, y, axis, index.array(), source.array());
  return record(op, std::move(y), {x, source}, save(index),
                [axis](const Vjp& vjp, const Tensor& positions) {
                  return grads(vjp.grad(),
                               vjp.needs(1) ? index_select(vjp.grad(), axis, positions) : Tensor());
                });
}
}  // namespace detail

/// One element of x for each element of the index, which replaces the position along `axis`:
/// y[i, j] = x[i, index[i, j]] for axis 1.
/// Shapes  x (…), index (…) int64 with as many axes, none larger except `axis` → y (index)
/// Grad    grad_x = scatter_add(0, axis, index, grad_y)
/// Saves   index
/// Throws  ValueError for an index out of range (a negative one too)
inline Tensor gather(const Tensor& x, Index axis, const Tensor& index, At at) {
  const Op op{"gather", at};
  const int along = detail::check_gather(op, x, axis, index);
  return record(
      op, kernels::gather(op, x.array(), along, index.array()), {x}, save(index),
      [along, shape = x.shape(), dtype = x.dtype()](const Vjp& vjp, const Tensor& positions) {
        return grads(detail::scatter_add({"scatter_add"}, Array::zeros(shape, dtype), {}, along,
                                         positions, vjp.grad()));
      });
}

/// x with source added at the places gather() would read: y[i, index[i, j]] += source[i, j] for
/// axis 1. Repeated places add up, in the order of the index.
/// Shapes  x (…), index and source (…) as in gather → y (x)
/// Grad    grad_x = grad_y, grad_source = gather(grad_y, axis, index)
/// Saves   index
/// Throws  ShapeError if source and index differ; ValueError for an index out of range
inline Tensor scatter_add(const Tensor& x, Index axis, const Tensor& index, const Tensor& source,
                          At at = At::here()) {
  const Op op{"scatter_add", at};
  const int along = detail::check_gather(op, x, axis, index);
  check<ShapeError>(source.shape() == index.shape(), op, "source ", source.shape(),
                    " must have the shape of index, ", index.shape());
  check<DtypeError>(source.dtype() == x.dtype(), op, "source is ", source.dtype(), ", x is ",
                    x.dtype(), "; convert with to(x, dtype)");
  return detail::scatter_add(op, x.array().copy(), x, along, index, source);
}

/// Rows of x along an axis, in the order of the index.
/// Shapes  x (a…, n, b…), index (m) int64 → y (a…, m, b…)
/// Grad    grad_x = index_add(0, axis, index, grad_y)
/// Saves   index
/// Throws  ValueError for an index out of range (a negative one too)
inline Tensor index_select(const Tensor& x, Index axis, const Tensor& index, At at) {
  const Op op{"index_select", at};
  const int along = detail::check_select(op, x, axis, index);
  return record(
      op, kernels::index_select(op, x.array(), along, index.array()), {x}, save(index),
      [along, shape = x.shape(), dtype = x.dtype()](const Vjp& vjp, const Tensor& positions) {
        return grads(detail::index_add({"index_add"}, Array::zeros(shape, dtype), {}, along,
                                       positions, vjp.grad()));
      });
}

/// x with the rows of source added at the rows the index names; repeated ones add up, in order.
/// Shapes  x (a…, n, b…), index (m) int64, source (a…, m, b…) → y (x)
/// Grad    grad_x = grad_y, grad_source = index_select(grad_y, axis, index)
/// Saves   index
/// Throws  ShapeError if source does not fit; ValueError for an index out of range
inline Tensor index_add(const Tensor& x, Index axis, const Tensor& index, const Tensor& source,
                        At at = At::here()) {
  const Op op{"index_add", at};
  const int along = detail::check_select(op, x, axis, index);
  Shape shape = x.shape();
  shape[along] = index.numel();
  check<ShapeError>(source.shape() == shape, op, "source ", source.shape(), " must be ", shape,
                    ": x's shape with the length of index along axis ", along);
  check<DtypeError>(source.dtype() == x.dtype(), op, "source is ", source.dtype(), ", x is ",
                    x.dtype(), "; convert with to(x, dtype)");
  return detail::index_add(op, x.array().copy(), x, along, index, source);
}

/// Class numbers as rows with a single 1. No gradient.
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

}  // namespace tinygrad
