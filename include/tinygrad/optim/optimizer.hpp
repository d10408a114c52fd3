// SPDX-License-Identifier: MIT
// Optimizer: the base of all optimizers. It holds the parameters, in groups with options of their
// own, and makes the step. Its memory between steps is in saved_state.hpp. Each update rule has its
// own file.
#pragma once

#include <initializer_list>
#include <ostream>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tinygrad/autograd/node.hpp"
#include "tinygrad/autograd/observer.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"
#include "tinygrad/optim/saved_state.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// Base of all optimizers. Holds handles to the parameters and updates them in place.
class Optimizer : public SavedState {
 public:
  virtual ~Optimizer() = default;

  /// Updates, in place, every parameter that has a gradient and is not frozen. Only the first step
  /// allocates. As in PyTorch, NaN and infinity in a gradient reach the parameter and the buffers.
  /// To stop before that, call clip_grad_norm_ with error_if_nonfinite.
  /// Throws  DtypeError, ShapeError if a gradient does not fit its parameter; then nothing changes
  virtual void step(At at = At::here()) {
    const Op op{name_, at};
    for (const Slot& slot : slots_) check_gradient(op, slot);
    announce(op, &Observer::before_step);
    for (Slot& slot : slots_) {
      if (!has_gradient(slot)) continue;
      prepare(op, slot);
      ++slot.step;
      update(op, slot, slot.param.grad().array());
      slot.param.array().bump_version("step");
    }
    announce(op, &Observer::after_step);
  }

  /// All parameters, group by group.
  std::vector<Tensor> parameters() const {
    std::vector<Tensor> out;
    for (const Slot& slot : slots_) out.push_back(slot.param);
    return out;
  }

  /// Clears the gradients of all parameters.
  void zero_grad() {
    for (const Slot& slot : slots_) slot.param.zero_grad();
  }

  /// "SGD(lr=0.1, momentum=0.9, …)", a line for each group: what << prints.
  std::string describe() const {
    std::string out;
    for (std::size_t group = 0; group < group_count(); ++group) {
      const char* before = "(";
      if (group > 0) out += '\n';
      out += name();
      for (const Option& option : list_options(group)) {
        if (!option.given) continue;
        out += str_cat(before, option.name, '=', option.value);
        before = ", ";
      }
      out += ')';
    }
    return out;
  }

  /// The learning rate of a group.
  virtual double lr(std::size_t group = 0) const = 0;
  virtual void set_lr(double lr, std::size_t group, At at = At::here()) = 0;
  /// Sets the learning rate of every group.
  void set_lr(double lr, At at = At::here()) {
    for (std::size_t group = 0; group < group_count(); ++group) set_lr(lr, group, at);
  }

  /// The momentum of a group, or betas.first. Schedules cycle it in the opposite direction to lr.
  /// Throws  ValueError if the optimizer has neither
  virtual double momentum(std::size_t group = 0, At at = At::here()) const = 0;
  virtual void set_momentum(double momentum, std::size_t group, At at = At::here()) = 0;
  virtual bool has_momentum() const = 0;

  /// The learning rate from which schedules of this group start: its rate when its first scheduler
  /// was made.
  double initial_lr(std::size_t group) const { return initial_lrs_[group].value_or(lr(group)); }
  void set_initial_lr(double lr, std::size_t group) { initial_lrs_[group] = lr; }

 protected:
  using SavedState::SavedState;

  /// Updates one parameter. slot.step already counts this update, and the buffers of remembers()
  /// exist.
  virtual void update(const Op& op, Slot& slot, const Array& grad) = 0;
  /// Throws if the rule cannot update one of these parameters.
  virtual void check_params(const Op&, const std::vector<Tensor>&) const {}

  /// Adds a group. Nothing changes if a parameter is refused.
  void add_params(const Op& op, const std::vector<Tensor>& params) {
    check<ValueError>(!params.empty(), op, "the list of parameters is empty");
    std::unordered_set<const void*> known;
    for (const Slot& slot : slots_) known.insert(slot.param.id());
    bool trainable = false;
    for (std::size_t i = 0; i < params.size(); ++i) {
      const Tensor& p = params[i];
      check<GraphError>(p.defined(), op, "params[", i, "] is undefined");
      check<GraphError>(p.is_leaf(), op, "params[", i,
                        "] was computed from other tensors; only a leaf can be updated");
      check<DtypeError>(is_floating(p.dtype()), op, "params[", i, "] is ", p.dtype(),
                        "; only floating tensors are updated");
      check<ValueError>(known.insert(p.id()).second, op, "params[", i, "], of shape ", p.shape(),
                        ", is already in the optimizer; every parameter may be in it once");
      trainable = trainable || p.requires_grad();
    }
    check<GraphError>(trainable, op, "none of the parameters requires a gradient");
    check_params(op, params);
    for (const Tensor& p : params)
      slots_.push_back({p, group_count(), 0, std::vector<Array>(buffer_names_.size())});
    initial_lrs_.push_back({});
    if (observed()) tinygrad::detail::notify([&](Observer& o) { o.on_optimizer(params); });
  }

