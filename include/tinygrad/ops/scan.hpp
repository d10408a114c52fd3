// SPDX-License-Identifier: MIT
// Running sums, products and extremes along an axis.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
