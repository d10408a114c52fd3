// SPDX-License-Identifier: MIT
// Door: derivatives beyond backward(). Functional transforms, Jacobians, custom operations and
// checkpoints.
#pragma once

#include "tinygrad/core/begin.hpp"

// clang-format off: before the others, so that the way to it is short in an error about a tensor
#include "tinygrad/autograd/tensor.hpp"
// clang-format on

#include "tinygrad/autograd/checkpoint.hpp"
#include "tinygrad/autograd/custom.hpp"
#include "tinygrad/autograd/functional.hpp"
#include "tinygrad/autograd/jacobian.hpp"

#include "tinygrad/core/end.hpp"
