// SPDX-License-Identifier: MIT
// pad: a border of constants, or of values mirrored or repeated.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
