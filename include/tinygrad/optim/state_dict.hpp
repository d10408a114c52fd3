// SPDX-License-Identifier: MIT
// State dicts, tensors by name, and their reader. Optimizers, schedulers and averaged weights save
// and restore what they remember with these.
#pragma once

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tinygrad/autograd/tensor.hpp"

namespace tinygrad::inline TINYGRAD_ABI::optim {

/// Tensors by name, as in "0.momentum_buffer".
using StateDict = std::map<std::string, Tensor>;

/// How single values are kept in a state dict. Every bit survives.
inline Tensor saved_number(double value) { return Array::full({}, value, float64); }
inline Tensor saved_count(Index value) {
  return Array::from(std::vector{value}, int64).reshaped({});
}
inline Tensor saved_numbers(const std::vector<double>& values) {
  return Array::from(values, float64);
}
inline Tensor saved_text(const std::string& text) {
  return Array::from(std::vector<std::uint8_t>(text.begin(), text.end()), uint8);
}

/// Takes a state dict apart and notes everything that is wrong with it, so that a state is either
/// taken whole or refused whole, with all its faults in one message.
class StateReader {
 public:
  StateReader(const Op& op, const StateDict& state) : op_(op), state_(state) {}

  bool has(const std::string& name) const { return state_.count(name) > 0; }

  /// The floating array `name`; undefined if it is missing or not of this shape.
  Array array(const std::string& name, const Shape& shape) {
    return checked(name, is_floating, "floating", &shape);
  }
  double number(const std::string& name) {
    const Array value = array(name, {});
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
    const Array list = checked(name, is_floating, "floating");
    std::vector<double> values;
    for (Index i = 0; list.defined() && i < list.count(); ++i) values.push_back(list.at(i));
    return values;
  }
  /// A list of learning rates, as many as wanted.
  std::vector<double> rates(const std::string& name, std::size_t wanted) {
    std::vector<double> list = numbers(name);
    if (has(name) && list.size() != wanted)
      problem(name, " has ", list.size(), " values, expected ", wanted);
    for (const double value : list) check_rate(name, value);
    return list;
  }
  /// An integer that is not negative.
  Index count(const std::string& name) {
    const Shape scalar;
    const Array value = checked(
        name, [](Dtype d) { return d == int64; }, "int64", &scalar);
    const Index n = value.defined() ? value.item<Index>() : 0;
    if (n < 0) problem(name, " is ", n);
    return n;
  }
  std::string text(const std::string& name) {
    const Array bytes = checked(
        name, [](Dtype d) { return d == uint8; }, "uint8");
    std::string text;
    for (Index i = 0; bytes.defined() && i < bytes.count(); ++i)
      text += static_cast<char>(bytes.at<std::uint8_t>(i));
    return text;
  }

  /// Notes a fault.
  template <class... Parts> void problem(const Parts&... parts) {
    problems_ += (problems_.empty() ? "" : "; ") + str_cat(parts...);
  }
  /// Throws  StateError that lists every missing, unexpected or mismatched name
  void finish() {
    for (const auto& [name, value] : state_)
      if (!read_.count(name)) problem("unexpected ", name);
    check<StateError>(problems_.empty(), op_, problems_);
  }

 private:
  void check_rate(const std::string& name, double value) {
    if (!(value >= 0 && std::isfinite(value))) problem(name, " holds ", value);
  }
  Array checked(const std::string& name, bool (*allowed)(Dtype), const char* expected,
                const Shape* shape = nullptr) {
    const auto found = state_.find(name);
    if (found == state_.end() || !found->second.defined()) {
      problem("missing ", name);
      return {};
    }
    read_.insert(name);
    const Array& value = found->second.array();
    if (shape && value.shape() != *shape)
      problem(name, " is ", value.shape(), ", expected ", *shape);
    else if (!shape && value.rank() != 1) problem(name, " is ", value.shape(), ", expected a list");
    else if (!allowed(value.dtype())) problem(name, " is ", value.dtype(), ", expected ", expected);
    else return value;
    return {};
  }

  Op op_;
  const StateDict& state_;
  std::set<std::string> read_;
  std::string problems_;
};

}  // namespace tinygrad::optim
