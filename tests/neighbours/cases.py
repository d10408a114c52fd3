# SPDX-License-Identifier: MIT
"""Folders with a case.py: several programs or libraries that one function builds and runs."""
import importlib.util
import os

import frame as f


def load(folder):
    spec = importlib.util.spec_from_file_location(f.name_of(folder), os.path.join(folder, "case.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cells(frame, dimension):
    for folder in f.folders_of(dimension):
        if not os.path.exists(os.path.join(folder, "case.py")):
            continue
        module, name = load(folder), f.name_of(folder)
        for variant in getattr(module, "VARIANTS", ["g++"]):
            yield f.Cell(dimension, name, variant, lambda m=module, p=folder, v=variant: run(frame, m, p, v),
                         quick=variant in getattr(module, "QUICK", ()))


def run(frame, module, folder, variant):
    work = frame.folder(f.name_of(folder), variant)
    return module.run(f.Case(frame, folder, work), variant)
