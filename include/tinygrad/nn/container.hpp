// SPDX-License-Identifier: MIT
// Containers of modules and parameters. Sequential applies its modules in order. ModuleList,
// ModuleDict, ParameterList and ParameterDict only hold theirs.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>

#include "tinygrad/nn/module.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

/// A pointer that owns a T, or an object of a type derived from T. A copy of the pointer owns a
/// copy of the object; nn::clone() copies containers in this way.
template <class T> class Owned {
 public:
  template <std::derived_from<T> U> explicit Owned(std::unique_ptr<U> object)
      : object_(std::move(object)) {
    // If U is only Module, the type of the object is lost, and a copy would be sliced.
    if constexpr (!std::same_as<U, Module> && std::is_copy_constructible_v<U>)
      copy_ = [](const T& from) -> std::unique_ptr<T> {
        return std::make_unique<U>(static_cast<const U&>(from));
      };
  }
  Owned(const Owned& other) : copy_(other.copy_) {
    if constexpr (std::derived_from<T, Module>)
      check<StateError>(copy_ != nullptr, {"clone"}, other.object_->type_name(),
                        " cannot be copied: add it to its container by value, not as a "
                        "unique_ptr<Module>, and leave it its copy constructor");
    object_ = copy_(*other.object_);
  }
  Owned(Owned&&) noexcept = default;
  Owned& operator=(Owned&&) noexcept = default;

  T& operator*() const { return *object_; }
  T* operator->() const { return object_.get(); }
  T* get() const { return object_.get(); }

 private:
  std::unique_ptr<T> object_;
  std::unique_ptr<T> (*copy_)(const T&) = nullptr;
};

namespace detail {
/// Checks that a name can be part of a path, and is not in `named` yet.
template <class T>
void check_name(const Op& op, const Named<T>& named, const std::string& name, const char* what) {
  check<ValueError>(!name.empty() && name.find('.') == std::string::npos, op, "the name '", name,
                    "' must not be empty or contain a dot");
  for (const auto& [known, value] : named)
    check<ValueError>(known != name, op, "there is already a ", what, " named ", name);
}
template <class T>
T& find_name(const Op& op, Named<T>& named, std::string_view name, const char* what) {
  for (auto& [known, value] : named)
    if (known == name) return value;
  fail<ValueError>(op, "there is no ", what, " named '", name, "'");
}
}  // namespace detail

/// Owns its modules and applies them in order.
///   nn::Sequential model{nn::Flatten(), nn::Linear(784, 128), nn::ReLU(), nn::Linear(128, 10)};
/// They are named "0", "1", … here, and as one likes with add(). Write braces: they are made from
/// left to right, so the same seed gives the same weights, while the order in parentheses is each
/// compiler's own.
struct Sequential final : Module {
  Sequential() = default;
  /// Takes ownership of the modules; move modules that have a name.
  template <std::derived_from<Module>... M>
  explicit Sequential(M... modules) requires(sizeof...(M) > 0) {
    (add(std::to_string(size()), std::move(modules)), ...);
  }
  template <class... M>
  requires(!(std::derived_from<M, Module> && ...)) explicit Sequential(const M&...)
      TINYGRAD_REFUSED(
          "Sequential(modules): each is a Module; nn::Lambda(f) makes one of a function");

  /// Appends a module and returns a reference to it in its new place.
  template <std::derived_from<Module> M> M& add(std::string name, M module, At at = At::here()) {
    return add(std::move(name), std::make_unique<M>(std::move(module)), at);
  }
  /// The same for an existing module. nn::clone() cannot copy a unique_ptr<Module>.
  template <std::derived_from<Module> M>
  M& add(std::string name, std::unique_ptr<M> module, At at = At::here()) {
    const Op op{"Sequential", at};
    check<ValueError>(module != nullptr, op, "module ", name, " is null");
    detail::check_name(op, modules_, name, "module");
    M& stays = *module;
    modules_.emplace_back(std::move(name), Owned<Module>(std::move(module)));
    return stays;
  }

  /// add() with the next number as the name.
  template <std::derived_from<Module> M> M& append(M module, At at = At::here()) {
    return add(std::to_string(size()), std::move(module), at);
  }

  std::size_t size() const { return modules_.size(); }
  // A template, because the literal 0 would convert to a text as well as to a number.
  template <std::convertible_to<std::string_view> Name> Module& operator[](const Name& name) {
    return *detail::find_name({"Sequential"}, modules_, name, "module");
  }
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
  std::string describe() const override { return str_cat("Sequential(", size(), ")"); }

 private:
  Named<Owned<Module>> modules_;
};

