// SPDX-License-Identifier: MIT
// Optimizer: the parameters to update, in groups with options of their own, and what is remembered
// of each between steps. The update rules are in the files beside this one.
#pragma once

#include <cmath>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tinygrad/autograd/node.hpp"
#include "tinygrad/autograd/observer.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"
#include "tinygrad/optim/state_dict.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// Base of all optimizers. Holds handles to the parameters: it updates them wherever they are used.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Updates every parameter that has a gradient and is not frozen, in place. Allocates only the
  /// first time. What is not finite in a gradient reaches the parameter and the buffers, as in
  /// PyTorch: no step is left out. clip_grad_norm_ with error_if_nonfinite stops before.
  /// Throws  DtypeError, ShapeError if a gradient does not fit its parameter; nothing is changed
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

  const char* name() const { return name_; }
  std::size_t group_count() const { return initial_lrs_.size(); }

  /// The learning rate of a group.
  virtual double lr(std::size_t group = 0) const = 0;
  virtual void set_lr(double lr, std::size_t group, At at = At::here()) = 0;
  /// Sets the learning rate of every group.
  void set_lr(double lr, At at = At::here()) {
    for (std::size_t group = 0; group < group_count(); ++group) set_lr(lr, group, at);
  }

  /// The momentum of a group, or betas.first: what a schedule cycles against the learning rate.
  /// Throws  ValueError if the optimizer has neither
  virtual double momentum(std::size_t group = 0, At at = At::here()) const = 0;
  virtual void set_momentum(double momentum, std::size_t group, At at = At::here()) = 0;
  virtual bool has_momentum() const = 0;

  /// The learning rate that schedules of this group start from: the one it had when its first
  /// scheduler was made.
  double initial_lr(std::size_t group) const { return initial_lrs_[group].value_or(lr(group)); }
  void set_initial_lr(double lr, std::size_t group) { initial_lrs_[group] = lr; }

  /// What the next step depends on besides the parameters: "optimizer", the name of its class; for
  /// group g all its options, as in "group.g.lr"; for parameter i (counted over all groups)
  /// "i.step", an int64, and its buffers, as in "i.exp_avg". The buffers share the optimizer's
  /// memory.
  StateDict state_dict() const {
    StateDict state = saved_slots();
    for (std::size_t group = 0; group < group_count(); ++group)
      for (const auto& [name, value] : option_numbers(group))
        state.emplace(group_key(group, name), saved_number(value));
    save_more(state);
    return state;
  }
  /// Continues from `state`, which is copied, in the dtypes of the parameters: with the same bits
  /// as if there had been no interruption.
  /// Throws  StateError that lists every missing, unexpected or mismatched name; nothing is changed
  void load_state_dict(const StateDict& state, At at = At::here()) {
    const Op op{"load_state_dict", at};
    StateReader reader(op, state);
    std::vector<OptionNumbers> loaded;
    for (std::size_t group = 0; group < group_count(); ++group)
      loaded.push_back(read_options(reader, group));
    auto rates = read_initial_lrs(reader);
    try_options(loaded);  // which buffers there must be, the saved options say
    std::vector<Slot> slots = read_slots(reader);
    swap_options();
    read_more(reader);
    reader.finish();
    swap_options();
    accept(op, std::move(slots), std::move(rates));
    accept_more(op);
  }

 protected:
  /// A parameter and what is remembered of it.
  struct Slot {
    Tensor param;
    std::size_t group;
    Index step = 0;              ///< updates so far
    std::vector<Array> buffers;  ///< in the order of the names; undefined until needed
  };

  /// A buffer that an update rule keeps of a parameter.
  struct Buffer {
    Shape shape;
    Dtype dtype;
    double initial = 0;
  };
  /// Zeros in the shape and dtype of the parameter.
  static Buffer like(const Tensor& param) { return {param.shape(), param.dtype()}; }

  /// `name` is for messages; `buffer_names` are the keys of what is remembered of each parameter.
  Optimizer(const char* name, std::initializer_list<const char*> buffer_names)
      : name_(name), buffer_names_(buffer_names) {}

  /// Moves the parameter. slot.step already counts this update; the buffers that remembers() asks
  /// for are there.
  virtual void update(const Op& op, Slot& slot, const Array& grad) = 0;
  /// What buffer k of this parameter is, or nothing if its group's options do not need it.
  virtual std::optional<Buffer> remembers(const Slot& slot, std::size_t /*k*/) const {
    return like(slot.param);
  }
  /// The options of a group by name, as numbers: how they are saved.
  using OptionNumbers = std::vector<std::pair<const char*, double>>;
  virtual OptionNumbers option_numbers(std::size_t group) const = 0;
  /// Puts the options of all groups in force, and those in force aside.
  virtual void try_options(const std::vector<OptionNumbers>& groups) = 0;
  /// Exchanges the options in force and those aside.
  virtual void swap_options() = 0;
  /// Throws  ValueError if the group may not have these options
  virtual void check_option_numbers(std::size_t group, const OptionNumbers& numbers) const = 0;

  /// For optimizers that remember more than buffers: adds to a saved state; reads it, noting
  /// faults; and, if the whole state was good, takes over what was read.
  virtual void save_more(StateDict&) const {}
  virtual void read_more(StateReader&) {}
  virtual void accept_more(const Op&) {}

  /// Refuses parameters that the rule cannot update.
  virtual void check_params(const Op&, const std::vector<Tensor>&) const {}

  /// Makes the next group. Nothing is changed if a parameter is refused.
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

  static std::string group_key(std::size_t group, std::string_view what) {
    return str_cat("group.", group, '.', what);
  }

  /// The options of a group in a saved state.
  OptionNumbers read_options(StateReader& reader, std::size_t group) const {
    OptionNumbers numbers = option_numbers(group);  // for the names
    bool complete = true;
    for (auto& [name, value] : numbers) {
      const std::string key = group_key(group, name);
      complete = complete && reader.has(key);
      value = reader.number(key);
    }
    if (complete) try {
        check_option_numbers(group, numbers);
      } catch (const ValueError& error) {
        reader.problem("group.", group, ": ", error.std::runtime_error::what());
      }
    return numbers;
  }

  /// What saved states share, whatever the options.
  StateDict saved_slots() const {
    StateDict state{{"optimizer", saved_text(name_)}};
    for (std::size_t group = 0; group < group_count(); ++group)
      if (initial_lrs_[group])
        state.emplace(group_key(group, "initial_lr"), saved_number(*initial_lrs_[group]));
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const Slot& slot = slots_[i];
      if (slot.step == 0) continue;
      state.emplace(slot_key(i, "step"), saved_count(slot.step));
      for (std::size_t k = 0; k < buffer_names_.size(); ++k)
        if (slot.buffers[k].defined() && remembers(slot, k))
          state.emplace(slot_key(i, buffer_names_[k]), slot.buffers[k]);
    }
    return state;
  }

  /// The slots of a saved state; their buffers are still its own.
  std::vector<Slot> read_slots(StateReader& reader) const {
    const std::string kind = reader.text("optimizer");
    if (reader.has("optimizer") && kind != name_)
      reader.problem("the state is of ", kind, ", not of ", name_);
    std::vector<Slot> slots = slots_;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      Slot& slot = slots[i];
      slot.step = reader.has(slot_key(i, "step")) ? reader.count(slot_key(i, "step")) : 0;
      slot.buffers.assign(buffer_names_.size(), {});
      for (std::size_t k = 0; k < buffer_names_.size() && slot.step > 0; ++k)
        if (const auto buffer = remembers(slot, k))
          slot.buffers[k] = reader.array(slot_key(i, buffer_names_[k]), buffer->shape);
    }
    return slots;
  }
  std::vector<std::optional<double>> read_initial_lrs(StateReader& reader) const {
    std::vector<std::optional<double>> rates(group_count());
    for (std::size_t group = 0; group < rates.size(); ++group)
      if (const std::string key = group_key(group, "initial_lr"); reader.has(key))
        rates[group] = reader.rate(key);
    return rates;
  }
  /// Takes over what the two functions above read: a copy, in the dtypes the buffers must have.
  void accept(const Op& op, std::vector<Slot> slots, std::vector<std::optional<double>> rates) {
    for (Slot& slot : slots)
      for (std::size_t k = 0; k < slot.buffers.size(); ++k)
        if (Array& buffer = slot.buffers[k]; buffer.defined())
          buffer = kernels::cast(op, buffer, remembers(slot, k)->dtype).copy();
    slots_ = std::move(slots);
    initial_lrs_ = std::move(rates);
  }

  const std::vector<Slot>& slots() const { return slots_; }

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

  static std::string slot_key(std::size_t i, std::string_view what) {
    return str_cat(i, '.', what);
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

  // Makes the missing buffers, converts them if the model was moved to another dtype, and drops
  // those that the options need no more.
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

  const char* name_;
  std::vector<const char*> buffer_names_;
  std::vector<Slot> slots_;
  std::vector<std::optional<double>> initial_lrs_;  // of each group
};

