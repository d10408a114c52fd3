// SPDX-License-Identifier: MIT
// C functions of others under names of our own: headers that declare them in ways that exclude each
// other, or define macros that break other headers, need not be included.
#pragma once

#define TINYGRAD_SYMBOL_2(prefix, name) #prefix name
#define TINYGRAD_SYMBOL_1(prefix, name) TINYGRAD_SYMBOL_2(prefix, name)

/// Behind a declaration: the linker's name of the C function `name`, a string.
#define TINYGRAD_SYMBOL(name) __asm__(TINYGRAD_SYMBOL_1(__USER_LABEL_PREFIX__, name))
