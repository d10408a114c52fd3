// SPDX-License-Identifier: MIT
// Losses between a prediction and a target of the same shape.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
