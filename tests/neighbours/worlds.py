# SPDX-License-Identifier: MIT
"""The dimension worlds: the installed xtensor, and one with the layout of 0.26 beside the installed one. A project finds
each of them in three ways."""
import os
import re
import shlex

import cases
import flags
import frame as f

CONSUMERS = os.path.join(f.SOURCE, "tests", "structure", "consumers")
WORLDS = ["xtensor installed", "xtensor in folders"]


def in_folders(frame):
    """The prefix of an xtensor in the newer layout, made of the installed one."""

    def make():
        script = os.path.join(CONSUMERS, "new_xtensor.cmake")
        if not os.path.exists(script):
            raise f.NotHere("no xtensor in folders, and nothing that makes one")
        work = frame.folder("worlds", "xtensor in folders")
        probe = os.path.join(work, "probe.cpp")
        with open(probe, "w", encoding="utf-8") as file:
            file.write("#include <xtensor/xadapt.hpp>\n")
        command = [frame.compiler("g++").command, f.STANDARD, *frame.flags(), "-M", probe]
        code, text = frame.try_run(command)
        found = re.search(r"(\S+)/xtensor/xadapt\.hpp", text)
        if code or not found:
            raise f.NotHere("the installed xtensor is not one of the older layout")
        prefix = os.path.join(work, "prefix")
        frame.run(["cmake", f"-DFROM={os.path.normpath(found[1])}", f"-DPREFIX={prefix}", "-P", script])
        return prefix

    return frame.once("xtensor in folders", make)


def prefixes(frame, world):
    """The library installed in that world, and what else belongs to it, for CMAKE_PREFIX_PATH."""
    if world == WORLDS[0]:
        return [frame.prefix()]
    other = in_folders(frame)
    return [frame.install("installed in folders", [f"-DCMAKE_PREFIX_PATH={other}"]), other]


def build(frame, source, name, world, prefix_path, arguments=()):
    """A project configured and built in that world; its folder."""
    work = frame.folder("worlds", f"{name} {world}")
    frame.run(["cmake", "-S", source, "-B", work, f"-DCMAKE_PREFIX_PATH={';'.join(prefix_path)}",
               "-DCMAKE_BUILD_TYPE=Release", *arguments])
    code, output = frame.try_run(["cmake", "--build", work])
    if code:
        raise f.Failed(f"does not compile\n{f.errors_of(output)}")
    return work


def find_package(frame, world):
    work = build(frame, os.path.join(CONSUMERS, "package"), "find_package", world, prefixes(frame, world))
    frame.run([os.path.join(work, "consumer")])


def add_subdirectory(frame, world):
    chosen = prefixes(frame, world)[1:]
    work = build(frame, os.path.join(CONSUMERS, "subdirectory"), "add_subdirectory", world, chosen,
                 [f"-DTINYGRAD_SOURCE_DIR={f.SOURCE}"])
    frame.run([os.path.join(work, "consumer")])


def pkg_config(frame, world):
    work = frame.folder("worlds", f"pkg-config {world}")
    file = frame.find(prefixes(frame, world)[0], "**/tinygrad.pc")
    words = shlex.split(frame.run(["pkg-config", "--cflags", "--libs", file]))
    program = os.path.join(work, "program")
    command = [frame.compiler("g++").command, f.STANDARD, os.path.join(CONSUMERS, "main.cpp"), *words, "-o", program]
    code, output = frame.try_run(command)
    if code:
        raise f.Failed(f"does not compile\n{f.errors_of(output)}\n{shlex.join(command)}")
    frame.run([program])


def project(frame, folder, world):
    work = build(frame, folder, f.name_of(folder), world, prefixes(frame, world))
    frame.run([os.path.join(work, "world")], cwd=work)


def cells(frame):
    for world in WORLDS:
        for name, way in (("find_package", find_package), ("add_subdirectory", add_subdirectory), ("pkg-config", pkg_config)):
            yield f.Cell("worlds", name, world, lambda w=way, x=world: w(frame, x))
        for folder in f.folders_of("worlds"):
            if os.path.exists(os.path.join(folder, "CMakeLists.txt")):
                yield f.Cell("worlds", f.name_of(folder), world, lambda p=folder, x=world: project(frame, p, x))
    yield from flags.cells(frame, "worlds")
    yield from cases.cells(frame, "worlds")
