// SPDX-License-Identifier: MIT
// Counting the work of products, for summary(). Kernels that multiply and add as their main work
// report it; elementwise work is not counted.
#pragma once

#include <utility>

#include "tinygrad/core/shape.hpp"

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// While it lives, counts the multiply-adds of the products that its thread asks for. The innermost
/// counter counts, and hands its count on when it ends.
class MultiplyAddCounter {
 public:
  MultiplyAddCounter() : outer_(std::exchange(current(), this)) {}
  ~MultiplyAddCounter() {
    current() = outer_;
    add(count_);
  }
  MultiplyAddCounter(const MultiplyAddCounter&) = delete;
  MultiplyAddCounter& operator=(const MultiplyAddCounter&) = delete;

  Index count() const { return count_; }
  /// Called by kernels, on the thread that asked for the product.
  static void add(Index multiply_adds) {
    if (current()) current()->count_ += multiply_adds;
  }

 private:
  static MultiplyAddCounter*& current() {
    thread_local MultiplyAddCounter* counter = nullptr;
    return counter;
  }
  MultiplyAddCounter* outer_;
  Index count_ = 0;
};

}  // namespace tinygrad::kernels
