// SPDX-License-Identifier: MIT
// TINYGRAD_REFUSE: an overload that only wrong arguments reach. A compiler then prints its rule
// instead of a list of all overloads that do not fit, xtensor's and the standard library's among
// them. It is a worse match than every other overload, so no right call changes its meaning.
#pragma once

#include "tinygrad/version.hpp"

/// Declares the function and says the rule that was broken:
///   TINYGRAD_REFUSE("exp(x): x is a tensor") Tensor exp(...) TINYGRAD_REFUSED;
/// Clang lists all overloads after the use of a deleted function, but none after that of an
/// unavailable one. g++ shows the line of the declaration, and with it the rule.
#ifdef __clang__
#define TINYGRAD_REFUSE(rule) __attribute__((unavailable(rule)))
#define TINYGRAD_REFUSED
#else
#define TINYGRAD_REFUSE(rule)
#define TINYGRAD_REFUSED = delete
#endif
