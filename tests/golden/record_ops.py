#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Puts the problems of the op-case table to PyTorch and records its answers, all in float64.

  cmake --build build/release --target dump_ops && build/release/tests/dump_ops problems.safetensors
  python3 tests/golden/record_ops.py problems.safetensors tests/golden/ops.safetensors

Needs torch and safetensors. For each problem: y, the value; g0, g1, ..., the gradients of <v, y>; h0, h1,
..., the gradients of the sum of <w_k, g_k>. A gradient that PyTorch reports as None is left out. Where PyTorch
has no second derivative, an empty "once" stands for it.
"""
import collections
import math
import sys

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from safetensors import safe_open
from safetensors.torch import save_file


def answer(expression, tensors):
    """y, g and h of one problem, by name."""
    inputs = [tensors[f"x{i}"].clone() for i in range(sum(n[0] == "x" for n in tensors))]
    for x in inputs:
        x.requires_grad_(x.is_floating_point())
    y = eval(expression, {"torch": torch, "F": F, "math": math, "nn": torch.nn,
                          **{f"x{i}": x for i, x in enumerate(inputs)}})
    out = {"y": y}
    if y.requires_grad and "v" in tensors:
        wanted = [i for i, x in enumerate(inputs) if x.requires_grad]
        leaves = [inputs[i] for i in wanted]
        twice = any(f"w{i}" in tensors for i in wanted)
        g = torch.autograd.grad(y, leaves, tensors["v"].to(y.dtype), create_graph=twice, allow_unused=True)
        out.update({f"g{i}": gi for i, gi in zip(wanted, g) if gi is not None})
        pairs = [(gi, tensors[f"w{i}"]) for i, gi in zip(wanted, g)
                 if gi is not None and gi.requires_grad and f"w{i}" in tensors]
        if pairs:
            try:
                h = torch.autograd.grad([a for a, _ in pairs], leaves, [b for _, b in pairs], allow_unused=True)
                out.update({f"h{i}": hi for i, hi in zip(wanted, h) if hi is not None})
            except RuntimeError as e:
                if "is not implemented" not in str(e):
                    raise
                out["once"] = torch.empty(0)
    return {name: t.detach().contiguous().clone() for name, t in out.items()}


def main():
    problems, target = sys.argv[1:3]
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    recorded, faults = {}, 0
    with safe_open(problems, "pt") as f:
        expressions = f.metadata()
        tensors = collections.defaultdict(dict)
        for name in f.keys():
            key, _, part = name.rpartition("/")
            tensors[key][part] = f.get_tensor(name)
    for key, expression in sorted(expressions.items()):
        try:
            with sdpa_kernel(SDPBackend.MATH):  # the one that can be differentiated twice
                for part, t in answer(expression, tensors[key]).items():
                    recorded[f"{key}/{part}"] = t
        except Exception as e:
            faults += 1
            print(f"{key}: {expression}: {type(e).__name__}: {str(e).splitlines()[0]}", file=sys.stderr)
    save_file(recorded, target, {"torch": torch.__version__, **expressions})
    print(f"{len(expressions)} problems, {len(recorded)} tensors, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
