// SPDX-License-Identifier: MIT
// Operations on two tensors, or a tensor and a number, with NumPy broadcasting: arithmetic, maximum
// and minimum, comparisons, where, clamp; and the operators.
#pragma once

#include <limits>
#include <type_traits>

#include "tinygrad/kernels/elementwise/arithmetic.hpp"
#include "tinygrad/ops/creation/cast.hpp"
#include "tinygrad/ops/shape/broadcast.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// A tensor or a number. Remembers the user's line, which operators cannot take as a parameter.
class Operand {
 public:
  Operand(const Tensor& t, At call = At::here()) : at(call), tensor_(t) {}  // NOLINT: implicit
  Operand(const Array& a, At call = At::here()) : at(call), tensor_(a) {}   // NOLINT: implicit
  Operand(Scalar number, At call = At::here())                              // NOLINT: implicit
      : at(call), number_(number), is_number_(true) {}
  template <class T>
  requires std::is_arithmetic_v<T> Operand(T number, At call = At::here())  // NOLINT: implicit
      : at(call), number_(number), is_number_(true) {}

  bool is_number() const { return is_number_; }
  Scalar number() const { return number_; }
  const Tensor& tensor() const { return tensor_; }
  Dtype dtype() const { return is_number() ? number_.dtype() : tensor_.dtype(); }
  /// Throws GraphError if it is a tensor without a value; `name` says which operand of `op` it is.
  void check_defined(const Op& op, const char* name) const {
    if (!is_number()) operand(op, name, tensor_);
  }
  /// The operand as a tensor. Throws ValueError if it is a number that the dtype cannot hold.
  Tensor as(const Op& op, Dtype dtype, const char* name) const {
    check_defined(op, name);
    if (!is_number()) return to(tensor_, dtype);
    number_.check_fits(op, dtype);
    return Tensor(Array::full({}, number_, dtype, {"number", op.at, 0}));  // no result of op's
  }

  At at;

 private:
  Tensor tensor_;
  Scalar number_ = 0;
  bool is_number_ = false;
};

namespace detail {
inline void check_floating(const Op& op, const Tensor& x) {
  check<DtypeError>(is_floating(x.dtype()), op, "wants float32 or float64, got ", x.dtype(),
                    "; convert with to(x, float32)");
}

/// Two operands in one dtype and the shape they broadcast to.
struct Operands {
  Tensor a, b;
  Shape shape;

  // A number takes the tensor's dtype, unless it is floating and the tensor is not, or the tensor
  // is bool. The dtype is at least `least`: arithmetic on bool and uint8 works in int64, division
  // in float32.
  Operands(const Op& op, const Operand& left, const Operand& right, Dtype least) {
    left.check_defined(op, kLeft);
    right.check_defined(op, kRight);
    Dtype dtype = promote(left.dtype(), right.dtype());
    if (left.is_number() != right.is_number()) {
      const Dtype tensors = left.is_number() ? right.dtype() : left.dtype();
      const Dtype numbers = left.is_number() ? left.dtype() : right.dtype();
      const bool takes = is_floating(tensors) || (tensors != bool_ && !is_floating(numbers));
      dtype = takes ? tensors : promote(tensors, numbers);
    }
    dtype = promote(dtype, least);
    a = left.as(op, dtype, kLeft);
    b = right.as(op, dtype, kRight);
    shape = broadcast_shapes(op, a.shape(), b.shape());
  }
  static constexpr const char *kLeft = "a, the first operand,", *kRight = "b, the second operand,";

  template <class F> Array map(const Op& op) const {
    return dispatch_number(op, a.dtype(), [&]<class T>(Type<T>) {
      return kernels::zip<T, T>(op, shape, a.array(), b.array(), F{});
    });
  }
  /// f in floating point; the dtype must be at least float32.
  Array map_floating(const Op& op, kernels::Function2 f) const {
    return dispatch_floating(op, a.dtype(), [&]<class T>(Type<T>) {
      return kernels::zip<T, T>(op, shape, a.array(), b.array(), f);
    });
  }
  /// f of two truths; the dtype must be bool.
  template <class F> Tensor truth(const Op& op, F f) const {
    return kernels::zip<bool, bool>(op, shape, a.array(), b.array(), f);
  }
  // What mul's and div's vjps need of the other operand, if anything.
  const Tensor& b_for_a() const { return a.requires_grad() ? b : none; }
  const Tensor& a_for_b() const { return b.requires_grad() ? a : none; }
  const Tensor none;
};

inline Tensor reduce_grad(const Vjp& vjp, std::size_t input, const Shape& shape,
                          const Tensor& grad) {
  return vjp.needs(input) ? sum_to(grad, shape) : Tensor();
}
}  // namespace detail

