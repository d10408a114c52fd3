// SPDX-License-Identifier: MIT
// Tensor: a handle to an Array that can take part in differentiation. Copies of a handle are cheap
// and share one tensor. Operations are free functions in ops/.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "tinygrad/autograd/grad_mode.hpp"
#include "tinygrad/autograd/hook_handle.hpp"
#include "tinygrad/core/print.hpp"
#include "tinygrad/core/refuse.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

class Node;
class Tensor;
struct BackwardOptions;
class IndexItem;
class Indexed;
void release(Node* node) noexcept;
std::atomic<std::uint32_t>& ref_count(Node* node);

/// A function of a list of tensors. The transforms and the gradient checkers take it.
using FunctionN = std::function<Tensor(const std::vector<Tensor>&)>;

/// Called with the gradient of a tensor once it is complete. Its result replaces the gradient; an
/// undefined result leaves the gradient unchanged.
using TensorHook = std::function<Tensor(const Tensor& grad)>;

namespace detail {
/// The slot in which retain_grad() keeps a gradient.
using GradPlace = std::shared_ptr<Tensor>;

/// A hook on a gradient, or the slot that retain_grad() fills. The tensor owns the slot: if the
/// node did, a gradient that is on the tape would keep its own node alive.
struct Watch {
  std::uint32_t output;  // of a node
  std::shared_ptr<TensorHook> hook;
  std::weak_ptr<Tensor> place;
};

/// Throws the error of a tensor that has no value. The user's line called its member, or an op did;
/// the error then names the op.
[[noreturn, gnu::noinline, gnu::cold]] inline void refuse_undefined(const char* member, At at) {
  const Op op = Op{member, at, 0}.or_latest();
  if (at.is_users()) fail<GraphError>(op, "the tensor is undefined; it was never given a value");
  fail<GraphError>(op,
                   "an operand is undefined, a tensor without a value; if it is a grad(): no "
                   "backward has reached the leaf");
}

struct TensorImpl {
  explicit TensorImpl(Array values) : array(std::move(values)) {}
  std::atomic<std::uint32_t> refs{1};
  Array array;
  bool requires_grad = false;  // of a leaf; a tensor with a grad_fn needs gradients anyway
  std::uint32_t output = 0;    // which output of grad_fn this is
  std::uint32_t version = 0;   // of the array's values that grad_fn made
  Ref<Node> grad_fn;
  Ref<TensorImpl> grad;
  std::vector<Watch> watches;  // hooks of a leaf
  GradPlace retained;          // of a tensor that is no leaf
};
inline void release(TensorImpl* impl) noexcept { delete impl; }

/// What x[…] refuses: one item, or a list in braces, that is no index.
struct NoIndex {
  template <class... T>
  requires(!(std::is_convertible_v<const T&, IndexItem> && ...))
      NoIndex(const T&...);  // NOLINT: implicit
};

// The target of an undefined tensor's grad_fn(). Not a static of a function: a fork() during its
// first use would leave the lock of that static locked in the child.
inline constinit const Ref<Node> no_node;
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
  template <XtensorExpression E>
  requires std::is_convertible_v<typename E::value_type, double>
  explicit Tensor(const E& expression) : Tensor(Array::evaluate(expression)) {}
  template <class = void> explicit Tensor(...) TINYGRAD_REFUSED("see tensor(), zeros()");
  /// Memory of the user's, or a row-major xtensor container, without a copy: see Array::wrap.
  template <class... Args>
  requires requires(Args&&... args) { Array::wrap(std::forward<Args>(args)...); }
  static Tensor wrap(Args&&... args) { return Tensor(Array::wrap(std::forward<Args>(args)...)); }
  static Tensor wrap(...) TINYGRAD_REFUSED("wrap(pointer, shape), wrap(row-major container)");

  bool defined() const { return static_cast<bool>(impl_); }
  // These throw GraphError if the tensor is undefined, with the user's line, or, if an op reads its
  // argument, with that op.

  const Array& array(At at = At::here()) const { return impl("array", at)->array; }

