// SPDX-License-Identifier: MIT
// Tests the program workloads from outside: the workloads that it knows, its output and its errors.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "support/files.hpp"
#include "support/programs.hpp"
#include "tinygrad/core/cpu_level.hpp"

using support::contains;

namespace {

support::ProgramResult run_workloads(const std::string& arguments) {
  return support::run_program("workloads", arguments + " --threads 2 --seconds 0.001");
}

// The sanitized builds have no benchmarks.
bool is_built() {
  const bool built = std::filesystem::exists(TINYGRAD_BIN_DIR "/workloads");
  if (!built) MESSAGE("skipped: workloads is not built");
  return built;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The JSON lines of a run that went well.
std::vector<nlohmann::json> rows_of_run(const std::string& arguments) {
  const support::ProgramResult r = run_workloads(arguments + " --json");
  REQUIRE_MESSAGE(r.status == 0, r.output);
  std::vector<nlohmann::json> rows;
  for (const std::string& line : lines_of(r.output)) {
    rows.push_back(nlohmann::json::parse(line));
    CHECK(rows.back()["level"] == tinygrad::name_of(tinygrad::cpu_level()));
    CHECK(rows.back()["min_us"].get<double>() > 0);
    CHECK(rows.back()["median_us"].get<double>() >= rows.back()["min_us"].get<double>());
  }
  return rows;
}

std::set<std::string> names_of(const std::vector<nlohmann::json>& rows) {
  std::set<std::string> names;
  for (const nlohmann::json& row : rows) names.insert(row["name"].get<std::string>());
  return names;
}

}  // namespace

TEST_CASE("the program workloads knows the workloads that are compared with PyTorch, each once") {
  if (!is_built()) return;
  std::vector<std::string> expected = {"mlp/784,128,10/64",
                                       "mlp/784,512,512,10/128",
                                       "mlp/784,1024,1024,10/256",
                                       "lenet/64",
                                       "rosetta/64",
                                       "netbn/128",
                                       "resnet20/128"};
  for (const char* both : {"conv/3,50,32,3",
                           "conv/50,50,32,3",
                           "conv/50,100,16,3",
                           "conv/100,100,16,3",
                           "conv/128,128,16,3",
                           "conv/20,50,12,5",
                           "conv/32,8,16,1",
                           "op/relu/64,50,32,32",
                           "op/gelu/64,50,32,32",
                           "op/tanh/64,50,32,32",
                           "op/add_channel_bias/64,50,32,32",
                           "op/add_row_bias/1024,1024",
                           "op/sum_rows/1024,1024",
                           "op/sum_columns/1024,1024",
                           "op/softmax/1024,1000",
                           "op/cross_entropy/1024,1000",
                           "op/transpose_copy/1024,1024",
                           "op/max_pool2d/64,50,32,32",
                           "op/batch_norm/64,50,32,32",
                           "op/layer_norm/1024,1024",
                           "op/matmul/1024,1024,1024",
                           "op/bmm/64,128,64,128"})
    for (const char* pass : {"/fwd", "/fwdbwd"}) expected.push_back(std::string(both) + pass);

  const support::ProgramResult r = run_workloads("--list");
  REQUIRE_MESSAGE(r.status == 0, r.output);
  std::vector<std::string> names = lines_of(r.output);
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
  std::erase_if(names, [](const std::string& name) { return name.starts_with("limit/"); });
  CHECK(names == expected);
}

TEST_CASE("the program workloads times those workloads that --only names") {
  if (!is_built()) return;
  using Names = std::set<std::string>;
  CHECK(names_of(rows_of_run("--only op/sum_")) ==
        Names{"op/sum_rows/1024,1024/fwd", "op/sum_rows/1024,1024/fwdbwd",
              "op/sum_columns/1024,1024/fwd", "op/sum_columns/1024,1024/fwdbwd"});
  CHECK(names_of(rows_of_run("--only mlp/784,128,10/64,sum_rows/1024,1024/fwdbwd")) ==
        Names{"mlp/784,128,10/64", "op/sum_rows/1024,1024/fwdbwd"});
  CHECK(names_of(rows_of_run("--only mlp/784,128,10 --only limit/copy/8388608")) ==
        Names{"mlp/784,128,10/64", "limit/copy/8388608"});
}

TEST_CASE("with --all a workload names its limit, which is timed too") {
  if (!is_built()) return;
  const auto rows = rows_of_run("--all --only op/sum_rows,mlp/784,128,conv/32,8,16,1/fwd");
  const std::set<std::string> names = names_of(rows);
  int limited = 0;
  for (const nlohmann::json& row : rows)
    if (row.contains("limit")) {
      ++limited;
      CHECK(names.count(row["limit"].get<std::string>()) == 1);
    }
  CHECK(limited == 3);
  CHECK(names.count("limit/sgemm/784,128,10/64") == 1);

  const support::ProgramResult people = run_workloads("--all --only op/sum_rows");
  CHECK(people.status == 0);
  CHECK(contains(people.output, " % of limit/copy/4194304"));
  CHECK(lines_of(people.output)[0].starts_with("tinygrad "));
}

TEST_CASE("the program workloads times a network or a convolution of any size") {
  if (!is_built()) return;
  CHECK(names_of(rows_of_run("--model mlp --dims 20,10 --batch 3")) ==
        std::set<std::string>{"mlp/20,10/3"});
  CHECK(names_of(rows_of_run("--conv 3,4,6,3 --batch 2 --pass fwd")) ==
        std::set<std::string>{"conv/3,4,6,3/fwd"});
}

TEST_CASE("the program workloads refuses what it does not know") {
  if (!is_built()) return;
  const support::ProgramResult part = run_workloads("--only sum_rows --only softmin");
  CHECK(part.status == 2);
  CHECK(contains(part.output, "no workload's name holds 'softmin'"));
  CHECK(contains(part.output, "--list"));
  CHECK(run_workloads("--model perceptron").status == 2);
  CHECK(contains(run_workloads("--conv 3,4").output, "needs four numbers"));
  CHECK(contains(run_workloads("--dims 5").output, "an input and an output size"));
}

TEST_CASE("the program workloads --profile says where the time goes, op by op") {
  if (!is_built()) return;
  const support::ProgramResult r = run_workloads("--only op/sum_rows/1024,1024/fwdbwd --profile");
  REQUIRE_MESSAGE(r.status == 0, r.output);
  CHECK(contains(r.output, "op/sum_rows/1024,1024/fwdbwd, 10 steps\n"));
  CHECK(contains(r.output, "forward us  backward us"));
  CHECK(contains(r.output, "  sum "));
}
