// SPDX-License-Identifier: MIT
// What operators and functions refuse: arguments that are neither tensors nor numbers. Operators
// have many overloads, and so have functions with the name of a standard one: without these
// declarations one wrong argument would be an error of a hundred lines. Only doors include this
// file, at their end, so that it costs the library's own calls nothing.
#pragma once

#include <initializer_list>
#include <ostream>
#include <string>
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
struct NoNumber {
  template <class T>
  requires(!std::is_arithmetic_v<T>) NoNumber(const T&);  // NOLINT: implicit
};
/// The result of + for a text and a tensor, as either: else clang adds that a tensor is no text.
struct NoSum {
  operator Tensor() const;       // NOLINT: implicit
  operator std::string() const;  // NOLINT: implicit
};
}  // namespace detail

// clang-format off: a table
detail::NoSum operator+(const Tensor&, const detail::NeitherTensorNorNumber&)
    TINYGRAD_REFUSED("the operands of + are tensors and numbers");
detail::NoSum operator+(const detail::NeitherTensorNorNumber&, const Tensor&)
    TINYGRAD_REFUSED("the operands of + are tensors and numbers");
Tensor operator-(const Tensor&, const detail::NeitherTensorNorNumber&)
    TINYGRAD_REFUSED("the operands of - are tensors and numbers");
Tensor operator-(const detail::NeitherTensorNorNumber&, const Tensor&)
    TINYGRAD_REFUSED("the operands of - are tensors and numbers");
Tensor operator*(const Tensor&, const detail::NeitherTensorNorNumber&)
    TINYGRAD_REFUSED("the operands of * are tensors and numbers");
Tensor operator*(const detail::NeitherTensorNorNumber&, const Tensor&)
    TINYGRAD_REFUSED("the operands of * are tensors and numbers");
Tensor operator/(const Tensor&, const detail::NeitherTensorNorNumber&)
    TINYGRAD_REFUSED("the operands of / are tensors and numbers");
Tensor operator/(const detail::NeitherTensorNorNumber&, const Tensor&)
    TINYGRAD_REFUSED("the operands of / are tensors and numbers");
Tensor operator<(const Tensor&, const detail::NeitherTensorNorNumber&)
    TINYGRAD_REFUSED("the operands of < are tensors and numbers");
Tensor operator<(const detail::NeitherTensorNorNumber&, const Tensor&)
    TINYGRAD_REFUSED("the operands of < are tensors and numbers");
Tensor operator<=(const Tensor&, const detail::NeitherTensorNorNumber&)
    TINYGRAD_REFUSED("the operands of <= are tensors and numbers");
Tensor operator<=(const detail::NeitherTensorNorNumber&, const Tensor&)
    TINYGRAD_REFUSED("the operands of <= are tensors and numbers");
Tensor operator>(const Tensor&, const detail::NeitherTensorNorNumber&)
    TINYGRAD_REFUSED("the operands of > are tensors and numbers");
Tensor operator>(const detail::NeitherTensorNorNumber&, const Tensor&)
    TINYGRAD_REFUSED("the operands of > are tensors and numbers");
Tensor operator>=(const Tensor&, const detail::NeitherTensorNorNumber&)
    TINYGRAD_REFUSED("the operands of >= are tensors and numbers");
Tensor operator>=(const detail::NeitherTensorNorNumber&, const Tensor&)
    TINYGRAD_REFUSED("the operands of >= are tensors and numbers");
bool operator==(const Tensor&, const Operand&) TINYGRAD_REFUSED("see eq() and equal()");
bool operator==(const Tensor&, const detail::NeitherTensorNorNumber&)
    TINYGRAD_REFUSED("the operands of eq() and ne() are tensors and numbers");
bool operator!=(const Tensor&, const Operand&) TINYGRAD_REFUSED("see ne() and equal()");
bool operator!=(const Tensor&, const detail::NeitherTensorNorNumber&)
    TINYGRAD_REFUSED("the operands of eq() and ne() are tensors and numbers");
Tensor operator<<(const Tensor&, const Operand&)
    TINYGRAD_REFUSED("there are no shifts; to print, write stream << x");
std::ostream& operator<<(std::ostream&, const detail::ListOfTensors&)
    TINYGRAD_REFUSED("print each tensor of a list by itself");

