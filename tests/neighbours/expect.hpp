// SPDX-License-Identifier: MIT
// expect() and exit_code_of(): count faults and make the exit code, for programs of the matrix that
// check many things.
#pragma once

#include <cstdio>
#include <stdexcept>
#include <string>

inline int faults = 0;

inline void expect(bool right, const std::string& what) {
  if (right) return;
  std::printf("wrong: %s\n", what.c_str());
  ++faults;
}

/// The exit code of a program that is `checks`.
template <class Checks> int exit_code_of(Checks checks) try {
  checks();
  return faults == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::printf("wrong: %s\n", error.what());
  return 1;
}
