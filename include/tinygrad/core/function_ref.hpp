// SPDX-License-Identifier: MIT
// FunctionRef: a reference to a callable, valid for the length of a call.
#pragma once

#include "tinygrad/version.hpp"

// Clang warns, at functions of this file, of loops that it was asked to vectorise and could not. To
// ask is a wish: without AVX2 many can not be.
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

namespace tinygrad::inline TINYGRAD_ABI {

/// What takes one need not be a template: the loops of parallel.hpp are compiled once instead of
/// once for each kernel.
template <class... Args> class FunctionRef {
 public:
  template <class F> FunctionRef(const F& f) : object_(&f), call_(call<F>) {}  // NOLINT: implicit
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
