# SPDX-License-Identifier: MIT
"""The dimension flags: programs about flags, macros, names or errors, with every compiler, in the builds of their heads."""
import os
import shlex

import cases
import frame as f


def cells(frame, dimension="flags"):
    parts = cases.parts_of(dimension)
    for source in f.sources_of(dimension):
        if os.path.basename(source) in parts:
            continue
        head = f.read_head(source)
        for flags in head.builds:
            for name in frame.compiler_names():
                if any(name.startswith(family) for family in head.compilers):
                    yield f.Cell(dimension, " ".join([f.name_of(source), shlex.join(flags)]).strip(), name,
                                 lambda s=source, h=head, w=flags, n=name: run(frame, dimension, s, h, w, n))


def run(frame, dimension, source, head, flags, name):
    compiler = frame.compiler(name)
    folder = frame.folder(dimension, " ".join([f.name_of(source), *flags, name]))
    frame.build_and_run(source, head, compiler, flags, folder)
