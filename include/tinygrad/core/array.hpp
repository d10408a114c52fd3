// SPDX-License-Identifier: MIT
// Array: a shared buffer with a shape and a dtype, row-major and contiguous, without gradients.
// view<T>() reads an array as an xtensor expression; evaluate() writes an xtensor expression into
// an array.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tinygrad/core/dtype.hpp"
#include "tinygrad/core/memory.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/core/scalar.hpp"
#include "tinygrad/core/shape.hpp"
#include "tinygrad/core/xtensor.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

class Array;
class InPlace;

namespace detail {
/// The in-place op that this thread is in; null if there is none.
inline constinit thread_local InPlace* in_place = nullptr;
inline const Array* take_in_place(const Op& op, const Shape& shape, Dtype dtype);
}  // namespace detail

/// The element type that stores a C++ number: itself, or int64 for the other integers.
template <class T> using ElementFor =
    std::conditional_t<Element<T>, T,
                       std::conditional_t<std::is_integral_v<T>, std::int64_t, double>>;

template <class T>
concept XtensorExpression =
    std::derived_from<std::remove_cvref_t<T>, xt::xexpression<std::remove_cvref_t<T>>>;

namespace detail {
// Tested before the loop, so that the loop and the conversion vectorise.
inline bool all_fit_float32(const std::vector<double>& values) {
  constexpr double kMost = std::numeric_limits<float>::max();
  int misfits = 0;
  for (const double v : values) misfits |= (v > kMost || v < -kMost) && v - v == 0 ? 1 : 0;
  return misfits == 0;
}
template <class T> bool all_fit_float32(const std::vector<T>&) { return false; }
}  // namespace detail

/// A handle to contiguous values. Copies share the buffer; copy() makes an independent one.
class Array {
 public:
  Array() = default;

  /// Uninitialised values: in new memory, or in the target of an InPlace that names the op.
  static Array empty(const Shape& shape, Dtype dtype, const Op& op = {"empty"}) {
    if (detail::in_place) [[unlikely]]
      if (const Array* target = detail::take_in_place(op, shape, dtype)) return *target;
    check_sizes(op, shape);
    Array a;
    a.shape_ = shape;
    a.dtype_ = dtype;
    a.count_ = shape.count();
    a.buffer_ = Buffer::allocate(static_cast<std::size_t>(a.count_) * size_of(dtype), op);
    a.data_ = a.buffer_->data;
    return a;
  }
  static Array zeros(const Shape& shape, Dtype dtype, At at = At::here()) {
    Array a = empty(shape, dtype, {"zeros", at, 0});
    std::memset(a.data_, 0, a.bytes());
    return a;
  }
  /// `value` everywhere. Throws ValueError if the dtype cannot hold it: see Scalar::fits().
  static Array full(const Shape& shape, Scalar value, Dtype dtype,
                    const Op& op = {"full", At::here(), 0}) {
    value.check_fits(op, dtype);
    Array a = empty(shape, dtype, op);
    dispatch(dtype, [&]<class T>(Type<T>) { std::fill_n(a.data<T>(), a.count_, value.to<T>(op)); });
    return a;
  }
  /// A rank-1 array of the given values. Throws ValueError if the dtype cannot hold one of them.
  template <class T> static Array from(const std::vector<T>& values, Dtype dtype,
                                       const Op& op = {"tensor", At::here(), 0}) {
    Array a = empty({static_cast<Index>(values.size())}, dtype, op);
    dispatch(dtype, [&]<class U>(Type<U>) {
      U* out = a.data<U>();
      if constexpr (std::is_same_v<U, float> && std::is_same_v<T, double>) {
        if (detail::all_fit_float32(values)) {
          for (const T value : values) *out++ = static_cast<U>(value);
          return;
        }
      }
      for (const T value : values) *out++ = detail::held_as<U>(op, value);
    });
    return a;
  }

  /// An array in the user's memory, without a copy. The array keeps `owner`, if given, alive;
  /// without it the user keeps `data` alive. Any alignment.
  template <Element T> static Array wrap(T* data, const Shape& shape,
                                         std::shared_ptr<const void> owner = nullptr,
                                         At at = At::here()) {
    const Op op{"wrap", at};
    check_sizes(op, shape);
    Array a;
    a.shape_ = shape;
    a.dtype_ = dtype_of<T>();
    a.count_ = shape.count();
    check<ValueError>(data || a.count_ == 0, op, "data is null, but shape ", shape,
                      " has elements");
    a.buffer_ =
        Buffer::wrap(data, static_cast<std::size_t>(a.count_) * sizeof(T), std::move(owner));
    a.data_ = a.buffer_->data;
    return a;
  }

