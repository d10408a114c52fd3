// SPDX-License-Identifier: MIT
// Tests of core/default_threads.hpp: quotas of cgroup v1 and v2, and OMP_NUM_THREADS.
#include <doctest/doctest.h>

#include "support/files.hpp"
#include "tinygrad/core/parallel.hpp"

using namespace tinygrad;
using support::contains;
using support::EnvironmentVariable;
using support::TemporaryFolder;

namespace {

/// The root of a file system that holds what the kernel says about control groups.
struct Machine {
  TemporaryFolder root;

  Machine(const std::string& groups, const std::string& mounts) {
    file("proc/self/cgroup", groups);
    file("proc/self/mountinfo", mounts);
  }
  void file(const std::string& name, const std::string& bytes) {
    std::filesystem::create_directories(std::filesystem::path(root.file(name)).parent_path());
    root.write(name, bytes);
  }
  double cores() { return detail::cpu_quota(root.path()).cores; }
  std::string text() { return detail::cpu_quota(root.path()).text; }
};

const char* const kRootMount =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
    "23 22 0:5 / /proc rw - proc proc rw\n";

std::string v2_mount(const std::string& top = "/", const std::string& at = "/sys/fs/cgroup") {
  return str_cat(kRootMount, "30 22 0:26 ", top, ' ', at,
                 " rw,nosuid shared:4 - cgroup2 cgroup2 rw\n");
}
std::string v1_mount(const std::string& top = "/") {
  return str_cat(kRootMount, "31 22 0:27 ", top,
                 " /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
                 "32 22 0:28 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n");
}

}  // namespace

TEST_CASE("the quota of cgroup v2 is the smallest on the way up, whatever is malformed") {
  Machine machine("0::/kube/pod/box\n", v2_mount());
  CHECK(machine.cores() == 0);
  machine.file("sys/fs/cgroup/kube/pod/box/cpu.max", "max 100000\n");
  CHECK(machine.cores() == 0);
  machine.file("sys/fs/cgroup/kube/pod/cpu.max", "250000 100000\n");
  CHECK(machine.cores() == 2.5);
  CHECK(machine.text() == "cpu.max 250000 100000");
  machine.file("sys/fs/cgroup/kube/cpu.max", "400000 100000\n");
  CHECK(machine.cores() == 2.5);
  machine.file("sys/fs/cgroup/kube/pod/box/cpu.max", "50000\n");
  CHECK(machine.cores() == 0.5);
  for (const char* bad : {"", "\n", "-1 100000", "x 100000", "50000 x", "50000 0", "50000 -3",
                          "1e5 100000", "99999999999999999999 1", "0 100000"}) {
    machine.file("sys/fs/cgroup/kube/pod/box/cpu.max", bad);
    CHECK(machine.cores() == 2.5);
  }
}

TEST_CASE("a container sees its own group at the root, or at a path above the mount") {
  {
    Machine machine("0::/\n", v2_mount());  // a namespace of its own
    machine.file("sys/fs/cgroup/cpu.max", "200000 100000\n");
    CHECK(machine.cores() == 2);
  }
  {
    Machine machine("0::/../other\n", v2_mount());
    machine.file("sys/fs/cgroup/cpu.max", "200000 100000\n");
    CHECK(machine.cores() == 2);
  }
  {
    Machine machine("0::/docker/abc/inner\n", v2_mount("/docker/abc"));
    machine.file("sys/fs/cgroup/inner/cpu.max", "100000 100000\n");
    machine.file("sys/fs/cgroup/cpu.max", "200000 100000\n");
    CHECK(machine.cores() == 1);
  }
  {
    Machine machine("0::/docker/abcdef\n", v2_mount("/docker/abc"));  // not below it
    machine.file("sys/fs/cgroup/cpu.max", "300000 100000\n");
    CHECK(machine.cores() == 3);
  }
  {
    Machine machine("0::/\n", v2_mount("/", "/my\\040groups"));
    machine.file("my groups/cpu.max", "300000 100000\n");
    CHECK(machine.cores() == 3);
  }
}

TEST_CASE("the quota of cgroup v1, and of both in one system") {
  const std::string groups = "5:cpuset:/elsewhere\n4:cpu,cpuacct:/docker/abc\n0::/docker/abc\n";
  Machine machine(groups,
                  v1_mount() + "33 22 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  const std::string folder = "sys/fs/cgroup/cpu,cpuacct/docker/abc/";
  machine.file(folder + "cpu.cfs_quota_us", "-1\n");
  machine.file(folder + "cpu.cfs_period_us", "100000\n");
  CHECK(machine.cores() == 0);
  machine.file(folder + "cpu.cfs_quota_us", "150000\n");
  CHECK(machine.cores() == 1.5);
  CHECK(machine.text() == "cpu.cfs_quota_us 150000, cpu.cfs_period_us 100000");
  machine.file("sys/fs/cgroup/unified/docker/cpu.max", "120000 100000\n");
  CHECK(machine.cores() == 1.2);

  Machine docker(groups, v1_mount("/docker/abc"));
  docker.file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "200000\n");
  CHECK(docker.cores() == 0);  // no period
  docker.file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  CHECK(docker.cores() == 2);
}

TEST_CASE("files that make no sense say nothing") {
  for (const char* text : {"", "\n\n", ":", "0:", "0::", " - ", " - cgroup2",
                           "a b c d e - cgroup2 x", "30 22 0:26 / /sys/fs/cgroup rw - cgroup2"}) {
    Machine machine(text, text);
    CHECK(machine.cores() == 0);
  }
  TemporaryFolder empty;
  CHECK(detail::cpu_quota(empty.path()).cores == 0);
}

TEST_CASE("the default number of threads is the quota rounded up, if that is less than the cores") {
  const EnvironmentVariable none("OMP_NUM_THREADS", "");
  const int cores = detail::usable_cores();
  CHECK(cores >= 1);
  Machine machine("0::/\n", v2_mount());
  CHECK(default_threads(machine.root.path()).threads == cores);
  CHECK(contains(default_threads(machine.root.path()).source, "cores"));
  machine.file("sys/fs/cgroup/cpu.max", "50000 100000\n");
  CHECK(default_threads(machine.root.path()).threads == 1);
  if (cores > 1)
    CHECK(contains(default_threads(machine.root.path()).source, "(cpu.max 50000 100000)"));
  machine.file("sys/fs/cgroup/cpu.max", str_cat(100'000 * cores - 50'000, " 100000\n"));
  CHECK(default_threads(machine.root.path()).threads == cores);
  machine.file("sys/fs/cgroup/cpu.max", str_cat(100'000 * cores + 150'000, " 100000\n"));
  CHECK(default_threads(machine.root.path()).threads == cores);
}

TEST_CASE("OMP_NUM_THREADS may be a list, and what is no number of threads is said") {
  for (const auto& [wish, threads] :
       {std::pair{"3", 3}, {" 5 ", 5}, {"4,2", 4}, {"7 ,1,1", 7}, {"300", 300}, {"007", 7}}) {
    const EnvironmentVariable variable("OMP_NUM_THREADS", wish);
    CHECK(default_threads().threads == threads);
    CHECK(default_threads().source == str_cat("OMP_NUM_THREADS=", wish));
  }
  TemporaryFolder no_quota;
  for (const char* wish :
       {"0", "-3", "abc", "99999999999", "99999999999999999999", "2x", ",", "1e3"}) {
    const EnvironmentVariable variable("OMP_NUM_THREADS", wish);
    CHECK(default_threads(no_quota.path()).threads == detail::usable_cores());
    CHECK(contains(default_threads().source, wish));
  }
}
