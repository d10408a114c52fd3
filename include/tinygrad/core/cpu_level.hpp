// SPDX-License-Identifier: MIT
// cpu_level(): which vector instructions the kernels use. They are compiled for several levels of
// x86-64, as the psABI defines them, and the level is chosen when the program starts.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tinygrad/version.hpp"

namespace tinygrad::inline TINYGRAD_ABI {

/// kBaseline is what the program was compiled for at least: SSE2 on x86-64, the target's own
/// instructions on other processors. kV3 is x86-64-v3 (AVX2, FMA), kV4 is x86-64-v4 (AVX-512).
enum class CpuLevel { kBaseline, kV3, kV4 };

/// "baseline", "v3" or "v4"
constexpr const char* name_of(CpuLevel level) {
  return level == CpuLevel::kV4 ? "v4" : level == CpuLevel::kV3 ? "v3" : "baseline";
}

/// True if this library compiles kernels for v3 and v4 beside the program's own flags.
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define TINYGRAD_HAS_CPU_LEVELS 1
#else
#define TINYGRAD_HAS_CPU_LEVELS 0
#endif

/// The level of the program's own flags: no kernel is compiled for less.
#if TINYGRAD_HAS_CPU_LEVELS && defined(__AVX512F__) && defined(__AVX512BW__) && \
    defined(__AVX512CD__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__FMA__)
#define TINYGRAD_OWN_CPU_LEVEL 4
#elif TINYGRAD_HAS_CPU_LEVELS && defined(__AVX2__) && defined(__FMA__) && defined(__BMI__) && \
    defined(__BMI2__) && defined(__F16C__) && defined(__LZCNT__)
#define TINYGRAD_OWN_CPU_LEVEL 3
#else
#define TINYGRAD_OWN_CPU_LEVEL 1
#endif
inline constexpr CpuLevel own_cpu_level = TINYGRAD_OWN_CPU_LEVEL == 4   ? CpuLevel::kV4
                                          : TINYGRAD_OWN_CPU_LEVEL == 3 ? CpuLevel::kV3
                                                                        : CpuLevel::kBaseline;

/// The best level of this processor and its system.
inline CpuLevel processor_level() {
#if TINYGRAD_HAS_CPU_LEVELS
  __builtin_cpu_init();
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                  __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return v3 && v4 ? CpuLevel::kV4 : v3 ? CpuLevel::kV3 : CpuLevel::kBaseline;
#else
  return CpuLevel::kBaseline;
#endif
}

namespace detail {
/// The level for a wish, which is "" for the best. `complaint` gets what is wrong with the wish.
inline CpuLevel chosen_level(std::string_view wish, CpuLevel own, CpuLevel best,
                             const char*& complaint) {
  complaint = nullptr;
  if (best < own) best = own;
  if (wish.empty()) return best;
  for (const CpuLevel level : {CpuLevel::kBaseline, CpuLevel::kV3, CpuLevel::kV4}) {
    if (wish != name_of(level)) continue;
    if (level > best) complaint = "this processor lacks instructions of that level";
    if (level < own) complaint = "the program itself was compiled for a higher level";
    return level > best ? best : level < own ? own : level;
  }
  complaint = "the levels are baseline, v3 and v4";
  return best;
}

inline CpuLevel level_at_start() {
  const char* const wish = std::getenv("TINYGRAD_CPU_LEVEL");
  const char* complaint = nullptr;
  const CpuLevel level =
      chosen_level(wish ? wish : "", own_cpu_level, processor_level(), complaint);
  if (complaint)
    std::fprintf(stderr, "tinygrad: TINYGRAD_CPU_LEVEL=%s: %s; using %s\n", wish, complaint,
                 name_of(level));
  return level;
}
}  // namespace detail

#if TINYGRAD_HAS_CPU_LEVELS && defined(__AVX__)
// Static, because two files may be compiled for different processors.
namespace detail {
/// The first of the instructions that the program's flags demand and this processor lacks, or null.
[[maybe_unused, gnu::target("no-avx")]] static const char* lacking_instructions() {
  __builtin_cpu_init();
#if defined(__AVX512FP16__) && !defined(__clang__)  // Clang 16 cannot ask for it
  if (!__builtin_cpu_supports("avx512fp16")) return "AVX-512 FP16";
#endif
#ifdef __AVX512BF16__
  if (!__builtin_cpu_supports("avx512bf16")) return "AVX-512 BF16";
#endif
#ifdef __AVX512VNNI__
  if (!__builtin_cpu_supports("avx512vnni")) return "AVX-512 VNNI";
#endif
#ifdef __AVX512VL__
  if (!__builtin_cpu_supports("avx512vl")) return "AVX-512 VL";
#endif
#ifdef __AVX512F__
  if (!__builtin_cpu_supports("avx512f")) return "AVX-512";
#endif
#ifdef __AVX2__
  if (!__builtin_cpu_supports("avx2")) return "AVX2";
#endif
#ifdef __FMA__
  if (!__builtin_cpu_supports("fma")) return "FMA";
#endif
  return __builtin_cpu_supports("avx") ? nullptr : "AVX";
}

/// Ends a program that this processor cannot run with a sentence, before the first constructors
/// that may contain such instructions. Without it the program would die of SIGILL.
[[maybe_unused, gnu::constructor(101), gnu::used, gnu::target("no-avx")]] static void
refuse_processor() {
  const char* const lacking = lacking_instructions();
  if (!lacking) return;
  std::fprintf(stderr,
               "tinygrad: this program was compiled for processors with %s, which this one lacks; "
               "compile it without -march=native, or for this processor\n",
               lacking);
  std::_Exit(1);
}
}  // namespace detail
#endif

/// The level that the kernels use: the best one of the processor, or a lower one if the environment
/// variable TINYGRAD_CPU_LEVEL asks for it. Fixed at the first call. A wish that cannot be met is
/// reported on stderr.
inline CpuLevel cpu_level() {
  static const CpuLevel level = detail::level_at_start();
  return level;
}

}  // namespace tinygrad
