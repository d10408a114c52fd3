#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Puts the problems of the op-case table to PyTorch and records its answers, all in float64.

  cmake --build build/release --target dump_ops && build/release/tests/dump_ops problems.safetensors
  python3 tests/golden/record_ops.py problems.safetensors tests/golden/ops.safetensors

Needs torch and safetensors. What is recorded is said in recording.py.
"""
import math
import sys

import torch
import torch.nn.functional as F

from recording import answer, inputs_of, record


def solve(expression, tensors):
    inputs = inputs_of(tensors)
    y = eval(expression, {"torch": torch, "F": F, "math": math, "nn": torch.nn, **inputs})
    return answer(y, list(inputs.values()), tensors)


if __name__ == "__main__":
    sys.exit(record(solve))
