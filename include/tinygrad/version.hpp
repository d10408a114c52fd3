// SPDX-License-Identifier: MIT
// The version: the one place it is written. CMake reads the three numbers from this file. And the
// inline namespace made of it, in which every symbol of the library lies, so that libraries built
// from different versions can be loaded by one program: their symbols differ, and a tensor handed
// from one to the other is an error of the linker instead of a wrong number. Users write
// tinygrad::Tensor as if it were not there.
#pragma once

#include "tinygrad/core/begin.hpp"

#define TINYGRAD_VERSION_MAJOR 0
#define TINYGRAD_VERSION_MINOR 1
#define TINYGRAD_VERSION_PATCH 0

#define TINYGRAD_DOTTED_(a, b, c) #a "." #b "." #c
#define TINYGRAD_DOTTED(a, b, c) TINYGRAD_DOTTED_(a, b, c)
#define TINYGRAD_JOINED_(a, b, c) v##a##_##b##_##c
#define TINYGRAD_JOINED(a, b, c) TINYGRAD_JOINED_(a, b, c)

#define TINYGRAD_ABI \
  TINYGRAD_JOINED(TINYGRAD_VERSION_MAJOR, TINYGRAD_VERSION_MINOR, TINYGRAD_VERSION_PATCH)

namespace tinygrad::inline TINYGRAD_ABI {

/// "major.minor.patch"
inline constexpr const char* version =
    TINYGRAD_DOTTED(TINYGRAD_VERSION_MAJOR, TINYGRAD_VERSION_MINOR, TINYGRAD_VERSION_PATCH);

}  // namespace tinygrad

#undef TINYGRAD_DOTTED
#undef TINYGRAD_DOTTED_

#include "tinygrad/core/end.hpp"
