// SPDX-License-Identifier: MIT
// All doors at once. A program that includes only the doors that it uses compiles faster.
#pragma once

#include "tinygrad/core/begin.hpp"

// Before the others: the way to it is then short in an error about a tensor.
#include "tinygrad/autograd.hpp"
#include "tinygrad/autograd/tensor.hpp"
#include "tinygrad/data.hpp"
#include "tinygrad/debug.hpp"
#include "tinygrad/io.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/optim.hpp"
#include "tinygrad/tensor.hpp"
#include "tinygrad/train.hpp"
#include "tinygrad/version.hpp"

#include "tinygrad/core/end.hpp"
