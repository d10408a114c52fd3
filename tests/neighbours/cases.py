# SPDX-License-Identifier: MIT
"""Runs the cases that are folders of several programs or libraries, by their case.py or their script `run`."""
import importlib.util
import os
import shlex

import frame as f


def load(folder):
    spec = importlib.util.spec_from_file_location(f.name_of(folder), os.path.join(folder, "case.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cells(frame, dimension):
    for folder in f.folders_of(dimension):
        name = f.name_of(folder)
        if os.path.exists(os.path.join(folder, "case.py")):
            module = load(folder)
            for variant in getattr(module, "VARIANTS", ["g++"]):
                yield f.Cell(dimension, name, variant, lambda m=module, p=folder, v=variant: run(frame, m, p, v),
                             quick=variant in getattr(module, "QUICK", ()))
        elif os.path.exists(os.path.join(folder, "run")):
            for family in ("g++", "clang++"):
                yield f.Cell(dimension, name, family, lambda p=folder, n=family: run_script(frame, p, n))


def run(frame, module, folder, variant):
    work = frame.folder(f.name_of(folder), variant)
    return module.run(f.Case(frame, folder, work), variant)


def run_script(frame, folder, family):
    compiler = frame.compiler(family)
    environment = dict(compiler.environment(), CXX=compiler.command, CXXFLAGS=shlex.join(["-O1", *frame.flags()]),
                       LDLIBS=shlex.join(frame.libraries()))
    frame.run(["sh", os.path.join(folder, "run")], cwd=frame.folder(f.name_of(folder), family), environment=environment)


def parts_of(dimension):
    """The texts of all cases of a dimension: a program that one names is no cell of its own."""
    texts = []
    for folder in f.folders_of(dimension):
        for name in ("case.py", "run"):
            path = os.path.join(folder, name)
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    texts.append(file.read())
    return "\n".join(texts)
