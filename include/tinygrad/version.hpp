// SPDX-License-Identifier: MIT
// The version: the one place it is written. CMake reads the three numbers from this file.
#pragma once

#define TINYGRAD_VERSION_MAJOR 0
#define TINYGRAD_VERSION_MINOR 1
#define TINYGRAD_VERSION_PATCH 0

#define TINYGRAD_DOTTED_(a, b, c) #a "." #b "." #c
#define TINYGRAD_DOTTED(a, b, c) TINYGRAD_DOTTED_(a, b, c)

namespace tinygrad {

/// "major.minor.patch"
inline constexpr const char* version =
    TINYGRAD_DOTTED(TINYGRAD_VERSION_MAJOR, TINYGRAD_VERSION_MINOR, TINYGRAD_VERSION_PATCH);

}  // namespace tinygrad

#undef TINYGRAD_DOTTED
#undef TINYGRAD_DOTTED_
