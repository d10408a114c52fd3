// SPDX-License-Identifier: MIT
// The only file that talks to BLAS. It finds out which BLAS this process has and how that BLAS
// threads, and gives each call one thread. Calls are correct from any number of threads, and leave
// the settings of the rest of the program as they were. The builds differ: OpenBLAS without threads
// has no locks either; OpenBLAS with pthreads has one setting for the process; OpenBLAS with OpenMP
// has one setting for each thread.
#pragma once

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <new>

#include "tinygrad/core/error.hpp"
#include "tinygrad/core/symbol.hpp"

// All functions have our own names: <cblas.h>, <omp.h> and xtensor-blas have conflicting
// declarations, and a user may include any of them. The weak ones are null if the BLAS lacks them.
#define TINYGRAD_WEAK(name) TINYGRAD_SYMBOL(#name) __attribute__((weak))

extern "C" {
void tinygrad_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                    const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc)
    TINYGRAD_SYMBOL("cblas_sgemm");
void tinygrad_dgemm(int order, int trans_a, int trans_b, int m, int n, int k, double alpha,
                    const double* a, int lda, const double* b, int ldb, double beta, double* c,
                    int ldc) TINYGRAD_SYMBOL("cblas_dgemm");
// Takes 64-bit sizes, to find out whether BLAS reads 32 or 64 bits of them.
std::uint64_t tinygrad_idamax(std::int64_t n, const double* x, std::int64_t step)
    TINYGRAD_SYMBOL("cblas_idamax");

int tinygrad_openblas_parallel() TINYGRAD_WEAK(openblas_get_parallel);
int tinygrad_openblas_threads() TINYGRAD_WEAK(openblas_get_num_threads);
void tinygrad_openblas_set_threads(int threads) TINYGRAD_WEAK(openblas_set_num_threads);
char* tinygrad_openblas_config() TINYGRAD_WEAK(openblas_get_config);
char* tinygrad_openblas_core() TINYGRAD_WEAK(openblas_get_corename);
void tinygrad_openblas_exec() TINYGRAD_WEAK(exec_blas);
void tinygrad_openblas_exec_async() TINYGRAD_WEAK(exec_blas_async);
int tinygrad_omp_threads() TINYGRAD_WEAK(omp_get_max_threads);
void tinygrad_omp_set_threads(int threads) TINYGRAD_WEAK(omp_set_num_threads);
int tinygrad_omp_levels() TINYGRAD_WEAK(omp_get_max_active_levels);
void tinygrad_omp_set_levels(int levels) TINYGRAD_WEAK(omp_set_max_active_levels);
std::int64_t tinygrad_blis_threads() TINYGRAD_WEAK(bli_thread_get_num_threads);
void tinygrad_blis_set_threads(std::int64_t threads) TINYGRAD_WEAK(bli_thread_set_num_threads);
std::int64_t tinygrad_blis_jc() TINYGRAD_WEAK(bli_thread_get_jc_nt);
std::int64_t tinygrad_blis_ic() TINYGRAD_WEAK(bli_thread_get_ic_nt);
std::int64_t tinygrad_blis_jr() TINYGRAD_WEAK(bli_thread_get_jr_nt);
std::int64_t tinygrad_blis_ir() TINYGRAD_WEAK(bli_thread_get_ir_nt);
void tinygrad_blis_set_ways(std::int64_t jc, std::int64_t pc, std::int64_t ic, std::int64_t jr,
                            std::int64_t ir) TINYGRAD_WEAK(bli_thread_set_ways);
const char* tinygrad_blis_version() TINYGRAD_WEAK(bli_info_get_version_str);

/// How many threads the program lets BLAS use. `ways` are the threads of BLIS's four loops.
struct TinygradBlasSetting {
  std::int64_t threads, ways[4];
};
/// State shared by all threads that call BLAS. A process has one BLAS, so it has one state for all
/// versions and configurations of this library. Hence the plain name, which ends in the number of
/// this layout.
struct TinygradBlasState1 {
  std::mutex one_call;       ///< held during a call if calls must not overlap
  std::atomic<bool> locked;  ///< held while the members below are read or written, some nanoseconds
  int scopes;                ///< live scopes, if BLAS has one setting for the process
  bool lowered;              ///< the setting was lowered; restore `before` later
  TinygradBlasSetting before;
};
inline constinit TinygradBlasState1 tinygrad_blas_state_1{};
}

