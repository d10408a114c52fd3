// SPDX-License-Identifier: MIT
// Times a function: repeats it for some seconds and reports the median and the least time.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace bench {

struct Timing {
  double median_us, min_us;
};

/// Runs `step` for about `seconds` after a warm-up; at least 7 and at most 2000 times.
template <class F> Timing time(const F& step, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto microseconds = [](Clock::time_point from) {
    return std::chrono::duration<double, std::micro>(Clock::now() - from).count();
  };
  for (int i = 0; i < 3; ++i) step();
  std::vector<double> times;
  const auto start = Clock::now();
  while (times.size() < 7 || (microseconds(start) < seconds * 1e6 && times.size() < 2000)) {
    const auto begin = Clock::now();
    step();
    times.push_back(microseconds(begin));
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times[0]};
}

}  // namespace bench