  const Shape& shape(At at = At::here()) const { return impl("shape", at)->array.shape(); }
  int dim(At at = At::here()) const { return impl("dim", at)->array.rank(); }
  Index numel(At at = At::here()) const { return impl("numel", at)->array.count(); }
  /// The size of one dim, which may count from the end.
  Index size(Index dim, At at = At::here()) const {
    const Shape& sizes = impl("size", at)->array.shape();
    return sizes[normalize_dim({"size", at, 0}, dim, sizes.rank())];
  }
  Dtype dtype(At at = At::here()) const { return impl("dtype", at)->array.dtype(); }

  /// The one value of a tensor with one element.
  template <class T = double>
  requires std::is_arithmetic_v<T> T item(At at = At::here())
  const { return impl("item", at)->array.item<T>(at); }
  template <class T>
  requires(!std::is_arithmetic_v<T>) T item(At = At::here())
  const TINYGRAD_REFUSED("item<T>(): T is a type of numbers");
  /// The values as an xtensor expression, without a copy. The tensor must outlive it.
  template <Element T> auto view(At at = At::here()) const {
    return impl("view", at)->array.view<T>(at);
  }
  template <Element T> T* data(At at = At::here()) const {
    return impl("data", at)->array.data<T>(at);
  }
  Tensor view(const Shape&) const TINYGRAD_REFUSED("reshape(x, shape)");
  Tensor view(Index, ...) const TINYGRAD_REFUSED("reshape(x, shape)");
  void data() const TINYGRAD_REFUSED("data<T>(): T is the C++ type of the elements");
  template <class T>
  requires(!Element<T>) void view(At = At::here()) const
      TINYGRAD_REFUSED("view<T>(): T is bool, std::uint8_t, std::int64_t, float or double");
  template <class T>
  requires(!Element<T>) T* data(At = At::here()) const
      TINYGRAD_REFUSED("data<T>(): T is bool, std::uint8_t, std::int64_t, float or double");

  bool is_leaf() const { return !impl_ || !impl_->grad_fn; }
  /// True if gradients flow through this tensor.
  bool requires_grad() const { return impl_ && (impl_->requires_grad || impl_->grad_fn); }
  /// Asks for gradients of a leaf (or freezes it). Returns the tensor.
  Tensor& requires_grad_(bool on = true, At at = At::here()) {
    const Op op{"requires_grad_", at};
    impl("requires_grad_", at);
    check<GraphError>(is_leaf(), op,
                      "only a leaf can be switched; use detach() to leave the graph");
    check<DtypeError>(!on || is_floating(dtype()), op, "only floating tensors have gradients, not ",
                      dtype());
    impl_->requires_grad = on;
    return *this;
  }

  /// The gradient that backward() accumulated into this leaf, or, after retain_grad(), into this
  /// tensor; undefined before. It shares its values with nothing.
  Tensor grad() const {
    if (!impl_) return {};
    return impl_->retained ? *impl_->retained : of(impl_->grad);
  }
  void set_grad(const Tensor& grad, At at = At::here()) const {
    impl("set_grad", at);
    check<ShapeError>(!grad.defined() || grad.shape() == shape(), {"set_grad", at}, "grad ",
                      grad.defined() ? grad.shape() : Shape(), " must have the shape ", shape());
    if (impl_->retained) *impl_->retained = grad;
    else impl_->grad = grad.impl_;
  }
  /// Drops the gradient. The next backward() writes a new one.
  void zero_grad() const {
    if (!impl_) return;
    impl_->grad = {};
    if (impl_->retained) *impl_->retained = {};
  }

  /// Calls `hook` with this tensor's gradient in every backward that reaches it, after all paths
  /// have added to it and before it is passed on. Throws GraphError if the tensor gets no gradient.
  HookHandle register_hook(TensorHook hook, At at = At::here()) const;
  HookHandle register_hook(...) const TINYGRAD_REFUSED("hook(const Tensor&) → Tensor");
  /// Makes every backward that reaches this tensor add its gradient to grad(), as for leaves; no
  /// effect on leaves. After an in-place op it is the gradient of the present value.
  void retain_grad(At at = At::here()) const;

