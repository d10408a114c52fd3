// SPDX-License-Identifier: MIT
// Door: namespace data. Data sets, the search for their files, transforms of pictures, and the
// loader that cuts data sets into batches. Readers of CSV, pictures and other files are in io.hpp.
#pragma once

#include "tinygrad/core/begin.hpp"

// Before the others: the way to it is then short in an error about a tensor.
#include "tinygrad/autograd/tensor.hpp"

// Data sets of samples, and batches of them
#include "tinygrad/data/dataloader.hpp"
#include "tinygrad/data/dataset.hpp"
#include "tinygrad/data/find_data.hpp"
#include "tinygrad/data/lint_hook.hpp"
#include "tinygrad/data/statistics.hpp"

// The data sets themselves, from files or drawn
#include "tinygrad/data/sets/cifar.hpp"
#include "tinygrad/data/sets/digit_styles.hpp"
#include "tinygrad/data/sets/find_cifar.hpp"
#include "tinygrad/data/sets/find_mnist.hpp"
#include "tinygrad/data/sets/idx.hpp"
#include "tinygrad/data/sets/image_folder.hpp"
#include "tinygrad/data/sets/mnist.hpp"
#include "tinygrad/data/sets/synthetic_digits.hpp"
#include "tinygrad/data/sets/synthetic_shapes.hpp"

// Transforms of samples
#include "tinygrad/data/transforms/color.hpp"
#include "tinygrad/data/transforms/color_jitter.hpp"
#include "tinygrad/data/transforms/crop.hpp"
#include "tinygrad/data/transforms/erase.hpp"
#include "tinygrad/data/transforms/resize.hpp"
#include "tinygrad/data/transforms/rotation.hpp"
#include "tinygrad/data/transforms/transform.hpp"

// Finding digits in a photograph
#include "tinygrad/data/pictures/find_digits.hpp"
#include "tinygrad/data/pictures/ink_marks.hpp"
#include "tinygrad/data/pictures/ink_plane.hpp"

#include "tinygrad/core/end.hpp"
