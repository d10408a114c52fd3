// SPDX-License-Identifier: MIT
// The main function of all test executables.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
