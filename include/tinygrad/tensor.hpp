// SPDX-License-Identifier: MIT
// The main door: Tensor, every operation, backward, and the gradient checker. Its includes are the
// table of contents of the operations, sorted by room.
#pragma once

#include "tinygrad/core/begin.hpp"

// Before the others: the way to it is then short in an error about a tensor.
#include "tinygrad/autograd/tensor.hpp"

// The tape
#include "tinygrad/autograd/backward.hpp"
#include "tinygrad/autograd/gradcheck.hpp"
#include "tinygrad/autograd/layout.hpp"
#include "tinygrad/autograd/tape.hpp"

// Tensors made: of numbers, of random numbers, of another dtype
#include "tinygrad/ops/creation/cast.hpp"
#include "tinygrad/ops/creation/creation.hpp"
#include "tinygrad/ops/creation/sampling.hpp"

// Element by element: arithmetic, functions, comparisons, activations, in place
#include "tinygrad/ops/elementwise/activation.hpp"
#include "tinygrad/ops/elementwise/arithmetic.hpp"
#include "tinygrad/ops/elementwise/bitwise.hpp"
#include "tinygrad/ops/elementwise/comparison.hpp"
#include "tinygrad/ops/elementwise/division.hpp"
#include "tinygrad/ops/elementwise/exponential.hpp"
#include "tinygrad/ops/elementwise/inplace.hpp"
#include "tinygrad/ops/elementwise/non_finite.hpp"
#include "tinygrad/ops/elementwise/power.hpp"
#include "tinygrad/ops/elementwise/rounding.hpp"
#include "tinygrad/ops/elementwise/select.hpp"
#include "tinygrad/ops/elementwise/sign.hpp"
#include "tinygrad/ops/elementwise/special.hpp"
#include "tinygrad/ops/elementwise/three_operands.hpp"
#include "tinygrad/ops/elementwise/trigonometric.hpp"

// Shapes: views, joining and cutting, rearranging, padding
#include "tinygrad/ops/shape/broadcast.hpp"
#include "tinygrad/ops/shape/join.hpp"
#include "tinygrad/ops/shape/movement.hpp"
#include "tinygrad/ops/shape/padding.hpp"
#include "tinygrad/ops/shape/rearrange.hpp"
#include "tinygrad/ops/shape/triangle.hpp"

// Elements picked and placed
#include "tinygrad/ops/indexing/advanced_indexing.hpp"
#include "tinygrad/ops/indexing/indexing.hpp"
#include "tinygrad/ops/indexing/inplace_indexing.hpp"
#include "tinygrad/ops/indexing/scatter_reduce.hpp"
#include "tinygrad/ops/indexing/subscript.hpp"

// Along dims: sums, order, running results, softmax
#include "tinygrad/ops/reduction/extremes.hpp"
#include "tinygrad/ops/reduction/reduction.hpp"
#include "tinygrad/ops/reduction/scan.hpp"
#include "tinygrad/ops/reduction/softmax.hpp"
#include "tinygrad/ops/reduction/sorting.hpp"
#include "tinygrad/ops/reduction/variance.hpp"

// Products, solvers, decompositions, norms
#include "tinygrad/ops/linalg/decomposition.hpp"
#include "tinygrad/ops/linalg/diagonal.hpp"
#include "tinygrad/ops/linalg/einsum.hpp"
#include "tinygrad/ops/linalg/norms.hpp"
#include "tinygrad/ops/linalg/products.hpp"
#include "tinygrad/ops/linalg/solve.hpp"

// What layers of networks compute
#include "tinygrad/ops/layers/attention.hpp"
#include "tinygrad/ops/layers/batch_norm.hpp"
#include "tinygrad/ops/layers/conv.hpp"
#include "tinygrad/ops/layers/dropout.hpp"
#include "tinygrad/ops/layers/fold.hpp"
#include "tinygrad/ops/layers/interpolate.hpp"
#include "tinygrad/ops/layers/layer_norm.hpp"
#include "tinygrad/ops/layers/pooling.hpp"

// Losses
#include "tinygrad/ops/loss/classification.hpp"
#include "tinygrad/ops/loss/ctc.hpp"
#include "tinygrad/ops/loss/margin.hpp"
#include "tinygrad/ops/loss/regression.hpp"
#include "tinygrad/ops/refused.hpp"

#include "tinygrad/core/end.hpp"