namespace detail {
/// The gradient of one operand of f(a, b), before it is summed over that operand's broadcast dims.
using Partial = Tensor (*)(const Tensor& grad_y, const Tensor& a, const Tensor& b);

/// Records y = f(a, b). Saves a and b. One node type serves every such function: a vjp of its own
/// would cost each of them compile time.
inline Tensor record_partials(const Op& op, const Array& y, const Operands& in, Partial grad_a,
                              Partial grad_b) {
  return record(op, y, {in.a, in.b}, save(in.a, in.b),
                [=](const Vjp& vjp, const Tensor& left, const Tensor& right) {
                  const Tensor& g = vjp.grad();
                  return grads(
                      vjp.needs(0) ? sum_to(grad_a(g, left, right), left.shape()) : Tensor(),
                      vjp.needs(1) ? sum_to(grad_b(g, left, right), right.shape()) : Tensor());
                });
}

/// f(a, b) in floating point, recorded.
inline Tensor binary_floating(const Op& op, const Operands& in, kernels::Function2 f,
                              Partial grad_a, Partial grad_b) {
  return record_partials(op, in.map_floating(op, f), in, grad_a, grad_b);
}
inline Tensor binary_floating(const Op& op, const Operand& a, const Operand& b,
                              kernels::Function2 f, Partial grad_a, Partial grad_b) {
  return binary_floating(op, Operands(op, a, b, float32), f, grad_a, grad_b);
}
}  // namespace detail

// All of them: Shapes a (…), b (…) → y (broadcast), where nothing else is said.

inline Tensor mul(const Operand& a, const Operand& b, At at = At::here());
inline Tensor div(const Operand& a, const Operand& b, At at = At::here());
inline Tensor where(const Tensor& condition, const Operand& a, const Operand& b,
                    At at = At::here());

/// −x; of the smallest int64 itself.
/// Shapes  x (…) → y (…)
/// Grad    −grad_y
inline Tensor neg(const Tensor& x, At at = At::here()) {
  const Op op{"neg", at};
  Array y = dispatch_number(op, x.dtype(), [&]<class T>(Type<T>) {
    return kernels::map<T, T>(op, x.array(), kernels::Neg{});
  });
  return record(op, y, {x}, save(), [](const Vjp& vjp) { return grads(neg(vjp.grad())); });
}

/// a + b with broadcasting; of integers modulo 2^64.
/// Grad    grad_a = grad_y, grad_b = grad_y, each summed over its broadcast dims
inline Tensor add(const Operand& a, const Operand& b, At at = At::here()) {
  const Op op{"add", at};
  const detail::Operands in(op, a, b, int64);
  return record(op, in.map<kernels::Add>(op), {in.a, in.b}, save(),
                [sa = in.a.shape(), sb = in.b.shape()](const Vjp& vjp) {
                  return grads(detail::reduce_grad(vjp, 0, sa, vjp.grad()),
                               detail::reduce_grad(vjp, 1, sb, vjp.grad()));
                });
}

/// a − b with broadcasting; of integers modulo 2^64.
/// Grad    grad_a = grad_y, grad_b = −grad_y, each summed over its broadcast dims
inline Tensor sub(const Operand& a, const Operand& b, At at = At::here()) {
  const Op op{"sub", at};
  const detail::Operands in(op, a, b, int64);
  return record(op, in.map<kernels::Sub>(op), {in.a, in.b}, save(),
                [sa = in.a.shape(), sb = in.b.shape()](const Vjp& vjp) {
                  return grads(detail::reduce_grad(vjp, 0, sa, vjp.grad()),
                               vjp.needs(1) ? neg(sum_to(vjp.grad(), sb)) : Tensor());
                });
}

