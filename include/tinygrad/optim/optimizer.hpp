// SPDX-License-Identifier: MIT
// Optimizer: the parameters to update, in groups with options of their own, and what is remembered
// of each between steps. The update rules are in the files beside this one.
#pragma once

#include <charconv>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tinygrad/autograd/node.hpp"
#include "tinygrad/autograd/observer.hpp"
#include "tinygrad/kernels/elementwise.hpp"

namespace tinygrad::optim {

/// Tensors by name, as in "0.momentum_buffer".
using StateDict = std::map<std::string, Tensor>;

/// Base of all optimizers. Holds handles to the parameters: it updates them wherever they are used.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Updates every parameter that has a gradient, in place. Allocates only the first time.
  /// Throws  DtypeError, ShapeError if a gradient does not fit its parameter; nothing is changed
  void step(At at = At::here()) {
    const Op op{name_, at};
    for (const Slot& slot : slots_) check_gradient(op, slot);
    announce(op, &Observer::before_step);
    for (Slot& slot : slots_) {
      const Tensor grad = slot.param.grad();
      if (!grad.defined()) continue;
      prepare(op, slot);
      ++slot.step;
      update(op, slot, grad.array());
      slot.param.array().bump_version("step");
    }
    announce(op, &Observer::after_step);
  }

  /// All parameters, group after group.
  std::vector<Tensor> parameters() const {
    std::vector<Tensor> out;
    for (const Slot& slot : slots_) out.push_back(slot.param);
    return out;
  }

  /// Forgets the gradients of all parameters.
  void zero_grad() {
    for (const Slot& slot : slots_) slot.param.zero_grad();
  }

  std::size_t group_count() const { return groups_; }
  /// The learning rate of a group.
  virtual double lr(std::size_t group = 0) const = 0;
  virtual void set_lr(double lr, std::size_t group, At at = At::here()) = 0;
  /// Sets the learning rate of every group.
  void set_lr(double lr, At at = At::here()) {
    for (std::size_t group = 0; group < groups_; ++group) set_lr(lr, group, at);
  }

