// SPDX-License-Identifier: MIT
// Checks products and decompositions on any BLAS. They are right on the pool's threads and on two
// threads of the program at once; their bits are the same for 1, 2 and 4 threads; only the pool
// starts threads; the program's own settings of BLAS are not changed. Prints a hash of the bits and
// exits 0, or prints what was wrong and exits 1.
#include <dirent.h>
#include <dlfcn.h>

#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <tinygrad/tensor.hpp>
#include <vector>

using namespace tinygrad;

namespace {

constexpr int kProducts = 20000, kPoolThreads = 4;

int wrong(const std::string& what) {
  std::printf("%s\n", what.c_str());
  return 1;
}

int threads_of_process() {
  int count = 0;
  if (DIR* tasks = opendir("/proc/self/task")) {
    while (const dirent* entry = readdir(tasks)) count += entry->d_name[0] != '.';
    closedir(tasks);
  }
  return count;
}

// What the program's own calls of BLAS, and its own OpenMP, would take; -1 where there is none.
struct Settings {
  std::int64_t openblas = get<int>("openblas_get_num_threads"),
               openmp = get<int>("omp_get_max_threads"),
               blis = get<std::int64_t>("bli_thread_get_num_threads");

  bool operator==(const Settings&) const = default;
  std::string text() const {
    return "openblas " + std::to_string(openblas) + ", openmp " + std::to_string(openmp) +
           ", blis " + std::to_string(blis);
  }

 private:
  template <class T> static std::int64_t get(const char* name) {
    const auto function = reinterpret_cast<T (*)()>(dlsym(RTLD_DEFAULT, name));
    return function ? function() : -1;
  }
};

// Whole numbers from -4 to 4: their products and sums have no rounding errors.
Tensor whole(const Shape& shape, Dtype dtype, std::uint64_t seed) {
  Generator generator(seed);
  Tensor out = zeros(shape, dtype);
  for (Index i = 0; i < out.numel(); ++i)
    dispatch_floating({"whole"}, dtype, [&]<class T>(Type<T>) {
      out.array().data<T>()[i] = static_cast<T>(static_cast<int>(generator.uniform(0, 9)) - 4);
    });
  return out;
}

// a (count, m, k)·b (count, k, n) in three loops.
template <class T> std::vector<T> three_loops(const Tensor& a, const Tensor& b) {
  const Index count = a.shape()[0], m = a.shape()[1], k = a.shape()[2], n = b.shape()[2];
  std::vector<T> c(static_cast<std::size_t>(count * m * n));
  const T *pa = a.array().data<T>(), *pb = b.array().data<T>();
  for (Index i = 0; i < count; ++i)
    for (Index row = 0; row < m; ++row)
      for (Index l = 0; l < k; ++l)
        for (Index column = 0; column < n; ++column)
          c[static_cast<std::size_t>((i * m + row) * n + column)] +=
              pa[(i * m + row) * k + l] * pb[(i * k + l) * n + column];
  return c;
}

// How many of `products` batched products differ from three loops.
template <class T> int wrong_products(int products, Index m, Index k, Index n, std::uint64_t seed) {
  constexpr Index kBatch = 100;
  const Tensor a = whole({kBatch, m, k}, dtype_of<T>(), seed),
               b = whole({kBatch, k, n}, dtype_of<T>(), seed + 1);
  const std::vector<T> expected = three_loops<T>(a, b);
  int differ = 0;
  for (int done = 0; done < products; done += kBatch) {
    const Tensor c = bmm(a, b);
    const T* values = c.array().data<T>();
    for (Index i = 0; i < kBatch; ++i)
      differ +=
          !std::equal(values + i * m * n, values + (i + 1) * m * n, expected.data() + i * m * n);
  }
  return differ;
}

void add_bits(std::uint64_t& hash, const Tensor& x) {
  dispatch_floating({"hash"}, x.dtype(), [&]<class T>(Type<T>) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(x.array().data<T>());
    for (std::size_t i = 0; i < static_cast<std::size_t>(x.numel()) * sizeof(T); ++i)
      hash = (hash ^ bytes[i]) * 1099511628211U;
  });
}

// A hash of the bits of what goes through BLAS and LAPACK.
std::uint64_t bits(Dtype dtype) {
  std::uint64_t hash = 14695981039346656037U;
  Generator generator(7);
  const auto draw = [&](const Shape& shape) { return randn(shape, dtype, generator); };
  for (const Index n : {7, 64, 300}) {
    const Tensor a = draw({n, n + 1}), b = draw({n + 1, n});
    add_bits(hash, matmul(a, b));
    add_bits(hash, matmul(b, a));
  }
  add_bits(hash, bmm(draw({40, 20, 30}), draw({40, 30, 10})));
  const Tensor m = draw({6, 40, 40}), large = draw({150, 150});
  const Tensor spd = matmul(m, transpose(m, -1, -2)) + 40 * to(eye(40), dtype);
  add_bits(hash, cholesky(spd));
  add_bits(hash, solve(spd, m));
  add_bits(hash, inverse(large));
  add_bits(hash, qr(m).q);
  add_bits(hash, qr(large).r);
  add_bits(hash, svd(m).u);
  add_bits(hash, svdvals(large));
  add_bits(hash, eigh(spd).vectors);
  Tensor x = draw({4, 3, 20, 20}), w = draw({5, 3, 3, 3});
  x.requires_grad_();
  w.requires_grad_();
  const Tensor y = conv2d(x, w, {}, {.stride = 2, .padding = 1});
  sum(y * y).backward();
  for (const Tensor& t : {y, x.grad(), w.grad()}) add_bits(hash, t);
  return hash;
}

}  // namespace

int main() try {
  const int threads_before = threads_of_process();
  const Settings before;

  set_num_threads(kPoolThreads);
  if (const int n = wrong_products<float>(kProducts / 2, 24, 40, 32, 1) +
                    wrong_products<double>(kProducts / 2, 17, 33, 20, 3))
    return wrong(std::to_string(n) + " of " + std::to_string(kProducts) +
                 " products of the pool are wrong");
  if (const Settings now; now != before)
    return wrong("settings before: " + before.text() + "; after: " + now.text());

  set_num_threads(1);
  const std::uint64_t expected = bits(float32) ^ bits(float64);
  std::atomic<int> differ = 0, other_bits = 0;
  const auto work = [&](std::uint64_t seed) {
    differ += wrong_products<float>(kProducts / 2, 24, 40, 32, seed);
    for (int i = 0; i < 3; ++i) other_bits += (bits(float32) ^ bits(float64)) != expected;
  };
  std::thread first(work, 11), second(work, 21);
  first.join();
  second.join();
  if (differ > 0)
    return wrong(std::to_string(differ) + " of " + std::to_string(kProducts) +
                 " products of two threads at once are wrong");
  if (other_bits > 0)
    return wrong(std::to_string(other_bits) + " of 6 runs of two threads at once have other bits");

  for (const int threads : {2, 4}) {
    set_num_threads(threads);
    if ((bits(float32) ^ bits(float64)) != expected)
      return wrong("the bits of " + std::to_string(threads) + " threads are not those of one");
  }
  if (const Settings now; now != before)
    return wrong("settings before: " + before.text() + "; after: " + now.text());
  const int started = threads_of_process() - threads_before;
  if (started > kPoolThreads - 1)
    return wrong(std::to_string(started) + " threads were started for a pool of " +
                 std::to_string(kPoolThreads));
  std::printf("bits %016llx\n%s\n", static_cast<unsigned long long>(expected),
              before.text().c_str());
  return 0;
} catch (const Error& error) {
  return wrong(error.what());
}