  /// The node that made this tensor; null for a leaf.
  const Ref<Node>& grad_fn() const { return impl_ ? impl_->grad_fn : detail::no_node; }
  /// The number of this tensor among the node's outputs.
  std::uint32_t output_index() const { return impl_ ? impl_->output : 0; }

  /// The same values outside the graph.
  Tensor detach(At at = At::here()) const { return Tensor(impl("detach", at)->array); }
  /// Gives this leaf, and all handles to it, other values of any shape and dtype, and drops its
  /// gradient.
  void set_data(Array array, At at = At::here()) {
    impl("set_data", at);
    check<GraphError>(is_leaf(), {"set_data", at}, "only a leaf's values can be exchanged");
    impl_->array = std::move(array);
    impl_->grad = {};
  }
  /// Overwrites the values of this tensor. A leaf that requires a gradient must be under
  /// NoGradGuard.
  Tensor& copy_(const Tensor& source, At at = At::here());

  /// Accumulates d(this)/d(leaf) into the grad of every leaf from which this was computed. `grad`
  /// is the gradient with respect to this tensor; a tensor with one element needs none (it is 1).
  void backward(const Tensor& grad = {}, At at = At::here()) const;
  void backward(const Tensor& grad, const BackwardOptions& options, At at = At::here()) const;
  /// Without a gradient: backward({.retain_graph = true}), backward({.inputs = {w}}).
  void backward(const BackwardOptions& options, At at = At::here()) const;
#ifndef __clang__  // which would say it twice, and its list of three overloads is short
  template <class = void> void backward(...) const TINYGRAD_REFUSED("backward(grad, options)");
#endif

  /// Throws GraphError if the values were overwritten, through another tensor that shares the
  /// memory, after grad_fn computed them: grad_fn no longer describes them.
  void check_history(const Op& op) const {
    check<GraphError>(!impl_ || !impl_->grad_fn || impl_->array.version() == impl_->version, op,
                      "an input of shape ", impl_ ? shape() : Shape(), " was overwritten by ",
                      impl_ ? impl_->array.writer() : "",
                      " through another tensor that shares its memory, so its history no longer "
                      "describes its values; copy it before, with clone()");
  }
  /// Gives this tensor the values and the history of `result`: the one step of all in-place ops.
  /// The memory does not move, and all tensors that share it see the values.
  Tensor& overwrite(const Op& op, const Tensor& result);
  /// The checks of overwrite() on this tensor, for ops that write its memory themselves with an
  /// InPlace. Returns the place of the version that its history describes.
  std::uint32_t& check_overwrite(const Op& op) const;
  /// The same values and history in new memory, for an op that saves what it overwrites.
  Tensor original() const {
    Tensor copy(array().copy());
    copy.impl_->requires_grad = impl_->requires_grad;
    copy.impl_->grad_fn = impl_->grad_fn;
    copy.impl_->output = impl_->output;
    copy.impl_->version = copy.array().version();
    return copy;
  }

  /// x[i], x[Slice{1, 3}], x[mask], x[{0, ellipsis, positions}]: what index() gives. An assignment to
  /// it, x[i] = 0, is index_put_(). Both are in ops/indexing/subscript.hpp.
  Indexed operator[](const IndexItem& item) &;
  Indexed operator[](std::initializer_list<IndexItem> items) &;
  /// The same for a const tensor or a temporary, only for reading.
  const Tensor operator[](const IndexItem& item) const&;  // NOLINT: const, so that it refuses =
  const Tensor operator[](std::initializer_list<IndexItem> items) const&;  // NOLINT
  Tensor operator[](const detail::NoIndex&) const
      TINYGRAD_REFUSED("x[i]: integers, Slice, ellipsis, new_axis, or integer or bool tensors");

