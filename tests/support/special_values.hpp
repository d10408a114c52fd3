// SPDX-License-Identifier: MIT
// kInf and kNaN: infinity and NaN as double.
#pragma once

#include <limits>

namespace tinygrad::test {

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace tinygrad::test
