// SPDX-License-Identifier: MIT
// Diagonals and triangles of matrices.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
