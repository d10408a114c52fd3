// SPDX-License-Identifier: MIT
// Door: files. Tensors and models as safetensors, tables, pictures, archives, JSON, downloads, and
// files that are written completely or not at all.
#pragma once

#include "tinygrad/core/begin.hpp"

// Files as bytes
#include "tinygrad/io/download.hpp"
#include "tinygrad/io/file.hpp"
#include "tinygrad/io/gzip.hpp"
#include "tinygrad/io/sha256.hpp"
#include "tinygrad/io/tar.hpp"

// Numbers and text
#include "tinygrad/io/csv.hpp"
#include "tinygrad/io/json.hpp"

// Pictures
#include "tinygrad/io/decode_image.hpp"
#include "tinygrad/io/image.hpp"
#include "tinygrad/io/write_png.hpp"

// Tensors and models
#include "tinygrad/io/safetensors.hpp"
#include "tinygrad/io/safetensors_header.hpp"
#include "tinygrad/nn/serialize.hpp"

#include "tinygrad/core/end.hpp"
