// SPDX-License-Identifier: MIT
// largest_first(): sorts the lists that the tools print, the largest item first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "tinygrad/version.hpp"

namespace tinygrad::inline TINYGRAD_ABI::debug {

/// Sorts by size(item), the largest first. Equal items keep their order. It does not use
/// std::stable_sort, because newer compilers warn of a deprecated function inside it.
template <class T, class Size> void largest_first(std::vector<T>& items, Size size) {
  std::vector<std::size_t> order(items.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto size_a = size(items[a]), size_b = size(items[b]);
    return size_a != size_b ? size_a > size_b : a < b;
  });
  std::vector<T> sorted;
  sorted.reserve(items.size());
  for (const std::size_t i : order) sorted.push_back(std::move(items[i]));
  items = std::move(sorted);
}

}  // namespace tinygrad::debug
