// SPDX-License-Identifier: MIT
// measure_compile_cost [--at-most R] HEADER… -- COMPILER FLAG…
// Compiles, for each header, a program that includes it and does nothing else, five times in turn,
// and prints the least processor seconds, the most memory, and how many lines that are not blank
// the compiler reads: of the library, and in all. The least is what the compiler needs; a busy
// machine only adds to it. The first header is the yardstick; with --at-most, exits with 1 if
// another costs more than R times its seconds, also after ten more turns.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

namespace {

constexpr int kRounds = 5, kMostRounds = 15;

struct Cost {
  std::string name;
  std::filesystem::path source;
  double seconds = std::numeric_limits<double>::infinity();  // the least
  double mib = 0;
  long own_lines = 0, lines = 0;
};

[[noreturn]] void stop(const std::string& why) {
  std::fprintf(stderr, "measure_compile_cost: %s\n", why.c_str());
  std::exit(2);
}

// Runs a command that must succeed.
rusage run(const std::vector<std::string>& command, const Cost& cost) {
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.data()));
  words.push_back(nullptr);

  const pid_t child = fork();
  if (child == 0) {
    execvp(words[0], words.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0)
    stop(cost.name + " does not compile with " + command[0]);
  return usage;
}

// Processor time, unlike the clock's, forgives busy neighbours.
void compile(std::vector<std::string> command, Cost& cost) {
  command.insert(command.end(), {"-c", cost.source.string(), "-o", "/dev/null"});
  const rusage usage = run(command, cost);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  cost.seconds = std::min(cost.seconds, seconds(usage.ru_utime) + seconds(usage.ru_stime));
  cost.mib = std::max(cost.mib, static_cast<double>(usage.ru_maxrss) / 1024);
}

// Reads what the preprocessor leaves, in which a line like # 1 "FILE" says where the next are from.
void count_lines(std::vector<std::string> command, Cost& cost) {
  const std::string text = cost.source.string() + ".txt";
  command.insert(command.end(), {"-E", cost.source.string(), "-o", text});
  run(command, cost);
  std::ifstream in(text);
  bool own = false;
  for (std::string line; std::getline(in, line);) {
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    if (line[0] == '#') {
      own = line.find("/include/tinygrad/") != std::string::npos;
      continue;
    }
    ++cost.lines;
    if (own) ++cost.own_lines;
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  double at_most = 0;
  if (words.size() > 1 && words[0] == "--at-most") {
    at_most = std::stod(words[1]);
    words.erase(words.begin(), words.begin() + 2);
  }
  const auto dashes = std::find(words.begin(), words.end(), "--");
  const std::vector<std::string> command(dashes == words.end() ? dashes : dashes + 1, words.end());
  if (dashes == words.begin() || command.empty())
    stop("usage: measure_compile_cost [--at-most R] HEADER… -- COMPILER FLAG…");

  std::string folder = (std::filesystem::temp_directory_path() / "compile_cost.XXXXXX").string();
  if (!mkdtemp(folder.data())) stop("cannot make a folder like " + folder);
  std::vector<Cost> costs;
  for (auto header = words.begin(); header != dashes; ++header) {
    const std::filesystem::path path(*header);
    if (!std::filesystem::exists(path)) continue;
    Cost cost{path.filename().string(),
              std::filesystem::path(folder) / (path.stem().string() + ".cpp")};
    std::ofstream(cost.source) << "#include \"" << std::filesystem::absolute(path).string()
                               << "\"\nint main() {}\n";
    costs.push_back(cost);
  }
  const auto dear = [&] {
    return at_most > 0 && std::any_of(costs.begin(), costs.end(), [&](const Cost& cost) {
             return cost.seconds > at_most * costs[0].seconds;
           });
  };
  for (int round = 0; round < kRounds || (round < kMostRounds && dear()); ++round)
    for (auto& cost : costs) compile(command, cost);
  for (auto& cost : costs) count_lines(command, cost);
  std::filesystem::remove_all(folder);

  for (const auto& cost : costs)
    std::printf("%-16s %6.2f s  %5.0f MiB  %6ld of %6ld lines  %5.2f x\n", cost.name.c_str(),
                cost.seconds, cost.mib, cost.own_lines, cost.lines,
                cost.seconds / costs[0].seconds);
  if (!dear()) return 0;
  std::printf("more than %.1f times the yardstick\n", at_most);
  return 1;
}
