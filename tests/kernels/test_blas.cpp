// SPDX-License-Identifier: MIT
// Tests how the library calls BLAS: one thread a call, and the program's settings are not changed.
// Also tests the products that replace BLAS.
#include <dlfcn.h>
#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "tinygrad/kernels/matrix/gemm.hpp"
#include "tinygrad/kernels/matrix/lapack.hpp"

using namespace tinygrad;
using kernels::Blas;
using kernels::BlasCall;
using kernels::BlasScope;
using kernels::BlasThreading;

namespace {

// What a program's own calls of BLAS would take, and the calls that set it.
struct ProgramsSetting {
  int (*get)() = nullptr;
  void (*set)(int) = nullptr;

  ProgramsSetting() {
    const bool openmp = Blas::instance().threading == BlasThreading::kOpenMp;
    get = reinterpret_cast<int (*)()>(
        dlsym(RTLD_DEFAULT, openmp ? "omp_get_max_threads" : "openblas_get_num_threads"));
    set = reinterpret_cast<void (*)(int)>(
        dlsym(RTLD_DEFAULT, openmp ? "omp_set_num_threads" : "openblas_set_num_threads"));
  }
  bool can_be_set() const {
    const BlasThreading kind = Blas::instance().threading;
    return kind == BlasThreading::kProcess || kind == BlasThreading::kOpenMp;
  }
};

// A product that is cut for threads, or one so small that nothing is lowered for it.
template <class T> std::vector<T> square_of_ones(Index n) {
  const std::vector<T> a(static_cast<std::size_t>(n * n), T{1});
  std::vector<T> c(a.size());
  kernels::gemm<T>(n, n, n, 1, {a.data(), n}, {a.data(), n}, 0, c.data(), n);
  return c;
}

}  // namespace

TEST_CASE("the program's setting of BLAS is after every call what it was") {
  const ProgramsSetting program;
  if (!program.can_be_set()) return;
  const int before = program.get();
  for (const int wish : {3, 1, 2}) {
    program.set(wish);
    for (const Index n : {8, 40, 200}) {
      CHECK(square_of_ones<float>(n)[0] == static_cast<float>(n));
      CHECK(program.get() == wish);
    }
    kernels::svd({"svd"}, Array::full({4, 30, 30}, 1, float64));
    CHECK(program.get() == wish);
  }
  program.set(before);
}

TEST_CASE("inside a scope a call of BLAS takes one thread, and what the program sets is kept") {
  const ProgramsSetting program;
  if (!program.can_be_set()) return;
  const int before = program.get();
  program.set(3);
  {
    const BlasScope outer;
    const BlasCall call(outer);
    CHECK(program.get() == 1);
    { const BlasScope inner; }
    CHECK(program.get() == 1);
  }
  CHECK(program.get() == 3);
  if (Blas::instance().threading == BlasThreading::kProcess) {
    {
      const BlasScope outer;
      program.set(2);
      const BlasScope inner;  // sees it, lowers it again, and keeps it for the program
      CHECK(program.get() == 1);
    }
    CHECK(program.get() == 2);
    {
      const BlasScope scope;
      program.set(4);
    }
    CHECK(program.get() == 4);
  }
  program.set(before);
}

TEST_CASE("threads that multiply at once restore the setting when the last one ends") {
  const ProgramsSetting program;
  const int before = program.can_be_set() ? program.get() : 0;
  if (program.can_be_set()) program.set(3);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&wrong, t] {
      for (int i = 0; i < 200; ++i) {
        const Index n = 33 + (i + t) % 20;
        for (const double v : square_of_ones<double>(n)) wrong += v != static_cast<double>(n);
        const Array spd = Array::full({2, n, n}, 0, float64);
        for (Index k = 0; k < 2 * n; ++k) spd.data<double>()[k * n + k % n] = 4;
        const Array l = kernels::cholesky({"cholesky"}, spd);
        for (Index k = 0; k < 2 * n; ++k) wrong += l.data<double>()[k * n + k % n] != 2;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  if (!program.can_be_set()) return;
  if (Blas::instance().threading == BlasThreading::kProcess) CHECK(program.get() == 3);
  program.set(before);
}

TEST_CASE("an explicit OPENBLAS_CORETYPE and the kernels that OpenBLAS took are left alone") {
  const Blas& blas = Blas::instance();
  if (!blas.openblas_core) return;
  const std::string core = blas.openblas_core();
  const char* wish = std::getenv("OPENBLAS_CORETYPE");
  const std::string before = wish ? wish : "";
  square_of_ones<float>(200);
  CHECK(blas.openblas_core() == core);
  const char* now = std::getenv("OPENBLAS_CORETYPE");
  CHECK((now ? now : "") == before);
}

TEST_CASE_TEMPLATE("products of our own, in panels and in rows, equal three loops", T, float,
                   double) {
  const Index sizes[][3] = {{1, 1, 1}, {7, 33, 5}, {8, 32, 256}, {9, 31, 257}, {30, 70, 600}};
  for (const auto& size : sizes)
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) {
        const Index m = size[0], n = size[1], k = size[2];
        CAPTURE(m);
        CAPTURE(ta);
        CAPTURE(tb);
        // Whole numbers: no rounding errors. The rows of c are longer than the product's.
        const Index sa = (ta ? m : k) + 1, sb = (tb ? k : n) + 2, sc = n + 3;
        const auto fill = [](Index count, Index step) {
          std::vector<T> out(static_cast<std::size_t>(count));
          for (Index i = 0; i < count; ++i)
            out[static_cast<std::size_t>(i)] = static_cast<T>(i * step % 7 - 3);
          return out;
        };
        const auto a = fill((ta ? k : m) * sa, 5), b = fill((tb ? n : k) * sb, 3),
                   before = fill(m * sc, 2);
        const kernels::Matrix<T> left{a.data(), sa, ta}, right{b.data(), sb, tb};
        const auto check_product = [&](const auto& product, T beta) {
          auto c = before;
          if (beta == 0) c[0] = std::numeric_limits<T>::quiet_NaN();
          product(m, n, k, 3, left, right, beta, c.data(), sc);
          Index wrong = 0;
          for (Index i = 0; i < m; ++i)
            for (Index j = 0; j < sc; ++j) {
              const auto at = static_cast<std::size_t>(i * sc + j);
              T expected = before[at];
              if (j < n) {
                expected *= beta;
                for (Index l = 0; l < k; ++l) expected += 3 * left.at(i, l) * right.at(l, j);
              }
              wrong += c[at] != expected;
            }
          CHECK(wrong == 0);
        };
        for (const T beta : {T{0}, T{2}}) {
          check_product(kernels::detail::gemm_by_rows<T>, beta);
          if (kernels::vector_kernels_run()) check_product(kernels::detail::gemm_panels<T>, beta);
        }
      }
}