/// a · b, element by element, with broadcasting; of integers modulo 2^64.
/// Grad    grad_a = grad_y·b, grad_b = grad_y·a, each summed over its broadcast dims
/// Saves   a if b needs a gradient, b if a does
inline Tensor mul(const Operand& a, const Operand& b, At at) {
  const Op op{"mul", at};
  const detail::Operands in(op, a, b, int64);
  return record(op, in.map<kernels::Mul>(op), {in.a, in.b}, save(in.a_for_b(), in.b_for_a()),
                [sa = in.a.shape(), sb = in.b.shape()](const Vjp& vjp, const Tensor& left,
                                                       const Tensor& right) {
                  return grads(vjp.needs(0) ? sum_to(mul(vjp.grad(), right), sa) : Tensor(),
                               vjp.needs(1) ? sum_to(mul(vjp.grad(), left), sb) : Tensor());
                });
}

namespace detail {
/// −a/b² by two divisions, which over- and underflow only where the result does: where the quotient
/// would be subnormal and lose digits it is scaled meanwhile.
struct QuotientSlope {
  template <class T> T operator()(T top, T bottom) const {
    constexpr T kTiny = static_cast<T>(sizeof(T) == 4 ? 0x1p-100 : 0x1p-960);
    constexpr T kUp = static_cast<T>(sizeof(T) == 4 ? 0x1p64 : 0x1p512);
    const T size = std::fabs(bottom);
    const bool tiny = std::fabs(top) < size * kTiny && size <= std::numeric_limits<T>::max();
    return -top * (tiny ? kUp : T{1}) / bottom / bottom * (tiny ? T{1} / kUp : T{1});
  }
};

/// −a/b², the slope of a/b by b, as an operation of its own.
inline Tensor quotient_slope(const Tensor& a, const Tensor& b) {
  const Op op{"div"};
  const Shape shape = broadcast_shapes(op, a.shape(), b.shape());
  Array y = dispatch_floating(op, b.dtype(), [&]<class T>(Type<T>) {
    return kernels::zip<T, T>(op, shape, a.array(), b.array(), QuotientSlope{});
  });
  return record(op, std::move(y), {a, b}, save(a, b),
                [](const Vjp& vjp, const Tensor& top, const Tensor& bottom) {
                  const Tensor& g = vjp.grad();
                  Grads out(2);
                  if (vjp.needs(0)) {
                    const Tensor one = Array::full({}, 1, bottom.dtype());
                    out[0] = sum_to(mul(g, quotient_slope(one, bottom)), top.shape());
                  }
                  if (vjp.needs(1)) {
                    const Tensor slope = mul(div(quotient_slope(top, bottom), bottom), -2);
                    out[1] = sum_to(mul(g, slope), bottom.shape());
                  }
                  return out;
                });
}
}  // namespace detail

/// a / b with broadcasting; integers are divided as float32.
/// Grad    grad_a = grad_y/b, grad_b = −grad_y·a/b²
/// Saves   b; a if b needs a gradient
inline Tensor div(const Operand& a, const Operand& b, At at) {
  const Op op{"div", at};
  const detail::Operands in(op, a, b, float32);
  return record(op, in.map<kernels::Div>(op), {in.a, in.b}, save(in.a_for_b(), in.b),
                [sa = in.a.shape()](const Vjp& vjp, const Tensor& top, const Tensor& bottom) {
                  Grads out(2);
                  if (vjp.needs(0)) out[0] = sum_to(div(vjp.grad(), bottom), sa);
                  if (vjp.needs(1))
                    out[1] = sum_to(mul(vjp.grad(), detail::quotient_slope(top, bottom)),
                                    bottom.shape());
                  return out;
                });
}

/// The larger of a and b; NaN if either is. With broadcasting.
/// Grad    to the larger one; at a tie half to each
inline Tensor maximum(const Operand& a, const Operand& b, At at = At::here());
/// The smaller of a and b; NaN if either is. With broadcasting.
/// Grad    to the smaller one; at a tie half to each
inline Tensor minimum(const Operand& a, const Operand& b, At at = At::here());