/// Modules of type M, or derived from it, named "0", "1", …:
///   nn::ModuleList<nn::Linear> layers;
///   for (int i = 0; i < 3; ++i) layers.append(nn::Linear(8, 8));
///   for (auto& layer : layers) x = relu((*layer)(x));
template <std::derived_from<Module> M = Module> struct ModuleList final : Module {
  ModuleList() = default;
  template <std::derived_from<M>... T>
  explicit ModuleList(T... modules) requires(sizeof...(T) > 0) {
    (append(std::move(modules)), ...);
  }
  template <class... T>
  requires(!(std::derived_from<T, M> && ...)) explicit ModuleList(const T&...)
      TINYGRAD_REFUSED("ModuleList<M>(modules): each is an M");

  template <std::derived_from<M> T> T& append(T module) {
    auto owned = std::make_unique<T>(std::move(module));
    T& stays = *owned;
    modules_.emplace_back(std::move(owned));
    return stays;
  }
  std::size_t size() const { return modules_.size(); }
  M& operator[](std::size_t i) const {
    check<ValueError>(i < size(), {"ModuleList"}, "there is no module ", i, " of ", size());
    return *modules_[i];
  }
  auto begin() const { return modules_.begin(); }
  auto end() const { return modules_.end(); }

  void members(Members& m) override {
    for (std::size_t i = 0; i < size(); ++i) m(std::to_string(i), *modules_[i]);
  }
  std::string describe() const override { return str_cat("ModuleList(", size(), ")"); }

 private:
  std::vector<Owned<M>> modules_;
};

/// Modules of type M, or derived from it, by name, in the order they were added.
template <std::derived_from<Module> M = Module> struct ModuleDict final : Module {
  template <std::derived_from<M> T> T& add(std::string name, T module, At at = At::here()) {
    detail::check_name({"ModuleDict", at}, modules_, name, "module");
    auto owned = std::make_unique<T>(std::move(module));
    T& stays = *owned;
    modules_.emplace_back(std::move(name), Owned<M>(std::move(owned)));
    return stays;
  }
  std::size_t size() const { return modules_.size(); }
  bool contains(std::string_view name) const {
    return std::any_of(modules_.begin(), modules_.end(),
                       [&](const auto& each) { return each.first == name; });
  }
  M& operator[](std::string_view name) {
    return *detail::find_name({"ModuleDict"}, modules_, name, "module");
  }
  auto begin() const { return modules_.begin(); }
  auto end() const { return modules_.end(); }

  void members(Members& m) override {
    for (auto& [name, module] : modules_) m(name, *module);
  }
  std::string describe() const override { return str_cat("ModuleDict(", size(), ")"); }

 private:
  Named<Owned<M>> modules_;
};

/// Parameters named "0", "1", ….
struct ParameterList final : Module {
  /// Appends a parameter that starts with these values, and returns a reference to it.
  Parameter& append(const Tensor& values) {
    parameters_.emplace_back(std::make_unique<Parameter>(values));
    return *parameters_.back();
  }
  std::size_t size() const { return parameters_.size(); }
  Parameter& operator[](std::size_t i) const {
    check<ValueError>(i < size(), {"ParameterList"}, "there is no parameter ", i, " of ", size());
    return *parameters_[i];
  }
  auto begin() const { return parameters_.begin(); }
  auto end() const { return parameters_.end(); }

  void members(Members& m) override {
    for (std::size_t i = 0; i < size(); ++i) m(std::to_string(i), *parameters_[i]);
  }
  std::string describe() const override { return str_cat("ParameterList(", size(), ")"); }

 private:
  std::vector<Owned<Parameter>> parameters_;
};

/// Parameters by name, in the order they were added.
struct ParameterDict final : Module {
  /// Adds a parameter that starts with these values, and returns a reference to it.
  Parameter& add(std::string name, const Tensor& values, At at = At::here()) {
    detail::check_name({"ParameterDict", at}, parameters_, name, "parameter");
    parameters_.emplace_back(std::move(name),
                             Owned<Parameter>(std::make_unique<Parameter>(values)));
    return *parameters_.back().second;
  }
  std::size_t size() const { return parameters_.size(); }
  Parameter& operator[](std::string_view name) {
    return *detail::find_name({"ParameterDict"}, parameters_, name, "parameter");
  }
  auto begin() const { return parameters_.begin(); }
  auto end() const { return parameters_.end(); }

  void members(Members& m) override {
    for (auto& [name, parameter] : parameters_) m(name, *parameter);
  }
  std::string describe() const override { return str_cat("ParameterDict(", size(), ")"); }

 private:
  Named<Owned<Parameter>> parameters_;
};

}  // namespace tinygrad::nn
