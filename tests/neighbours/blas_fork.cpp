// SPDX-License-Identifier: MIT
// Forks while another thread multiplies. Checks that no child hangs in a product, that every
// product is right, and that each child has the program's setting of BLAS. Exits 0, or prints what
// was wrong and exits 1.
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>
#include <tinygrad/kernels/matrix/gemm.hpp>
#include <vector>

using namespace tinygrad;

namespace {

constexpr Index kSize = 100;

bool product_is_right(const std::vector<float>& ones, std::vector<float>& c) {
  kernels::gemm<float>(kSize, kSize, kSize, 1, {ones.data(), kSize}, {ones.data(), kSize}, 0,
                       c.data(), kSize);
  return c.front() == kSize && c.back() == kSize;
}

int threads_of_blas() {
  const auto get = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
  return get ? get() : 0;
}

}  // namespace

int main() {
  const int before = threads_of_blas();
  set_num_threads(1);
  const std::vector<float> ones(kSize * kSize, 1);
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::thread other([&] {
    std::vector<float> c(ones.size());
    while (!stop) wrong += !product_is_right(ones, c);
  });
  std::vector<float> c(ones.size());
  int hung = 0, other_setting = 0;
  for (int i = 0; i < 60; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(10);
      const bool right = product_is_right(ones, c);
      _exit(!right ? 1 : threads_of_blas() != before ? 2 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    hung += WIFSIGNALED(status);
    wrong += WIFEXITED(status) && WEXITSTATUS(status) == 1;
    other_setting += WIFEXITED(status) && WEXITSTATUS(status) == 2;
  }
  stop = true;
  other.join();
  if (hung == 0 && wrong == 0 && other_setting == 0 && threads_of_blas() == before) return 0;
  std::printf("of 60 children %d hung, %d had another setting of BLAS; %d products were wrong\n",
              hung, other_setting, wrong.load());
  return 1;
}
