// SPDX-License-Identifier: MIT
// Times whole training steps (forward, loss, backward, SGD with momentum 0.9), single convolutions
// and operations, and the limits of the machine.
//
//   workloads --all                                 every workload, as a fraction of its limit
//   workloads --only conv/ --only relu              workloads whose name contains one of these
//   workloads --model mlp --dims 784,128,10 --batch 64 --threads 2 --json
//   workloads --conv 50,50,32,3 --pass fwdbwd       channels in and out, picture size, kernel
//   workloads --only resnet20 --profile             the time of each op
//
// With --json it prints {"name":"mlp/784,128,10/64","level":"v3","median_us":…,"min_us":…} for each,
// otherwise a readable line below two that describe the machine. "level" is the CPU level. If a
// workload has a limit, the line ends in "limit":"limit/…", the limit's name.
#include "workloads.hpp"

#include <CLI/CLI.hpp>
#include <cctype>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "timing.hpp"
#include "tinygrad/debug/profile.hpp"
#include "tinygrad/train/environment.hpp"

using namespace bench;

namespace {

struct Options {
  std::string model = "mlp";
  std::vector<Index> dims = {784, 128, 10};
  std::vector<Index> conv;
  std::string pass = "fwdbwd";
  Index batch = 64;
  bool all = false, list = false, limits = false, json = false, profile = false;
  std::vector<std::string> only;
  int threads = num_threads();
  double seconds = 1.5;
};

// "relu,mlp/784,128,10/64" → relu; mlp/784,128,10/64. Names hold commas too, always before a digit.
std::vector<std::string> split_names(const std::vector<std::string>& lists) {
  std::vector<std::string> names;
  for (const std::string& list : lists) {
    names.emplace_back();
    for (std::size_t i = 0; i < list.size(); ++i) {
      const bool between = list[i] == ',' && i + 1 < list.size() &&
                           std::isalpha(static_cast<unsigned char>(list[i + 1]));
      if (between) names.emplace_back();
      else names.back() += list[i];
    }
  }
  return names;
}

// Throws  CLI::ValidationError if no name holds one of the parts
std::vector<Workload> chosen_of_all(const Options& o) {
  std::vector<Workload> all = all_workloads();
  for (Workload& limit : limits_of(all)) all.push_back(std::move(limit));
  if (o.only.empty()) return all;
  const std::vector<std::string> parts = split_names(o.only);
  for (const std::string& part : parts)
    if (named(all, {part}).empty())
      throw CLI::ValidationError(
          "--only", "no workload's name holds '" + part + "'; --list prints all names");
  return named(std::move(all), parts);
}

std::vector<Workload> chosen(const Options& o) {
  if (o.all || o.list || !o.only.empty()) return chosen_of_all(o);
  if (!o.conv.empty())
    return {
        conv_workload({o.conv[0], o.conv[1], o.conv[2], o.conv[3]}, o.batch, o.pass == "fwdbwd")};
  return {o.model == "mlp" ? mlp_workload(o.dims, o.batch) : network_workload(o.model, o.batch)};
}

// Times workloads, none of them twice, and prints each.
class Report {
 public:
  explicit Report(const Options& options) : o_(options) {}

  void add(const Workload& workload) {
    if (known_.count(workload.name)) return;
    const Timing own = measure(workload);
    const bool limited = workload.limit && (o_.all || o_.limits);
    if (!limited) return print(workload.name, own);
    const bool is_new = !known_.count(workload.limit->name);
    const Timing best = is_new ? measure(*workload.limit) : known_.at(workload.limit->name);
    print(workload.name, own, workload.limit->name, best.median_us / own.median_us);
    if (is_new) print(workload.limit->name, best);
  }

 private:
  Timing measure(const Workload& workload) {
    manual_seed(0);
    return known_[workload.name] = time(workload.make(), o_.seconds);
  }

  void print(const std::string& name, const Timing& t, const std::string& limit = "",
             double fraction = 0) const {
    if (o_.json) {
      std::printf("{\"name\":\"%s\",\"level\":\"%s\",\"median_us\":%.1f,\"min_us\":%.1f",
                  name.c_str(), name_of(cpu_level()), t.median_us, t.min_us);
      if (!limit.empty()) std::printf(",\"limit\":\"%s\"", limit.c_str());
      std::printf("}\n");
    } else {
      std::printf("%s  median %.1f us, best %.1f us, %d threads", name.c_str(), t.median_us,
                  t.min_us, o_.threads);
      if (!limit.empty()) std::printf(", %.0f %% of %s", 100 * fraction, limit.c_str());
      std::printf("\n");
    }
    std::fflush(stdout);
  }

  const Options& o_;
  std::map<std::string, Timing> known_;
};

// Where the time of a workload goes, op by op.
void print_profile(const Workload& workload) {
  constexpr int kSteps = 10;
  manual_seed(0);
  const Step step = workload.make();
  for (int i = 0; i < 3; ++i) step();
  const debug::Profile profile;
  for (int i = 0; i < kSteps; ++i) step();
  std::printf("%s, %d steps\n%s\n", workload.name.c_str(), kSteps,
              debug::to_string(profile).c_str());
}

void declare(CLI::App& app, Options& o) {
  std::vector<std::string> models = networks::network_names();
  models.insert(models.begin(), {"mlp", "lenet"});
  app.add_option("--model", o.model, "the network")
      ->check(CLI::IsMember(models))
      ->capture_default_str();
  app.add_option("--dims", o.dims, "layer sizes of the MLP, input first")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--conv", o.conv, "a convolution instead: channels in, out, picture size, kernel")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_option("--pass", o.pass, "of --conv")
      ->check(CLI::IsMember({"fwd", "fwdbwd"}))
      ->capture_default_str();
  app.add_option("--batch", o.batch, "samples in a step")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--all", o.all, "instead: every workload, and its limit");
  app.add_option("--only", o.only,
                 "instead: the workloads whose name holds this; several with commas, or repeated")
      ->expected(1)
      ->take_all();
  app.add_flag("--limits", o.limits, "time the machine's limit of each workload too");
  app.add_flag("--list", o.list, "print the names instead of timing");
  app.add_flag("--profile", o.profile, "print where the time goes, op by op, instead");
  app.add_option("--threads", o.threads, "threads")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--seconds", o.seconds, "how long to measure each")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--json", o.json, "print a JSON line for each");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Times training steps, convolutions and operations, and the machine's limits");
  Options o;
  declare(app, o);
  std::vector<Workload> workloads;
  try {
    app.parse(argc, argv);
    if (o.dims.size() < 2)
      throw CLI::ValidationError("--dims", "needs at least an input and an output size");
    if (!o.conv.empty() && o.conv.size() != 4)
      throw CLI::ValidationError("--conv", "needs four numbers, as in 50,50,32,3");
    workloads = chosen(o);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  set_num_threads(o.threads);
  if (!o.list && !o.json) std::printf("%s\n", environment_banner().c_str());
  Report report(o);
  for (const Workload& workload : workloads) {
    if (o.list) std::printf("%s\n", workload.name.c_str());
    else if (o.profile) print_profile(workload);
    else report.add(workload);
  }
}
