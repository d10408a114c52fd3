#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares tinygrad with PyTorch and with the machine's limits, and prints Markdown.

The two libraries run in turns, a few workloads at a time, for several rounds, with two threads each. PyTorch runs with
the best of its settings (torch_steps.py). A ratio is PyTorch's median over ours: above 1, tinygrad is faster. Without
PyTorch, only our times and the limits are printed. Interpreters of PyTorch: --python, or $TORCH_PYTHON and python3."""
import argparse
import collections
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import targets
import torch_steps

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(HERE)
TRAINING = ["mlp/", "lenet/", "rosetta/", "netbn/", "resnet20/"]

# The settings found to reach 98 % in the least time.
TORCH_MNIST = ["--hidden", "256", "--epochs", "3", "--batch-size", "128", "--lr", "0.1", "--schedule", "cosine"]
OUR_MNIST = TORCH_MNIST + ["--val-split", "0"]


def say(text):
    print(text, file=sys.stderr, flush=True)


def our_rows(o, only, threads, limits=True):
    """{name: row} of the program workloads."""
    command = [os.path.join(o.bin, "workloads"), "--all", "--json", "--threads", str(threads), "--seconds", str(o.seconds)]
    if not limits:
        command.remove("--all")
    for part in only:
        command += ["--only", part]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if run.returncode:
        sys.exit(run.returncode)
    return {row["name"]: row for row in map(json.loads, run.stdout.splitlines())}


def our_level(o):
    """The CPU level of our kernels: baseline, v3 or v4."""
    run = subprocess.run([os.path.join(o.bin, "workloads"), "--dims", "1,1", "--seconds", "0.001", "--json"],
                         stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout)["level"]


def spread(values, form="{:.2f}"):
    low, high = form.format(min(values)), form.format(max(values))
    return low if low == high else f"{low} to {high}"


def judged(value, wanted, text):
    """`text`, in bold and with the target if that was missed."""
    return text if wanted is None or value >= wanted else f"**{text}, missed {wanted:.2f}**"


def table(header, rows):
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


class Rounds:
    """The medians of one workload, a number for each round."""

    def __init__(self):
        self.ours, self.theirs, self.fractions = [], [], []
        self.limit = self.by = ""

    def ratios(self):
        return [theirs / ours for ours, theirs in zip(self.ours, self.theirs)]

    def ratio(self):
        return statistics.median(self.theirs) / statistics.median(self.ours)


def turns(o):
    """The workloads chosen, a few at a time: each training step alone, up to six convolutions or operations."""
    listed = subprocess.run([os.path.join(o.bin, "workloads"), "--list"], stdout=subprocess.PIPE, text=True, check=True)
    names = [name for name in listed.stdout.split() if not name.startswith("limit/")]  # measured with what they limit
    names = [name for name in names if not o.only or any(part in name for part in o.only)]
    if not names:
        sys.exit(f"compare.py: no workload's name holds {' or '.join(o.only)}: workloads --list prints them")
    groups = [[name] for name in names if name.startswith(tuple(TRAINING))]
    for family in ("conv/", "op/"):
        members = [name for name in names if name.startswith(family)]
        groups += [members[i:i + 6] for i in range(0, len(members), 6)]
    return groups


def compare_workloads(o, interpreters):
    """Both sides take turns within minutes, for a machine's memory or clock may be another one half an hour later."""
    rounds = {}
    for number in range(1, o.rounds + 1):
        for names in turns(o):
            say(f"round {number} of {o.rounds}: {names[0]}" + (f" to {names[-1]}" if len(names) > 1 else ""))
            ours = our_rows(o, names, o.threads)
            trained = names[0].startswith(tuple(TRAINING))  # only these are compiled
            theirs = torch_steps.best_rows(interpreters, names, o.seconds, o.threads, o.eager or not trained)
            for name, row in ours.items():
                if name not in names and not name.startswith("limit/"):
                    continue
                r = rounds.setdefault(name, Rounds())
                r.ours.append(row["median_us"])
                if "limit" in row:
                    r.limit = row["limit"]
                    r.fractions.append(ours[r.limit]["median_us"] / row["median_us"])
                if name in theirs:
                    r.theirs.append(theirs[name]["median_us"])
                    r.by = theirs[name]["by"]
    return dict(sorted(rounds.items(), key=lambda item: item[0].startswith("limit/")))


def workload_line(name, r):
    line = [name, f"{statistics.median(r.ours):.1f}"]
    if r.theirs:
        wanted = targets.target(targets.RATIOS, name)
        line += [f"{statistics.median(r.theirs):.1f}", judged(r.ratio(), wanted, f"{r.ratio():.2f}"), spread(r.ratios())]
    else:
        line += ["", "", spread(r.ours, "{:.1f}") + " µs"]
    if not r.fractions:
        return line + ["", r.by]
    fraction = statistics.median(r.fractions)
    wanted = targets.target(targets.LIMITS, name)
    text = f"{100 * fraction:.0f} %"
    missed = wanted is not None and fraction < wanted
    return line + [f"**{text}, missed {100 * wanted:.0f} %**" if missed else text, r.by]


def print_workloads(rounds):
    print("## Workloads\n")
    table(["workload", "tinygrad µs", "PyTorch µs", "ratio", "in the rounds", "of the limit", "PyTorch's best"],
          [workload_line(name, r) for name, r in rounds.items()])
    ops = [r.ratio() for name, r in rounds.items() if name.startswith("op/") and r.theirs]
    if ops:
        mean = math.exp(statistics.fmean(map(math.log, ops)))
        print(f"Geometric mean of the {len(ops)} op/ ratios: {judged(mean, targets.OP_GEOMETRIC_MEAN, f'{mean:.2f}')}\n")


