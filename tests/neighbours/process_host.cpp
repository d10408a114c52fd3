// SPDX-License-Identifier: MIT
// Opens and closes plugins that use this library, many times. The process must not crash or hang,
// and no thread and no memory may remain.
//   process_host [--global] [--rounds N] [--leave-open] plugin.so [other_plugin.so]
// All plugins are open at once, and are closed in the order in which they were opened. Each is also
// called on a thread that outlives it. With --leave-open, the end of the process closes the plugins
// of the last round.
#include <dirent.h>
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace {

using Train = double (*)(int threads);

[[noreturn]] void wrong(const std::string& what) {
  std::printf("%s\n", what.c_str());
  std::fflush(stdout);
  _exit(1);
}

int threads_of_process() {
  int count = -2;  // the folder's . and ..
  DIR* folder = opendir("/proc/self/task");
  while (readdir(folder)) ++count;
  closedir(folder);
  return count;
}

long resident_kib() {
  long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/// Forks a child that ends at once. What plugins registered for forks must be gone with them.
bool survives_fork() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  int status = 1;
  return waitpid(child, &status, 0) == child && status == 0;
}

/// A thread that does one thing after another, and lives until the end.
class Worker {
 public:
  void call(Train train, double expected) {
    std::promise<void> done;
    std::thread thread([&, finish = finish_.get_future().share()] {
      if (train(2) != expected) wrong("another loss on another thread");
      done.set_value();
      finish.wait();  // its thread-local objects are destroyed when the plugin is long gone
    });
    done.get_future().wait();
    thread_ = std::move(thread);
  }
  ~Worker() {
    finish_.set_value();
    thread_.join();
  }

 private:
  std::promise<void> finish_;
  std::thread thread_;
};

}  // namespace

int main(int argc, char** argv) {
  int flags = RTLD_NOW | RTLD_LOCAL, rounds = 100;
  bool leave_open = false;
  std::vector<const char*> paths;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--global") == 0) flags = RTLD_NOW | RTLD_GLOBAL;
    else if (std::strcmp(argv[i], "--leave-open") == 0) leave_open = true;
    else if (std::strcmp(argv[i], "--rounds") == 0 && i + 1 < argc) rounds = std::atoi(argv[++i]);
    else paths.push_back(argv[i]);
  }
  double expected = 0;
  long first_half = 0, second_half = 0;  // the most memory; it varies from round to round
  int threads = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<void*> plugins;
    std::vector<Worker> workers(paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i) {
      void* plugin = dlopen(paths[i], flags);
      if (!plugin) wrong(dlerror());
      plugins.push_back(plugin);
      const auto train = reinterpret_cast<Train>(dlsym(plugin, "train_a_little"));
      if (!train) wrong(dlerror());
      const double loss = train(3);
      if (expected == 0) expected = loss;
      if (!(std::abs(loss - expected) < 1e-4))
        wrong("a loss of " + std::to_string(loss) + " instead of " + std::to_string(expected));
      workers[i].call(train, loss);
    }
    if (leave_open && round == rounds - 1) return 0;
    if (!survives_fork()) wrong("a fork failed while plugins were open");
    for (void* plugin : plugins)
      if (dlclose(plugin) != 0) wrong(dlerror());
    if (!survives_fork()) wrong("a fork failed after plugins were closed");
    usleep(1000);  // threads that were left behind would run now
    if (round == rounds / 4) threads = threads_of_process();
    long& most = 2 * round < rounds ? first_half : second_half;
    most = std::max(most, resident_kib());
  }
  if (const int left = threads_of_process(); left > threads)
    wrong(std::to_string(threads) + " threads became " + std::to_string(left));
  if (second_half > first_half + 8 * 1024)
    wrong(std::to_string(first_half) + " KiB became " + std::to_string(second_half));
  return 0;
}
