// SPDX-License-Identifier: MIT
// TINYGRAD_REFUSED: the mark of an overload that only wrong arguments reach. A compiler then prints
// its rule instead of all overloads that do not fit, the standard library's and xtensor's among
// them. Such an overload takes its arguments by … or by a conversion, so that it is a worse match
// than every right one: no right call changes its meaning.
#pragma once

#include "tinygrad/version.hpp"

/// Stands at the end of the declaration, with the rule:
///   Tensor exp(...) TINYGRAD_REFUSED("exp(x): x is a tensor");
/// g++ shows the line of a deleted function, and with it the rule. Clang would list all overloads
/// after the use of a deleted function, but lists none after that of an unavailable one.
/// A function that may be called without arguments needs template <class = void> before the
/// refused one, which would otherwise be as good a match.
#ifdef __clang__
#define TINYGRAD_REFUSED(rule) __attribute__((unavailable(rule)))
#else
#define TINYGRAD_REFUSED(rule) = delete
#endif
