// SPDX-License-Identifier: MIT
// Random tensors: every draw takes an explicit generator.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
