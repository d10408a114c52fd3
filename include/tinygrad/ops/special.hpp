// SPDX-License-Identifier: MIT
// Special functions of one or two tensors, element by element.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