  /// True for the same tensor, not for equal values.
  bool is(const Tensor& other) const { return impl_ == other.impl_; }
  const void* id() const { return impl_.get(); }

 private:
  friend class Saved;
  friend class Engine;
  friend class Vjp;
  friend struct Edge;
  friend Tensor output_of(Array array, Ref<Node> node, std::uint32_t index);
  using Impl = Ref<detail::TensorImpl>;

  static Tensor of(Impl impl) {
    Tensor out;
    out.impl_ = std::move(impl);
    return out;
  }
  const Impl& impl(const char* member, At at) const {
    if (!impl_) [[unlikely]]
      detail::refuse_undefined(member, at);
    return impl_;
  }
  void move_history(const Tensor& result);  // in node.hpp

  Impl impl_;
};

/// The options of backward() and grad().
struct BackwardOptions {
  bool retain_graph = false;  ///< keep the saved values, so that backward can run again
  bool create_graph = false;  ///< record the backward pass too, so that it can be differentiated
  /// For backward() alone: accumulate the gradients of these tensors and of no others. They may be
  /// leaves or any tensors of the graph. Empty: of all leaves.
  std::vector<Tensor> inputs{};
};

inline std::uint32_t& Tensor::check_overwrite(const Op& op) const {
  impl(op.name, op.at);
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
  if (!result.array().same_as(array())) {  // the op did not compute it in place
    array().assign(result.array());
    array().bump_version(op.name);
  }
  if (grad_enabled()) move_history(result);
  impl_->version = array().version();
  return *this;
}

inline Tensor& Tensor::copy_(const Tensor& source, At at) {
  const Op op{"copy_", at};
  impl("copy_", at);
  check<GraphError>(!requires_grad() || !grad_enabled(), op,
                    "would overwrite a tensor that requires a gradient; put it under NoGradGuard");
  check<ShapeError>(source.shape() == shape(), op, "source ", source.shape(),
                    " must have the shape ", shape());
  check<DtypeError>(source.dtype() == dtype(), op, "source is ", source.dtype(), ", not ", dtype());
  array().assign(source.array());
  array().bump_version("copy_");
  return *this;
}

namespace detail {
// `index` is the tensor's position in the list of that name.
[[noreturn, gnu::noinline, gnu::cold]] inline void refuse_operand(const Op& op, const char* name,
                                                                  std::ptrdiff_t index = -1) {
  const std::string item = index < 0 ? "" : str_cat('[', index, ']');
  fail<GraphError>(op, name, item,
                   " is undefined, a tensor without a value; if it is a grad(): no backward has "
                   "reached the leaf");
}

/// An operand and its name in the op.
struct NamedOperand {
  const char* name;
  const Tensor& x;
};
}  // namespace detail

/// `x`, the operand `name` of `op`: GraphError if it is undefined. For ops that use x only through
/// other ops; in other ops the first use of x throws this error.
inline const Tensor& operand(const Op& op, const char* name, const Tensor& x) {
  if (!x.defined()) [[unlikely]]
    detail::refuse_operand(op, name);
  return x;
}

/// The same of tensor `index` of the list `name`.
inline const Tensor& operand(const Op& op, const char* name, std::size_t index, const Tensor& x) {
  if (!x.defined()) [[unlikely]]
    detail::refuse_operand(op, name, static_cast<std::ptrdiff_t>(index));
  return x;
}

/// The same for all required operands of an op.
inline void check_defined(const Op& op, std::initializer_list<detail::NamedOperand> operands) {
  for (const auto& [name, x] : operands) operand(op, name, x);
}
/// The same of a list of tensors.
inline void check_defined(const Op& op, const char* name, const std::vector<Tensor>& list) {
  for (std::size_t i = 0; i < list.size(); ++i) operand(op, name, i, list[i]);
}

/// A range-for asks for it.
void begin(const Tensor&) TINYGRAD_REFUSED("a tensor is no range: x[i], for i below x.size(0)");
void end(const Tensor&) TINYGRAD_REFUSED("a tensor is no range: x[i], for i below x.size(0)");

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
