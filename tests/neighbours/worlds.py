# SPDX-License-Identifier: MIT
"""Worlds of xtensor: the installed one, and newer ones with the old one still in the system's folder."""
import glob
import os

import cases
import flags
import frame as f


def worlds(frame):
    """{name: the prefix CMake is given, or None for the system's}."""
    found = {"system": None}
    for prefix in sorted(glob.glob(os.path.join(frame.work, "xtensor", "*"))):
        found[os.path.basename(prefix)] = prefix
    return found


def build(frame, folder, name, prefix):
    work = frame.folder("worlds", f"{f.name_of(folder)} {name}")
    path = ";".join([frame.prefix()] + ([prefix] if prefix else []))
    frame.run(["cmake", "-S", folder, "-B", work, f"-DCMAKE_PREFIX_PATH={path}", "-DCMAKE_BUILD_TYPE=Release"])
    code, output = frame.try_run(["cmake", "--build", work])
    if code:
        raise f.Failed(f"does not compile\n{f.errors_of(output)}")
    frame.run([os.path.join(work, "world")], cwd=work)


def cells(frame):
    yield from flags.cells(frame, "worlds")
    yield from cases.cells(frame, "worlds")
    for folder in f.folders_of("worlds"):
        if os.path.exists(os.path.join(folder, "case.py")):
            continue
        for name, prefix in worlds(frame).items():
            yield f.Cell("worlds", f.name_of(folder), name,
                         lambda p=folder, n=name, x=prefix: build(frame, p, n, x))
