// SPDX-License-Identifier: MIT
// Tests that other projects' headers compile before ours.
// clang-format off
#include "foreign_headers.hpp"
#include <tinygrad/tinygrad.hpp>
// clang-format on
