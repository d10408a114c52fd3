// SPDX-License-Identifier: MIT
// Order along an axis: sort, topk, unique and searches.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
