#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the PyTorch column of docs/pytorch.md: each row's code, with the page's Python variables made anew.

    python tests/structure/pages/check_pytorch_table.py

Needs torch, numpy and safetensors. The other column is compiled and run by the tests.
"""

import os
import pathlib
import re
import sys
import tempfile

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs/pytorch.md"


def rows(text):
    """(line number, statements) of each row of each table."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("| ") and not line.startswith("| PyTorch |"):
            left = re.split(r"(?<!\\)\|", line)[1].replace("\\|", "|")
            yield number, re.findall(r"`([^`]*)`", left)


def main():
    text = PAGE.read_text(encoding="utf-8")
    preamble = re.search(r"```python\n(.*?)```", text, re.DOTALL).group(1)
    checked, failed = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # rows write files
        for number, statements in rows(text):
            scope = {}
            checked += 1
            try:
                exec(preamble, scope)
                sys.stdout = open(os.devnull, "w", encoding="utf-8")
                for statement in statements:
                    exec(statement, scope)
                problem = None if statements else "no code"
            except Exception as error:  # whatever a row may do wrong
                problem = f"{type(error).__name__}: {error}"
            finally:
                sys.stdout = sys.__stdout__
            if problem:
                failed += 1
                print(f"docs/pytorch.md:{number}: {statements}: {problem}")
    print(f"{checked} rows, {failed} failed")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
