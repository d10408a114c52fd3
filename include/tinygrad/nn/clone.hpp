// SPDX-License-Identifier: MIT
// clone(): a copy of a module that shares no parameters and no buffers with it.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>
#include <vector>

#include "tinygrad/nn/module.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

namespace detail {
/// Modules may be copied while it lives.
class CloneGuard {
 public:
  CloneGuard() { ++clones_in_progress(); }
  ~CloneGuard() { --clones_in_progress(); }
  CloneGuard(const CloneGuard&) = delete;
  CloneGuard& operator=(const CloneGuard&) = delete;
};

/// Gives its own tensors to a module that was copied member by member. Members that were one tensor
/// stay one tensor.
inline void separate(Module& copy, At at) {
  std::vector<std::pair<Tensor, Tensor>> done;  // pairs of the original's and the copy's tensor
  for (const auto& [path, inside] : copy.named_modules()) {
    Members m;
    inside->members(m);
    for (const auto* list : {&m.parameters, &m.buffers})
      for (const auto& [name, place] : *list) {
        const Tensor old = *place;
        Tensor own;
        for (const auto& [theirs, ours] : done)
          if (theirs.is(old)) own = ours;
        if (!own.defined()) {
          own = Tensor(old.array(at).copy(at)).requires_grad_(old.requires_grad());
          done.emplace_back(old, own);
        }
        *place = own;
      }
  }
}
}  // namespace detail

/// A copy of `model` with parameters and buffers of its own:
///   const Mlp best = nn::clone(model);
/// Values, dtypes, training modes and frozen parameters are the same. Parameters that are shared
/// inside the model are shared inside the copy. Gradients and hooks are not copied. A layer's own
/// generator is copied with its state, so both draw the same numbers from here on. Tensors that
/// members() does not list stay shared. A model that holds modules in a std::unique_ptr cannot be
/// copied; ModuleList and ModuleDict can.
/// Throws  StateError for a reference to a base class of the model, and for a container with a
///         module whose type it was not told
void clone(...) TINYGRAD_REFUSED("nn::clone(model): a Module by its own type");
template <std::derived_from<Module> M> M clone(const M& model, At at = At::here()) {
  static_assert(std::is_copy_constructible_v<M>,
                "nn::clone() copies the members of a module: keep modules in ModuleList or "
                "ModuleDict instead of std::unique_ptr");
  const Op op{"clone", at};
  const CalledAs called(op);
  const detail::CloneGuard guard;
  M copy(model);
  check<StateError>(copy.type_name() == model.type_name(), op, "the model is a ", model.type_name(),
                    ", but is given as a ", copy.type_name(), "; give it by its own type");
  detail::separate(copy, at);
  return copy;
}

}  // namespace tinygrad::nn
