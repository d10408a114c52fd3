// SPDX-License-Identifier: MIT
// ListRef: a reference to adjacent elements, with their number. It does not own the elements.
#pragma once

#include <cstddef>

#include "tinygrad/version.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// It replaces std::span in the lists that record() passes on: <span> and three span types took a
/// twentieth of the time to compile tensor.hpp.
template <class T> class ListRef {
 public:
  ListRef() = default;
  ListRef(T* first, std::size_t size) : first_(first), size_(size) {}
  template <class List>
  requires requires(List& list) { ListRef(list.data(), list.size()); }
  ListRef(List&& list) : ListRef(list.data(), list.size()) {}  // NOLINT: implicit

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() const { return first_; }
  T* begin() const { return first_; }
  T* end() const { return first_ + size_; }
  T& operator[](std::size_t i) const { return first_[i]; }

 private:
  T* first_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tinygrad