namespace tinygrad::inline TINYGRAD_ABI::kernels {

/// How a BLAS uses threads. This decides what its calls need.
enum class BlasThreading {
  kUnknown,   ///< none, or no way to set them: then the library computes its own products
  kUnlocked,  ///< OpenBLAS without threads: two calls at once use the same memory
  kProcess,   ///< OpenBLAS with pthreads: one setting for the process
  kOpenMp,    ///< OpenBLAS with OpenMP: one setting for each thread
  kBlis,      ///< BLIS: one setting for the process; from version 1 on, one for each thread
};

/// The BLAS of this process.
struct Blas {
  BlasThreading threading = BlasThreading::kUnknown;
  bool wide = false;  ///< has 64-bit integers (ILP64); this library does not call such a BLAS
  decltype(&tinygrad_openblas_config) openblas_config = nullptr;  ///< null if not OpenBLAS
  decltype(&tinygrad_openblas_core) openblas_core = nullptr;
  decltype(&tinygrad_blis_version) blis_version = nullptr;  ///< null if not BLIS

  /// The first call examines the BLAS. Threads that call at once all examine it and do not wait for
  /// each other: in the child of a fork() the other thread may not exist.
  static const Blas& instance() {
    const Blas* blas = found_.load(std::memory_order_acquire);
    if (!blas) [[unlikely]] {
      const auto* mine = new Blas;
      if (found_.compare_exchange_strong(blas, mine)) return *mine;
      delete mine;
    }
    return *blas;
  }
  /// Whether instance() has been called.
  static bool in_use() { return found_.load(std::memory_order_acquire); }

  /// Whether the process has one setting, and (below) whether each thread has its own.
  bool has_shared_setting() const {
    return threading == BlasThreading::kProcess || threading == BlasThreading::kBlis;
  }
  bool has_own_setting() const {
    return threading == BlasThreading::kOpenMp || threading == BlasThreading::kBlis ||
           (threading == BlasThreading::kUnknown && get_);
  }

  /// The setting of the calling thread.
  TinygradBlasSetting setting() const {
    if (threading != BlasThreading::kBlis) return {get_(), {}};
    TinygradBlasSetting out{blis_get_(), {}};
    for (int i = 0; i < 4; ++i)
      if (blis_ways_[i]) out.ways[i] = blis_ways_[i]();
    return out;
  }
  /// Whether a call may use several threads. BLIS reports -1 for a value that is not set.
  bool may_thread(const TinygradBlasSetting& s) const {
    if (threading != BlasThreading::kBlis) return s.threads != one_thread_;
    return s.threads > 1 || s.ways[0] > 1 || s.ways[1] > 1 || s.ways[2] > 1 || s.ways[3] > 1;
  }
  /// Makes calls use one thread.
  void lower() const { restore({one_thread_, {1, 1, 1, 1}}); }
  void restore(const TinygradBlasSetting& s) const {
    if (threading != BlasThreading::kBlis) return set_(static_cast<int>(s.threads));
    if (blis_set_ways_) blis_set_ways_(s.ways[0], 1, s.ways[1], s.ways[2], s.ways[3]);
    blis_set_(s.threads);
  }

