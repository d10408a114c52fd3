// SPDX-License-Identifier: MIT
// Module: a struct with named tensors and modules inside. Its one obligation is to list them:
//
//   struct Mlp final : nn::Module {
//     nn::Linear fc1{784, 128}, fc2{128, 10};
//     void members(nn::Members& m) override { m("fc1", fc1)("fc2", fc2); }
//     Tensor forward(const Tensor& x) override { return fc2(relu(fc1(x))); }
//   };
#pragma once

#include <cxxabi.h>

#include <cstdlib>
#include <map>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "tinygrad/ops/cast.hpp"

namespace tinygrad::nn {

class Module;

/// A trainable tensor of a module: a leaf that requires a gradient. Undefined if switched off.
class Parameter : public Tensor {
 public:
  Parameter() = default;
  Parameter(const Tensor& values) : Tensor(values.detach()) {
    requires_grad_();
  }  // NOLINT: implicit
};

/// A tensor that is saved with a module but not trained, such as a running mean.
class Buffer : public Tensor {
 public:
  Buffer() = default;
  Buffer(const Tensor& values) : Tensor(values.detach()) {}  // NOLINT: implicit
};

/// The list that Module::members fills: names with parameters, buffers and modules, in order.
class Members {
 public:
  Members& operator()(std::string name, Parameter& p) {
    if (p.defined()) parameters.emplace_back(std::move(name), &p);
    return *this;
  }
  Members& operator()(std::string name, Buffer& b) {
    if (b.defined()) buffers.emplace_back(std::move(name), &b);
    return *this;
  }
  Members& operator()(std::string name, Module& m) {
    modules.emplace_back(std::move(name), &m);
    return *this;
  }

  template <class T> using Named = std::vector<std::pair<std::string, T>>;
  Named<Parameter*> parameters;
  Named<Buffer*> buffers;
  Named<Module*> modules;
};

template <class T> using Named = Members::Named<T>;

/// Tensors by dotted name, as in "block3.conv.weight".
using StateDict = std::map<std::string, Tensor>;

/// What load_state_dict found.
struct LoadReport {
  std::vector<std::string> missing;     ///< in the module, not in the dict
  std::vector<std::string> unexpected;  ///< in the dict, not in the module
  std::vector<std::string>
      mismatched;  ///< "fc1.weight: (128, 784) in the module, (64, 784) in the dict"
  bool ok() const { return missing.empty() && unexpected.empty() && mismatched.empty(); }
};

inline std::string to_string(const LoadReport& report) {
  std::string out;
  const auto list = [&](const char* title, const std::vector<std::string>& names) {
    for (const auto& name : names) out += (out.empty() ? "" : "; ") + concat(title, ' ', name);
  };
  list("missing", report.missing);
  list("unexpected", report.unexpected);
  list("mismatched", report.mismatched);
  return out;
}

/// Base of all layers and models. Movable, not copyable: a copy would share parameters by accident.
class Module {
 public:
  Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;
  virtual ~Module() = default;

  /// Lists every parameter, buffer and module inside, by name.
  virtual void members(Members&) {}
  /// The module's function of one tensor. Modules of several tensors have an operator() of their
  /// own.
  virtual Tensor forward(const Tensor& x);
  /// "Linear(784, 128)": the type and what matters of its settings.
  virtual std::string describe() const { return type_name(); }

  /// Calls forward. An error on the way names the module's path and the user's line.
  Tensor operator()(const Tensor& x, At at = At::here()) {
    return call(at, [&] { return forward(x); });
  }

  /// All parameters with their dotted names, in the order of members(); a shared one once.
  Named<Tensor> named_parameters() {
    Named<Tensor> out;
    visit("", [&](const std::string& prefix, const Members& m) {
      for (const auto& [name, p] : m.parameters) append_once(out, prefix + name, *p);
    });
    return out;
  }
  Named<Tensor> named_buffers() {
    Named<Tensor> out;
    visit("", [&](const std::string& prefix, const Members& m) {
      for (const auto& [name, b] : m.buffers) append_once(out, prefix + name, *b);
    });
    return out;
  }
  std::vector<Tensor> parameters() {
    std::vector<Tensor> out;
    for (auto& [name, p] : named_parameters()) out.push_back(p);
    return out;
  }
  /// How many trainable numbers there are.
  Index parameter_count() {
    Index n = 0;
    for (const Tensor& p : parameters()) n += p.numel();
    return n;
  }
  /// This module and all inside it, with dotted names ("" for itself).
  Named<Module*> named_modules() {
    Named<Module*> out{{"", this}};
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto [prefix, module] = out[i];
      Members m;
      module->members(m);
      for (auto& [name, child] : m.modules)
        out.emplace_back(prefix.empty() ? name : prefix + "." + name, child);
    }
    return out;
  }