  /// What the next step depends on besides the parameters: for parameter i (counted over all
  /// groups) "i.step", an int64, and its buffers, as in "i.exp_avg"; for group g "group.g.lr".
  /// The buffers share the optimizer's memory.
  StateDict state_dict() const {
    StateDict state;
    for (std::size_t group = 0; group < groups_; ++group)
      state.emplace(lr_key(group), Array::full({}, lr(group), float64));
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const Slot& slot = slots_[i];
      if (slot.step == 0) continue;
      state.emplace(key(i, "step"), Array::full({}, static_cast<double>(slot.step), int64));
      for (std::size_t k = 0; k < buffer_names_.size(); ++k)
        if (slot.buffers[k].defined()) state.emplace(key(i, buffer_names_[k]), slot.buffers[k]);
    }
    return state;
  }

  /// Continues from `state`, which is copied, in the dtypes of the parameters.
  /// Throws  StateError that lists every missing, unexpected or mismatched name; nothing is changed
  void load_state_dict(const StateDict& state, At at = At::here()) {
    const Op op{"load_state_dict", at};
    std::string problems;
    const auto problem = [&](const auto&... parts) {
      problems += (problems.empty() ? "" : "; ") + concat(parts...);
    };
    std::size_t used = 0;
    const auto find = [&](const std::string& name, const Shape& shape, bool integer) {
      const auto found = state.find(name);
      if (found == state.end()) return Array();
      ++used;
      const Array& value = found->second.array();
      if (value.shape() != shape) problem(name, " is ", value.shape(), ", expected ", shape);
      else if (integer ? value.dtype() != int64 : !is_floating(value.dtype()))
        problem(name, " is ", value.dtype(), ", expected ", integer ? "int64" : "floating");
      else return value;
      return Array();
    };

    std::vector<double> rates;
    for (std::size_t group = 0; group < groups_; ++group) {
      const Array rate = find(lr_key(group), {}, false);
      if (!state.count(lr_key(group))) problem("missing ", lr_key(group));
      rates.push_back(rate.defined() ? rate.item() : 0);
      if (!(rates.back() >= 0)) problem(lr_key(group), " is ", rates.back());
    }
    std::vector<Slot> slots = slots_;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      Slot& slot = slots[i];
      const Array step = find(key(i, "step"), {}, true);
      slot.step = step.defined() ? step.item<Index>() : 0;
      if (slot.step < 0) problem(key(i, "step"), " is ", slot.step);
      for (std::size_t k = 0; k < buffer_names_.size(); ++k) {
        const std::string name = key(i, buffer_names_[k]);
        const Array value = find(name, slot.param.shape(), false);
        if (!state.count(name) && slot.step > 0 && remembers(slot, k)) problem("missing ", name);
        slot.buffers[k] =
            value.defined() ? kernels::cast(op, value, slot.param.dtype()).copy() : Array();
      }
    }
    if (used != state.size())
      for (const auto& [name, value] : state)
        if (!knows(name)) problem("unexpected ", name);
    check<StateError>(problems.empty(), op, problems);

    slots_ = std::move(slots);
    for (std::size_t group = 0; group < groups_; ++group) set_lr(rates[group], group, at);
  }

 protected:
  /// A parameter and what is remembered of it.
  struct Slot {
    Tensor param;
    std::size_t group;
    Index step = 0;              ///< updates so far
    std::vector<Array> buffers;  ///< in the order of the names; undefined until needed
  };

  /// `name` is for messages; `buffer_names` are the keys of what is remembered of each parameter.
  Optimizer(const char* name, std::initializer_list<const char*> buffer_names)
      : name_(name), buffer_names_(buffer_names) {}

  /// Moves the parameter. slot.step already counts this update; the buffers that remembers() asks
  /// for are there, filled with zeros the first time.
  virtual void update(const Op& op, Slot& slot, const Array& grad) = 0;
  /// True if buffer k of this parameter is needed, which may depend on its group's options.
  virtual bool remembers(const Slot& slot, std::size_t k) const = 0;

  /// Makes the next group. Nothing is changed if a parameter is refused.
  void add_params(const Op& op, const std::vector<Tensor>& params) {
    check<ValueError>(!params.empty(), op, "the list of parameters is empty");
    std::unordered_set<const void*> known;
    for (const Slot& slot : slots_) known.insert(slot.param.id());
    for (std::size_t i = 0; i < params.size(); ++i) {
      const Tensor& p = params[i];
      check<GraphError>(p.requires_grad(), op, "params[", i, "] does not require a gradient");
      check<GraphError>(p.is_leaf(), op, "params[", i,
                        "] was computed from other tensors; only a leaf can be updated");
      check<ValueError>(known.insert(p.id()).second, op, "params[", i, "], of shape ", p.shape(),
                        ", is already in the optimizer; every parameter may be in it once");
    }
    for (const Tensor& p : params)
      slots_.push_back({p, groups_, 0, std::vector<Array>(buffer_names_.size())});
    ++groups_;
    if (observed()) tinygrad::detail::notify([&](Observer& o) { o.on_optimizer(params); });
  }

 private:
  // Shows the observers a step; costs a look at a counter while there are none.
  void announce(const Op& op,
                void (Observer::*event)(const Op&, const std::vector<Tensor>&)) const {
    if (!observed()) [[likely]]
      return;
    const Op seen{op.name, op.line(), op.started};
    const std::vector<Tensor> params = parameters();
    tinygrad::detail::notify([&](Observer& o) { (o.*event)(seen, params); });
  }

  static std::string key(std::size_t i, std::string_view what) { return concat(i, '.', what); }
  static std::string lr_key(std::size_t group) { return concat("group.", group, ".lr"); }

  // True if `name` is one that load_state_dict reads.
  bool knows(std::string_view name) const {
    for (std::size_t group = 0; group < groups_; ++group)
      if (name == lr_key(group)) return true;
    std::size_t i = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), i);
    if (error != std::errc() || i >= slots_.size()) return false;
    if (name == key(i, "step")) return true;
    for (const char* buffer : buffer_names_)
      if (name == key(i, buffer)) return true;
    return false;
  }

  void check_gradient(const Op& op, const Slot& slot) const {
    const Tensor grad = slot.param.grad();
    if (!grad.defined()) return;
    check<ShapeError>(grad.shape() == slot.param.shape(), op, "parameter ", &slot - slots_.data(),
                      " is ", slot.param.shape(), ", but its gradient is ", grad.shape());
    check<DtypeError>(grad.dtype() == slot.param.dtype(), op, "parameter ", &slot - slots_.data(),
                      " is ", slot.param.dtype(), ", but its gradient is ", grad.dtype());
  }

  // Makes the missing buffers, and converts them if the model was moved to another dtype.
  void prepare(const Op& op, Slot& slot) const {
    const Array& param = slot.param.array();
    for (std::size_t k = 0; k < slot.buffers.size(); ++k) {
      Array& buffer = slot.buffers[k];
      if (!buffer.defined()) {
        if (remembers(slot, k)) buffer = Array::zeros(param.shape(), param.dtype());
        continue;
      }
      check<ShapeError>(buffer.shape() == param.shape(), op, "a parameter's shape changed from ",
                        buffer.shape(), " to ", param.shape(), " after the first step");
      buffer = kernels::cast(op, buffer, param.dtype());
    }
  }

  const char* name_;
  std::vector<const char*> buffer_names_;
  std::vector<Slot> slots_;
  std::size_t groups_ = 0;
};

/// What optimizers share whose groups have `Options`, a struct with a field lr and a function
/// validate(op).
template <class Options> class OptimizerWith : public Optimizer {
 public:
  /// More parameters, with options of their own.
  void add_param_group(const std::vector<Tensor>& params, const Options& options,
                       At at = At::here()) {
    const Op op{name_, at};
    options.validate(op);
    options_.reserve(options_.size() + 1);
    add_params(op, params);
    options_.push_back(options);
  }

  /// The options of a group.
  const Options& options(std::size_t group = 0, At at = At::here()) const {
    check_group(group, at);
    return options_[group];
  }
  /// Other options for a group, from the next step on.
  void set_options(const Options& options, std::size_t group = 0, At at = At::here()) {
    check_group(group, at);
    options.validate({name_, at});
    options_[group] = options;
  }

  using Optimizer::set_lr;
  double lr(std::size_t group = 0) const override { return options(group).lr; }
  void set_lr(double lr, std::size_t group, At at = At::here()) override {
    Options changed = options(group, at);
    changed.lr = lr;
    set_options(changed, group, at);
  }

 protected:
  OptimizerWith(const char* name, std::initializer_list<const char*> buffer_names)
      : Optimizer(name, buffer_names), name_(name) {}

 private:
  void check_group(std::size_t group, At at) const {
    check<ValueError>(group < options_.size(), {name_, at}, "there is no group ", group,
                      "; groups are counted from 0 to ", options_.size() - 1);
  }

  const char* name_;
  std::vector<Options> options_;
};

namespace detail {
/// The rule of most options: a number that is not negative and not NaN.
inline void check_not_negative(const Op& op, const char* name, double value) {
  check<ValueError>(value >= 0, op, name, "=", value, " must not be negative");
}
}  // namespace detail

}  // namespace tinygrad::optim
