// SPDX-License-Identifier: MIT
// Anomaly mode: every op checks its result, so that the first NaN or infinity is reported with the
// op that made it, the user's line, and the statistics of its inputs.
#pragma once

#include <cmath>
#include <string>

#include "tinygrad/autograd/tensor.hpp"

namespace tinygrad {

struct NumericError final : Error {  ///< a NaN or an infinity where none should be
  using Error::Error;
};

namespace detail {
inline bool& anomaly_flag() {
  thread_local bool on = false;
  return on;
}
}  // namespace detail

inline bool anomaly_mode() { return detail::anomaly_flag(); }

/// Checks every result of this thread for NaN and infinity while it lives. Costs a pass over each
/// result.
class AnomalyGuard {
 public:
  explicit AnomalyGuard(bool on = true) : before_(detail::anomaly_flag()) {
    detail::anomaly_flag() = on;
  }
  ~AnomalyGuard() { detail::anomaly_flag() = before_; }
  AnomalyGuard(const AnomalyGuard&) = delete;
  AnomalyGuard& operator=(const AnomalyGuard&) = delete;

 private:
  bool before_;
};

/// Counts and range of an array's values; min, max and mean are of the finite ones.
struct Statistics {
  Index nans = 0, infinities = 0, finite = 0;
  double min = 0, max = 0, mean = 0;
};

inline Statistics statistics(const Array& a) {
  Statistics s;
  double sum = 0;
  for (Index i = 0; i < a.count(); ++i) {
    const double v = a.at(i);
    if (std::isnan(v)) ++s.nans;
    else if (std::isinf(v)) ++s.infinities;
    else {
      s.min = s.finite ? std::fmin(s.min, v) : v;
      s.max = s.finite ? std::fmax(s.max, v) : v;
      sum += v;
      ++s.finite;
    }
  }
  if (s.finite) s.mean = sum / static_cast<double>(s.finite);
  return s;
}

/// "(64, 10) min -3.1 max 2.4 mean 0.02, 3 NaN, 0 Inf".
inline std::string describe(const Array& a) {
  const Statistics s = statistics(a);
  std::string out = concat(a.shape());
  if (s.finite) out += concat(" min ", s.min, " max ", s.max, " mean ", s.mean);
  if (s.nans + s.infinities) out += concat(", ", s.nans, " NaN, ", s.infinities, " Inf");
  return out;
}

inline bool all_finite(const Array& a) {
  if (!is_floating(a.dtype())) return true;
  const Statistics s = statistics(a);
  return s.nans + s.infinities == 0;
}

namespace detail {
template <class Inputs> void check_finite(const Op& op, const Array& result, const Inputs& inputs) {
  if (all_finite(result)) return;
  std::string text = concat("its result turned bad: ", describe(result));
  int index = 0;
  for (const Tensor& input : inputs)
    if (input.defined()) text += concat("; input ", index++, " ", describe(input.array()));
  fail<NumericError>(op, text);
}
}  // namespace detail

}  // namespace tinygrad