def print_scaling(o):
    one, two = {}, {}
    for number in range(1, o.rounds + 1):
        say(f"round {number} of {o.rounds}: one thread and two")
        for threads, times in ((1, one), (2, two)):
            for name, row in our_rows(o, TRAINING, threads, limits=False).items():
                if name.startswith(tuple(TRAINING)):
                    times.setdefault(name, []).append(row["median_us"])
    print("## From one thread to two\n")
    lines = []
    for name in one:
        a, b = statistics.median(one[name]), statistics.median(two[name])
        lines.append([name, f"{a:.1f}", f"{b:.1f}", judged(a / b, targets.target(targets.SCALING, name), f"{a / b:.2f}"),
                      spread([x / y for x, y in zip(one[name], two[name])])])
    table(["workload", "one thread, µs", "two, µs", "ratio", "in the rounds"], lines)


Process = collections.namedtuple("Process", "seconds cpu_seconds peak_mb output")


def run_process(command, environment=None):
    """What a whole process took, its children included."""
    with tempfile.TemporaryFile() as output:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{command[0]} ended with status {process.returncode}")
        output.seek(0)
        unit = 1 if sys.platform == "darwin" else 1024
        return Process(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6, output.read().decode())


def our_mnist(o, folder):
    """(seconds, MB at the peak, test accuracy)"""
    command = [os.path.join(o.bin, "mnist_mlp"), "fit", "--data", o.mnist, "--out", folder, "--threads", str(o.threads)]
    run = run_process(command + OUR_MNIST)
    with open(os.path.join(folder, "metrics.jsonl"), encoding="utf-8") as file:
        return run.seconds, run.peak_mb, json.loads(file.readlines()[-1])["test_accuracy"]


def their_mnist(o, python, setting, folder):
    command = [python, os.path.join(HERE, "torch_mnist.py"), "--data", o.mnist, "--out", os.path.join(folder, "model.pt"),
               "--threads", str(o.threads)]
    run = run_process(command + TORCH_MNIST, torch_steps.environment(setting, o.threads))
    return run.seconds, run.peak_mb, json.loads(run.output.splitlines()[-1])["test_accuracy"]


def print_mnist(o, interpreters):
    """Each side's median over the rounds; PyTorch's interpreter and setting with the least time."""
    settings = [(python, version, setting) for python, version in interpreters for setting in torch_steps.SETTINGS]
    ours, theirs = [], [[] for _ in settings]
    for number in range(1, o.rounds + 1):
        say(f"round {number} of {o.rounds}: MNIST")
        with tempfile.TemporaryDirectory() as folder:
            ours.append(our_mnist(o, folder))
            for runs, (python, _, setting) in zip(theirs, settings):
                runs.append(their_mnist(o, python, setting, folder))

    def line(title, runs):
        seconds, memory, accuracy = (statistics.median(column) for column in zip(*runs))
        return [title, f"{seconds:.2f}", spread([run[0] for run in runs]), f"{memory:.0f}",
                judged(accuracy, targets.MNIST_ACCURACY, f"{accuracy:.4f}")]

    lines = [line(f"mnist_mlp fit {' '.join(OUR_MNIST)}", ours)]
    if settings:
        best = min(range(len(settings)), key=lambda i: statistics.median(run[0] for run in theirs[i]))
        lines.append(line(f"torch {settings[best][1]}, torch_mnist.py {' '.join(TORCH_MNIST)}", theirs[best]))
    print("## MNIST, process start to saved model\n")
    table(["program", "seconds", "in the rounds", "peak memory, MB", "test accuracy"], lines)
    if settings:
        time_ratio, memory_ratio = (statistics.median(run[i] for run in theirs[best]) /
                                    statistics.median(run[i] for run in ours) for i in (0, 1))
        print(f"Time: {judged(time_ratio, targets.MNIST_TIME, f'{time_ratio:.2f}')}; "
              f"memory: {judged(memory_ratio, targets.MNIST_MEMORY, f'{memory_ratio:.2f}')}\n")


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.5, help="how long to measure each workload, in each round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", action="append", default=[],
                        help="the workloads whose name holds this; several with commas, or repeated; none: skip this part")
    parser.add_argument("--eager", action="store_true", help="do not try torch.compile")
    parser.add_argument("--python", action="append", help="an interpreter with PyTorch (repeatable)")
    parser.add_argument("--bin", default=os.path.join(SOURCE, "build/release/bin"), help="where our programs are")
    parser.add_argument("--scaling", action="store_true", help="our training steps with one thread and with two")
    parser.add_argument("--mnist", metavar="DATA_DIR", help="MNIST from start to saved model: time, memory, accuracy")
    o = parser.parse_args()
    o.only = torch_steps.split_names(o.only)
    if min(o.rounds, o.threads) < 1 or o.seconds <= 0:
        parser.error("--rounds, --threads and --seconds must be positive")
    if not os.path.exists(os.path.join(o.bin, "workloads")):
        parser.error(f"{o.bin} holds no program workloads: ./quickstart bench builds it")

    interpreters = torch_steps.pythons(o.python)
    versions = ", ".join(dict.fromkeys(version for _, version in interpreters))
    print(f"{processor()}, kernels of level {our_level(o)}, {o.threads} threads, {o.rounds} rounds; " +
          (f"PyTorch {versions}" if versions else "no PyTorch here: our times and the machine's limits") + "\n", flush=True)
    if o.only != ["none"]:
        print_workloads(compare_workloads(o, interpreters))
    if o.scaling:
        print_scaling(o)
    if o.mnist:
        print_mnist(o, interpreters)


if __name__ == "__main__":
    main()
