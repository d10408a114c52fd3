// SPDX-License-Identifier: MIT
// Door: modules, layers and initialisers.
#pragma once

#include "tinygrad/nn/activation.hpp"
#include "tinygrad/nn/container.hpp"
#include "tinygrad/nn/dropout.hpp"
#include "tinygrad/nn/flatten.hpp"
#include "tinygrad/nn/functional_call.hpp"
#include "tinygrad/nn/init.hpp"
#include "tinygrad/nn/linear.hpp"
#include "tinygrad/nn/module.hpp"
