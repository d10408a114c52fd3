#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds and runs the programs of this folder in every possible combination, and prints the matrix of the results.
README.md has the contract of the programs. Exit code 1 if a cell failed."""
import argparse
import concurrent.futures
import os
import resource
import shutil
import signal
import sys
import time
import traceback

sys.dont_write_bytecode = True

import blas
import compilers
import flags
import frame as f
import processes
import worlds

DIMENSIONS = {"blas": blas, "compilers": compilers, "flags": flags, "worlds": worlds, "process": processes}
OK, REFUSED, FAILED, NOT_HERE = "ok", "refused", "FAILED", "not here"


class Result:
    def __init__(self, status, note, seconds):
        self.status, self.note, self.seconds = status, note, seconds


def carry_out(cell):
    start = time.monotonic()
    try:
        status, note = OK, cell.work() or ""
    except f.Refused as sentence:
        status, note = REFUSED, str(sentence)
    except f.Failed as fault:
        status, note = FAILED, str(fault)
    except f.NotHere as lack:
        status, note = NOT_HERE, str(lack)
    except Exception:  # a fault of a case's own code is a failure of its cell, not the end of the others
        status, note = FAILED, traceback.format_exc()
    return Result(status, note, time.monotonic() - start)


def carry_out_all(frame, cells, jobs):
    """{name of a cell: result}; each is printed as it comes. Ended by a signal, it ends what it has started."""
    results = {}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with concurrent.futures.ThreadPoolExecutor(max(1, jobs)) as pool:
        try:
            running = {pool.submit(carry_out, cell): cell for cell in cells}
            for done in concurrent.futures.as_completed(running):
                cell = running[done]
                results[cell.name] = done.result()
                print(line_of(cell, results[cell.name]), flush=True)
        except KeyboardInterrupt:
            for one in (signal.SIGINT, signal.SIGTERM):
                signal.signal(one, signal.SIG_IGN)
            frame.stop()
            pool.shutdown(cancel_futures=True)
            sys.exit("stopped")
    return results


def line_of(cell, result):
    first = result.note.splitlines()[0] if result.note else ""
    return f"{result.status:8} {result.seconds:6.1f} s  {cell.name}" + (f"  ({first})" if first else "")


def table(cells, results):
    """The cells of one dimension, rows by columns."""
    rows, columns = list(dict.fromkeys(c.row for c in cells)), list(dict.fromkeys(c.column for c in cells))
    words = {(c.row, c.column): results[c.name].status for c in cells}
    grid = [[cells[0].dimension, *columns]] + [[row, *(words.get((row, column), "–") for column in columns)] for row in rows]
    widths = [max(len(line[i]) for line in grid) for i in range(len(columns) + 1)]
    return "\n".join("  ".join(word.ljust(width) for word, width in zip(line, widths)).rstrip() for line in grid)


def processor_time():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def arguments():
    parser = argparse.ArgumentParser(prog="quickstart neighbours", description=__doc__.split("\n")[0])
    parser.add_argument("--only", action="append", default=[], metavar="TEXT",
                        help="cells with this in their name, such as blas, or clang++-16 (more than once: any of them)")
    parser.add_argument("--quick", action="store_true", help="a minute's choice of cells, as with the other tests")
    parser.add_argument("--offline", action="store_true", help="fetch no packages; use those that were fetched before")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="cells at a time")
    parser.add_argument("--list", action="store_true", help="print the names of the cells and do nothing")
    parser.add_argument("--work", default=os.path.join(f.SOURCE, "build", "neighbours"), metavar="FOLDER",
                        help="where everything is built and unpacked")
    return parser.parse_args()


def main():
    options = arguments()
    if shutil.which("ninja"):  # what ./quickstart installs; CMake itself would ask for make
        os.environ.setdefault("CMAKE_GENERATOR", "Ninja")
    frame = f.Frame(options.work, options.offline)
    os.makedirs(frame.work, exist_ok=True)
    cells = [cell for module in DIMENSIONS.values() for cell in module.cells(frame)]
    cells = [c for c in cells if (c.quick or not options.quick) and
             (not options.only or any(text in c.name for text in options.only))]
    if options.list:
        print("\n".join(cell.name for cell in cells))
        return 0
    start = time.monotonic()
    results = carry_out_all(frame, cells, options.jobs)
    for dimension in DIMENSIONS:
        of_it = [cell for cell in cells if cell.dimension == dimension]
        if of_it:
            print("\n" + table(of_it, results))
    for status in (REFUSED, NOT_HERE, FAILED):
        lines = [f"{cell.name}: {results[cell.name].note}" for cell in cells if results[cell.name].status == status]
        if lines:
            print(f"\n{status}:\n  " + "\n  ".join("\n".join(lines).splitlines()))
    counts = {status: sum(r.status == status for r in results.values()) for status in (OK, REFUSED, FAILED, NOT_HERE)}
    print(f"\n{len(cells)} cells: " + ", ".join(f"{n} {status}" for status, n in counts.items()) +
          f", in {time.monotonic() - start:.0f} s ({processor_time():.0f} s of processor time)")
    return 1 if counts[FAILED] or not cells else 0


if __name__ == "__main__":
    sys.exit(main())
