// SPDX-License-Identifier: MIT
// Door: files. Models and tensors as safetensors, pictures, and writing that is all or nothing.
#pragma once

#include "tinygrad/core/begin.hpp"

#include "tinygrad/core/file.hpp"
#include "tinygrad/data/image.hpp"
#include "tinygrad/data/write_png.hpp"
#include "tinygrad/io/model.hpp"
#include "tinygrad/io/safetensors.hpp"
#include "tinygrad/io/safetensors_header.hpp"

#include "tinygrad/core/end.hpp"
