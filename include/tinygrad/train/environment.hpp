// SPDX-License-Identifier: MIT
// Facts about the machine, the build and the libraries that decide how fast a run is, and what a
// user can do about them.
#pragma once

#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/gemm.hpp"
#include "tinygrad/version.hpp"

#ifdef __APPLE__
#include <sys/sysctl.h>
#endif

// OpenBLAS alone has these; with another BLAS they are null.
extern "C" __attribute__((weak)) char* openblas_get_config();
extern "C" __attribute__((weak)) char* openblas_get_corename();
extern "C" __attribute__((weak)) int openblas_get_parallel();

namespace tinygrad::inline TINYGRAD_ABI {

struct Environment {
  std::string compiler;        ///< "GCC 12.2.0"
  bool optimized, asserts;     ///< compiled with -O…; without NDEBUG
  std::string simd, cpu_simd;  ///< compiled for; the best the processor has, "" if not known
  std::string cpu;             ///< the processor's name
  int cores, threads;          ///< what the system offers; what num_threads() says
  std::string xtensor;         ///< version
  std::string blas;            ///< "OpenBLAS 0.3.21", or "" if it is not OpenBLAS
  std::string blas_core;       ///< the processor OpenBLAS chose its kernels for
  std::string blas_threading;  ///< "none", "pthread" or "OpenMP"
  bool blas_correct;           ///< a small product came out right
};

namespace detail {

inline std::string compiler_name() {
#if defined(__clang__)
  return concat("Clang ", __clang_major__, '.', __clang_minor__, '.', __clang_patchlevel__);
#else
  return concat("GCC ", __GNUC__, '.', __GNUC_MINOR__, '.', __GNUC_PATCHLEVEL__);
#endif
}

inline const char* compiled_simd() {
#if defined(__AVX512F__)
  return "AVX-512";
#elif defined(__AVX2__)
  return "AVX2";
#elif defined(__SSE2__)
  return "SSE2";
#elif defined(__ARM_NEON)
  return "NEON";
#else
  return "none";
#endif
}

inline const char* processor_simd() {
#if defined(__x86_64__) || defined(__i386__)
  if (__builtin_cpu_supports("avx512f")) return "AVX-512";
  if (__builtin_cpu_supports("avx2")) return "AVX2";
  return "SSE2";
#else
  return "";
#endif
}

inline std::string processor_name() {
#ifdef __APPLE__
  char name[128] = "";
  std::size_t size = sizeof name;
  if (sysctlbyname("machdep.cpu.brand_string", name, &size, nullptr, 0) == 0) return name;
#else
  if (std::FILE* file = std::fopen("/proc/cpuinfo", "r")) {
    char line[256];
    std::string name;
    while (name.empty() && std::fgets(line, sizeof line, file))
      if (const char* colon = std::strchr(line, ':');
          colon && colon[1] == ' ' && std::strncmp(line, "model name", 10) == 0)
        name.assign(colon + 2, std::strcspn(colon + 2, "\n"));
    std::fclose(file);
    if (!name.empty()) return name;
  }
#endif
  return "unknown processor";
}

/// [1 2; 3 4] · [5 6; 7 8]. It also makes the program need BLAS: linkers told to drop libraries
/// that nothing needs do not count weak symbols.
inline bool product_is_right() {
  const double a[] = {1, 2, 3, 4}, b[] = {5, 6, 7, 8};
  double c[4] = {};
  kernels::gemm<double>(2, 2, 2, 1.0, {a, 2}, {b, 2}, 0.0, c, 2);
  return c[0] == 19 && c[1] == 22 && c[2] == 43 && c[3] == 50;
}

/// The first two words of "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …".
inline std::string openblas_version() {
  const std::string config = openblas_get_config ? openblas_get_config() : "";
  return config.substr(0, config.find(' ', config.find(' ') + 1));
}

}  // namespace detail

/// The facts of this process. What the compiler knows is what it knew where this was compiled.
inline Environment environment() {
  Environment e{};
  e.compiler = detail::compiler_name();
#ifdef __OPTIMIZE__
  e.optimized = true;
#endif
#ifndef NDEBUG
  e.asserts = true;
#endif
  e.simd = detail::compiled_simd();
  e.cpu_simd = detail::processor_simd();
  e.cpu = detail::processor_name();
  e.cores = static_cast<int>(std::thread::hardware_concurrency());
  e.threads = num_threads();
  e.xtensor = concat(XTENSOR_VERSION_MAJOR, '.', XTENSOR_VERSION_MINOR, '.', XTENSOR_VERSION_PATCH);
  e.blas_correct = detail::product_is_right();
  e.blas = detail::openblas_version();
  if (openblas_get_corename) e.blas_core = openblas_get_corename();
  if (openblas_get_parallel) {
    const int kind = openblas_get_parallel();
    e.blas_threading = kind == 0 ? "none" : kind == 1 ? "pthread" : "OpenMP";
  }
  return e;
}

/// Two lines for the head of a run's output.
inline std::string environment_banner(const Environment& e = environment()) {
  return concat("tinygrad ", version, ", ", e.compiler, e.optimized ? "" : " without optimization",
                ", ", e.simd, ", ", e.blas.empty() ? "a BLAS that is not OpenBLAS" : e.blas,
                e.blas_core.empty() ? "" : " (" + e.blas_core + ")", ", xtensor ", e.xtensor, '\n',
                e.cpu, ", ", e.threads, e.threads == 1 ? " thread" : " threads", " on ", e.cores,
                e.cores == 1 ? " core" : " cores");
}

/// What makes runs slow or wrong here, each with its mend; empty if all is well.
inline std::vector<std::string> environment_warnings(const Environment& e = environment()) {
  std::vector<std::string> out;
  if (!e.blas_correct)
    out.push_back("BLAS multiplied two small matrices wrongly: install another build of OpenBLAS");
  if (e.blas.empty())
    out.push_back(
        "the BLAS is not OpenBLAS; the reference BLAS is many times slower: install OpenBLAS "
        "(apt-get install libopenblas-dev), remove the build folder, build again");
  if (!e.optimized)
    out.push_back("compiled without optimization: build with CMAKE_BUILD_TYPE=Release, or -O3");
  else if (e.asserts)
    out.push_back("compiled with assertions: build with CMAKE_BUILD_TYPE=Release, or -DNDEBUG");
  if (!e.cpu_simd.empty() && e.simd != e.cpu_simd)
    out.push_back(concat("compiled for ", e.simd, ", but this processor has ", e.cpu_simd,
                         ": compile with -march=native"));
  if (e.cores > 0 && e.threads > e.cores)
    out.push_back(concat(e.threads, " threads on ", e.cores, e.cores == 1 ? " core" : " cores",
                         " hinder each other: set OMP_NUM_THREADS=", e.cores));
  return out;
}

/// All facts, one to a line, and the warnings.
inline std::string doctor_report(const Environment& e = environment()) {
  std::string out;
  const auto row = [&](std::string name, const std::string& value) {
    name.resize(12, ' ');
    out += name + value + '\n';
  };
  row("tinygrad", version);
  row("compiler", e.compiler);
  row("build", concat(e.optimized ? "optimized" : "not optimized",
                      e.asserts ? ", with assertions" : ", without assertions"));
  row("processor", e.cpu);
  row("SIMD", e.simd + (e.cpu_simd.empty() ? "" : ", the processor has " + e.cpu_simd));
  row("threads", concat(e.threads, " on ", e.cores, e.cores == 1 ? " core" : " cores"));
  row("BLAS", e.blas.empty()
                  ? "not OpenBLAS"
                  : concat(e.blas, ", core type ", e.blas_core, ", threading ", e.blas_threading));
  row("xtensor", e.xtensor);
  const auto warnings = environment_warnings(e);
  for (const auto& warning : warnings) out += "warning: " + warning + '\n';
  if (warnings.empty()) out += "nothing to mend\n";
  return out;
}

}  // namespace tinygrad
