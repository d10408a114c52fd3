// SPDX-License-Identifier: MIT
// Tests matrix products of all shapes and transposes against three loops, with any number of
// threads.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <thread>
#include <vector>

#include "tinygrad/kernels/matrix/gemm.hpp"
#include "tinygrad/kernels/random/fill.hpp"

extern "C" __attribute__((weak)) char* openblas_get_config();

using namespace tinygrad;
using kernels::gemm;
using kernels::Matrix;

namespace {

template <class T> std::vector<T> random(Index count, std::uint64_t seed) {
  Generator g(seed);
  std::vector<T> out(static_cast<std::size_t>(count));
  for (T& v : out) v = static_cast<T>(g.uniform(-1, 1));
  return out;
}

// Compares α·op(A)·op(B) + β·C with three loops, with operands inside larger rows.
template <class T>
void compare(Index m, Index n, Index k, bool ta, bool tb, T alpha, T beta, double tolerance) {
  CAPTURE(m);
  CAPTURE(n);
  CAPTURE(k);
  CAPTURE(ta);
  CAPTURE(tb);
  const Index pad = 3;
  const Index sa = (ta ? m : k) + pad, sb = (tb ? k : n) + pad, sc = n + pad;
  const auto a = random<T>((ta ? k : m) * sa, 1), b = random<T>((tb ? n : k) * sb, 2);
  auto c = random<T>(m * sc, 3);
  const auto before = c;
  gemm<T>(m, n, k, alpha, {a.data(), sa, ta}, {b.data(), sb, tb}, beta, c.data(), sc);
  const auto at = [](const std::vector<T>& x, Index i) {
    return static_cast<double>(x[static_cast<std::size_t>(i)]);
  };
  double worst = 0;
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < sc; ++j) {
      double expected = at(before, i * sc + j);
      if (j < n) {
        double sum = 0;
        for (Index l = 0; l < k; ++l)
          sum += at(a, ta ? l * sa + i : i * sa + l) * at(b, tb ? j * sb + l : l * sb + j);
        expected = static_cast<double>(alpha) * sum + static_cast<double>(beta) * expected;
      }
      worst = std::fmax(worst, std::fabs(at(c, i * sc + j) - expected));
    }
  CHECK(worst <= tolerance * static_cast<double>(k + 1));
}

}  // namespace

TEST_CASE("the BLAS in use is OpenBLAS, not the reference one") {
  REQUIRE(openblas_get_config != nullptr);
  CHECK(std::string(openblas_get_config()).find("OpenBLAS") != std::string::npos);
}

TEST_CASE_TEMPLATE("products of all shapes and transposes equal three loops", T, float, double) {
  const double tolerance = std::is_same_v<T, float> ? 2e-7 : 4e-16;
  const Index sizes[][3] = {{1, 1, 1},    {1, 7, 3},     {7, 1, 3},     {5, 6, 7},
                            {33, 17, 65}, {64, 10, 128}, {130, 257, 40}};
  for (const auto& s : sizes)
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) {
        compare<T>(s[0], s[1], s[2], ta, tb, 1, 0, tolerance);
        compare<T>(s[0], s[1], s[2], ta, tb, T{-0.5}, 2, tolerance * 4);
      }
}

TEST_CASE("large products, which are cut into blocks, equal three loops") {
  compare<float>(200, 310, 150, false, true, 1, 0, 2e-7);
  compare<float>(513, 64, 300, true, false, 1, 1, 2e-7);
  compare<float>(65, 1030, 129, false, false, 1, 0, 2e-7);
}

TEST_CASE("with beta 0 what was in C does not matter, not even NaN") {
  float a = 2, b = 3, c = NAN;
  gemm<float>(1, 1, 1, 1, {&a, 1}, {&b, 1}, 0, &c, 1);
  CHECK(c == 6);
}

TEST_CASE("empty products are zero or leave beta times C") {
  float c[] = {1, 2};
  gemm<float>(1, 2, 0, 1, {nullptr, 0}, {nullptr, 2}, 0.5F, c, 2);
  CHECK(c[1] == 1);
  gemm<float>(1, 2, 0, 1, {nullptr, 0}, {nullptr, 2}, 0, c, 2);
  CHECK(c[0] == 0);
  gemm<float>(0, 2, 3, 1, {nullptr, 3}, {nullptr, 2}, 0, c, 2);
}

TEST_CASE("products have the same bits for any number of threads") {
  const Index m = 256, n = 300, k = 200;
  const auto a = random<float>(m * k, 1), b = random<float>(n * k, 2);
  std::vector<float> one(static_cast<std::size_t>(m * n)), three = one;
  const int threads = num_threads();
  set_num_threads(1);
  gemm<float>(m, n, k, 1, {a.data(), k}, {b.data(), k, true}, 0, one.data(), n);
  set_num_threads(3);
  gemm<float>(m, n, k, 1, {a.data(), k}, {b.data(), k, true}, 0, three.data(), n);
  set_num_threads(threads);
  CHECK(std::memcmp(one.data(), three.data(), one.size() * sizeof(float)) == 0);
}

TEST_CASE("several threads multiply at once") {
  std::vector<std::thread> threads;
  std::vector<char> ok(4, 0);
  for (std::size_t t = 0; t < ok.size(); ++t)
    threads.emplace_back([t, &ok] {
      constexpr Index n = 96;
      const auto a = random<double>(n * n, t), identity = [] {
        std::vector<double> e(static_cast<std::size_t>(n * n));
        for (Index i = 0; i < n; ++i) e[static_cast<std::size_t>(i * n + i)] = 1;
        return e;
      }();
      std::vector<double> c(static_cast<std::size_t>(n * n));
      bool same = true;
      for (int i = 0; i < 20; ++i) {
        gemm<double>(n, n, n, 1, {a.data(), n}, {identity.data(), n}, 0, c.data(), n);
        same = same && c == a;
      }
      ok[t] = same;
    });
  for (auto& thread : threads) thread.join();
  for (const char right : ok) CHECK(right == 1);
}
