// SPDX-License-Identifier: MIT
// HookHandle: removes a hook. Hooks of tensors and hooks of modules return it.
#pragma once

#include <memory>

#include "tinygrad/version.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// What registering a hook returns. The handle does not own the hook: a hook stays until remove(),
/// or as long as the module or the graph of the tensor that it was registered with.
class HookHandle {
 public:
  HookHandle() = default;
  /// For a std::function, which is empty once the hook is removed.
  template <class F> explicit HookHandle(const std::shared_ptr<F>& hook)
      : hook_(hook), clear_([](void* f) { *static_cast<F*>(f) = nullptr; }) {}

  /// Removes the hook. No effect if that was done, or what the hook watched is gone.
  void remove() {
    if (const auto hook = hook_.lock()) clear_(hook.get());
    hook_.reset();
  }

 private:
  std::weak_ptr<void> hook_;
  void (*clear_)(void*) = nullptr;
};

}  // namespace tinygrad
