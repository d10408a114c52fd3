// SPDX-License-Identifier: MIT
// That it compiles is the test.
// clang-format off
#include "foreign_headers.hpp"
#include <tinygrad/tinygrad.hpp>
// clang-format on
