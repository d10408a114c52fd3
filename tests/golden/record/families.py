#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records PyTorch's answers to the problems of the op-case and layer-case tables, one file for each family of rows.

  python3 tests/golden/record/families.py [--build build/release] [FAMILY ...]

FAMILY is ops/loss/ctc or layers/conv, for example; without one, all are recorded and the files of removed families
are deleted. The target golden_problems of the build folder is built and writes the problems. The answers go to
tests/golden/answers/ops/<room>/<family>.safetensors, to answers/specials/ likewise (the same rows at NaN, infinities
and extremes), and to answers/layers/<family>.safetensors. Needs cmake, torch and safetensors.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import layers
import ops
import recording
import specials

TREE = pathlib.Path(__file__).resolve().parents[3]
ANSWERS = TREE / "tests/golden/answers"
RECORDERS = {
    "ops": lambda problems, target: recording.record(ops.solve, problems, target),
    "layers": lambda problems, target: recording.record(layers.solve, problems, target),
    "specials": specials.record,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=TREE / "build/release", help="the build folder")
    parser.add_argument("family", nargs="*")
    arguments = parser.parse_args()
    subprocess.run(["cmake", "--build", arguments.build, "--target", "golden_problems"], check=True)
    program = (arguments.build / "tests/golden_problems").resolve()
    return 1 if record(program, arguments.family) else 0


def record(program, families):
    """Has `program` write the problems of the families, all if there are none, and records them; counts faults."""
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        problems = pathlib.Path(folder)
        subprocess.run([program, folder, *families], check=True)
        written = sorted(path.relative_to(problems) for path in problems.rglob("*.safetensors"))
        for path in written:
            target = ANSWERS / path
            target.parent.mkdir(parents=True, exist_ok=True)
            text, failed = RECORDERS[path.parts[0]](str(problems / path), str(target))
            print(f"{path}: {text}", flush=True)
            faults += failed
    if not families:
        for path in ANSWERS.rglob("*.safetensors"):
            if path.relative_to(ANSWERS) not in written:
                path.unlink()
                print(f"{path.relative_to(ANSWERS)}: deleted")
    return faults


if __name__ == "__main__":
    sys.exit(main())
