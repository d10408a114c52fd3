// SPDX-License-Identifier: MIT
// Anomaly mode: every op checks its result and every vjp checks its gradients. The first NaN or
// infinity is an error that names the op, the user's line and the statistics of the op's inputs. An
// AnomalyGuard switches the mode on for its thread; TINYGRAD_ANOMALY=1 in the environment does so
// for all threads.
#pragma once

#include <string>
#include <vector>

#include "tinygrad/autograd/tensor.hpp"
#include "tinygrad/kernels/reduction/value_summary.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

struct NumericError final : Error {  ///< a NaN or an infinity where none should be
  using Error::Error;
};

using kernels::all_finite;
using kernels::Statistics;
using kernels::statistics;

namespace detail {
inline const bool anomaly_in_environment = asked_for("TINYGRAD_ANOMALY");
inline bool& anomaly_flag() {
  thread_local bool on = anomaly_in_environment;
  return on;
}
}  // namespace detail

inline bool anomaly_mode() { return detail::any_tool_at_work() && detail::anomaly_flag(); }

/// Checks every result and gradient of this thread while it lives. Costs a pass over each.
class AnomalyGuard {
 public:
  explicit AnomalyGuard(bool on = true) : before_(detail::anomaly_flag()) {
    detail::anomaly_flag() = on;
  }
  ~AnomalyGuard() { detail::anomaly_flag() = before_; }
  AnomalyGuard(const AnomalyGuard&) = delete;
  AnomalyGuard& operator=(const AnomalyGuard&) = delete;

 private:
  detail::ToolAtWork at_work_;
  bool before_;
};

/// "(64, 10) min -3.1 max 2.4 mean 0.02, 3 NaN, 0 Inf".
inline std::string describe(const Array& a) {
  const Statistics s = statistics(a);
  std::string out = str_cat(a.shape());
  if (s.finite) out += str_cat(" min ", s.min, " max ", s.max, " mean ", s.mean);
  if (s.nans + s.infinities) out += str_cat(", ", s.nans, " NaN, ", s.infinities, " Inf");
  return out;
}

namespace detail {
/// Throws NumericError if an op's result is bad. Infinities that an input already had, such as
/// those of a mask, are allowed; a NaN never is.
template <class Inputs> void check_finite(const Op& op, const Array& result, const Inputs& inputs) {
  if (all_finite(result)) return;
  const bool nan = statistics(result).nans > 0;
  bool came_in = false;
  std::string text;
  int index = 0;
  for (const Tensor& input : inputs) {
    if (input.defined()) {
      text += str_cat("; input ", index, " ", describe(input.array()));
      came_in = came_in || !all_finite(input.array());
    }
    ++index;
  }
  if (came_in && !nan) return;
  // Not by fail(): the error names this op even if it is a part of the op that the user called.
  throw NumericError(
      {op.name, op.line()},
      str_cat(came_in ? "it was given a bad value, and its result is " : "its result turned bad: ",
              describe(result), text));
}

/// Throws NumericError if the vjp of `op` made a bad gradient from the gradients of its outputs and
/// the values that it saved.
inline void check_gradients(const Op& op, const std::vector<Tensor>& grads,
                            const std::vector<Tensor>& output_grads,
                            const std::vector<Array>& saved) {
  for (std::size_t i = 0; i < grads.size(); ++i) {
    if (!grads[i].defined() || all_finite(grads[i].array())) continue;
    bool came_in = false;
    std::string text;
    const auto list = [&](const char* what, std::size_t k, const Array& a) {
      text += str_cat("; ", what, ' ', k, ' ', describe(a));
    };
    for (std::size_t k = 0; k < output_grads.size(); ++k) {
      if (!output_grads[k].defined()) continue;
      list("gradient of output", k, output_grads[k].array());
      came_in = came_in || !all_finite(output_grads[k].array());
    }
    for (std::size_t k = 0; k < saved.size(); ++k) list("saved value", k, saved[k]);
    fail<NumericError>(op,
                       came_in
                           ? "backward was given a bad gradient here, and the gradient of input "
                           : "backward turned bad here: the gradient of input ",
                       i, " is ", describe(grads[i].array()), text);
  }
}
}  // namespace detail

}  // namespace tinygrad
