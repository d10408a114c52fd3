// SPDX-License-Identifier: MIT
// Module: the base class of layers and models. A module is a struct with parameters, buffers and
// modules as members. It must list them in members(); names, state and modes follow from the list.
//
//   struct Mlp final : nn::Module {
//     nn::Linear fc1{784, 128}, fc2{128, 10};
//     void members(nn::Members& m) override { m("fc1", fc1)("fc2", fc2); }
//     Tensor forward(const Tensor& x) override { return fc2(relu(fc1(x))); }
//   };
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tinygrad/autograd/state_reader.hpp"
#include "tinygrad/core/type_name.hpp"
#include "tinygrad/nn/hooks.hpp"
#include "tinygrad/ops/creation/cast.hpp"

namespace tinygrad::inline TINYGRAD_ABI::nn {

class Module;

/// A trainable tensor of a module: a leaf that requires a gradient. Undefined if the option is off.
class Parameter : public Tensor {
 public:
  Parameter() = default;
  Parameter(const Tensor& values) : Tensor(values.detach()) {  // NOLINT: implicit
    requires_grad_();
  }
};

/// A tensor that is saved with a module but not trained, such as a running mean.
class Buffer : public Tensor {
 public:
  Buffer() = default;
  Buffer(const Tensor& values) : Tensor(values.detach()) {}  // NOLINT: implicit
};

/// The list that Module::members fills: names with parameters, buffers and modules, in order. Each
/// name is unique, not empty and without a dot: dots join names into paths.
class Members {
 public:
  Members& operator()(std::string name, Parameter& p, At at = At::here()) {
    judge(name, at);
    if (p.defined()) parameters.emplace_back(std::move(name), &p);
    return *this;
  }
  Members& operator()(std::string name, Buffer& b, At at = At::here()) {
    judge(name, at);
    if (b.defined()) buffers.emplace_back(std::move(name), &b);
    return *this;
  }
  Members& operator()(std::string name, Module& m, At at = At::here()) {
    judge(name, at);
    modules.emplace_back(std::move(name), &m);
    return *this;
  }
  Members& operator()(...) TINYGRAD_REFUSED("m(name, member): a Parameter, Buffer or Module");

  template <class T> using Named = std::vector<std::pair<std::string, T>>;
  Named<Tensor*> parameters;
  Named<Tensor*> buffers;
  Named<Module*> modules;

  /// The fault of the first bad name, as "lists …", and the line that gave it; empty if there is
  /// none.
  const std::string& fault() const { return fault_; }
  At fault_at() const { return fault_at_; }

 private:
  void judge(const std::string& name, At at) {
    if (!fault_.empty()) return;
    const auto in = [&](const auto& list) {
      return std::any_of(list.begin(), list.end(), [&](const auto& o) { return o.first == name; });
    };
    if (name.empty() || name.find('.') != std::string::npos)
      fault_ = str_cat("lists a member named '", name,
                       "'; a name must not be empty or contain a dot, which joins names to paths");
    else if (in(parameters) || in(buffers) || in(modules))
      fault_ = str_cat("lists two members that are named ", name);
    if (!fault_.empty()) fault_at_ = at;
  }

  std::string fault_;
  At fault_at_;
};

template <class T> using Named = Members::Named<T>;

/// The tensors in a module's result, for hooks: the tensor itself, or the list that the member
/// tensors() of a struct of tensors returns.
inline std::vector<Tensor*> tensors_of(Tensor& y) { return {&y}; }
template <class Result> std::vector<Tensor*> tensors_of(Result& y) { return y.tensors(); }

namespace init {
class Initializer;
}
namespace detail {
/// The number of clones that this thread is making; see nn/clone.hpp.
inline int& clones_in_progress() {
  thread_local int count = 0;
  return count;
}
}  // namespace detail

/// Base of all layers and models. A module can be moved, and nn::clone() copies it. Every other
/// copy would share parameters by accident: outside of clone() the copy constructor throws a
/// StateError. A growing std::vector copies elements whose move may throw, so members should move
/// noexcept.
class Module {
 public:
  Module() = default;
  Module(const Module& other);
  Module(Module&&) = default;
  Module& operator=(const Module&) = delete;
  Module& operator=(Module&&) = default;
  virtual ~Module() = default;

