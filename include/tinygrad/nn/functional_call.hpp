// SPDX-License-Identifier: MIT
// functional_call(): calls a module with given tensors instead of its parameters.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tinygrad/nn/module.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

namespace detail {
/// While it lives, given tensors replace a module's own.
class Exchanged {
 public:
  Exchanged(const Op& op, Module& module, const StateDict& state) {
    std::vector<std::pair<std::string, Tensor*>> places;
    for (const auto& [path, inner] : module.named_modules()) {
      Members m;
      inner->members(m);
      const std::string prefix = path.empty() ? "" : path + ".";
      for (const auto& [name, p] : m.parameters) places.emplace_back(prefix + name, p);
      for (const auto& [name, b] : m.buffers) places.emplace_back(prefix + name, b);
    }
    for (const auto& [name, value] : state) {
      const Tensor* own = nullptr;
      for (const auto& [known, place] : places)
        if (known == name) own = place;
      check<StateError>(own, op, type(module), " has no parameter or buffer named ", name);
      check<StateError>(own->shape() == value.shape(), op, name, ": ", own->shape(),
                        " in the module, ", value.shape(), " given");
    }
    // By identity, so that a shared tensor is exchanged at every place; all checks were done
    // before.
    for (const auto& [name, place] : places) {
      const Tensor own = *place;
      for (const auto& [known, other] : places)
        if (const auto given = state.find(known); given != state.end() && other->is(own))
          originals_.push_back({place, own, given->second});
    }
    for (auto& change : originals_) *change.place = change.value;
  }
  ~Exchanged() {
    for (auto& change : originals_) *change.place = change.own;
  }
  Exchanged(const Exchanged&) = delete;
  Exchanged& operator=(const Exchanged&) = delete;

 private:
  static std::string type(const Module& module) { return module.type_name(); }
  struct Change {
    Tensor* place;
    Tensor own, value;
  };
  std::vector<Change> originals_;
};
}  // namespace detail

/// module(x), where the tensors of `state` replace the module's own of the same dotted names; the
/// others are not changed. Gradients flow to the given tensors. A shared parameter is exchanged
/// everywhere, under any of its names. Afterwards the module is as before, also if forward throws;
/// other threads must not use it meanwhile.
/// Throws  StateError if the module has no such name or another shape
inline Tensor functional_call(Module& module, const StateDict& state, const Tensor& x,
                              At at = At::here()) {
  const detail::Exchanged exchanged({"functional_call", at}, module, state);
  return module(x, at);
}

}  // namespace tinygrad::nn