namespace detail {
using kernels::Comparison;

/// How b compares with a, where a compares with b so.
inline Comparison mirrored(Comparison comparison) {
  switch (comparison) {
    case Comparison::kLess: return Comparison::kGreater;
    case Comparison::kLessEqual: return Comparison::kGreaterEqual;
    case Comparison::kGreater: return Comparison::kLess;
    case Comparison::kGreaterEqual: return Comparison::kLessEqual;
    default: return comparison;
  }
}

/// x compared with a number, in x's dtype. What that cannot hold is not rounded into it: every x is
/// on one side of it, or, of a fraction among integers, on the side on which x is of its floor.
inline Tensor compare_number(const Op& op, const Tensor& x, Scalar number, Comparison comparison) {
  const auto everywhere = [&](bool truth) { return Array::full(x.shape(), truth, bool_, op); };
  const bool equality = comparison == Comparison::kEqual || comparison == Comparison::kNotEqual;
  const bool below = comparison == Comparison::kLess || comparison == Comparison::kLessEqual;
  const Dtype dtype = x.dtype();
  double floor = number.real();
  if (!is_floating(dtype)) {
    if (floor != floor) return everywhere(comparison == Comparison::kNotEqual);
    if (number.is_floating()) {
      floor = __builtin_floor(floor);
      if (floor != number.real()) {
        if (equality) return everywhere(comparison == Comparison::kNotEqual);
        comparison = below ? Comparison::kLessEqual : Comparison::kGreater;
      }
      number = floor;
    }
    if (!(dtype == bool_ ? number.is_within(0, 1) : number.fits(dtype)))
      return everywhere(equality ? comparison == Comparison::kNotEqual : below == (floor > 0));
  } else if (!number.fits(dtype)) {  // among the infinities, where a finite number has no neighbour
    if (equality) return everywhere(comparison == Comparison::kNotEqual);
    constexpr double kMost = std::numeric_limits<float>::max();
    const bool above = floor > 0;
    if (above) comparison = below ? Comparison::kLessEqual : Comparison::kGreater;
    else comparison = below ? Comparison::kLess : Comparison::kGreaterEqual;
    number = above ? kMost : -kMost;
  }
  const Array value = Array::full({}, number, dtype, op);
  return kernels::compare(op, x.shape(), x.array(), value, dtype, comparison);
}

inline Tensor compare(const Op& op, const Operand& a, const Operand& b, Comparison comparison) {
  a.check_defined(op, Operands::kLeft);
  b.check_defined(op, Operands::kRight);
  if (a.is_number() && !b.is_number())
    return compare_number(op, b.tensor(), a.number(), mirrored(comparison));
  if (b.is_number()) {
    const Dtype dtype = is_floating(a.dtype()) ? float64 : int64;
    const Tensor left = a.is_number() ? a.as(op, dtype, Operands::kLeft) : a.tensor();
    return compare_number(op, left, b.number(), comparison);
  }
  const Tensor &left = a.tensor(), &right = b.tensor();
  Dtype dtype = promote(left.dtype(), right.dtype());
  if (dtype == float32 && (left.dtype() == int64 || right.dtype() == int64)) dtype = float64;
  return kernels::compare(op, broadcast_shapes(op, left.shape(), right.shape()), left.array(),
                          right.array(), dtype, comparison);
}
}  // namespace detail

// clang-format off: a table
/// Comparisons, element by element with broadcasting, to bool. No gradient.
/// Range   a number is compared exactly with integers, also where their dtype cannot hold it, and
///         with floating tensors in their dtype; int64 tensors with floating ones in float64
inline Tensor eq(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::compare({"eq", at}, a, b, kernels::Comparison::kEqual);
}
inline Tensor ne(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::compare({"ne", at}, a, b, kernels::Comparison::kNotEqual);
}
inline Tensor lt(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::compare({"lt", at}, a, b, kernels::Comparison::kLess);
}
inline Tensor le(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::compare({"le", at}, a, b, kernels::Comparison::kLessEqual);
}
inline Tensor gt(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::compare({"gt", at}, a, b, kernels::Comparison::kGreater);
}
inline Tensor ge(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::compare({"ge", at}, a, b, kernels::Comparison::kGreaterEqual);
}
/// Truth of both, of either, of none; a number is true if it is not 0. No gradient.
inline Tensor logical_and(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"logical_and", at};
  check_defined(op, {{"a", a}, {"b", b}});
  return detail::Operands(op, to(a, bool_), to(b, bool_), bool_)
      .truth(op, [](bool left, bool right) { return (left & right) != 0; });
}
inline Tensor logical_or(const Tensor& a, const Tensor& b, At at = At::here()) {
  const Op op{"logical_or", at};
  check_defined(op, {{"a", a}, {"b", b}});
  return detail::Operands(op, to(a, bool_), to(b, bool_), bool_)
      .truth(op, [](bool left, bool right) { return (left | right) != 0; });
}
inline Tensor logical_not(const Tensor& x, At at = At::here()) {
  const Op op{"logical_not", at};
  return detail::compare(op, to(operand(op, "x", x), bool_), 0, kernels::Comparison::kEqual);
}
// clang-format on

