// SPDX-License-Identifier: MIT
// Normalisation over the trailing axes.
#pragma once

#include "tinygrad/autograd/record.hpp"

namespace tinygrad {}