namespace detail {
// Options are saved as numbers: true is 1, an enumerator its value, nothing NaN.
template <class T> double to_number(const T& option) { return static_cast<double>(option); }
template <class T> double to_number(const std::optional<T>& option) {
  return option ? static_cast<double>(*option) : std::numeric_limits<double>::quiet_NaN();
}
inline void from_number(double number, double& option) { option = number; }
template <class T> void from_number(double number, T& option) {
  // What no integer can be becomes 0, for validate() to judge: the conversion would be undefined.
  option = number > -1e15 && number < 1e15 ? static_cast<T>(number) : T{};
}
template <class T> void from_number(double number, std::optional<T>& option) {
  option.reset();
  if (number == number) from_number(number, option.emplace());
}

// The field that schedules of the momentum change; null if there is none.
template <class Options> double* momentum_field(Options& options) {
  if constexpr (requires { options.betas.first; }) return &options.betas.first;
  else if constexpr (requires { options.momentum; }) return &options.momentum;
  else return nullptr;
}

/// The rule of most options: a finite number that is not negative.
inline void check_not_negative(const Op& op, const char* name, double value) {
  check<ValueError>(value >= 0, op, name, "=", value, " must not be negative");
  check<ValueError>(std::isfinite(value), op, name, "=", value, " must be finite");
}
}  // namespace detail

