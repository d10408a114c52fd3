// SPDX-License-Identifier: MIT
// Door: data sets, where they come from, and the loader that cuts them into batches.
#pragma once

#include "tinygrad/data/dataloader.hpp"
#include "tinygrad/data/dataset.hpp"
#include "tinygrad/data/download.hpp"
#include "tinygrad/data/find_mnist.hpp"
#include "tinygrad/data/gzip.hpp"
#include "tinygrad/data/idx.hpp"
#include "tinygrad/data/mnist.hpp"
#include "tinygrad/data/sha256.hpp"
#include "tinygrad/data/synthetic_digits.hpp"
