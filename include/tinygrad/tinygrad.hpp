// SPDX-License-Identifier: MIT
// Everything: all doors at once. A program that counts its compile seconds includes only the doors
// it uses.
#pragma once

#include "tinygrad/core/begin.hpp"

#include "tinygrad/autograd.hpp"
#include "tinygrad/data.hpp"
#include "tinygrad/debug.hpp"
#include "tinygrad/io.hpp"
#include "tinygrad/nn.hpp"
#include "tinygrad/optim.hpp"
#include "tinygrad/tensor.hpp"
#include "tinygrad/train.hpp"
#include "tinygrad/version.hpp"

#include "tinygrad/core/end.hpp"
