#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Puts the problems of the layer-case table to PyTorch and records its answers, all in float64.

  cmake --build build/release --target dump_layers && build/release/tests/dump_layers problems.safetensors
  python3 tests/golden/record_layers.py problems.safetensors tests/golden/layers.safetensors

Needs torch and safetensors. What is recorded is said in recording.py; gradients are numbered by the inputs and
then by the layer's parameters in the order of their names.
"""
import math
import sys

import torch
import torch.nn.functional as F

from recording import answer, inputs_of, record


def solve(expression, tensors):
    """`expression` is "what makes the layer; its call": the layer m loads our state in between."""
    scope = {"torch": torch, "F": F, "math": math, "nn": torch.nn, **inputs_of(tensors)}
    make, _, call = expression.partition("; ")
    m = scope["m"] = eval(make, scope).eval()
    state = {n.removeprefix("state."): t for n, t in tensors.items() if n.startswith("state.")}
    m.load_state_dict(state, strict=True)
    inputs = [x for name, x in scope.items() if name[0] == "x"]
    parameters = [p for _, p in sorted(m.named_parameters())]
    return answer(eval(call, scope), inputs + parameters, tensors)


if __name__ == "__main__":
    sys.exit(record(solve))
