// SPDX-License-Identifier: MIT
// FunctionRef: a reference to a callable, valid for the length of a call.
#pragma once

#include "tinygrad/core/at_cpu_level.hpp"
#include "tinygrad/version.hpp"

// Clang warns about loops that it was told to vectorise and could not, at functions of this file.
// Without AVX2 this is true of many loops and no fault.
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

namespace tinygrad::inline TINYGRAD_ABI {

/// A reference to a callable. A function that takes one need not be a template: the loops of
/// parallel.hpp are compiled once, not once for each kernel.
template <class... Args> class FunctionRef {
 public:
  template <class F> FunctionRef(const F& f) : object_(&f), call_(call<F>) {}  // NOLINT: implicit
  /// The same, but f is called in its best_copy() for the level, at most `most`.
  template <CpuLevel most, class F> FunctionRef(AtCpuLevel<most>, const F& f)
      : object_(&f), call_(best_copy<call<F>, most>()) {}
  void operator()(Args... args) const { call_(object_, args...); }

 private:
  template <class F> static void call(const void* f, Args... args) {
    (*static_cast<const F*>(f))(args...);
  }

  const void* object_;
  void (*call_)(const void*, Args...);
};

}  // namespace tinygrad

#ifdef __clang__
#pragma clang diagnostic pop
#endif
