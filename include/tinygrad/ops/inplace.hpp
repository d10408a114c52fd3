// SPDX-License-Identifier: MIT
// Operations that overwrite their first argument.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
