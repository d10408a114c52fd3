// SPDX-License-Identifier: MIT
// Transform, the base class of all changes to one picture; Compose, a list of transforms; Lambda,
// a transform made of a function; transform_images(), which applies a transform to many pictures.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/checks.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/core/random.hpp"
#include "tinygrad/core/type_name.hpp"

namespace tinygrad::inline TINYGRAD_ABI::data {

/// A change to one picture, random or not. Pictures are (C, H, W): uint8, or float32 in [0, 1]
/// where a transform says so. A transform must not write into its argument, which may be the data
/// set's memory. Several threads call it at once.
class Transform {
 public:
  virtual ~Transform() = default;
  virtual Array operator()(const Array& image, Generator& random) const = 0;
};

/// A list of transforms, applied in order. `{RandomCrop(32), RandomHorizontalFlip()}` is one; an
/// empty list changes nothing. An Error names the transform that threw it.
class Compose final : public Transform {
 public:
  Compose() = default;
  template <class... Transforms>
  requires(sizeof...(Transforms) > 0 && (std::is_base_of_v<Transform, Transforms> && ...))
      Compose(const Transforms&... transforms) {  // NOLINT: implicit, for {…}
    (list_.push_back(std::make_shared<const Transforms>(transforms)), ...);
  }
  /// A list with a length known only at run time.
  explicit Compose(std::vector<std::shared_ptr<const Transform>> list) : list_(std::move(list)) {}

  bool empty() const { return list_.empty(); }

  Array operator()(const Array& image, Generator& random) const override {
    Array out = image;
    for (std::size_t i = 0; i < list_.size(); ++i) {
      const Transform& transform = *list_[i];
      try {
        out = transform(out, random);
      } catch (Error& error) {
        error.add_context(str_cat(", in transform ", i, " (",
                                  tinygrad::detail::dynamic_type_name(transform, "Transform"),
                                  ")"));
        throw;
      }
    }
    return out;
  }

 private:
  std::vector<std::shared_ptr<const Transform>> list_;
};

/// A transform made from any function of a picture and a generator.
class Lambda final : public Transform {
 public:
  explicit Lambda(std::function<Array(const Array&, Generator&)> f) : f_(std::move(f)) {}
  Array operator()(const Array& image, Generator& random) const override {
    return f_(image, random);
  }

 private:
  std::function<Array(const Array&, Generator&)> f_;
};

namespace detail {

/// Throws unless `image` is a picture (C, H, W) of uint8 or float32.
inline void check_image(const Op& op, const Array& image) {
  check<ShapeError>(image.rank() == 3, op, "image has shape ", image.shape(),
                    "; it must be (C, H, W)");
  check<DtypeError>(image.dtype() == uint8 || image.dtype() == float32, op, "image is ",
                    image.dtype(), "; it must be uint8 or float32");
}

inline void check_probability(const Op& op, double p) {
  check<ValueError>(p >= 0 && p <= 1, op, "p=", p, " must be in [0, 1]");
}

/// Calls f(Type<T>) with the element type of a picture.
template <class F> decltype(auto) dispatch_image(const Array& image, F&& f) {
  return image.dtype() == uint8 ? f(Type<std::uint8_t>{}) : f(Type<float>{});
}

/// Throws if the fill value of a border or a hole is NaN.
inline void check_fill(const Op& op, double fill) {
  tinygrad::detail::check_not_nan(op, "fill", fill);
}

/// Converts a value in the picture's own units (not NaN) to T. Bytes are rounded and clamped.
template <class T> T pixel_of(double value) {
  if constexpr (std::is_same_v<T, std::uint8_t>)
    return static_cast<T>(std::clamp(value, 0.0, 255.0) + 0.5);
  else return static_cast<T>(value);
}

/// Runs f(i) for i in [0, n) on several threads. If f throws, rethrows the error of the lowest i.
inline void parallel_or_throw(Index n, FunctionRef<Index> f) {
  std::mutex mutex;  // guards the two below
  Index failed = n;
  std::exception_ptr error;
  parallel_for(n, 1, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      try {
        f(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (i < failed) failed = i, error = std::current_exception();
        return;
      }
    }
  });
  if (error) std::rethrow_exception(error);
}

/// transform(row indices[k] of source) for each k; row first + k if `indices` is null. Row i uses
/// random.split(i), whatever its place or thread. An Error names its row.
inline Array transform_rows(const Op& op, const Transform& transform, const Array& source,
                            const Index* indices, Index first, Index count,
                            const Generator& random) {
  const Shape& rows = source.shape();
  const Shape row(rows.begin() + 1, rows.end());
  const auto make = [&](Index k) {
    const Index i = indices ? indices[k] : first + k;
    Generator own = random.split(static_cast<std::uint64_t>(i));
    try {
      return transform(source.rows(i, i + 1).reshaped(row), own);
    } catch (Error& error) {
      error.add_context(str_cat(", sample ", i), op.at);
      throw;
    }
  };
  if (count == 0) return source.rows(0, 0);
  const Array example = make(0);
  Shape shape = example.shape();
  shape.insert(0, count);
  const Array out = Array::empty(shape, example.dtype(), op);
  std::memcpy(out.raw(), example.raw(), example.bytes());
  parallel_or_throw(count - 1, [&](Index k) {
    const Array image = make(k + 1);
    check<ShapeError>(image.shape() == example.shape() && image.dtype() == example.dtype(), op,
                      "the transform made ", example.dtype(), ' ', example.shape(),
                      " of one sample and ", image.dtype(), ' ', image.shape(),
                      " of another; a batch needs them alike");
    std::memcpy(out.raw() + static_cast<std::size_t>(k + 1) * image.bytes(), image.raw(),
                image.bytes());
  });
  return out;
}

}  // namespace detail

/// Applies a transform to each picture of (N, C, H, W) immediately, for example to a test set.
/// Picture i uses the random stream of (seed, i).
inline Array transform_images(const Array& images, const Compose& transform, std::uint64_t seed = 1,
                              At at = At::here()) {
  const Op op{"transform_images", at};
  check<ShapeError>(images.rank() >= 1, op, "images have shape ", images.shape(),
                    "; they must be (N, …)");
  return detail::transform_rows(op, transform, images, nullptr, 0, images.shape()[0],
                                Generator(seed));
}

}  // namespace tinygrad::data
