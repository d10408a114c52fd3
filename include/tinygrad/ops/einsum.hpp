// SPDX-License-Identifier: MIT
// Sums of products over named axes: einsum, tensordot, outer.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
