// SPDX-License-Identifier: MIT
// Door: optimizers and gradient clipping.
#pragma once

#include "tinygrad/optim/adam.hpp"
#include "tinygrad/optim/adamw.hpp"
#include "tinygrad/optim/clip_grad.hpp"
#include "tinygrad/optim/optimizer.hpp"
#include "tinygrad/optim/sgd.hpp"
