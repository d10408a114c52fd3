// SPDX-License-Identifier: MIT
// check_finite() and check_not_nan(): checks of option values, which several floors use.
#pragma once

#include <cmath>

#include "tinygrad/core/error.hpp"

namespace tinygrad::inline TINYGRAD_ABI::detail {

inline void check_finite(const Op& op, const char* name, double value) {
  check<ValueError>(std::isfinite(value), op, name, '=', value, " must be finite");
}
inline void check_not_nan(const Op& op, const char* name, double value) {
  check<ValueError>(!std::isnan(value), op, name, '=', value, " must be a number");
}

}  // namespace tinygrad::detail
