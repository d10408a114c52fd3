// SPDX-License-Identifier: MIT
// Sequential: modules applied one after the other.
#pragma once

#include <concepts>
#include <memory>

#include "tinygrad/nn/module.hpp"

namespace tinygrad::nn {

/// Owns its modules and applies them in order.
///   nn::Sequential model{nn::Flatten(), nn::Linear(784, 128), nn::ReLU(), nn::Linear(128, 10)};
/// They are named "0", "1", … here, and as one likes with add(). Write braces: they are made from
/// left to right, so the same seed gives the same weights, while the order in parentheses is each
/// compiler's own.
struct Sequential final : Module {
  Sequential() = default;
  /// Takes the modules over; move those that have a name.
  template <std::derived_from<Module>... M>
  explicit Sequential(M... modules) requires(sizeof...(M) > 0) {
    (add(std::to_string(size()), std::move(modules)), ...);
  }

  /// Appends a module and returns it where it now lives.
  template <std::derived_from<Module> M> M& add(std::string name, M module, At at = At::here()) {
    auto owned = std::make_unique<M>(std::move(module));
    M& stays = *owned;
    add(std::move(name), std::unique_ptr<Module>(std::move(owned)), at);
    return stays;
  }
  Module& add(std::string name, std::unique_ptr<Module> module, At at = At::here()) {
    const Op op{"Sequential", at};
    check<ValueError>(module != nullptr, op, "module ", name, " is null");
    check<ValueError>(!name.empty() && name.find('.') == std::string::npos, op, "the name '", name,
                      "' must not be empty or contain a dot");
    for (const auto& [known, other] : modules_)
      check<ValueError>(known != name, op, "there is already a module named ", name);
    modules_.emplace_back(std::move(name), std::move(module));
    return *modules_.back().second;
  }

  std::size_t size() const { return modules_.size(); }
  Module& operator[](std::size_t i) const {
    check<ValueError>(i < size(), {"Sequential"}, "there is no module ", i, " of ", size());
    return *modules_[i].second;
  }

  void members(Members& m) override {
    for (auto& [name, module] : modules_) m(name, *module);
  }
  Tensor forward(const Tensor& x) override {
    Tensor y = x;
    for (auto& [name, module] : modules_) y = (*module)(y);
    return y;
  }
  std::string describe() const override { return concat("Sequential(", size(), ")"); }

 private:
  Named<std::unique_ptr<Module>> modules_;
};

}  // namespace tinygrad::nn