 private:
  Blas() {
    // The library that has cblas_sgemm; null if it is part of the program. dlsym() on its handle
    // searches this library and those it needs: the program may hold a second BLAS.
    Dl_info place{};
    void* library = nullptr;
    if (dladdr(reinterpret_cast<void*>(&tinygrad_sgemm), &place) != 0)
      library = dlopen(place.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    const auto find = [library](auto*& function, auto* linked, const char* name) {
      if (library) function = reinterpret_cast<decltype(linked)>(dlsym(library, name));
      else
        function = linked ? linked : reinterpret_cast<decltype(linked)>(dlsym(RTLD_DEFAULT, name));
    };
    const double values[2] = {1, 2};
    // The size -2³² + 2. Code that reads 32 bits sees two numbers, and the second is larger. Code
    // that reads 64 bits sees a negative size.
    wide = sizeof(long) == 8 && tinygrad_idamax(2 - (std::int64_t{1} << 32), values, 1) != 1;

    find(openblas_config, &tinygrad_openblas_config, "openblas_get_config");
    find(openblas_core, &tinygrad_openblas_core, "openblas_get_corename");
    find(blis_version, &tinygrad_blis_version, "bli_info_get_version_str");
    find(get_, &tinygrad_openblas_threads, "openblas_get_num_threads");
    find(set_, &tinygrad_openblas_set_threads, "openblas_set_num_threads");
    find(blis_get_, &tinygrad_blis_threads, "bli_thread_get_num_threads");
    find(blis_set_, &tinygrad_blis_set_threads, "bli_thread_set_num_threads");
    if (get_) {
      decltype(&tinygrad_openblas_parallel) parallel = nullptr;
      find(parallel, &tinygrad_openblas_parallel, "openblas_get_parallel");
      // A statically linked OpenBLAS may lack the function. Internal functions then tell the kind.
      const int kind = parallel                        ? parallel()
                       : &tinygrad_openblas_exec_async ? 1
                       : &tinygrad_openblas_exec       ? 2
                                                       : 0;
      threading = kind == 0   ? BlasThreading::kUnlocked
                  : kind == 1 ? BlasThreading::kProcess
                              : BlasThreading::kOpenMp;
    } else if (blis_get_ && blis_set_) {
      threading = BlasThreading::kBlis;
      find(blis_set_ways_, &tinygrad_blis_set_ways, "bli_thread_set_ways");
      find(blis_ways_[0], &tinygrad_blis_jc, "bli_thread_get_jc_nt");
      find(blis_ways_[1], &tinygrad_blis_ic, "bli_thread_get_ic_nt");
      find(blis_ways_[2], &tinygrad_blis_jr, "bli_thread_get_jr_nt");
      find(blis_ways_[3], &tinygrad_blis_ir, "bli_thread_get_ir_nt");
    }
    // If there are several OpenMPs, this search and BLAS both find the first one.
    const auto find_openmp = [library](auto*& function, auto* linked, const char* name) {
      void* found = dlsym(RTLD_DEFAULT, name);
      if (!found && library) found = dlsym(library, name);
      function = found ? reinterpret_cast<decltype(linked)>(found) : linked;
    };
    if (threading == BlasThreading::kOpenMp) {
      // OpenBLAS asks how many threads a team may have. If the answer is one, it opens no team.
      find_openmp(get_, &tinygrad_omp_threads, "omp_get_max_threads");
      find_openmp(set_, &tinygrad_omp_set_threads, "omp_set_num_threads");
    } else if (threading == BlasThreading::kUnknown) {
      // A team of fixed size, like BLIS's, has one thread if no region may be parallel.
      find_openmp(get_, &tinygrad_omp_levels, "omp_get_max_active_levels");
      find_openmp(set_, &tinygrad_omp_set_levels, "omp_set_max_active_levels");
      one_thread_ = 0;
    }
    if (!get_ || !set_) {
      get_ = nullptr;
      if (threading == BlasThreading::kProcess || threading == BlasThreading::kOpenMp)
        threading = BlasThreading::kUnknown;
    }
    if (library) dlclose(library);  // it stays loaded, because we are linked with it
  }

  static inline constinit std::atomic<const Blas*> found_{nullptr};

  int one_thread_ = 1;  // the setting that makes calls use one thread
  decltype(&tinygrad_openblas_threads) get_ = nullptr;  // of OpenBLAS or OpenMP
  decltype(&tinygrad_openblas_set_threads) set_ = nullptr;
  decltype(&tinygrad_blis_threads) blis_get_ = nullptr;
  decltype(&tinygrad_blis_set_threads) blis_set_ = nullptr;
  decltype(&tinygrad_blis_jc) blis_ways_[4] = {};
  decltype(&tinygrad_blis_set_ways) blis_set_ways_ = nullptr;
};

namespace detail {
// A spin lock: a mutex would cost twice as much, a third of a product of 8·8·8.
inline TinygradBlasState1& lock_blas_state() {
  TinygradBlasState1& state = tinygrad_blas_state_1;
  while (state.locked.exchange(true, std::memory_order_acquire)) sched_yield();
  return state;
}
inline void unlock(TinygradBlasState1& state) {
  state.locked.store(false, std::memory_order_release);
}

/// Set at the end of the program, or of the shared library that holds this code.
inline constinit std::atomic<bool> blas_ended{false};

/// Handles fork() and the end of the program. The child of a fork has none of the threads that were
/// in BLAS; its first scope restores the setting that they lowered. At the end of the program
/// OpenBLAS frees its memory, which crashes threads that still use it. So the end waits for
/// products that have begun, and later products are computed without BLAS.
struct BlasLife {
  BlasLife() {
    pthread_atfork(nullptr, nullptr, [] {
      new (&tinygrad_blas_state_1.one_call) std::mutex;
      tinygrad_blas_state_1.locked.store(false);
      tinygrad_blas_state_1.scopes = 0;
    });
  }
  BlasLife(const BlasLife&) = delete;
  BlasLife& operator=(const BlasLife&) = delete;
  ~BlasLife() {
    if (!Blas::in_use()) return;
    // Longer than any product that is too small for a scope.
    constexpr timespec kMillisecond{0, 1'000'000};
    for (int patience = 2000; patience > 0; --patience) {
      TinygradBlasState1& state = lock_blas_state();
      blas_ended.store(true, std::memory_order_relaxed);
      const bool idle = state.scopes == 0;
      unlock(state);
      nanosleep(&kMillisecond, nullptr);
      if (idle) break;
    }
    tinygrad_blas_state_1.one_call.lock();  // waits for a call of BlasThreading::kUnlocked
    tinygrad_blas_state_1.one_call.unlock();
  }
};
// Constructed before main, because a fork in progress ignores new handlers.
inline const BlasLife blas_life;
}  // namespace detail

/// Lives on the thread that begins an operation, while that thread or its tasks call BLAS. If BLAS
/// has one setting for the process, the setting is 1 while any scope lives. The first scope lowers
/// it, and the last restores it unless the program has set it meanwhile. 30 ns.
/// Throws  Error if the BLAS counts in 64 bits
class BlasScope {
 public:
  BlasScope() : BlasScope(false) {}
  /// For one product. OpenBLAS uses no threads for products up to 64·64·64 (interface/gemm.c), so a
  /// small product lowers nothing.
  BlasScope(std::int64_t m, std::int64_t n, std::int64_t k)
      : BlasScope(m <= 32 && n <= 32 && k <= 32) {}
  ~BlasScope() {
    if (entered_) leave();
  }
  BlasScope(const BlasScope&) = delete;
  BlasScope& operator=(const BlasScope&) = delete;