/// What optimizers share whose groups have `Options`, a struct with a field lr, a function
/// validate(op) that throws ValueError, and a function each(visit) that calls visit(name, field)
/// for every field: these are saved.
template <class Options> class OptimizerWith : public Optimizer {
 public:
  /// More parameters, with options of their own.
  void add_param_group(const std::vector<Tensor>& params, const Options& options,
                       At at = At::here()) {
    const Op op{name(), at};
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
    options.validate({name(), at});
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
  using Optimizer::OptionNumbers;

 private:
  void check_group(std::size_t group, At at) const {
    check<ValueError>(group < options_.size(), {name(), at}, "there is no group ", group,
                      "; groups are counted from 0 to ", options_.size() - 1);
  }

  double& field(double* momentum, At at) const {
    check<ValueError>(momentum, {name(), at}, "has neither momentum nor betas");
    return *momentum;
  }

  OptionNumbers option_numbers(std::size_t group) const override {
    OptionNumbers numbers;
    Options copy = options_[group];
    copy.each([&](const char* name, const auto& option) {
      numbers.emplace_back(name, detail::to_number(option));
    });
    return numbers;
  }
  void try_options(const std::vector<OptionNumbers>& groups) override {
    aside_.clear();
    for (std::size_t group = 0; group < groups.size(); ++group)
      aside_.push_back(from_numbers(group, groups[group]));
    swap_options();
  }
  void swap_options() override { options_.swap(aside_); }
  void check_option_numbers(std::size_t group, const OptionNumbers& numbers) const override {
    Options options = from_numbers(group, numbers);
    options.validate({name()});
    auto next = numbers.begin();
    options.each([&](const char* name, const auto& option) {
      const double given = (next++)->second, taken = detail::to_number(option);
      check<ValueError>(given == taken || (std::isnan(given) && std::isnan(taken)), {this->name()},
                        name, "=", given, " is no value of this option");
    });
  }
  Options from_numbers(std::size_t group, const OptionNumbers& numbers) const {
    Options options = options_[group];
    auto next = numbers.begin();
    options.each([&](const char*, auto& option) { detail::from_number((next++)->second, option); });
    return options;
  }

  std::vector<Options> options_, aside_;
};

}  // namespace tinygrad::optim
