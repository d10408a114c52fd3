// SPDX-License-Identifier: MIT
// Prints what this machine and this build offer, and warns of what makes them slow or wrong.
//
//   build/release/bin/doctor
#include <cstdio>
#include <string>
#include <tinygrad/train.hpp>

int main(int argc, char**) {
  if (argc > 1) {
    std::fputs("usage: doctor\nPrints compiler, BLAS, threads, SIMD level, and warnings.\n",
               stderr);
    return 2;
  }
  const std::string report = tinygrad::doctor_report();
  std::fputs(report.c_str(), stdout);
  return 0;
}
