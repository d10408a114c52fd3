// SPDX-License-Identifier: MIT
// x[…]: index() and index_put_() with brackets. x[i] reads; x[i] = v and x[i] += v write.
#pragma once

#include <vector>

#include "tinygrad/ops/indexing/inplace_indexing.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// The result of x[…]: the tensor index(x, items), and the position that it was read from. An
/// assignment to the temporary itself, x[0] = v, overwrites that position in x, as index_put_()
/// does; v broadcasts. An assignment to a variable, auto row = x[0]; row = v, gives the variable
/// another tensor, as for every Tensor. x[0][1] only reads; to write, use x[{0, 1}] = v.
/// Cost    a write costs index_put_() and the read before it
class Indexed : public Tensor {
 public:
  Indexed(const Tensor& x, const std::vector<IndexItem>& items, At at)
      : Tensor(index(x, items, at)), x_(x), items_(items), at_(at) {}
  Indexed(const Indexed&) = default;
  ~Indexed() = default;

  void operator=(const Operand& values) && { write(values); }
  void operator=(const Indexed& values) && { write({values, at_}); }
  void operator=(const detail::NeitherTensorNorNumber&) &&
      TINYGRAD_REFUSED("x[…] = y: y is a tensor or a number");
  void operator+=(const Operand& y) && { write({add(*this, y, y.at), y.at}); }
  void operator-=(const Operand& y) && { write({sub(*this, y, y.at), y.at}); }
  void operator*=(const Operand& y) && { write({mul(*this, y, y.at), y.at}); }
  void operator/=(const Operand& y) && { write({div(*this, y, y.at), y.at}); }

  Indexed& operator=(const Tensor& other) & {
    Tensor::operator=(other);
    return *this;
  }
  Indexed& operator=(const Indexed& other) & { return *this = static_cast<const Tensor&>(other); }

 private:
  void write(const Operand& values) { index_put_(x_, items_, values, false, values.at); }

  Tensor x_;
  std::vector<IndexItem> items_;
  At at_;
};

namespace detail {
inline At line_of(std::initializer_list<IndexItem> items) {
  return items.size() == 0 ? At{} : items.begin()->at();
}
}  // namespace detail

inline Indexed Tensor::operator[](const IndexItem& item) & { return {*this, {item}, item.at()}; }
inline Indexed Tensor::operator[](std::initializer_list<IndexItem> items) & {
  return {*this, items, detail::line_of(items)};
}
inline const Tensor Tensor::operator[](const IndexItem& item) const& {
  return index(*this, {item}, item.at());
}
inline const Tensor Tensor::operator[](std::initializer_list<IndexItem> items) const& {
  return index(*this, items, detail::line_of(items));
}

}  // namespace tinygrad
