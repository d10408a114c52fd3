// SPDX-License-Identifier: MIT
// Door: optimizers and gradient clipping, and the lint that TINYGRAD_LINT=1 switches on.
#pragma once

#include "tinygrad/debug/lint.hpp"
#include "tinygrad/optim/adam.hpp"
#include "tinygrad/optim/adamw.hpp"
#include "tinygrad/optim/clip_grad.hpp"
#include "tinygrad/optim/optimizer.hpp"
#include "tinygrad/optim/sgd.hpp"