/// condition ? a : b, element by element, with broadcasting of all three.
/// Shapes  condition (…) bool, a (…), b (…) → y (broadcast)
/// Grad    grad_a = where(condition, grad_y, 0), grad_b = where(condition, 0, grad_y)
/// Saves   condition
/// Throws  DtypeError if condition is not bool
inline Tensor where(const Tensor& condition, const Operand& a, const Operand& b, At at) {
  const Op op{"where", at};
  check_defined(op, {{"condition", condition}});
  check<DtypeError>(condition.dtype() == bool_, op, "condition is ", condition.dtype(),
                    ", it must be bool: compare first, as in x > 0");
  const detail::Operands in(op, a, b, bool_);
  const Shape shape = broadcast_shapes(op, condition.shape(), in.shape);
  Array y = kernels::select(op, shape, condition.array(), in.a.array(), in.b.array());
  return record(op, std::move(y), {in.a, in.b}, save(condition),
                [sa = in.a.shape(), sb = in.b.shape()](const Vjp& vjp, const Tensor& chosen) {
                  const Tensor& g = vjp.grad();
                  return grads(vjp.needs(0) ? sum_to(where(chosen, g, 0), sa) : Tensor(),
                               vjp.needs(1) ? sum_to(where(chosen, 0, g), sb) : Tensor());
                });
}

namespace detail {
// `a_loses` and `b_loses` say where the other operand was chosen; at a tie neither loses.
using Loses = Tensor (*)(const Tensor& a, const Tensor& b);
template <class F>
Tensor extremum(const Op& op, const Operand& a, const Operand& b, Loses a_loses, Loses b_loses) {
  const Operands in(op, a, b, int64);
  return record(op, in.map<F>(op), {in.a, in.b}, save(in.a, in.b),
                [=](const Vjp& vjp, const Tensor& left, const Tensor& right) {
                  const Tensor& g = vjp.grad();
                  const Tensor half = where(eq(left, right), mul(g, 0.5), g);
                  return grads(
                      reduce_grad(vjp, 0, left.shape(), where(a_loses(left, right), 0, half)),
                      reduce_grad(vjp, 1, right.shape(), where(b_loses(left, right), 0, half)));
                });
}
inline Tensor less(const Tensor& a, const Tensor& b) { return lt(a, b); }
inline Tensor greater(const Tensor& a, const Tensor& b) { return gt(a, b); }
}  // namespace detail

inline Tensor maximum(const Operand& a, const Operand& b, At at) {
  return detail::extremum<kernels::Maximum>({"maximum", at}, a, b, detail::less, detail::greater);
}
inline Tensor minimum(const Operand& a, const Operand& b, At at) {
  return detail::extremum<kernels::Minimum>({"minimum", at}, a, b, detail::greater, detail::less);
}

/// The larger of a and b; if one of them is NaN, the other. With broadcasting.
/// Grad    to the one chosen; at a tie half to each; of two NaNs to a
/// Saves   a, b
inline Tensor fmax(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::extremum<kernels::Fmax>(
      {"fmax", at}, a, b,
      [](const Tensor& left, const Tensor& right) {
        return logical_or(lt(left, right), gt(ne(left, left), ne(right, right)));
      },
      [](const Tensor& left, const Tensor& right) {
        return logical_or(gt(left, right), ne(right, right));
      });
}

/// The smaller of a and b; if one of them is NaN, the other. With broadcasting.
/// Grad    to the one chosen; at a tie half to each; of two NaNs to a
/// Saves   a, b
inline Tensor fmin(const Operand& a, const Operand& b, At at = At::here()) {
  return detail::extremum<kernels::Fmin>(
      {"fmin", at}, a, b,
      [](const Tensor& left, const Tensor& right) {
        return logical_or(gt(left, right), gt(ne(left, left), ne(right, right)));
      },
      [](const Tensor& left, const Tensor& right) {
        return logical_or(lt(left, right), ne(right, right));
      });
}

namespace detail {
/// A bound of clamp() in the dtype of x: `none`, its own end, if it is beyond that one.
template <class T> T bound(const Op& op, const Scalar& value, bool is_low, T none) {
  const bool beyond = !value.fits(dtype_of<T>()) && (value.real() < 0) == is_low;
  return beyond ? none : value.to<T>(op);
}
}  // namespace detail

