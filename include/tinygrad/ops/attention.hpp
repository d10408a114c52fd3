// SPDX-License-Identifier: MIT
// Attention: scaled dot products of queries and keys, and what they weigh.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
