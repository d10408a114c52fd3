# SPDX-License-Identifier: MIT
"""The dimension blas: runs the programs on every BLAS of Debian, on 1, 2 and 4 threads. The bits must be the same."""
import os

import frame as f

# Row: packages, the name of the interface the program is linked with, and where the libraries lie.
BUILDS = {
    "OpenBLAS serial": (["libopenblas0-serial"], "openblas", ["openblas-serial"]),
    "OpenBLAS pthread": (["libopenblas0-pthread"], "openblas", ["openblas-pthread"]),
    "OpenBLAS openmp": (["libopenblas0-openmp"], "openblas", ["openblas-openmp"]),
    "reference": (["libblas3", "liblapack3"], "blas", ["blas", "lapack"]),
    "BLIS serial": (["libblis4-serial", "liblapack3"], "blas", ["blis-serial", "lapack"]),
    "BLIS pthread": (["libblis4-pthread", "liblapack3"], "blas", ["blis-pthread", "lapack"]),
    "BLIS openmp": (["libblis4-openmp", "liblapack3"], "blas", ["blis-openmp", "lapack"]),
    # The same builds under their own name, by which they can be told how many threads to take.
    "libblis pthread": (["libblis4-pthread", "liblapack3"], "blis", ["blis-pthread", "lapack"]),
    "libblis openmp": (["libblis4-openmp", "liblapack3"], "blis", ["blis-openmp", "lapack"]),
    # What the alternatives of libblas.so.3 are on a machine with OpenBLAS.
    "libblas of OpenBLAS serial": (["libopenblas0-serial"], "blas", ["openblas-serial"]),
    "libblas of OpenBLAS openmp": (["libopenblas0-openmp"], "blas", ["openblas-openmp"]),
}
WIDE = {
    "OpenBLAS serial, 64-bit integers": (["libopenblas64-0-serial"], "libopenblas64.so.0"),
    "OpenBLAS pthread, 64-bit integers": (["libopenblas64-0-pthread"], "libopenblas64.so.0"),
}
# Without it the decompositions of liblapack take as many threads as OMP_NUM_THREADS says, which spin for each other,
# and this build offers no function that could stop it (docs/design.md, Threads).
ENVIRONMENT = {"BLIS pthread": {"BLIS_NUM_THREADS": "1"}}
REFUSAL = "64-bit integers"  # part of the sentence with which the library refuses such a build
THREADS = ["1", "2", "4"]
FLAGS = ["-O1", "-march=native"]
TIMEOUT = 120  # of a program that takes a few seconds


def without_blas(libraries):
    return [word for word in libraries if "blas" not in os.path.basename(word)]


def link_libraries(frame, interface):
    """What the program is linked with, once for each interface; the run chooses the build behind its soname."""
    if interface == "openblas":
        root = frame.unpacked("libopenblas0-pthread", ["libopenblas0-pthread"])
        names = [frame.find(root, "usr/lib/*/openblas-pthread/libopenblas.so.0")]
    elif interface == "blis":
        root = frame.unpacked("libblis4-pthread", ["libblis4-pthread", "liblapack3"])
        folder = frame.find(root, "usr/lib/*/blis-pthread")
        names = [os.path.join(folder, "libblis.so.4"), frame.find(root, "usr/lib/*/lapack/liblapack.so.3"),
                 os.path.join(folder, "libblas.so.3")]
    else:
        root = frame.unpacked("libblas3", ["libblas3", "liblapack3"])
        names = [frame.find(root, "usr/lib/*/lapack/liblapack.so.3"), frame.find(root, "usr/lib/*/blas/libblas.so.3")]
    return names + without_blas(frame.libraries())


def program(frame, source, interface):
    def build():
        folder = frame.folder("blas", f"{f.name_of(source)}_{interface}")
        flags = f.read_head(source).builds[0] or FLAGS
        return frame.build(frame.compiler("g++"), [source], os.path.join(folder, "program"), flags,
                           link_libraries(frame, interface))

    return frame.once(("blas", source, interface), build)


def bits(output):
    return sorted(line for line in output.splitlines() if line.startswith("bits "))


def run_on(frame, source, name):
    """The program on this build with every number of threads; all must be right, and agree in every bit."""
    packages, interface, folders = BUILDS[name]
    root = frame.unpacked(packages[0], packages)
    path = os.pathsep.join(frame.find(root, f"usr/lib/*/{folder}") for folder in folders)
    command, cwd = program(frame, source, interface), frame.folder("blas", f"{f.name_of(source)} {name}")
    runs = [([command, threads], {}, f"{threads} threads") for threads in THREADS]
    runs.append(([command], {"OMP_NUM_THREADS": "4"}, "OMP_NUM_THREADS=4"))
    faults, seen = [], {}
    for words, environment, title in runs:
        try:
            seen[title] = bits(frame.run(words, cwd=cwd, environment={**environment, **ENVIRONMENT.get(name, {}), "LD_LIBRARY_PATH": path},
                                          timeout=TIMEOUT))
        except f.Failed as fault:
            faults.append(f"{title}: {fault}")
    other = [title for title in seen if seen[title] != next(iter(seen.values()))]
    if other:
        faults.append(f"other bits with {', '.join(other)} than with {next(iter(seen))}")
    if faults:
        raise f.Failed("\n".join(faults))


def refuse(frame, source, name):
    """A build whose integers have 64 bits: the program must end with an error that says so."""
    packages, library = WIDE[name]
    root = frame.unpacked(packages[0], packages)
    path = frame.find(root, f"usr/lib/*/*/{library}")
    folder = frame.folder("blas", f"{f.name_of(source)} {name}")
    command = frame.build(frame.compiler("g++"), [source], os.path.join(folder, "program"), ["-O0"],
                          [path, *without_blas(frame.libraries())])
    code, output = frame.try_run([command, "1"], cwd=folder, environment={"LD_LIBRARY_PATH": os.path.dirname(path)})
    if code != 1 or REFUSAL not in output:
        raise f.Failed(f'exit code {code} instead of 1 and "{REFUSAL}"\n{f.last_lines(output, 4)}')


def installed(frame, source):
    """The program as pkg-config links it, with whatever this machine has installed."""
    folder = frame.folder("blas", f"{f.name_of(source)} installed")
    flags = f.read_head(source).builds[0] or FLAGS
    command = frame.build(frame.compiler("g++"), [source], os.path.join(folder, "program"), flags)
    hashes = [bits(frame.run([command, threads], cwd=folder)) for threads in THREADS]
    if hashes.count(hashes[0]) != len(hashes):
        raise f.Failed("other bits with another number of threads")


def cells(frame):
    for source in f.sources_of("blas"):
        column = f.name_of(source)
        first = column == "blas_products"
        for name in BUILDS:
            yield f.Cell("blas", name, column, lambda s=source, n=name: run_on(frame, s, n), quick=first)
        yield f.Cell("blas", "installed", column, lambda s=source: installed(frame, s), quick=first)
        if first:
            for name in WIDE:
                yield f.Cell("blas", name, column, lambda s=source, n=name: refuse(frame, s, n))
