# SPDX-License-Identifier: MIT
"""Answers to the problems with special values, in the dtype of each.

The answers of a row in one dtype are one vector. For each problem it holds the number of elements of the value, the
elements, then the same for the gradient of <v, value> by each floating input; cotangent() makes v. If the number is -1,
no elements follow: PyTorch refuses the value, or has no such gradient.
"""
import collections
import math
import sys
import warnings

import torch
import torch.nn.functional as F
from safetensors import safe_open
from torch.nn.attention import SDPBackend, sdpa_kernel

from recording import inputs_of, save


def cotangent(y):
    """-0.75, -0.25, 0.25, 0.75, 1.25, and so on: none is zero, all are exact in both dtypes."""
    return ((torch.arange(y.numel()) % 5).to(y.dtype) * 0.5 - 0.75).reshape(y.shape)


def numbers(t):
    return [-1.0] if t is None else [float(t.numel())] + t.detach().to(torch.float64).flatten().tolist()


def answer(expression, tensors, differentiable):
    inputs = inputs_of(tensors)
    floating = [x for x in inputs.values() if x.is_floating_point()]
    try:
        with sdpa_kernel(SDPBackend.MATH):
            y = eval(expression, {"torch": torch, "F": F, "math": math, "nn": torch.nn, **inputs})
    except (RuntimeError, ValueError, IndexError) as error:
        return [-1.0], f"{type(error).__name__}: {error}".splitlines()[0]
    grads = [None] * len(floating)
    refused = None
    if differentiable and y.requires_grad:
        try:
            grads = torch.autograd.grad(y, floating, cotangent(y), allow_unused=True)
        except RuntimeError as error:
            refused = f"gradient: {error}".splitlines()[0]
    return sum(map(numbers, grads), numbers(y)), refused


def record(problems, target):
    """Writes the answers to all problems in a file to `target`; what was recorded, and that none failed."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    groups = collections.defaultdict(lambda: collections.defaultdict(dict))
    with safe_open(problems, "pt") as f:
        rows = f.metadata()
        for name in f.keys():
            group, number, part = name.rsplit("/", 2)
            groups[group][number][part] = f.get_tensor(name)
    recorded, count, refused = {}, 0, collections.defaultdict(int)
    for group, asked in sorted(groups.items()):
        floating = getattr(torch, group.rpartition("#")[2])
        torch.set_default_dtype(floating)
        answers = []
        for number in sorted(asked):
            values, error = answer(rows[group], asked[number], group + "/differentiable" in rows)
            answers += values
            count += 1
            if error:
                refused[f"{group}: {error}"] += 1
        recorded[group] = torch.tensor(answers, dtype=floating)
    for text, times in refused.items():
        print(f"{times} × {text}", file=sys.stderr)
    expressions = {k: v for k, v in rows.items() if "/differentiable" not in k}
    save(recorded, target, {"torch": torch.__version__, **expressions})
    return f"{len(recorded)} rows, {count} problems, {sum(refused.values())} refused", 0
