# SPDX-License-Identifier: MIT
"""The dimension compilers: builds typical programs with every compiler in every configuration. They include the library
as users do, by -I, with warnings as errors."""
import frame as f

CONFIGURATIONS = {
    "Debug": ["-O0", "-g"],
    "plain": ["-O2"],
    "Release": ["-O3", "-DNDEBUG"],
    "native": ["-O3", "-DNDEBUG", "-march=native"],
    "AVX2": ["-O2", "-mavx2", "-mfma"],
    "fast-math": ["-O2", "-ffast-math"],
    "fast-math with NaN": ["-O2", "-ffast-math", "-fno-finite-math-only"],
    "fast-math, native": ["-O3", "-ffast-math", "-march=native"],
    "no-rtti": ["-O0", "-fno-rtti"],
    "LTO": ["-O2", "-flto"],
    "glibcxx-debug": ["-O0", "-D_GLIBCXX_DEBUG"],
    "sanitized": ["-O1", "-g1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    "C++23": ["-O0", "-std=c++2b"],
    # Without what pkg-config defines, as with a plain -I include.
    "more warnings": ["-O2", "-Wundef", "-Wold-style-cast", "-Wnull-dereference", "-UTINYGRAD_HAS_PNG", "-UTINYGRAD_HAS_JPEG"],
}
MAY_REFUSE = ("fast-math", "fast-math with NaN", "fast-math, native")  # right values, or one clear sentence
QUICK = ("plain",)


def run(frame, source, name, configuration):
    compiler = frame.compiler(name)
    folder = frame.folder("compilers", f"{f.name_of(source)} {name} {configuration}")
    head = f.read_head(source)
    head.may_refuse = configuration in MAY_REFUSE
    frame.build_and_run(source, head, compiler, CONFIGURATIONS[configuration], folder)


def cells(frame):
    names = frame.compiler_names()
    for source in f.sources_of("compilers"):
        for configuration in CONFIGURATIONS:
            for name in names:
                yield f.Cell("compilers", f"{f.name_of(source)[10:]}, {configuration}", name,
                             lambda s=source, n=name, c=configuration: run(frame, s, n, c),
                             quick=configuration in QUICK and name == names[0])
