// SPDX-License-Identifier: MIT
// Door: modules, layers and initialisers.
#pragma once

#include "tinygrad/core/begin.hpp"

// Before the others: the way to it is then short in an error about a tensor.
#include "tinygrad/autograd/tensor.hpp"
#include "tinygrad/nn/activation.hpp"
#include "tinygrad/nn/attention.hpp"
#include "tinygrad/nn/bilinear.hpp"
#include "tinygrad/nn/clone.hpp"
#include "tinygrad/nn/container.hpp"
#include "tinygrad/nn/conv.hpp"
#include "tinygrad/nn/dropout.hpp"
#include "tinygrad/nn/embedding.hpp"
#include "tinygrad/nn/flatten.hpp"
#include "tinygrad/nn/functional_call.hpp"
#include "tinygrad/nn/hooks.hpp"
#include "tinygrad/nn/identity.hpp"
#include "tinygrad/nn/init.hpp"
#include "tinygrad/nn/init_preset.hpp"
#include "tinygrad/nn/lambda.hpp"
#include "tinygrad/nn/linear.hpp"
#include "tinygrad/nn/loss.hpp"
#include "tinygrad/nn/module.hpp"
#include "tinygrad/nn/normalization.hpp"
#include "tinygrad/nn/padding.hpp"
#include "tinygrad/nn/pooling.hpp"
#include "tinygrad/nn/recurrent.hpp"
#include "tinygrad/nn/recurrent_cell.hpp"
#include "tinygrad/nn/summary.hpp"
#include "tinygrad/nn/transformer.hpp"
#include "tinygrad/nn/upsample.hpp"

#include "tinygrad/core/end.hpp"
