// SPDX-License-Identifier: MIT
// Tensor: a cheap handle to an Array that can take part in differentiation. No operations live
// here; they are free functions in ops/.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "tinygrad/autograd/grad_mode.hpp"
#include "tinygrad/core/array.hpp"

namespace tinygrad {

class Node;
class Tensor;
void release(Node* node) noexcept;
std::atomic<std::uint32_t>& ref_count(Node* node);

/// What backward() and grad() do besides computing gradients.
struct BackwardOptions {
  bool retain_graph = false;  ///< keep the saved values, so that backward can run again
  bool create_graph = false;  ///< record the backward pass too, so that it can be differentiated
};

/// A function of tensors, as the transforms and the gradient checkers take it.
using TensorFunction = std::function<Tensor(const std::vector<Tensor>&)>;

/// Called with the gradient of a tensor once it is complete. What it returns replaces the gradient;
/// an undefined tensor leaves it as it is.
using TensorHook = std::function<Tensor(const Tensor& grad)>;

/// Removes a hook; a hook that nobody removes stays as long as its tensor's graph.
class HookHandle {
 public:
  HookHandle() = default;
  explicit HookHandle(std::shared_ptr<TensorHook> hook) : hook_(std::move(hook)) {}
  void remove() {
    if (hook_) *hook_ = nullptr;
  }

 private:
  std::shared_ptr<TensorHook> hook_;
};

namespace detail {
/// What becomes of a gradient besides going on: a hook is called with it, or it is kept in a place.
struct Watch {
  std::uint32_t output;  // of a node
  std::shared_ptr<TensorHook> hook;
  std::shared_ptr<Tensor> place;
};

struct TensorImpl {
  explicit TensorImpl(Array values) : array(std::move(values)) {}
  std::atomic<std::uint32_t> refs{1};
  Array array;
  bool requires_grad =
      false;                  // of a leaf; other tensors need gradients because they have a grad_fn
  std::uint32_t output = 0;   // which output of grad_fn this is
  std::uint32_t version = 0;  // of the array's values that grad_fn made
  Ref<Node> grad_fn;
  Ref<TensorImpl> grad;
  std::vector<Watch> watches;  // hooks of a leaf, or the place that retain_grad() made

  const Tensor* retained() const {
    for (const Watch& watch : watches)
      if (watch.place) return watch.place.get();
    return nullptr;
  }
};
inline void release(TensorImpl* impl) noexcept { delete impl; }
}  // namespace detail

/// A value of the computation: shape, dtype, numbers, and, if it was computed from something that
/// requires a gradient, the node of the tape that made it. Copies are handles to the same tensor.
class Tensor {
 public:
  /// An undefined tensor, like a null pointer: defined() is false.
  Tensor() = default;
  /// A leaf that shares `array`.
  Tensor(Array array)  // NOLINT: implicit, so that data flows into operations as it is
      : impl_(array.defined() ? Impl::adopt(new detail::TensorImpl(std::move(array))) : Impl()) {}
  /// The values of an xtensor expression, computed now.
  template <XtensorExpression E> explicit Tensor(const E& expression)
      : Tensor(Array::evaluate(expression)) {}
  /// Memory of the user's, or a row-major xtensor container, without a copy: see Array::wrap.
  template <class... Args> static Tensor wrap(Args&&... args) {
    return Tensor(Array::wrap(std::forward<Args>(args)...));
  }

  bool defined() const { return static_cast<bool>(impl_); }
  const Array& array() const {
    check<GraphError>(defined(), {"tensor"}, "the tensor is undefined; it was never given a value");
    return impl_->array;
  }

  const Shape& shape() const { return array().shape(); }
  int dim() const { return shape().rank(); }
  Index numel() const { return array().count(); }
  /// The size of one axis, which may count from the end.
  Index size(Index axis, At at = At::here()) const {
    return shape()[normalize_axis({"size", at}, axis, dim())];
  }
  Dtype dtype() const { return array().dtype(); }

  /// The one value of a tensor with one element.
  template <class T = double> T item() const { return array().item<T>(); }
  /// The values as an xtensor expression, without a copy. The tensor must outlive it.
  template <Element T> auto view() const { return array().view<T>(); }
  template <Element T> T* data() const { return array().data<T>(); }

  bool is_leaf() const { return !impl_ || !impl_->grad_fn; }
  /// True if gradients flow through this tensor.
  bool requires_grad() const { return impl_ && (impl_->requires_grad || impl_->grad_fn); }
  /// Asks for gradients of a leaf (or freezes it). Returns the tensor.
  Tensor& requires_grad_(bool on = true, At at = At::here()) {
    const Op op{"requires_grad_", at};
    check<GraphError>(is_leaf(), op,
                      "only a leaf can be switched; use detach() to leave the graph");
    check<DtypeError>(!on || is_floating(dtype()), op, "only floating tensors have gradients, not ",
                      dtype());
    impl_->requires_grad = on;
    return *this;
  }

  /// The gradient that backward() accumulated into this leaf; undefined before.
  Tensor grad() const {
    if (!impl_) return {};
    const Tensor* retained = impl_->retained();
    return retained ? *retained : Tensor(impl_->grad);
  }
  void set_grad(const Tensor& grad, At at = At::here()) const {
    check<ShapeError>(!grad.defined() || grad.shape() == shape(), {"set_grad", at}, "grad ",
                      grad.defined() ? grad.shape() : Shape(), " must have the shape ", shape());
    impl_->grad = grad.impl_;
  }
  /// Forgets the gradient. The next backward() writes a new one.
  void zero_grad() const {
    if (impl_) impl_->grad = {};
  }