  /// A row-major xtensor container without a copy: an lvalue is borrowed, an rvalue is moved in.
  /// evaluate() copies other expressions.
  template <XtensorExpression C>
  requires(std::remove_cvref_t<C>::static_layout == xt::layout_type::row_major) static Array
      wrap(C&& container) {
    using Container = std::remove_cvref_t<C>;
    if constexpr (std::is_lvalue_reference_v<C>) {
      return wrap(container.data(), Shape(container.shape().begin(), container.shape().end()));
    } else {
      auto owner = std::make_shared<Container>(std::forward<C>(container));
      return wrap(owner->data(), Shape(owner->shape().begin(), owner->shape().end()), owner);
    }
  }

  /// The values of any xtensor expression, computed now. Throws ValueError for an unsigned integer
  /// above the largest int64.
  template <XtensorExpression E> static Array evaluate(const E& expression) {
    using Value = typename E::value_type;
    using T = ElementFor<Value>;
    Shape shape;
    for (std::size_t dim = 0; dim < expression.dimension(); ++dim)
      shape.push_back(static_cast<Index>(expression.shape(dim)));
    Array a = empty(shape, dtype_of<T>(), {"evaluate"});
    auto view = a.view<T>();
    xt::noalias(view) = expression;
    if constexpr (std::is_unsigned_v<Value> && sizeof(Value) == 8)  // it turned negative
      for (const T value : view)
        if (value < 0) Scalar(static_cast<std::uint64_t>(value)).check_fits({"evaluate"}, int64);
    return a;
  }

  bool defined() const { return static_cast<bool>(buffer_); }
  const Shape& shape() const { return shape_; }
  int rank() const { return shape_.rank(); }
  Index count() const { return count_; }
  Dtype dtype() const { return dtype_; }
  std::size_t bytes() const { return static_cast<std::size_t>(count_) * size_of(dtype_); }
  bool is_scalar() const { return count_ == 1; }

  std::byte* raw() const { return data_; }
  /// The values; T must be the dtype's type.
  template <Element T> T* data(At at = At::here()) const {
    if (dtype_of<T>() != dtype_) [[unlikely]]
      fail<DtypeError>({"data", at}, "holds ", dtype_, ", asked for ", dtype_of<T>());
    return reinterpret_cast<T*>(data_);
  }

  /// The values as plain words of the element's size: see dispatch_size().
  template <class T> T* words() const { return reinterpret_cast<T*>(data_); }

  /// The array as an xtensor expression, without a copy. The array must outlive it.
  template <Element T> auto view(At at = At::here()) const {
    const std::vector<std::size_t> sizes(shape_.begin(), shape_.end());
    return xt::adapt(data<T>(at), static_cast<std::size_t>(count_), xt::no_ownership(), sizes);
  }

  /// The same buffer in another shape with as many elements.
  Array reshaped(const Shape& shape, At at = At::here()) const {
    if (shape.count() != count_) [[unlikely]]
      fail<ShapeError>({"reshape", at}, "cannot make shape ", shape, " from ", shape_);
    Array a = *this;
    a.shape_ = shape;
    return a;
  }
  /// Rows [first, last) along the first dim, sharing the buffer.
  Array rows(Index first, Index last, At at = At::here()) const {
    if (rank() < 1 || first < 0 || last < first || last > shape_[0]) [[unlikely]]
      fail<ShapeError>({"rows", at}, "rows [", first, ", ", last, ") of shape ", shape_);
    Array a = *this;
    const Index row = shape_.product(1, rank());
    a.shape_[0] = last - first;
    a.count_ = (last - first) * row;
    a.data_ = data_ + static_cast<std::size_t>(first * row) * size_of(dtype_);
    return a;
  }

  Array copy(At at = At::here()) const {
    Array a = empty(shape_, dtype_, {"copy", at, 0});
    a.assign(*this);
    return a;
  }

