# SPDX-License-Identifier: MIT
"""What ops.py and layers.py share: reading problems, differentiating, writing answers.

For each problem these are recorded: y, the value; g0, g1, ..., the gradients of <v, y>; h0, h1, ..., the gradients of
the sum of <w_k, g_k>. A gradient that PyTorch reports as None is left out. If PyTorch has no second gradient, its
error message is recorded instead, in the file's metadata under the problem's key and "/h".
"""
import collections
import json
import pathlib
import sys
import warnings

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch.nn.attention import SDPBackend, sdpa_kernel


def inputs_of(tensors):
    """x0, x1, ... of a problem, by name; the floating ones require gradients."""
    inputs = {f"x{i}": tensors[f"x{i}"].clone() for i in range(sum(n[0] == "x" for n in tensors))}
    for x in inputs.values():
        x.requires_grad_(x.is_floating_point())
    return inputs


def answer(y, numbered, tensors):
    """y, g and h by name, or text under "h", where `numbered` are the tensors that gradients are numbered by."""
    out = {"y": y}
    if y.requires_grad and "v" in tensors:
        wanted = [i for i, x in enumerate(numbered) if x.requires_grad]
        leaves = [numbered[i] for i in wanted]
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
                out["h"] = str(e).splitlines()[0]
    return out


def save(tensors, target, metadata):
    """A safetensors file with its metadata in alphabetical order: the same answers give the same bytes."""
    save_file(tensors, target, metadata)
    data = pathlib.Path(target).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(target).write_bytes(len(text).to_bytes(8, "little") + text + data[8 + size:])


def record(solve, problems, target):
    """Writes solve(expression, tensors) of all problems in a file to `target`; what was recorded, and how many failed."""
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    recorded, missing, faults = {}, {}, 0
    with safe_open(problems, "pt") as f:
        expressions = f.metadata()
        tensors = collections.defaultdict(dict)
        for name in f.keys():
            key, _, part = name.rpartition("/")
            tensors[key][part] = f.get_tensor(name)
    for key, expression in sorted(expressions.items()):
        try:
            with sdpa_kernel(SDPBackend.MATH):  # the one kind of attention with second gradients
                answers = solve(expression, tensors[key])
            for part, value in answers.items():
                if isinstance(value, str):
                    missing[f"{key}/{part}"] = value
                else:
                    recorded[f"{key}/{part}"] = value.detach().contiguous().clone()
        except Exception as e:
            faults += 1
            print(f"{key}: {expression}: {type(e).__name__}: {str(e).splitlines()[0]}", file=sys.stderr)
    save(recorded, target, {"torch": torch.__version__, **expressions, **missing})
    text = f"{len(expressions)} problems, {len(recorded)} tensors, {len(missing)} without second gradients, {faults} faults"
    return text, faults