  /// Lists every parameter, buffer and module inside, by name. An empty, dotted or repeated name is
  /// a StateError that names this type and the line, at the first use of the members.
  virtual void members(Members&) {}
  /// The module's function of one tensor. Modules of several tensors have their own operator(),
  /// which calls call().
  virtual Tensor forward(const Tensor& x);
  /// Gives new values to the parameters of this module, not to those of modules inside, by the
  /// rules of a preset; see nn/init_preset.hpp. By default the values do not change.
  virtual void reset_parameters(init::Initializer&) {}
  /// "Linear(784, 128)": the type, its sizes, and the settings that differ from the default.
  virtual std::string describe() const { return type_name(); }

  /// Calls forward. An error inside gets the module's path and the user's line.
  Tensor operator()(const Tensor& x, At at = At::here()) {
    if (!hooks_) return call(at, [&] { return forward(x); });
    return call(at, {x}, [&](const std::vector<Tensor>& in) { return forward(in[0]); });
  }

  /// Adds a hook that runs at every call from now on, after the hooks registered before; see
  /// nn/hooks.hpp. The handle removes it. Hooks move with the module.
  HookHandle register_forward_pre_hook(...) TINYGRAD_REFUSED("see nn/hooks.hpp");
  HookHandle register_forward_hook(...)
      TINYGRAD_REFUSED("hook(module, inputs, output): see nn/hooks.hpp");
  HookHandle register_full_backward_hook(...) TINYGRAD_REFUSED("see nn/hooks.hpp");
  HookHandle register_forward_pre_hook(ForwardPreHook hook) {
    return hooks().forward_pre.add(std::move(hook));
  }
  HookHandle register_forward_hook(ForwardHook hook) {
    return hooks().forward.add(std::move(hook));
  }
  HookHandle register_full_backward_hook(BackwardHook hook) {
    hooks().begin_backward = detail::begin_hooked_call;
    return hooks().backward.add(std::move(hook));
  }

  /// All parameters with their dotted names: a module's own, then those of the modules inside, in
  /// the order of members(). A shared one is listed once, by its first name.
  Named<Tensor> named_parameters() { return first_names(all_tensors(&Members::parameters)); }
  Named<Tensor> named_buffers() { return first_names(all_tensors(&Members::buffers)); }
  std::vector<Tensor> parameters() {
    std::vector<Tensor> out;
    for (auto& [name, p] : named_parameters()) out.push_back(p);
    return out;
  }
  /// The number of trainable elements.
  Index parameter_count() {
    Index n = 0;
    for (const Tensor& p : parameters()) n += p.numel();
    return n;
  }
  /// This module ("") and all inside it with dotted names, each followed by those inside it.
  Named<Module*> named_modules() {
    Named<Module*> out;
    visit("", [&](const std::string& name, Module& module, const Members&) {
      out.emplace_back(name, &module);
    });
    return out;
  }

  /// The modules directly inside, and their names.
  Named<Module*> named_children() { return listed().modules; }
  std::vector<Module*> children() {
    std::vector<Module*> out;
    for (const auto& [name, module] : named_children()) out.push_back(module);
    return out;
  }
  /// Calls f for every module inside, innermost first, and then for this one.
  template <class F>
  requires std::is_invocable_v<F&, Module&> Module& apply(F&& f) {
    for (Module* child : children()) child->apply(f);
    f(*this);
    return *this;
  }
  Module& apply(...) TINYGRAD_REFUSED("apply(f): f takes a Module&");
  /// The module with a dotted name, such as "block3.conv"; "" is this module.
  Module& get_submodule(std::string_view path, At at = At::here()) {
    return *find({"get_submodule", at}, named_modules(), path);
  }
  Tensor get_parameter(std::string_view path, At at = At::here()) {
    return find({"get_parameter", at}, named_parameters(), path);
  }
  Tensor get_buffer(std::string_view path, At at = At::here()) {
    return find({"get_buffer", at}, named_buffers(), path);
  }

