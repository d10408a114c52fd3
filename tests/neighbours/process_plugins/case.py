# SPDX-License-Identifier: MIT
"""Opens and closes plugins that use the library a hundred times: alone, in global scope, two at once, and closed by the
end of the process."""
import os
import shutil

VARIANTS = ["g++", "g++ -fno-gnu-unique", "clang++"]


def run(case, variant):
    name, *flags = variant.split()
    compiler = case.compiler(name)
    host = case.build(compiler, ["../process_host.cpp"], "host", ["-O1"])
    shared = ["-O1", "-march=native", "-fPIC", "-shared", *flags]
    plugin = case.build(compiler, ["../process_plugin.cpp"], "plugin.so", shared)
    plugins = [plugin, shutil.copy(plugin, os.path.join(case.work, "other.so"))]
    for words in ([], ["--global"], ["--leave-open", "--rounds", "5"]):
        case.run([host, *words, plugins[0]], timeout=300)
        case.run([host, *words, *plugins], timeout=300)
