# SPDX-License-Identifier: MIT
"""The dimension process: plugins opened and closed, forks under load, two versions in one process."""
import cases
import flags


def cells(frame):
    yield from flags.cells(frame, "process")
    yield from cases.cells(frame, "process")
