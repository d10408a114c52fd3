#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times the workloads of the program workloads in PyTorch, one JSON line each: {"name", "median_us", "min_us", "by"}.

Each workload runs in all combinations of: the given Pythons that have PyTorch, the environment settings that matter on
a CPU, both memory layouts, eager and (training steps, PyTorch 2) compiled. The best median is kept; "by" names its
combination. --threads sets the number of threads (2).
"""
import argparse
import json
import os
import re
import subprocess
import sys
import time

# GNU OpenMP's idle threads spin and may fight with those of BLAS, or may not.
SETTINGS = [{}, {"GOMP_SPINCOUNT": "0"}]
# Debian's PyTorch calls the system's BLAS, of which there is a build on OpenMP.
OPENMP_BLAS = "/usr/lib/x86_64-linux-gnu/openblas-openmp"


def split_names(lists):
    """["relu,mlp/784,128,10/64"] → ["relu", "mlp/784,128,10/64"]: names hold commas too, always before a digit."""
    return [name for names in lists for name in re.split(",(?=[A-Za-z])", names)]


def pythons(wanted=None):
    """[(path, version of PyTorch)] of those interpreters that have it."""
    found = []
    for python in dict.fromkeys(wanted or [os.environ.get("TORCH_PYTHON", "python3"), "python3", "/usr/bin/python3"]):
        try:
            probe = subprocess.run([python, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True)
        except OSError:
            continue
        if probe.returncode == 0:
            found.append((python, probe.stdout.strip()))
    return found


def environment(setting, threads):
    """The environment with that setting. OPENBLAS_CORETYPE goes: images for mixed machines choose slow kernels by it."""
    kept = {key: value for key, value in os.environ.items() if key != "OPENBLAS_CORETYPE"}
    return {**kept, "OMP_NUM_THREADS": str(threads), **setting}


def configurations(version, eager):
    """The (mode, environment) pairs worth trying with this version."""
    old = version.startswith("1.")
    settings = SETTINGS + ([{"LD_LIBRARY_PATH": OPENMP_BLAS}] if old and os.path.isdir(OPENMP_BLAS) else [])
    for setting in settings:
        for mode in ["eager"] if old or eager else ["eager", "compiled"]:
            yield mode, setting


def best_rows(interpreters, only=(), seconds=1.5, threads=2, eager=False):
    """{name: row} with the best median of each workload."""
    best = {}
    for python, version in interpreters:
        for mode, setting in configurations(version, eager):
            by = " ".join([f"torch {version} {mode}"] + [f"{key}={value}" for key, value in setting.items()])
            print(f"  {by}", file=sys.stderr, flush=True)
            command = [python, os.path.abspath(__file__), "--one", mode, "--seconds", str(seconds), "--threads",
                       str(threads)]
            for part in only:
                command += ["--only", part]
            run = subprocess.run(command, env=environment(setting, threads), stdout=subprocess.PIPE, text=True)
            if run.returncode:
                print(f"  (ended with status {run.returncode})", file=sys.stderr)
            for line in run.stdout.splitlines():
                row = json.loads(line)
                row["by"] = " ".join(filter(None, [by, row.pop("layout")]))
                if row["name"] not in best or row["median_us"] < best[row["name"]]["median_us"]:
                    best[row["name"]] = row
    return best


def median_and_least(step, seconds):
    """Microseconds of at least 7 and at most 2000 runs, after a warm-up."""
    for _ in range(3):
        step()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 7 or (time.perf_counter() < end and len(times) < 2000):
        begin = time.perf_counter()
        step()
        times.append(1e6 * (time.perf_counter() - begin))
    times.sort()
    return times[len(times) // 2], times[0]


def run_here(mode, only, seconds, threads):
    """Times what is chosen in this interpreter, under the environment as it is."""
    import torch
    import torch_workloads

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    workloads = list(torch_workloads.training_workloads(mode == "compiled"))
    if mode == "eager":
        workloads += torch_workloads.single_workloads()
    for name, variants in workloads:
        if only and not any(part in name for part in only):
            continue
        for layout, make in variants.items():
            median, least = median_and_least(make(), seconds)
            print(json.dumps({"name": name, "median_us": median, "min_us": least, "layout": layout}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", action="append", default=[], help="the workloads whose name holds this; several with commas, or repeated")
    parser.add_argument("--seconds", type=float, default=1.5, help="how long to measure each variant")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--eager", action="store_true", help="do not try torch.compile")
    parser.add_argument("--python", action="append", help="an interpreter to try (repeatable); default $TORCH_PYTHON, python3")
    parser.add_argument("--one", choices=["eager", "compiled"], help="time in this interpreter and environment, keep nothing")
    o = parser.parse_args()
    o.only = split_names(o.only)
    if o.one:
        return run_here(o.one, o.only, o.seconds, o.threads)
    interpreters = pythons(o.python)
    if not interpreters:
        sys.exit("no Python here has PyTorch: pip install torch, and name its Python in TORCH_PYTHON")
    for row in best_rows(interpreters, o.only, o.seconds, o.threads, o.eager).values():
        print(json.dumps(row))


if __name__ == "__main__":
    main()
