// SPDX-License-Identifier: MIT
// Forks 200 times while threads of the parent train, allocate and load data. Each child reads its
// parent's tensors, trains on its own thread and on a new one, runs an epoch of its own and calls
// exit(). All children must compute the same numbers as the parent, and none may hang.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <tinygrad/data/dataloader.hpp>
#include <tinygrad/optim/sgd.hpp>
#include <tinygrad/tensor.hpp>
#include <utility>
#include <vector>

using namespace tinygrad;

namespace {

constexpr int kForks = 200, kPatience = 60;  // seconds

/// The loss after some steps; the same in any thread of any process.
float train() {
  Generator random(5);
  const Tensor x = randn({256, 96}, float32, random), target = sum(x, {1}, true);
  Tensor w = randn({96, 96}, float32, random), v = randn({96, 1}, float32, random);
  w.requires_grad_();
  v.requires_grad_();
  optim::SGD optimizer({w, v}, {.lr = 1e-4});
  float last = 0;
  for (int step = 0; step < 3; ++step) {
    optimizer.zero_grad();
    const Tensor loss = mse_loss(matmul(tanh(matmul(x, w)), v), target);
    loss.backward();
    optimizer.step();
    last = loss.item<float>();
  }
  return last;
}

/// The sum of an epoch's numbers, prepared by two threads.
float epoch(const Array& data) {
  float total = 0;
  data::DataLoader loader(data, data, {.batch_size = 16, .workers = 2});
  for (const auto& [inputs, targets] : loader)
    for (Index i = 0; i < inputs.numel(); ++i) total += inputs.data<float>()[i];
  return total;
}

/// What a child finds wrong, as its exit code.
int try_in_child(const Tensor& of_parent, float loss, float total) {
  if (sum(of_parent).item<float>() != total) return 2;
  if (train() != loss) return 3;
  float other = 0;
  std::thread([&] { other = train(); }).join();
  if (other != loss) return 4;
  if (epoch(of_parent.array()) != total) return 5;
  return 0;
}

}  // namespace

int main() {
  set_num_threads(3);
  const float loss = train();
  const Tensor numbers = ones({400, 8});
  const float total = sum(numbers).item<float>();
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> users;
  for (int user = 0; user < 2; ++user)
    users.emplace_back([&] {
      while (!stop) wrong += train() != loss;
    });
  users.emplace_back([&] {
    while (!stop) wrong += epoch(numbers.array()) != total;
  });
  users.emplace_back([&] {
    while (!stop) {
      const Tensor t = zeros({1000});
      wrong += t.numel() != 1000;
    }
  });
  int hung = 0, failed = 0;
  std::string what;
  for (int i = 0; i < kForks; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(kPatience);  // ends the process
      std::exit(try_in_child(numbers, loss, total));
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) ++hung;
    else if (status != 0) ++failed, what += ' ' + std::to_string(status);
    if (hung + failed > 5) break;
  }
  stop = true;
  for (std::thread& user : users) user.join();
  if (hung + failed + wrong == 0) return 0;
  std::printf("%d of %d children hung, %d failed (wait status%s); %d wrong results in the parent\n",
              hung, kForks, failed, what.c_str(), wrong.load());
  return 1;
}