  /// Sets the training mode, which dropout and normalisation use, here and in all modules inside.
  void train(bool on = true) {
    for (auto& [name, module] : named_modules()) module->training_ = on;
  }
  void eval() { train(false); }
  bool is_training() const { return training_; }

  /// Converts floating parameters and buffers; handles to them stay valid, gradients are dropped.
  void to(Dtype dtype, At at = At::here()) {
    const Op op{"to", at};
    check<DtypeError>(is_floating(dtype), op, "a module can be float32 or float64, not ", dtype);
    for (const auto& list : {named_parameters(), named_buffers()})
      for (const auto& [name, t] : list)
        if (is_floating(t.dtype())) Tensor(t).set_data(kernels::cast(op, t.array(), dtype));
  }
  void zero_grad() {
    for (const Tensor& p : parameters()) p.zero_grad();
  }
  /// Freezes (false) or unfreezes all parameters.
  void requires_grad_(bool on = true) {
    for (Tensor p : parameters()) p.requires_grad_(on);
  }

  /// Parameters and buffers by name. The tensors share the module's memory: later training changes
  /// them too. To keep the present values, call nn::clone(model.state_dict()); to write them to a
  /// file, save_state(path, model.state_dict()).
  StateDict state_dict() {
    StateDict out;
    for (const auto& list : {named_parameters(), named_buffers()})
      for (const auto& [name, t] : list) out.emplace(name, t.detach());
    return out;
  }
  /// Copies values from `state`, converting between floating dtypes. Strict: any missing,
  /// unexpected or mismatched name is an error that lists them all, and nothing is changed.
  /// Otherwise all values that fit are loaded, and the report lists the other names. A shared
  /// tensor may have any of its names.
  LoadReport load_state_dict(const StateDict& state, bool strict = true, At at = At::here()) {
    const Op op{"load_state_dict", at};
    StateReader reader(op, state, "the module");
    Named<Tensor> own = all_tensors(&Members::parameters);
    for (auto& buffer : all_tensors(&Members::buffers)) own.push_back(std::move(buffer));
    std::vector<std::pair<Tensor, Tensor>> fitting;
    for (const auto& [name, t] : own) {
      if (!reader.has(name)) continue;
      if (const Array source = reader.array(name, t.shape(), t.dtype()); source.defined())
        fitting.emplace_back(t.detach(), Tensor(kernels::cast(op, source, t.dtype())));
    }
    for (const auto& first : first_names(own))
      if (std::none_of(own.begin(), own.end(), [&](const auto& o) {
            return o.second.is(first.second) && reader.has(o.first);
          }))
        reader.missing(first.first);
    LoadReport report = reader.report();
    check<StateError>(!strict || report.ok(), op, to_string(report));
    for (auto& [t, source] : fitting) t.copy_(source);
    return report;
  }

  /// The type's name without namespaces; "Module" in a program without RTTI.
  std::string type_name() const { return tinygrad::detail::dynamic_type_name(*this, "Module"); }

 protected:
  /// Runs f; an Error that leaves f is told which module it came from.
  template <class F> auto call(At at, F&& f) -> decltype(f()) {
    if (tinygrad::detail::any_tool_at_work()) tinygrad::detail::note_line(at);
    try {
      return f();
    } catch (Error& e) {
      std::string child;
      for (const auto& [name, module] : named_modules())  // it may be inside a ModuleList
        if (module == e.last_module) child = name;
      e.pass_through(at, type_name(), child, e.last_module == nullptr);
      e.last_module = this;
      throw;
    }
  }
  /// The same for f(inputs), with this module's hooks before and after it.
  template <class F> auto call(At at, std::vector<Tensor> inputs, F&& f) -> decltype(f(inputs)) {
    return call(at, [&] {
      if (!hooks_) return f(inputs);
      const Op op{"hook", at};
      const std::size_t count = inputs.size();
      hooks_->forward_pre.run(*this, inputs);
      check<ValueError>(inputs.size() == count, op, "a forward pre-hook left ", inputs.size(),
                        " inputs of ", count, "; it may replace them, not add or remove any");
      std::function<void(std::vector<Tensor>&)> end_backward;
      if (!hooks_->backward.empty() && grad_enabled())
        end_backward = hooks_->begin_backward(hooks_->backward, inputs);
      auto y = f(inputs);
      const std::vector<Tensor*> slots = tensors_of(y);
      std::vector<Tensor> outputs;
      for (const Tensor* slot : slots) outputs.push_back(*slot);
      hooks_->forward.run(*this, inputs, outputs);
      check<ValueError>(outputs.size() == slots.size(), op, "a forward hook left ", outputs.size(),
                        " outputs of ", slots.size(),
                        "; it may replace them, not add or remove any");
      if (end_backward) end_backward(outputs);
      for (std::size_t i = 0; i < slots.size(); ++i) *slots[i] = outputs[i];
      return y;
    });
  }