  /// Calls `hook` with this tensor's gradient in every backward that reaches it, when all paths
  /// have added to it and before it is handed on. Throws GraphError if no gradient will come.
  HookHandle register_hook(TensorHook hook, At at = At::here()) const;
  /// Has backward() keep the gradient of a tensor that is not a leaf in grad(); no effect on
  /// leaves.
  void retain_grad(At at = At::here()) const;

  /// The node that made this tensor; null for a leaf.
  const Ref<Node>& grad_fn() const {
    static const Ref<Node> none;
    return impl_ ? impl_->grad_fn : none;
  }
  /// Which of the node's outputs this is.
  std::uint32_t output_index() const { return impl_ ? impl_->output : 0; }

  /// The same values outside the graph.
  Tensor detach() const { return Tensor(array()); }
  /// Puts other values, of any shape and dtype, behind this leaf and all handles to it; forgets its
  /// gradient.
  void set_data(Array array, At at = At::here()) {
    check<GraphError>(is_leaf(), {"set_data", at}, "only a leaf's values can be exchanged");
    impl_->array = std::move(array);
    impl_->grad = {};
  }
  /// Overwrites the values of this tensor. A leaf that requires a gradient must be under
  /// NoGradGuard.
  Tensor& copy_(const Tensor& source, At at = At::here());

  /// Accumulates d(this)/d(leaf) into the grad of every leaf this was computed from. `grad` is the
  /// gradient of what comes after; a tensor with one element needs none (it is 1).
  void backward(const Tensor& grad = {}, BackwardOptions options = {}, At at = At::here()) const;

  /// Throws GraphError if the values were overwritten, through another tensor that shares the
  /// memory, after grad_fn made them: it no longer describes them.
  void check_history(const Op& op) const {
    check<GraphError>(!impl_ || !impl_->grad_fn || impl_->array.version() == impl_->version, op,
                      "an input of shape ", impl_ ? shape() : Shape(), " was overwritten by ",
                      impl_ ? impl_->array.writer() : "",
                      " through another tensor that shares its memory, so its history no longer "
                      "describes its values; copy it before, with clone()");
  }
  /// Gives this tensor the values and the history of `result`: the one step of all in-place ops.
  /// Others that share the memory see the values too.
  Tensor& overwrite(const Op& op, const Tensor& result);
  /// What overwrite() asks of this tensor beforehand, for ops that write its memory themselves.
  /// Gives the place of the version that its history describes.
  std::uint32_t& check_overwrite(const Op& op) const;
  /// The same values and history in memory of its own, for an op that saves what it overwrites.
  Tensor original() const {
    Tensor copy(array().copy());
    copy.impl_->requires_grad = impl_->requires_grad;
    copy.impl_->grad_fn = impl_->grad_fn;
    copy.impl_->output = impl_->output;
    copy.impl_->version = copy.array().version();
    return copy;
  }

  /// Same tensor, not equal values.
  bool is(const Tensor& other) const { return impl_ == other.impl_; }
  const void* id() const { return impl_.get(); }

 private:
  friend class Saved;
  friend class Engine;
  friend class Vjp;
  friend struct Edge;
  friend Tensor output_of(Array array, Ref<Node> node, std::uint32_t index);
  using Impl = Ref<detail::TensorImpl>;

  explicit Tensor(Impl impl) : impl_(std::move(impl)) {}
  Impl impl_;
};

inline std::uint32_t& Tensor::check_overwrite(const Op& op) const {
  check<GraphError>(!is_leaf() || !requires_grad() || !grad_enabled(), op,
                    "would overwrite a leaf that requires a gradient; put it under NoGradGuard");
  check_history(op);
  return impl_->version;
}

inline Tensor& Tensor::overwrite(const Op& op, const Tensor& result) {
  check_overwrite(op);
  check<ShapeError>(result.shape() == shape(), op, "the result has shape ", result.shape(),
                    ", which does not fit into ", shape());
  check<DtypeError>(result.dtype() == dtype(), op, "the result is ", result.dtype(),
                    ", which does not fit into ", dtype());
  if (result.array().same_as(array())) {
    // it was computed in place
  } else if (impl_->array.unique() && !result.array().foreign()) {
    impl_->array = result.array();  // nobody else sees the memory
  } else if (array().bytes()) {
    std::memmove(array().raw(), result.array().raw(), array().bytes());
    array().bump_version(op.name);
  }
  if (grad_enabled()) {
    impl_->grad_fn = result.grad_fn();
    impl_->output = result.output_index();
  }
  impl_->version = array().version();
  return *this;
}

inline Tensor& Tensor::copy_(const Tensor& source, At at) {
  const Op op{"copy_", at};
  check<GraphError>(!requires_grad() || !grad_enabled(), op,
                    "would overwrite a tensor that requires a gradient; put it under NoGradGuard");
  check<ShapeError>(source.shape() == shape(), op, "source ", source.shape(),
                    " must have the shape ", shape());
  check<DtypeError>(source.dtype() == dtype(), op, "source is ", source.dtype(), ", not ", dtype());
  if (array().bytes()) std::memmove(array().raw(), source.array().raw(), array().bytes());
  array().bump_version("copy_");
  return *this;
}

/// Prints the values, then shape and dtype, then the op that made it.
template <class Stream>
requires std::derived_from<Stream, std::ostream> Stream& operator<<(Stream& out, const Tensor& t) {
  if (!t.defined()) {
    out << "undefined";
    return out;
  }
  out << t.array();
  if (t.requires_grad()) out << (t.is_leaf() ? "  requires_grad" : "  has grad_fn");
  return out;
}

}  // namespace tinygrad