Tensor abs(...) TINYGRAD_REFUSED("abs(x): x is a tensor");
Tensor acos(...) TINYGRAD_REFUSED("acos(x): x is a tensor");
Tensor acosh(...) TINYGRAD_REFUSED("acosh(x): x is a tensor");
Tensor asin(...) TINYGRAD_REFUSED("asin(x): x is a tensor");
Tensor asinh(...) TINYGRAD_REFUSED("asinh(x): x is a tensor");
Tensor atan(...) TINYGRAD_REFUSED("atan(x): x is a tensor");
Tensor atanh(...) TINYGRAD_REFUSED("atanh(x): x is a tensor");
Tensor ceil(...) TINYGRAD_REFUSED("ceil(x): x is a tensor");
Tensor cos(...) TINYGRAD_REFUSED("cos(x): x is a tensor");
Tensor cosh(...) TINYGRAD_REFUSED("cosh(x): x is a tensor");
Tensor erf(...) TINYGRAD_REFUSED("erf(x): x is a tensor");
Tensor erfc(...) TINYGRAD_REFUSED("erfc(x): x is a tensor");
Tensor exp(...) TINYGRAD_REFUSED("exp(x): x is a tensor");
Tensor exp2(...) TINYGRAD_REFUSED("exp2(x): x is a tensor");
Tensor expm1(...) TINYGRAD_REFUSED("expm1(x): x is a tensor");
Tensor floor(...) TINYGRAD_REFUSED("floor(x): x is a tensor");
Tensor isfinite(...) TINYGRAD_REFUSED("isfinite(x): x is a tensor");
Tensor isinf(...) TINYGRAD_REFUSED("isinf(x): x is a tensor");
Tensor isnan(...) TINYGRAD_REFUSED("isnan(x): x is a tensor");
Tensor lgamma(...) TINYGRAD_REFUSED("lgamma(x): x is a tensor");
Tensor log(...) TINYGRAD_REFUSED("log(x): x is a tensor");
Tensor log10(...) TINYGRAD_REFUSED("log10(x): x is a tensor");
Tensor log1p(...) TINYGRAD_REFUSED("log1p(x): x is a tensor");
Tensor log2(...) TINYGRAD_REFUSED("log2(x): x is a tensor");
Tensor round(...) TINYGRAD_REFUSED("round(x): x is a tensor");
Tensor signbit(...) TINYGRAD_REFUSED("signbit(x): x is a tensor");
Tensor sin(...) TINYGRAD_REFUSED("sin(x): x is a tensor");
Tensor sinh(...) TINYGRAD_REFUSED("sinh(x): x is a tensor");
Tensor sqrt(...) TINYGRAD_REFUSED("sqrt(x): x is a tensor");
Tensor tan(...) TINYGRAD_REFUSED("tan(x): x is a tensor");
Tensor tanh(...) TINYGRAD_REFUSED("tanh(x): x is a tensor");
Tensor trunc(...) TINYGRAD_REFUSED("trunc(x): x is a tensor");
Tensor atan2(...) TINYGRAD_REFUSED("atan2(y, x): tensors or numbers");
Tensor copysign(...) TINYGRAD_REFUSED("copysign(a, b): tensors or numbers");
Tensor fmax(...) TINYGRAD_REFUSED("fmax(a, b): tensors or numbers");
Tensor fmin(...) TINYGRAD_REFUSED("fmin(a, b): tensors or numbers");
Tensor fmod(...) TINYGRAD_REFUSED("fmod(a, b): tensors or numbers");
Tensor hypot(...) TINYGRAD_REFUSED("hypot(a, b): tensors or numbers");
Tensor pow(...) TINYGRAD_REFUSED("pow(x, y): tensors or numbers");
Tensor remainder(...) TINYGRAD_REFUSED("remainder(a, b): tensors or numbers");
Tensor clamp(...) TINYGRAD_REFUSED("clamp(x, low, high): a tensor, and two numbers or tensors");
Tensor lerp(...) TINYGRAD_REFUSED("lerp(start, end, weight): tensors; weight may be a number");
Tensor max(...) TINYGRAD_REFUSED("max(x), max(x, dim): x is a tensor, dim an integer");
Tensor min(...) TINYGRAD_REFUSED("min(x), min(x, dim): x is a tensor, dim an integer");
Tensor norm(...) TINYGRAD_REFUSED("norm(x, p): x is a tensor, p a number");
Tensor tensor(...) TINYGRAD_REFUSED("tensor(values): a number, a std::vector or braces of numbers");
Tensor arange(...) TINYGRAD_REFUSED("arange(end), arange(start, end, step): numbers");
Tensor grad(...) TINYGRAD_REFUSED("grad(outputs, inputs): lists of tensors; grad(f): a function");
template <class = void> void tensor(std::initializer_list<detail::NoNumber>, Dtype = float32)
    TINYGRAD_REFUSED("tensor({…}): numbers");
// clang-format on

}  // namespace tinygrad
