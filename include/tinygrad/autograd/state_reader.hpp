// SPDX-License-Identifier: MIT
// StateReader: reads the values of a StateDict for a module, an optimizer or a schedule, and lists
// all faults that it finds. The owner can then load a state completely or refuse it.
#pragma once

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "tinygrad/autograd/state_dict.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// The differences between a state and its owner.
struct LoadReport {
  std::vector<std::string> missing;     ///< in the owner, not in the dict
  std::vector<std::string> unexpected;  ///< in the dict, not in the owner
  /// "fc1.weight: (128, 784) in the module, (64, 784) in the dict"
  std::vector<std::string> mismatched;
  std::vector<std::string> invalid = {};  ///< invalid values: "0.step is -3"
  bool ok() const {
    return missing.empty() && unexpected.empty() && mismatched.empty() && invalid.empty();
  }
};

inline std::string to_string(const LoadReport& report) {
  std::string out;
  const auto list = [&](const char* title, const std::vector<std::string>& names) {
    for (const auto& name : names) out += (out.empty() ? "" : "; ") + str_cat(title, name);
  };
  list("missing ", report.missing);
  list("unexpected ", report.unexpected);
  list("mismatched ", report.mismatched);
  list("", report.invalid);
  return out;
}

/// Reads values by name and notes every fault; a value with a fault is undefined, 0 or empty.
/// `owner` is the owner's name in messages: "the module".
class StateReader {
 public:
  StateReader(const Op& op, const StateDict& state, const char* owner)
      : op_(op), state_(state), owner_(owner) {}

  bool has(const std::string& name) const { return state_.count(name) > 0; }

  /// The array `name` of this shape, floating if `dtype` is floating and not if it is not.
  Array array(const std::string& name, const Shape& shape, Dtype dtype) {
    const Array found = find(name);
    if (!found.defined()) return {};
    if (found.shape() != shape) mismatch(name, shape, found.shape());
    else if (is_floating(found.dtype()) != is_floating(dtype)) mismatch(name, dtype, found.dtype());
    else return found;
    return {};
  }
  double number(const std::string& name) {
    const Array value = array(name, {}, float64);
    return value.defined() ? value.item() : 0;
  }
  /// A learning rate: a number that is finite and not negative.
  double rate(const std::string& name) {
    const double value = number(name);
    check_rate(name, value);
    return value;
  }
  /// A rank-1 list of any length.
  std::vector<double> numbers(const std::string& name) {
    const Array found = list(name, float64);
    std::vector<double> values;
    for (Index i = 0; found.defined() && i < found.count(); ++i) values.push_back(found.at(i));
    return values;
  }
  /// A list of `wanted` learning rates.
  std::vector<double> rates(const std::string& name, std::size_t wanted) {
    std::vector<double> found = numbers(name);
    if (has(name) && found.size() != wanted)
      mismatch(name, str_cat(wanted, " values"), found.size());
    for (const double value : found) check_rate(name, value);
    return found;
  }
  /// An integer that is not negative.
  Index count(const std::string& name) {
    const Array found = find(name);
    if (!found.defined()) return 0;
    if (found.shape() != Shape{}) mismatch(name, Shape{}, found.shape());
    else if (found.dtype() != int64) mismatch(name, int64, found.dtype());
    else if (const Index n = found.item<Index>(); n < 0) invalid(name, " is ", n);
    else return n;
    return 0;
  }
  std::string text(const std::string& name) {
    const Array bytes = list(name, uint8);
    std::string text;
    for (Index i = 0; bytes.defined() && i < bytes.count(); ++i)
      text += static_cast<char>(bytes.at<std::uint8_t>(i));
    return text;
  }
  /// Checks that the text under `name` is the owner's: "SGD".
  void kind(const std::string& name, const char* wanted) {
    const std::string found = text(name);
    if (has(name) && found != wanted) invalid("the state is of ", found, ", not of ", wanted);
  }

  /// Notes that `name` is not in the state.
  void missing(const std::string& name) { report_.missing.push_back(name); }
  /// Notes an invalid value.
  template <class... Parts> void invalid(const Parts&... parts) {
    report_.invalid.push_back(str_cat(parts...));
  }

  /// All faults. Names in the state that were never read are unexpected.
  LoadReport report() const {
    LoadReport report = report_;
    for (const auto& [name, value] : state_)
      if (!read_.count(name)) report.unexpected.push_back(name);
    return report;
  }
  /// Throws  StateError that lists every fault, if there are any
  void finish() const {
    const LoadReport all = report();
    check<StateError>(all.ok(), op_, to_string(all));
  }

 private:
  void check_rate(const std::string& name, double value) {
    if (!(value >= 0 && std::isfinite(value))) invalid(name, " holds ", value);
  }
  void mismatch(const std::string& name, const Part& ours, const Part& theirs) {
    report_.mismatched.push_back(
        str_cat(name, ": ", ours, " in ", owner_, ", ", theirs, " in the dict"));
  }
  Array find(const std::string& name) {
    const auto found = state_.find(name);
    read_.insert(name);
    if (found != state_.end() && found->second.defined()) return found->second.array();
    missing(name);
    return {};
  }
  Array list(const std::string& name, Dtype dtype) {
    const Array found = find(name);
    if (!found.defined()) return {};
    if (found.rank() != 1) mismatch(name, "a list", found.shape());
    else if (is_floating(dtype) ? !is_floating(found.dtype()) : found.dtype() != dtype)
      mismatch(name, dtype, found.dtype());
    else return found;
    return {};
  }

  Op op_;
  const StateDict& state_;
  const char* owner_;
  std::set<std::string> read_;
  LoadReport report_;
};

}  // namespace tinygrad