  /// Training mode switches dropout and normalisation, here and inside.
  void train(bool on = true) {
    for (auto& [name, module] : named_modules()) module->training_ = on;
  }
  void eval() { train(false); }
  bool is_training() const { return training_; }

  /// Converts floating parameters and buffers; handles to them stay valid, gradients are dropped.
  void to(Dtype dtype) {
    for (const auto& list : {named_parameters(), named_buffers()})
      for (const auto& [name, t] : list)
        if (is_floating(t.dtype())) Tensor(t).set_data(kernels::cast({"to"}, t.array(), dtype));
  }
  void zero_grad() {
    for (const Tensor& p : parameters()) p.zero_grad();
  }
  /// Freezes (false) or unfreezes all parameters.
  void requires_grad_(bool on = true) {
    for (Tensor p : parameters()) p.requires_grad_(on);
  }

  /// Parameters and buffers by name; the tensors share the module's memory.
  StateDict state_dict() {
    StateDict out;
    for (const auto& list : {named_parameters(), named_buffers()})
      for (const auto& [name, t] : list) out.emplace(name, t.detach());
    return out;
  }
  /// Copies values from `state`, converting between floating dtypes. Strict: any missing,
  /// unexpected or mismatched name is an error that lists them all, and nothing is changed.
  /// Otherwise what fits is loaded, and the report says the rest.
  LoadReport load_state_dict(const StateDict& state, bool strict = true, At at = At::here()) {
    LoadReport report;
    std::vector<std::pair<Tensor, Tensor>> fitting;
    const StateDict own = state_dict();
    for (const auto& [name, t] : own) {
      const auto found = state.find(name);
      if (found == state.end()) report.missing.push_back(name);
      else if (found->second.shape() != t.shape())
        report.mismatched.push_back(concat(name, ": ", t.shape(), " in the module, ",
                                           found->second.shape(), " in the dict"));
      else if (is_floating(found->second.dtype()) != is_floating(t.dtype()))
        report.mismatched.push_back(concat(name, ": ", t.dtype(), " in the module, ",
                                           found->second.dtype(), " in the dict"));
      else fitting.emplace_back(t, found->second);
    }
    for (const auto& [name, t] : state)
      if (!own.count(name)) report.unexpected.push_back(name);
    if (strict && !report.ok()) fail<StateError>({"load_state_dict", at}, to_string(report));
    for (auto& [t, source] : fitting)
      t.copy_(Tensor(kernels::cast({"to"}, source.array(), t.dtype())));
    return report;
  }

  /// The type's name without this library's namespaces.
  std::string type_name() const {
    int status = 0;
    char* text = abi::__cxa_demangle(typeid(*this).name(), nullptr, nullptr, &status);
    std::string name = status == 0 ? text : "Module";
    std::free(text);
    for (const char* prefix : {"tinygrad::nn::", "tinygrad::"})
      if (name.rfind(prefix, 0) == 0) name.erase(0, std::string(prefix).size());
    return name;
  }

 protected:
  /// Runs f; an Error on its way out learns which module it came from.
  template <class F> auto call(At at, F&& f) -> decltype(f()) {
    try {
      return f();
    } catch (Error& e) {
      Members m;
      members(m);
      std::string child;
      for (const auto& [name, module] : m.modules)
        if (module == e.last_module) child = name;
      e.pass_through(at, type_name(), child, e.last_module == nullptr);
      e.last_module = this;
      throw;
    }
  }

 private:
  template <class F> void visit(const std::string& prefix, F f) {
    Members m;
    members(m);
    f(prefix, m);
    for (auto& [name, module] : m.modules) module->visit(prefix + name + ".", f);
  }
  static void append_once(Named<Tensor>& out, std::string name, const Tensor& t) {
    for (const auto& [known, other] : out)
      if (other.is(t)) return;
    out.emplace_back(std::move(name), t);
  }

  bool training_ = true;
};

inline Tensor Module::forward(const Tensor&) {
  fail<StateError>({"forward"}, type_name(), " is not a function of one tensor");
}

}  // namespace tinygrad::nn
