// SPDX-License-Identifier: MIT
// Ends processes in every way in which threads may still be at work. No process may crash, hang, or
// end with an exit code other than its own.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <tinygrad/data/dataloader.hpp>
#include <tinygrad/tensor.hpp>
#include <vector>

using namespace tinygrad;

namespace {

constexpr int kCode = 7, kPatience = 60;  // seconds

void work() {
  const Tensor x = ones({512, 512});
  if (sum(exp(matmul(x, x) * 0.001)).item<float>() < 0) std::abort();
}

[[noreturn]] void work_for_ever() {
  while (true) work();
}

// Destroyed after everything: works once more.
struct Late {
  Tensor kept;
  bool works = false;
  ~Late() {
    if (works) kept = kept + 1, work();
  }
};
Late late;

/// Begins long loops on several threads, one task of which ends the process.
[[noreturn]] void exit_in_task(bool on_the_callers_thread) {
  const auto caller = std::this_thread::get_id();
  while (true)
    parallel_tasks(8, [&](Index) {
      if ((std::this_thread::get_id() == caller) == on_the_callers_thread) std::exit(kCode);
      usleep(1000);
    });
}

struct Way {
  const char* name;
  void (*end)();
};
const Way kWays[] = {
    {"return after work", work},
    {"exit() while other threads work",
     [] {
       for (int i = 0; i < 3; ++i) std::thread(work_for_ever).detach();
       usleep(30'000);
       std::exit(kCode);
     }},
    {"exit() on a thread while main works",
     [] {
       std::thread([] {
         work();
         std::exit(kCode);
       }).detach();
       work_for_ever();
     }},
    {"exit() in a task on its caller's thread", [] { exit_in_task(true); }},
    {"exit() in a task on a thread of the pool", [] { exit_in_task(false); }},
    {"statics that work in their destructors",
     [] {
       work();
       late.kept = ones({1 << 18});
       late.works = true;
       thread_local Late of_thread{ones({1 << 18}), true};
       std::thread([] { thread_local Late of_other{ones({1 << 18}), true}; }).join();
     }},
    {"exit() while a loader is at work",
     [] {
       const Array data = Array::zeros({100'000, 8}, float32);
       static data::DataLoader loader(data, data, {.batch_size = 8, .prefetch = 8, .workers = 3});
       static auto epoch = loader.begin();
       ++epoch;
       std::exit(kCode);
     }},
    {"exit() while another thread goes through a loader",
     [] {
       std::thread([] {
         const Array data = Array::zeros({100'000, 8}, float32);
         data::DataLoader loader(data, data, {.batch_size = 8, .prefetch = 8, .workers = 3});
         while (true)
           for ([[maybe_unused]] const data::Batch& batch : loader) work();
       }).detach();
       work();
       std::exit(kCode);
     }},
    {"exit() in the child of a fork while other threads work",
     [] {
       for (int i = 0; i < 2; ++i) std::thread(work_for_ever).detach();
       usleep(10'000);
       const pid_t child = fork();
       if (child == 0) {
         work();
         std::exit(kCode);
       }
       int status = 0;
       waitpid(child, &status, 0);
       std::exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
     }},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    alarm(kPatience);  // ends the process
    set_num_threads(3);
    kWays[std::atoi(argv[1])].end();
    return kCode;
  }
  for (std::size_t i = 0; i < std::size(kWays); ++i)
    for (int round = 0; round < 10; ++round) {
      const pid_t child = fork();
      if (child == 0) {
        const std::string number = std::to_string(i);
        execl("/proc/self/exe", argv[0], number.c_str(), nullptr);
        _exit(1);
      }
      int status = 0;
      waitpid(child, &status, 0);
      if (WIFEXITED(status) && WEXITSTATUS(status) == kCode) continue;
      if (WIFSIGNALED(status)) std::printf("%s: %s\n", kWays[i].name, strsignal(WTERMSIG(status)));
      else std::printf("%s: exit code %d\n", kWays[i].name, WEXITSTATUS(status));
      return 1;
    }
  return 0;
}
