// SPDX-License-Identifier: MIT
// SavedState: the base of Optimizer. It holds the values that an optimizer keeps for each parameter
// between steps, returns them as a StateDict and loads them from one.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tinygrad/autograd/state_reader.hpp"
#include "tinygrad/kernels/elementwise/loops.hpp"
#include "tinygrad/optim/options.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// Base of Optimizer: parameters in groups, and the buffers of their update rules.
class SavedState {
 public:
  SavedState(const SavedState&) = delete;
  SavedState& operator=(const SavedState&) = delete;

  const char* name() const { return name_; }
  std::size_t group_count() const { return initial_lrs_.size(); }

  /// All that the next step depends on, besides the parameters: "optimizer" (the class name); for
  /// group g all its options ("group.g.lr", …); for parameter i, counted over all groups, "i.step"
  /// (int64) and its buffers ("i.exp_avg", …). The buffers share the optimizer's memory.
  /// save_state() writes the state to a file.
  StateDict state_dict() const {
    StateDict state{{"optimizer", saved_text(name_)}};
    for (std::size_t group = 0; group < group_count(); ++group) {
      for (const Option& option : list_options(group))
        state.emplace(group_key(group, option.name), saved_number(option.value));
      if (initial_lrs_[group])
        state.emplace(group_key(group, "initial_lr"), saved_number(*initial_lrs_[group]));
    }
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const Slot& slot = slots_[i];
      if (slot.step == 0) continue;
      state.emplace(slot_key(i, "step"), saved_count(slot.step));
      for (std::size_t k = 0; k < buffer_names_.size(); ++k)
        if (slot.buffers[k].defined() && remembers(slot, k))
          state.emplace(slot_key(i, buffer_names_[k]), slot.buffers[k]);
    }
    save_more(state);
    return state;
  }
  /// Continues from `state` with the same bits as without the interruption. Copies the state and
  /// converts it to the dtypes of the parameters.
  /// Throws  StateError with all missing, unexpected or mismatched names; then nothing changes
  void load_state_dict(const StateDict& state, At at = At::here()) {
    const Op op{"load_state_dict", at};
    StateReader reader(op, state, "the optimizer");
    std::vector<OptionList> loaded;
    for (std::size_t group = 0; group < group_count(); ++group)
      loaded.push_back(read_options(reader, group));
    auto rates = read_initial_lrs(reader);
    try_options(loaded);  // the saved options decide which buffers exist
    std::vector<Slot> slots = read_slots(reader);
    swap_options();
    read_more(reader);
    reader.finish();
    swap_options();
    accept(op, std::move(slots), std::move(rates));
    accept_more(op);
  }

 protected:
  /// A parameter and its optimizer state.
  struct Slot {
    Tensor param;
    std::size_t group;
    Index step = 0;              ///< updates so far
    std::vector<Array> buffers;  ///< in the order of the names; undefined until needed
  };

  /// A buffer of an update rule for one parameter.
  struct Buffer {
    Shape shape;
    Dtype dtype;
    double initial = 0;
  };
  /// Zeros with the shape and dtype of the parameter.
  static Buffer like(const Tensor& param) { return {param.shape(), param.dtype()}; }

  /// `name` is for messages. `buffer_names` are the keys of the buffers in a saved state.
  SavedState(const char* name, std::initializer_list<const char*> buffer_names)
      : name_(name), buffer_names_(buffer_names) {}
  ~SavedState() = default;

  /// Describes buffer k of this parameter; empty if its group's options do not need it.
  virtual std::optional<Buffer> remembers(const Slot& slot, std::size_t /*k*/) const {
    return like(slot.param);
  }
  /// The options of a group.
  virtual OptionList list_options(std::size_t group) const = 0;
  /// Throws  ValueError if these options are not allowed for the group
  virtual void check_options(std::size_t group, const OptionList& options) const = 0;
  /// Installs these options in all groups and keeps the previous ones for swap_options().
  virtual void try_options(const std::vector<OptionList>& groups) = 0;
  /// Exchanges the installed options and the kept ones.
  virtual void swap_options() = 0;

  /// For optimizers with more state than buffers. save_more() adds to a saved state. read_more()
  /// reads it and records faults. accept_more() installs what was read if the whole state was
  /// valid.
  virtual void save_more(StateDict&) const {}
  virtual void read_more(StateReader&) {}
  virtual void accept_more(const Op&) {}

  const char* name_;
  std::vector<const char*> buffer_names_;
  std::vector<Slot> slots_;
  std::vector<std::optional<double>> initial_lrs_;  // of each group

 private:
  static std::string group_key(std::size_t group, std::string_view what) {
    return str_cat("group.", group, '.', what);
  }
  static std::string slot_key(std::size_t i, std::string_view what) {
    return str_cat(i, '.', what);
  }

  // The options of a group in a saved state.
  OptionList read_options(StateReader& reader, std::size_t group) const {
    OptionList options = list_options(group);  // gives the names
    bool complete = true;
    for (Option& option : options) {
      const std::string key = group_key(group, option.name);
      complete = complete && reader.has(key);
      option.value = reader.number(key);
    }
    if (complete) try {
        check_options(group, options);
      } catch (const ValueError& error) {
        reader.invalid("group.", group, ": ", error.std::runtime_error::what());
      }
    return options;
  }

  // The slots of a saved state. Their buffers still share its memory.
  std::vector<Slot> read_slots(StateReader& reader) const {
    reader.kind("optimizer", name_);
    std::vector<Slot> slots = slots_;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      Slot& slot = slots[i];
      slot.step = reader.has(slot_key(i, "step")) ? reader.count(slot_key(i, "step")) : 0;
      slot.buffers.assign(buffer_names_.size(), {});
      for (std::size_t k = 0; k < buffer_names_.size() && slot.step > 0; ++k)
        if (const auto buffer = remembers(slot, k))
          slot.buffers[k] =
              reader.array(slot_key(i, buffer_names_[k]), buffer->shape, buffer->dtype);
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
  // Installs the result of the two functions above: copies, in the dtypes of the buffers.
  void accept(const Op& op, std::vector<Slot> slots, std::vector<std::optional<double>> rates) {
    for (Slot& slot : slots)
      for (std::size_t k = 0; k < slot.buffers.size(); ++k)
        if (Array& buffer = slot.buffers[k]; buffer.defined())
          buffer = kernels::cast(op, buffer, remembers(slot, k)->dtype).copy();
    slots_ = std::move(slots);
    initial_lrs_ = std::move(rates);
  }
};

}  // namespace tinygrad::optim