 private:
  // Reports a step to the observers. Without observers it only reads a counter.
  void announce(const Op& op,
                void (Observer::*event)(const Op&, const std::vector<Tensor>&)) const {
    if (!observed()) [[likely]]
      return;
    const Op seen{op.name, op.line(), op.started};
    const std::vector<Tensor> params = parameters();
    tinygrad::detail::notify([&](Observer& o) { (o.*event)(seen, params); });
  }

  static bool has_gradient(const Slot& slot) {
    return slot.param.requires_grad() && slot.param.grad().defined();
  }

  void check_gradient(const Op& op, const Slot& slot) const {
    if (!has_gradient(slot)) return;
    const Tensor grad = slot.param.grad();
    check<ShapeError>(grad.shape() == slot.param.shape(), op, "parameter ", &slot - slots_.data(),
                      " is ", slot.param.shape(), ", but its gradient is ", grad.shape());
    check<DtypeError>(grad.dtype() == slot.param.dtype(), op, "parameter ", &slot - slots_.data(),
                      " is ", slot.param.dtype(), ", but its gradient is ", grad.dtype());
  }

  // Creates missing buffers, converts them after the model changed its dtype, and frees those that
  // the options no longer need.
  void prepare(const Op& op, Slot& slot) const {
    for (std::size_t k = 0; k < slot.buffers.size(); ++k) {
      Array& buffer = slot.buffers[k];
      const std::optional<Buffer> wanted = remembers(slot, k);
      if (!wanted) {
        buffer = {};
      } else if (!buffer.defined()) {
        buffer = Array::full(wanted->shape, wanted->initial, wanted->dtype);
      } else {
        check<ShapeError>(buffer.shape() == wanted->shape, op, "a parameter's shape changed to ",
                          slot.param.shape(), " after the first step: its ", buffer_names_[k],
                          " is ", buffer.shape());
        buffer = kernels::cast(op, buffer, wanted->dtype);
      }
    }
  }
};

namespace detail {
// The option that schedules of the momentum change, or null.
template <class Options> double* momentum_field(Options& options) {
  if constexpr (requires { options.betas.first; }) return &options.betas.first;
  else if constexpr (requires { options.momentum; }) return &options.momentum;
  else return nullptr;
}

}  // namespace detail

inline std::ostream& operator<<(std::ostream& out, const Optimizer& optimizer) {
  return out << optimizer.describe();
}

/// Base of optimizers with an options struct `Options`. The struct has a field lr and a function
/// each(visit), which calls visit(name, field) for every field; visit(name, field, range) for one
/// that may be negative or has a bound (options.hpp). Rules about several options at once go into
/// an optional function validate(op).
template <class Options> class OptimizerWith : public Optimizer {
 public:
  /// Adds parameters with their own options.
  void add_param_group(const std::vector<Tensor>& params, const Options& options,
                       At at = At::here()) {
    const Op op{name(), at};
    detail::check_options(op, options);
    options_.reserve(options_.size() + 1);
    add_params(op, params);
    options_.push_back(options);
  }

  /// The options of a group.
  const Options& options(std::size_t group = 0, At at = At::here()) const {
    check_group(group, at);
    return options_[group];
  }
  /// Changes the options of a group from the next step on.
  void set_options(const Options& options, std::size_t group = 0, At at = At::here()) {
    check_group(group, at);
    detail::check_options({name(), at}, options);
    options_[group] = options;
  }

  using Optimizer::set_lr;
  double lr(std::size_t group = 0) const override { return options(group).lr; }
  void set_lr(double lr, std::size_t group, At at = At::here()) override {
    Options changed = options(group, at);
    changed.lr = lr;
    set_options(changed, group, at);
  }

  bool has_momentum() const override {
    Options any;
    return detail::momentum_field(any) != nullptr;
  }
  double momentum(std::size_t group = 0, At at = At::here()) const override {
    Options copy = options(group, at);
    return field(detail::momentum_field(copy), at);
  }
  void set_momentum(double momentum, std::size_t group, At at = At::here()) override {
    Options changed = options(group, at);
    field(detail::momentum_field(changed), at) = momentum;
    set_options(changed, group, at);
  }

 protected:
  using Optimizer::Optimizer;

 private:
  void check_group(std::size_t group, At at) const {
    check<ValueError>(group < options_.size(), {name(), at}, "there is no group ", group,
                      "; groups are counted from 0 to ", options_.size() - 1);
  }

  double& field(double* momentum, At at) const {
    check<ValueError>(momentum, {name(), at}, "has neither momentum nor betas");
    return *momentum;
  }

  OptionList list_options(std::size_t group) const override {
    return detail::list_options(options_[group]);
  }
  void check_options(std::size_t group, const OptionList& list) const override {
    const Options options = with(group, list);
    detail::check_options({name()}, options);
    detail::check_same(name(), list, detail::list_options(options));
  }
  void try_options(const std::vector<OptionList>& groups) override {
    aside_.clear();
    for (std::size_t group = 0; group < groups.size(); ++group)
      aside_.push_back(with(group, groups[group]));
    swap_options();
  }
  void swap_options() override { options_.swap(aside_); }
  // The group's options with the values of `list`.
  Options with(std::size_t group, const OptionList& list) const {
    Options options = options_[group];
    detail::assign_options(options, list);
    return options;
  }

  std::vector<Options> options_, aside_;
};

}  // namespace tinygrad::optim
