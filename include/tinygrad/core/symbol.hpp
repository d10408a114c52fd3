// SPDX-License-Identifier: MIT
// TINYGRAD_SYMBOL: declares a C function of another library under a name of our own. The other
// library's header is then not needed. Such headers conflict with each other, or define macros that
// break other headers.
#pragma once

#define TINYGRAD_SYMBOL_2(prefix, name) #prefix name
#define TINYGRAD_SYMBOL_1(prefix, name) TINYGRAD_SYMBOL_2(prefix, name)

/// Follows a declaration: `name`, a string, is the linker's name of the C function.
#define TINYGRAD_SYMBOL(name) __asm__(TINYGRAD_SYMBOL_1(__USER_LABEL_PREFIX__, name))
