// SPDX-License-Identifier: MIT
// The main door: Tensor, every operation, backward, and the gradient checker.
#pragma once

#include "tinygrad/autograd/backward.hpp"
#include "tinygrad/autograd/gradcheck.hpp"
#include "tinygrad/autograd/tape.hpp"
#include "tinygrad/ops/activation.hpp"
#include "tinygrad/ops/arithmetic.hpp"
#include "tinygrad/ops/broadcast.hpp"
#include "tinygrad/ops/cast.hpp"
#include "tinygrad/ops/creation.hpp"
#include "tinygrad/ops/dropout.hpp"
#include "tinygrad/ops/indexing.hpp"
#include "tinygrad/ops/linalg.hpp"
#include "tinygrad/ops/loss.hpp"
#include "tinygrad/ops/movement.hpp"
#include "tinygrad/ops/reduction.hpp"
#include "tinygrad/ops/softmax.hpp"
#include "tinygrad/ops/unary.hpp"
