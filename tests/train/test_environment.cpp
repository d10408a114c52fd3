// SPDX-License-Identifier: MIT
// Tests of train/environment.hpp: each fault has its warning.
#include <doctest/doctest.h>

#include "support/files.hpp"
#include "tinygrad/train/environment.hpp"

using namespace tinygrad;
using support::contains;

namespace {

Environment healthy() {
  return {.compiler = "GCC 13.1.0",
          .optimized = true,
          .asserts = false,
          .simd = "AVX2",
          .own_simd = "SSE2",
          .cpu_simd = "AVX2",
          .cpu = "A Processor",
          .cores = 4,
          .threads = 4,
          .xtensor = "0.25.0",
          .blas = "OpenBLAS 0.3.21",
          .blas_core = "Zen",
          .blas_threading = "pthread",
          .blas_correct = true,
          .blas_wide = false,
          .core_chosen = false};
}

/// The one warning about an environment with one fault.
template <class F> std::string warning(F&& spoil) {
  Environment e = healthy();
  spoil(e);
  const auto warnings = environment_warnings(e);
  REQUIRE(warnings.size() == 1);
  CHECK(contains(doctor_report(e), "warning: " + warnings[0] + "\n"));
  return warnings[0];
}

}  // namespace

TEST_CASE("a healthy environment has no warnings") {
  CHECK(environment_warnings(healthy()).empty());
  CHECK(contains(doctor_report(healthy()), "nothing to mend"));
  CHECK(contains(doctor_report(healthy()),
                 "SIMD        AVX2, compiled for SSE2, the processor has AVX2\n"));
  CHECK(
      contains(doctor_report(healthy()), "BLAS        OpenBLAS 0.3.21, core type Zen, threading"));
  CHECK(environment_banner(healthy()) ==
        str_cat("tinygrad ", version,
                ", GCC 13.1.0, AVX2, OpenBLAS 0.3.21 (Zen), xtensor 0.25.0\n"
                "A Processor, 4 threads on 4 cores"));
}

TEST_CASE("each fault has its warning and its mend") {
  CHECK(contains(warning([](Environment& e) { e.blas = ""; }), "install OpenBLAS"));
  CHECK(contains(warning([](Environment& e) { e.blas_correct = false; }), "another build"));
  CHECK(contains(warning([](Environment& e) {
                   e.blas_correct = false;
                   e.blas_wide = true;
                 }),
                 "64-bit integers"));
  CHECK(contains(warning([](Environment& e) { e.blas_threading = "none"; }), "no locks"));
  CHECK(contains(warning([](Environment& e) { e.simd = e.cpu_simd = "AVX-512"; }),
                 "OPENBLAS_CORETYPE=SkylakeX"));
  CHECK(contains(warning([](Environment& e) { e.optimized = false; }), "CMAKE_BUILD_TYPE=Release"));
  CHECK(contains(warning([](Environment& e) { e.asserts = true; }), "-DNDEBUG"));
  CHECK(contains(warning([](Environment& e) { e.simd = "SSE2"; }),
                 "the kernels use SSE2, but this processor has AVX2: unset TINYGRAD_CPU_LEVEL"));
  CHECK(contains(warning([](Environment& e) { e.threads = 9; }),
                 "9 threads on 4 cores hinder each other: set OMP_NUM_THREADS=4"));
}

TEST_CASE("whose word OPENBLAS_CORETYPE is, is not told of other kernels") {
  Environment e = healthy();
  e.simd = e.cpu_simd = "AVX-512";
  e.core_chosen = true;
  CHECK(environment_warnings(e).empty());
}

TEST_CASE("the facts of this process are found") {
  const Environment e = environment();
  CHECK(e.blas_correct);
  CHECK(e.threads == num_threads());
  CHECK(contains(doctor_report(e), e.threads_by));
  CHECK(e.simd == detail::simd_name(cpu_level()));
  CHECK(e.own_simd == detail::simd_name(own_cpu_level));
  CHECK(contains(e.xtensor, "."));
  CHECK_FALSE(e.cpu.empty());
  CHECK_FALSE(contains(e.cpu, "\n"));
  CHECK_FALSE(e.compiler.empty());
  CHECK((e.blas.empty() || e.blas.starts_with("OpenBLAS") || e.blas.starts_with("BLIS")));
  CHECK((e.blas_core.empty() || e.blas.starts_with("OpenBLAS")));
}