/// x limited to [low, high]. Integers stay integers, unless a bound is floating and finite: then
/// they are taken as float32. A bound beyond the dtype, an infinity too, is none.
/// Shapes  x (…) → y (…)
/// Grad    grad_y where low < x < high, else 0: at the bounds the subgradient 0 is used
/// Saves   x
/// Throws  ValueError if low > high, or if no element is within the bounds and the dtype cannot hold
///         them; DtypeError if x is bool
inline Tensor clamp(const Tensor& x, Scalar low = -std::numeric_limits<double>::infinity(),
                    Scalar high = std::numeric_limits<double>::infinity(), At at = At::here()) {
  const Op op{"clamp", at};
  check<ValueError>(low <= high, op, "low=", low.part(), " must not be above high=", high.part());
  const auto fractional = [](const Scalar& v) { return v.is_floating() && v.fits(int64); };
  const bool promoted = !is_floating(x.dtype()) && (fractional(low) || fractional(high));
  const Tensor number = promoted ? to(x, float32) : x;
  const auto limited = [&]<class T>(Type<T>) {
    using Limits = std::numeric_limits<T>;
    constexpr bool kInfinite = Limits::has_infinity;
    const T lo = detail::bound<T>(op, low, true, kInfinite ? -Limits::infinity() : Limits::min());
    const T hi = detail::bound<T>(op, high, false, kInfinite ? Limits::infinity() : Limits::max());
    return kernels::map<T, T>(op, number.array(), [lo, hi](T v) {
      return v < lo ? lo : v > hi ? hi : v;
    });
  };
  Array y = number.dtype() == uint8 ? limited(Type<std::uint8_t>{})
                                    : dispatch_number(op, number.dtype(), limited);
  return record(op, std::move(y), {x}, save(x), [low, high](const Vjp& vjp, const Tensor& input) {
    return grads(where(logical_and(gt(input, low), lt(input, high)), vjp.grad(), 0));
  });
}

/// x limited to [low, high], bounds that broadcast with x; an undefined tensor is no bound. Where
/// low is above high, the value is high.
/// Shapes  x (…), low (…), high (…) → y (broadcast)
/// Grad    that of minimum(maximum(x, low), high): at a tie half to each
/// Throws  ValueError if neither bound is defined
inline Tensor clamp(const Tensor& x, const Tensor& low, const Tensor& high, At at = At::here()) {
  const Op op{"clamp", at};
  check_defined(op, {{"x", x}});
  check<ValueError>(low.defined() || high.defined(), op, "low and high are both undefined");
  const Tensor raised =
      low.defined() ? detail::extremum<kernels::Maximum>(op, x, low, detail::less, detail::greater)
                    : x;
  if (!high.defined()) return raised;
  return detail::extremum<kernels::Minimum>(op, raised, high, detail::greater, detail::less);
}

// Equality is eq() and ne() only: an == that gives a tensor breaks every std algorithm.
// clang-format off: a table
inline Tensor operator-(const Operand& x) {
  if (x.tensor().defined()) return neg(x.tensor(), x.at);
  const Op op{"neg", x.at};
  x.check_defined(op, "x");
  return neg(x.as(op, x.dtype(), "x"), x.at);
}
inline Tensor operator+(const Tensor& a, const Operand& b) { return add(a, b, b.at); }
inline Tensor operator-(const Tensor& a, const Operand& b) { return sub(a, b, b.at); }
inline Tensor operator*(const Tensor& a, const Operand& b) { return mul(a, b, b.at); }
inline Tensor operator/(const Tensor& a, const Operand& b) { return div(a, b, b.at); }
inline Tensor operator<(const Tensor& a, const Operand& b) { return lt(a, b, b.at); }
inline Tensor operator<=(const Tensor& a, const Operand& b) { return le(a, b, b.at); }
inline Tensor operator>(const Tensor& a, const Operand& b) { return gt(a, b, b.at); }
inline Tensor operator>=(const Tensor& a, const Operand& b) { return ge(a, b, b.at); }
template <class T>
concept Number = std::is_arithmetic_v<T>;
template <Number T> Tensor operator+(T a, const Operand& b) { return add(a, b, b.at); }
template <Number T> Tensor operator-(T a, const Operand& b) { return sub(a, b, b.at); }
template <Number T> Tensor operator*(T a, const Operand& b) { return mul(a, b, b.at); }
template <Number T> Tensor operator/(T a, const Operand& b) { return div(a, b, b.at); }
// clang-format on

}  // namespace tinygrad
