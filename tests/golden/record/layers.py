# SPDX-License-Identifier: MIT
"""Answers to the problems of the layer-case table: PyTorch's layer of each row, all in float64.

Gradients are numbered by the inputs and then by the layer's parameters in the order of their names.
"""
import math

import torch
import torch.nn.functional as F

from recording import answer, inputs_of


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
