// SPDX-License-Identifier: MIT
// Door: what goes beyond backward(). Functional transforms, Jacobians, custom operations,
// checkpointing.
#pragma once

#include "tinygrad/core/begin.hpp"

#include "tinygrad/autograd/checkpoint.hpp"
#include "tinygrad/autograd/custom.hpp"
#include "tinygrad/autograd/functional.hpp"
#include "tinygrad/autograd/jacobian.hpp"

#include "tinygrad/core/end.hpp"
