// SPDX-License-Identifier: MIT
// Door: derivatives beyond backward(). Functional transforms, Jacobians, custom operations and
// checkpoints.
#pragma once

#include "tinygrad/core/begin.hpp"

#include "tinygrad/autograd/checkpoint.hpp"
#include "tinygrad/autograd/custom.hpp"
#include "tinygrad/autograd/functional.hpp"
#include "tinygrad/autograd/jacobian.hpp"

#include "tinygrad/core/end.hpp"
