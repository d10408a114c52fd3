// SPDX-License-Identifier: MIT
// Door: data sets, where they come from, what changes their pictures, and the loader that cuts them
// into batches.
#pragma once

#include "tinygrad/core/begin.hpp"

#include "tinygrad/data/cifar.hpp"
#include "tinygrad/data/color_jitter.hpp"
#include "tinygrad/data/color_transforms.hpp"
#include "tinygrad/data/crop_transforms.hpp"
#include "tinygrad/data/csv.hpp"
#include "tinygrad/data/dataloader.hpp"
#include "tinygrad/data/dataset.hpp"
#include "tinygrad/data/decode_image.hpp"
#include "tinygrad/data/download.hpp"
#include "tinygrad/data/erase_transforms.hpp"
#include "tinygrad/data/find_cifar.hpp"
#include "tinygrad/data/find_digits.hpp"
#include "tinygrad/data/find_mnist.hpp"
#include "tinygrad/data/gzip.hpp"
#include "tinygrad/data/idx.hpp"
#include "tinygrad/data/image.hpp"
#include "tinygrad/data/image_folder.hpp"
#include "tinygrad/data/mnist.hpp"
#include "tinygrad/data/random_rotation.hpp"
#include "tinygrad/data/resize.hpp"
#include "tinygrad/data/sha256.hpp"
#include "tinygrad/data/statistics.hpp"
#include "tinygrad/data/synthetic_digits.hpp"
#include "tinygrad/data/synthetic_shapes.hpp"
#include "tinygrad/data/tar.hpp"
#include "tinygrad/data/transform.hpp"
#include "tinygrad/data/write_png.hpp"

#include "tinygrad/core/end.hpp"
