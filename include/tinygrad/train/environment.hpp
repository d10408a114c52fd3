// SPDX-License-Identifier: MIT
// environment(): facts about the machine, the build and the libraries that decide how fast a run
// is. environment_warnings(): what makes a run slow or wrong here, and what to do about it.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tinygrad/core/array.hpp"
#include "tinygrad/core/cpu_level.hpp"
#include "tinygrad/core/parallel.hpp"
#include "tinygrad/kernels/matrix/blas.hpp"
#include "tinygrad/kernels/matrix/gemm.hpp"
#include "tinygrad/version.hpp"

#ifdef __APPLE__
#include <sys/sysctl.h>
#endif

namespace tinygrad::inline TINYGRAD_ABI {

struct Environment {
  std::string compiler;        ///< "GCC 12.2.0"
  bool optimized, asserts;     ///< compiled with -O…; compiled without NDEBUG
  std::string simd;            ///< the vector instructions that the kernels use: "AVX2"
  std::string own_simd{};      ///< those that the program's own flags allow
  std::string cpu_simd;        ///< the best of the processor, or ""
  std::string cpu;             ///< the processor's name
  int cores, threads;          ///< cores of the system; result of num_threads()
  std::string threads_by{};    ///< in words, the source of the number of threads
  std::string xtensor;         ///< version
  std::string blas;            ///< "OpenBLAS 0.3.21", "BLIS 0.9.0", or ""
  std::string blas_core;       ///< the processor type of OpenBLAS's kernels
  std::string blas_threading;  ///< of OpenBLAS: "none", "pthread" or "OpenMP"
  bool blas_correct;           ///< a small product was correct
  bool blas_wide = false;      ///< it has 64-bit integers; this library never calls such a BLAS
  bool core_chosen = false;    ///< OPENBLAS_CORETYPE chooses OpenBLAS's kernels
};

namespace detail {

// Two files of a program may be compiled by different compilers.
[[maybe_unused]] static std::string compiler_name() {
#if defined(__clang__)
  return str_cat("Clang ", __clang_major__, '.', __clang_minor__, '.', __clang_patchlevel__);
#else
  return str_cat("GCC ", __GNUC__, '.', __GNUC_MINOR__, '.', __GNUC_PATCHLEVEL__);
#endif
}

// Static like compiler_name(): two files may be compiled for different processors.
[[maybe_unused]] static const char* simd_name(CpuLevel level) {
  if (level == CpuLevel::kV4) return "AVX-512";
  if (level == CpuLevel::kV3) return "AVX2";
#if defined(__SSE2__)
  return "SSE2";
#elif defined(__ARM_NEON)
  return "NEON";
#else
  return "none";
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

/// Checks [1 2; 3 4] · [5 6; 7 8]. The call also keeps BLAS linked: a linker that drops unneeded
/// libraries ignores weak symbols.
inline bool product_is_right() {
  const double a[] = {1, 2, 3, 4}, b[] = {5, 6, 7, 8};
  double c[4] = {};
  kernels::gemm<double>(2, 2, 2, 1.0, {a, 2}, {b, 2}, 0.0, c, 2);
  return c[0] == 19 && c[1] == 22 && c[2] == 43 && c[3] == 50;
}

/// The first two words of "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …", or "BLIS 0.9.0". A
/// statically linked OpenBLAS may lack the function that reports them.
inline std::string blas_name(const kernels::Blas& blas) {
  const std::string config = blas.openblas_config ? blas.openblas_config() : "";
  if (blas.threading == kernels::BlasThreading::kBlis)
    return blas.blis_version ? str_cat("BLIS ", blas.blis_version()) : "BLIS";
  if (config.empty()) return blas.threading == kernels::BlasThreading::kUnknown ? "" : "OpenBLAS";
  return config.substr(0, config.find(' ', config.find(' ') + 1));
}

inline const char* blas_threading_name(kernels::BlasThreading threading) {
  using enum kernels::BlasThreading;
  return threading == kUnlocked  ? "none"
         : threading == kProcess ? "pthread"
         : threading == kOpenMp  ? "OpenMP"
                                 : "";
}

}  // namespace detail

/// The facts of this process. It is static, because the compiler's facts belong to the file that
/// calls it.
[[maybe_unused]] static Environment environment() {
  Environment e{};
  e.compiler = detail::compiler_name();
#ifdef __OPTIMIZE__
  e.optimized = true;
#endif
#ifndef NDEBUG
  e.asserts = true;
#endif
  e.simd = detail::simd_name(cpu_level());
  e.own_simd = detail::simd_name(own_cpu_level);
  if (TINYGRAD_HAS_CPU_LEVELS) e.cpu_simd = detail::simd_name(processor_level());
  e.cpu = detail::processor_name();
  e.cores = static_cast<int>(std::thread::hardware_concurrency());
  e.threads = num_threads();
  DefaultThreads usual = default_threads();
  e.threads_by = e.threads == usual.threads ? std::move(usual.source) : "set_num_threads()";
  e.xtensor =
      str_cat(XTENSOR_VERSION_MAJOR, '.', XTENSOR_VERSION_MINOR, '.', XTENSOR_VERSION_PATCH);
  const kernels::Blas& blas = kernels::Blas::instance();
  e.blas_wide = blas.wide;
  e.blas_correct = !blas.wide && detail::product_is_right();
  e.blas = detail::blas_name(blas);
  if (blas.openblas_core) e.blas_core = blas.openblas_core();
  e.blas_threading = detail::blas_threading_name(blas.threading);
  e.core_chosen = std::getenv("OPENBLAS_CORETYPE") != nullptr;
  return e;
}

/// Two lines to print at the start of a run.
inline std::string environment_banner(const Environment& e = environment()) {
  return str_cat("tinygrad ", version, ", ", e.compiler, e.optimized ? "" : " without optimization",
                 ", ", e.simd, ", ",
                 e.blas.empty() ? "a BLAS that is neither OpenBLAS nor BLIS" : e.blas,
                 e.blas_core.empty() ? "" : " (" + e.blas_core + ")", ", xtensor ", e.xtensor, '\n',
                 e.cpu, ", ", e.threads, e.threads == 1 ? " thread" : " threads", " on ", e.cores,
                 e.cores == 1 ? " core" : " cores");
}

/// Conditions that make runs slow or wrong, each with its remedy. Empty if there are none.
inline std::vector<std::string> environment_warnings(const Environment& e = environment()) {
  std::vector<std::string> out;
  if (e.blas_wide)
    out.push_back(
        "the BLAS has 64-bit integers (ILP64), as libopenblas64: link an LP64 build, as "
        "libopenblas");
  else if (!e.blas_correct)
    out.push_back("BLAS multiplied two small matrices wrongly: install another build of OpenBLAS");
  if (e.blas.empty())
    out.push_back(
        "the BLAS is neither OpenBLAS nor BLIS; matrix products are plain ones of our own, and "
        "decompositions may be many times slower: install OpenBLAS (apt-get install "
        "libopenblas-dev), remove the build folder, build again");
  if (e.blas_threading == "none" && e.threads > 1)
    out.push_back(
        "this build of OpenBLAS has no locks, so that one thread after the other multiplies: "
        "install one with threads (apt-get install libopenblas0-pthread)");
  if (!e.core_chosen && e.cpu_simd == "AVX-512" &&
      (e.blas_core == "Zen" || e.blas_core == "Haswell"))
    out.push_back(str_cat("OpenBLAS takes AVX2 kernels (", e.blas_core,
                          "), and the processor has AVX-512: try OPENBLAS_CORETYPE=SkylakeX, "
                          "which makes products half as fast again on a Zen 5, and no faster on a "
                          "Zen 4"));
  if (!e.optimized)
    out.push_back("compiled without optimization: build with CMAKE_BUILD_TYPE=Release, or -O3");
  else if (e.asserts)
    out.push_back("compiled with assertions: build with CMAKE_BUILD_TYPE=Release, or -DNDEBUG");
  if (!e.cpu_simd.empty() && e.simd != e.cpu_simd)
    out.push_back(str_cat("the kernels use ", e.simd, ", but this processor has ", e.cpu_simd,
                          ": unset TINYGRAD_CPU_LEVEL"));
  if (e.cores > 0 && e.threads > e.cores)
    out.push_back(str_cat(e.threads, " threads on ", e.cores, e.cores == 1 ? " core" : " cores",
                          " hinder each other: set OMP_NUM_THREADS=", e.cores));
  return out;
}

/// All facts, one a line, and the warnings.
inline std::string doctor_report(const Environment& e = environment()) {
  std::string out;
  const auto row = [&](std::string name, const std::string& value) {
    name.resize(12, ' ');
    out += name + value + '\n';
  };
  row("tinygrad", version);
  row("compiler", e.compiler);
  row("build", str_cat(e.optimized ? "optimized" : "not optimized",
                       e.asserts ? ", with assertions" : ", without assertions"));
  row("processor", e.cpu);
  row("SIMD", str_cat(e.simd, e.own_simd.empty() ? "" : ", compiled for " + e.own_simd,
                      e.cpu_simd.empty() ? "" : ", the processor has " + e.cpu_simd));
  row("threads", str_cat(e.threads, " on ", e.cores, e.cores == 1 ? " core" : " cores",
                         e.threads_by.empty() ? "" : ", by " + e.threads_by));
  row("BLAS", e.blas.empty()
                  ? "neither OpenBLAS nor BLIS"
                  : str_cat(e.blas, e.blas_core.empty() ? "" : ", core type " + e.blas_core,
                            e.blas_threading.empty() ? "" : ", threading " + e.blas_threading));
  row("xtensor", e.xtensor);
  const auto warnings = environment_warnings(e);
  for (const auto& warning : warnings) out += "warning: " + warning + '\n';
  if (warnings.empty()) out += "nothing to mend\n";
  return out;
}

}  // namespace tinygrad
