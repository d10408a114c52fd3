# SPDX-License-Identifier: MIT
"""Answers to the problems of the op-case table: PyTorch's expression of each row, all in float64."""
import math

import torch
import torch.nn.functional as F

from recording import answer, inputs_of


def solve(expression, tensors):
    inputs = inputs_of(tensors)
    y = eval(expression, {"torch": torch, "F": F, "math": math, "nn": torch.nn, **inputs})
    return answer(y, list(inputs.values()), tensors)
