// SPDX-License-Identifier: MIT
// All doors at once. A program that includes only the doors that it uses compiles faster.
#pragma once

#include "tinygrad/core/begin.hpp"

// Before the others: the way to an operation is then short in an error.
#include "tinygrad/tensor.hpp"

// The other doors
#include "tinygrad/autograd.hpp"
#include "tinygrad/data.hpp"
#include "tinygrad/debug.hpp"
#include "tinygrad/io.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/optim.hpp"
#include "tinygrad/train.hpp"
#include "tinygrad/version.hpp"

#include "tinygrad/core/end.hpp"
