// SPDX-License-Identifier: MIT
// What operators and functions refuse: arguments that are neither tensors nor numbers. Operators
// have many overloads, and so have functions with the name of a standard one: without these
// declarations one wrong argument would be an error of a hundred lines. Only doors include this
// file, at their end, so that it costs the library's own calls nothing.
#pragma once

#include <ostream>
#include <type_traits>
#include <vector>

#include "tinygrad/core/refuse.hpp"
#include "tinygrad/ops/elementwise/operands.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

namespace detail {
/// The conversion makes it a worse match than an operator << of the user's.
struct ListOfTensors {
  ListOfTensors(const std::vector<Tensor>&);  // NOLINT: implicit
};
}  // namespace detail

// clang-format off: a table
TINYGRAD_REFUSE("the operands of + are tensors and numbers")
Tensor operator+(const Tensor&, const detail::NeitherTensorNorNumber&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of + are tensors and numbers")
Tensor operator+(const detail::NeitherTensorNorNumber&, const Tensor&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of - are tensors and numbers")
Tensor operator-(const Tensor&, const detail::NeitherTensorNorNumber&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of - are tensors and numbers")
Tensor operator-(const detail::NeitherTensorNorNumber&, const Tensor&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of * are tensors and numbers")
Tensor operator*(const Tensor&, const detail::NeitherTensorNorNumber&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of * are tensors and numbers")
Tensor operator*(const detail::NeitherTensorNorNumber&, const Tensor&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of / are tensors and numbers")
Tensor operator/(const Tensor&, const detail::NeitherTensorNorNumber&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of / are tensors and numbers")
Tensor operator/(const detail::NeitherTensorNorNumber&, const Tensor&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of < are tensors and numbers")
Tensor operator<(const Tensor&, const detail::NeitherTensorNorNumber&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of < are tensors and numbers")
Tensor operator<(const detail::NeitherTensorNorNumber&, const Tensor&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of <= are tensors and numbers")
Tensor operator<=(const Tensor&, const detail::NeitherTensorNorNumber&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of <= are tensors and numbers")
Tensor operator<=(const detail::NeitherTensorNorNumber&, const Tensor&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of > are tensors and numbers")
Tensor operator>(const Tensor&, const detail::NeitherTensorNorNumber&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of > are tensors and numbers")
Tensor operator>(const detail::NeitherTensorNorNumber&, const Tensor&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of >= are tensors and numbers")
Tensor operator>=(const Tensor&, const detail::NeitherTensorNorNumber&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("the operands of >= are tensors and numbers")
Tensor operator>=(const detail::NeitherTensorNorNumber&, const Tensor&) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("print each tensor of a list by itself")
std::ostream& operator<<(std::ostream&, const detail::ListOfTensors&) TINYGRAD_REFUSED;

TINYGRAD_REFUSE("abs(x): x is a tensor") Tensor abs(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("acos(x): x is a tensor") Tensor acos(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("acosh(x): x is a tensor") Tensor acosh(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("asin(x): x is a tensor") Tensor asin(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("asinh(x): x is a tensor") Tensor asinh(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("atan(x): x is a tensor") Tensor atan(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("atanh(x): x is a tensor") Tensor atanh(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("ceil(x): x is a tensor") Tensor ceil(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("cos(x): x is a tensor") Tensor cos(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("cosh(x): x is a tensor") Tensor cosh(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("erf(x): x is a tensor") Tensor erf(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("erfc(x): x is a tensor") Tensor erfc(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("exp(x): x is a tensor") Tensor exp(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("exp2(x): x is a tensor") Tensor exp2(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("expm1(x): x is a tensor") Tensor expm1(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("floor(x): x is a tensor") Tensor floor(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("isfinite(x): x is a tensor") Tensor isfinite(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("isinf(x): x is a tensor") Tensor isinf(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("isnan(x): x is a tensor") Tensor isnan(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("lgamma(x): x is a tensor") Tensor lgamma(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("log(x): x is a tensor") Tensor log(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("log10(x): x is a tensor") Tensor log10(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("log1p(x): x is a tensor") Tensor log1p(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("log2(x): x is a tensor") Tensor log2(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("round(x): x is a tensor") Tensor round(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("signbit(x): x is a tensor") Tensor signbit(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("sin(x): x is a tensor") Tensor sin(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("sinh(x): x is a tensor") Tensor sinh(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("sqrt(x): x is a tensor") Tensor sqrt(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("tan(x): x is a tensor") Tensor tan(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("tanh(x): x is a tensor") Tensor tanh(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("trunc(x): x is a tensor") Tensor trunc(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("atan2(y, x): tensors or numbers") Tensor atan2(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("copysign(a, b): tensors or numbers") Tensor copysign(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("fmax(a, b): tensors or numbers") Tensor fmax(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("fmin(a, b): tensors or numbers") Tensor fmin(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("fmod(a, b): tensors or numbers") Tensor fmod(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("hypot(a, b): tensors or numbers") Tensor hypot(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("pow(x, y): tensors or numbers") Tensor pow(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("remainder(a, b): tensors or numbers") Tensor remainder(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("clamp(x, low, high): a tensor, and two numbers or tensors")
Tensor clamp(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("lerp(start, end, weight): tensors; weight may be a number")
Tensor lerp(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("max(x), max(x, dim): x is a tensor, dim an integer")
Tensor max(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("min(x), min(x, dim): x is a tensor, dim an integer")
Tensor min(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("norm(x, p): x is a tensor, p a number")
Tensor norm(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("tensor(values): a number, a std::vector or braces of numbers")
Tensor tensor(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("arange(end), arange(start, end, step): numbers")
Tensor arange(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("grad(outputs, inputs): lists of tensors; grad(f): f maps a tensor to a tensor")
Tensor grad(...) TINYGRAD_REFUSED;
TINYGRAD_REFUSE("tensor({…}): numbers")
template <class T>
requires(!std::is_arithmetic_v<T>)
Tensor tensor(std::initializer_list<T>, Dtype = float32) TINYGRAD_REFUSED;
// clang-format on

}  // namespace tinygrad
