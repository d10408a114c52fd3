// SPDX-License-Identifier: MIT
// HookHandle: removes a hook. Hooks of tensors and hooks of modules return it.
#pragma once

#include <memory>

#include "tinygrad/version.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// The result of registering a hook. The handle does not own the hook: a hook stays until remove(),
/// or as long as the module, or the graph of the tensor, with which it was registered.
class HookHandle {
 public:
  HookHandle() = default;
  /// For a std::function, which is empty once the hook is removed.
  template <class F> explicit HookHandle(const std::shared_ptr<F>& hook)
      : hook_(hook), clear_([](void* f) { *static_cast<F*>(f) = nullptr; }) {}

  /// Removes the hook. No effect if it was removed before, or if the module or graph is gone.
  void remove() {
    if (const auto hook = hook_.lock()) clear_(hook.get());
    hook_.reset();
  }

 private:
  std::weak_ptr<void> hook_;
  void (*clear_)(void*) = nullptr;
};

}  // namespace tinygrad
