// SPDX-License-Identifier: MIT
// Vector and matrix norms, and distances made of them.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