 private:
  detail::Hooks& hooks() {
    if (!hooks_) hooks_ = std::make_unique<detail::Hooks>();
    return *hooks_;
  }

  template <class T> T find(const Op& op, const Named<T>& all, std::string_view path) {
    std::string known;
    for (const auto& [name, value] : all) {
      if (name == path) return value;
      if (!name.empty()) known += (known.empty() ? "" : ", ") + name;
    }
    fail<StateError>(op, type_name(), " has nothing named '", path, "'; it has ",
                     known.empty() ? "nothing of that kind" : known);
  }

  Members listed() {
    Members m;
    members(m);
    check<StateError>(m.fault().empty(), {"members", m.fault_at()}, type_name(), ' ', m.fault());
    return m;
  }
  // Calls f(dotted name, module, its members) for this module and then for those inside it.
  using Visitor = FunctionRef<const std::string&, Module&, const Members&>;
  void visit(const std::string& path, Visitor f) {
    const Members m = listed();
    f(path, *this, m);
    for (const auto& [name, module] : m.modules) module->visit(join(path, name), f);
  }
  static std::string join(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
  }

  // All tensors of these lists of the members; shared ones appear under each name.
  Named<Tensor> all_tensors(Named<Tensor*> Members::*list) {
    Named<Tensor> out;
    visit("", [&](const std::string& path, const Module&, const Members& m) {
      for (const auto& [name, t] : m.*list) out.emplace_back(join(path, name), *t);
    });
    return out;
  }
  static Named<Tensor> first_names(const Named<Tensor>& all) {
    Named<Tensor> out;
    for (const auto& each : all)
      if (std::none_of(out.begin(), out.end(),
                       [&](const auto& known) { return known.second.is(each.second); }))
        out.push_back(each);
    return out;
  }

  bool training_ = true;
  std::unique_ptr<detail::Hooks> hooks_;  // few modules have any
};

inline Module::Module(const Module& other) : training_(other.training_) {
  check<StateError>(detail::clones_in_progress() > 0, {"Module"}, other.type_name(),
                    " must not be copied, since the copy would share its parameters; pass it by "
                    "reference, move it, or take nn::clone(model)");
}
inline Tensor Module::forward(const Tensor&) {
  fail<StateError>({"forward"}, type_name(), " is not a function of one tensor");
}

/// A copy of a state with its own memory: later training does not change it.
///   const StateDict best = nn::clone(model.state_dict());
inline StateDict clone(const StateDict& state, At at = At::here()) {
  StateDict out;
  for (const auto& [name, t] : state) out.emplace(name, t.array(at).copy(at));
  return out;
}

/// The module as a tree: one line for each module, with the modules inside it indented below.
inline std::string to_string(Module& module) {
  std::string out;
  for (const auto& [path, inside] : module.named_modules()) {
    const auto depth = path.empty() ? 0 : 1 + std::count(path.begin(), path.end(), '.');
    out += std::string(2 * static_cast<std::size_t>(depth), ' ');
    if (!path.empty()) out += path.substr(path.rfind('.') + 1) + ": ";
    out += inside->describe() + '\n';
  }
  return out;
}
inline std::ostream& operator<<(std::ostream& out, Module& module) {
  return out << to_string(module);
}

}  // namespace tinygrad::nn
