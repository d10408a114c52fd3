// SPDX-License-Identifier: MIT
// Rolls, flips, repeats: the elements stay, their places change.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