  const Blas& blas() const { return blas_; }
  /// Whether to compute products without BLAS: there is no way to set its threads, or the program
  /// is ending.
  bool without_blas() const { return without_blas_; }

 private:
  explicit BlasScope(bool small_product) : blas_(Blas::instance()) {
    if (blas_.wide) [[unlikely]]
      refuse();
    if (blas_.has_shared_setting() &&
        !(small_product && blas_.threading == BlasThreading::kProcess))
      entered_ = enter();
    without_blas_ = blas_.threading == BlasThreading::kUnknown ||
                    (!entered_ && detail::blas_ended.load(std::memory_order_relaxed));
  }
  [[noreturn]] static void refuse() {
    fail<Error>(Op{"BLAS"}.or_latest(),
                "the BLAS that this program runs with has 64-bit integers (an ILP64 build, as "
                "libopenblas64), and tinygrad calls it with 32-bit ones: link an LP64 build, as "
                "libopenblas");
  }
  // False if the program is ending; then nothing is changed.
  bool enter() const {
    TinygradBlasState1& state = detail::lock_blas_state();
    if (detail::blas_ended.load(std::memory_order_relaxed)) {
      detail::unlock(state);
      return false;
    }
    ++state.scopes;
    const TinygradBlasSetting now = blas_.setting();
    if (blas_.may_thread(now)) {
      state.before = now;
      state.lowered = true;
      blas_.lower();
    }
    detail::unlock(state);
    return true;
  }
  void leave() const {
    TinygradBlasState1& state = detail::lock_blas_state();
    if (--state.scopes == 0 && state.lowered) {
      if (!blas_.may_thread(blas_.setting())) blas_.restore(state.before);
      state.lowered = false;
    }
    detail::unlock(state);
  }

  const Blas& blas_;
  bool entered_ = false;
  bool without_blas_ = false;
};

/// Lives around each call of BLAS or LAPACK, on the calling thread. Waits for its turn if calls
/// must not overlap. Lowers the thread's own setting if there is one. 10 ns.
class BlasCall {
 public:
  explicit BlasCall(const BlasScope& scope) : blas_(scope.blas()) {
    if (blas_.threading == BlasThreading::kUnlocked) {
      tinygrad_blas_state_1.one_call.lock();
    } else if (blas_.has_own_setting()) {
      before_ = blas_.setting();
      lowered_ = blas_.may_thread(before_);
      if (lowered_) blas_.lower();
    }
  }
  ~BlasCall() {
    if (blas_.threading == BlasThreading::kUnlocked) tinygrad_blas_state_1.one_call.unlock();
    else if (lowered_) blas_.restore(before_);
  }
  BlasCall(const BlasCall&) = delete;
  BlasCall& operator=(const BlasCall&) = delete;

 private:
  const Blas& blas_;
  TinygradBlasSetting before_{};
  bool lowered_ = false;
};

}  // namespace tinygrad::kernels

#undef TINYGRAD_WEAK
