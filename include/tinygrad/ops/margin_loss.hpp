// SPDX-License-Identifier: MIT
// Losses that ask for a margin between scores or distances.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
