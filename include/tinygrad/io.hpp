// SPDX-License-Identifier: MIT
// Door: files. Models and tensors as safetensors, pictures, and writing that is all or nothing.
#pragma once

#include "tinygrad/core/begin.hpp"

#include "tinygrad/io/file.hpp"
#include "tinygrad/io/image.hpp"
#include "tinygrad/io/safetensors.hpp"
#include "tinygrad/io/safetensors_header.hpp"
#include "tinygrad/io/write_png.hpp"
#include "tinygrad/nn/serialize.hpp"

#include "tinygrad/core/end.hpp"