  /// The one value of an array with one element.
  template <class T = double> T item(At at = At::here()) const {
    if (!is_scalar()) [[unlikely]]
      fail<ShapeError>({"item", at}, "needs exactly one element, got shape ", shape_);
    return this->at<T>(0);
  }
  /// Element `i` in row-major order, converted. Throws ValueError if a T cannot hold it.
  template <class T = double> T at(Index i) const {
    return dispatch(dtype_, [&]<class U>(Type<U>) {
      U value;
      std::memcpy(&value, data_ + static_cast<std::size_t>(i) * sizeof(U), sizeof(U));
      return detail::held_as<T>({"item"}, value);
    });
  }

  /// True if nobody else holds the buffer, so that nobody else can see a write to it.
  bool unique() const { return buffer_.unique() && !buffer_->foreign; }
  /// True if the memory belongs to a user, by wrap().
  bool foreign() const { return buffer_ && buffer_->foreign; }
  /// The buffer, to tell whether arrays share one.
  const void* buffer() const { return buffer_.get(); }
  /// True if both read the same memory in the same shape.
  bool same_as(const Array& other) const {
    return buffer_ == other.buffer_ && data_ == other.data_ && shape_ == other.shape_ && defined();
  }
  /// True if the two arrays share bytes.
  bool overlaps(const Array& other) const {
    const std::less<const std::byte*> before;  // also of unrelated memory
    return before(data_, other.data_ + other.bytes()) && before(other.data_, data_ + bytes());
  }
  /// Copies the values of an array of the same shape and dtype into the memory of this array.
  void assign(const Array& values) const {
    const auto move = [&](Index begin, Index end) {
      std::memmove(data_ + begin, values.data_ + begin, static_cast<std::size_t>(end - begin));
    };
    if (count_ == 0) return;
    if (overlaps(values)) move(0, static_cast<Index>(bytes()));
    else parallel_for(static_cast<Index>(bytes()), kCopyGrain, move);
  }
  /// How often the buffer was overwritten in place. A saved value with an older version is stale.
  std::uint32_t version() const {
    return buffer_ ? buffer_->version.load(std::memory_order_relaxed) : 0;
  }
  /// Every in-place write calls this afterwards, with the name of the op that wrote.
  void bump_version(const char* writer) const {
    buffer_->writer = writer;
    buffer_->version.fetch_add(1, std::memory_order_relaxed);
  }
  /// The op that overwrote the buffer last.
  const char* writer() const { return buffer_ ? buffer_->writer : ""; }

 private:
  static constexpr Index kCopyGrain = 1 << 17;  // bytes: about 5 µs

  Ref<Buffer> buffer_;
  std::byte* data_ = nullptr;
  Shape shape_;
  Index count_ = 0;
  Dtype dtype_ = float32;
};

/// While it lives, the op `name` of this thread gets `target` as the memory for its result, once.
/// It serves the in-place forms of ops that make one pass and read each element before they write
/// it. The buffer gets `writer` as the op that wrote; `written` gets its new version.
class InPlace {
 public:
  InPlace(const char* name, const Array& target, const char* writer, std::uint32_t& written)
      : name_(name),
        target_(target),
        writer_(writer),
        version_(written),
        before_(std::exchange(detail::in_place, name ? this : nullptr)) {}
  /// For an op that writes the target itself.
  InPlace(const Array& target, const char* writer, std::uint32_t& written)
      : InPlace("", target, writer, written) {
    take();
  }
  ~InPlace() { detail::in_place = before_; }
  InPlace(const InPlace&) = delete;
  InPlace& operator=(const InPlace&) = delete;

  /// True if `a` is the memory, in any shape, into which the op writes.
  bool wrote(const Array& a) const {
    return taken_ && a.raw() == target_.raw() && a.bytes() == target_.bytes();
  }

 private:
  friend const Array* detail::take_in_place(const Op& op, const Shape& shape, Dtype dtype);

  void take() {
    taken_ = true;
    target_.bump_version(writer_);
    version_ = target_.version();
  }

  const char* name_;
  const Array& target_;
  const char* writer_;
  std::uint32_t& version_;
  InPlace* before_;
  bool taken_ = false;
};

namespace detail {
inline const Array* take_in_place(const Op& op, const Shape& shape, Dtype dtype) {
  InPlace& asked = *in_place;
  const Array& target = asked.target_;
  if (asked.taken_ || dtype != target.dtype() || shape != target.shape() ||
      std::string_view(op.name) != asked.name_)
    return nullptr;
  asked.take();
  return &target;
}
}  // namespace detail

}  // namespace tinygrad
