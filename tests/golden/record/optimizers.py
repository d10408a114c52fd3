#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records reference values from PyTorch into headers of ../answers.

  python3 tests/golden/record/optimizers.py        (needs torch; overwrites optimizers.hpp and training.hpp)
"""
import pathlib
import unittest.mock

import torch

HERE = pathlib.Path(__file__).parents[1] / "answers"
STEPS = 10

# Minimise the sum of weight·(p − target)²; the tests set the gradient 2·weight·(p − target) themselves.
START = [1.0, -2.0, 0.5, 3.0, -0.25]
TARGET = [0.0, 1.0, 0.5, -1.0, 2.0]
WEIGHT = [1.0, 0.5, 2.0, 0.25, 1.5]

# name: (optimizer, one dict of options for each group)
RUNS = {
    "sgd": ("SGD", [dict(lr=0.1)]),
    "sgd_momentum": ("SGD", [dict(lr=0.05, momentum=0.9)]),
    "sgd_dampening": ("SGD", [dict(lr=0.05, momentum=0.9, dampening=0.3)]),
    "sgd_nesterov": ("SGD", [dict(lr=0.05, momentum=0.9, nesterov=True)]),
    "sgd_weight_decay": ("SGD", [dict(lr=0.05, momentum=0.9, weight_decay=0.1)]),
    "sgd_maximize": ("SGD", [dict(lr=0.01, momentum=0.5, weight_decay=0.1, maximize=True)]),
    "sgd_groups": ("SGD", [dict(lr=0.1), dict(lr=0.02, momentum=0.8, nesterov=True)]),
    "adam": ("Adam", [dict(lr=0.1)]),
    "adam_weight_decay": ("Adam", [dict(lr=0.1, weight_decay=0.2)]),
    "adam_amsgrad": ("Adam", [dict(lr=0.3, betas=(0.8, 0.7), amsgrad=True)]),
    "adam_betas": ("Adam", [dict(lr=0.05, betas=(0.5, 0.9), eps=1e-3)]),
    "adam_maximize": ("Adam", [dict(lr=0.05, weight_decay=0.1, maximize=True)]),
    "adam_groups": ("Adam", [dict(lr=0.1), dict(lr=0.3, weight_decay=0.1)]),
    "adamw": ("AdamW", [dict(lr=0.1)]),
    "adamw_weight_decay": ("AdamW", [dict(lr=0.1, weight_decay=0.5, betas=(0.8, 0.99))]),
    "adamw_amsgrad": ("AdamW", [dict(lr=0.3, betas=(0.8, 0.7), amsgrad=True, maximize=True)]),
    "rmsprop": ("RMSprop", [dict(lr=0.05)]),
    "rmsprop_momentum": ("RMSprop", [dict(lr=0.02, alpha=0.9, momentum=0.8, weight_decay=0.1)]),
    "rmsprop_centered": ("RMSprop", [dict(lr=0.02, alpha=0.7, eps=1e-3, centered=True)]),
    "rmsprop_all": ("RMSprop", [dict(lr=0.01, alpha=0.7, eps=1e-3, momentum=0.5, centered=True, maximize=True)]),
    "rmsprop_groups": ("RMSprop", [dict(lr=0.05), dict(lr=0.01, momentum=0.9, centered=True)]),
    "adagrad": ("Adagrad", [dict(lr=0.3)]),
    "adagrad_decay": ("Adagrad", [dict(lr=0.5, lr_decay=0.1, weight_decay=0.2, initial_accumulator_value=0.7)]),
    "adagrad_maximize": ("Adagrad", [dict(lr=0.1, eps=1e-2, maximize=True)]),
    "adadelta": ("Adadelta", [dict()]),
    "adadelta_options": ("Adadelta", [dict(lr=2.0, rho=0.7, eps=1e-2, weight_decay=0.1)]),
    "adadelta_maximize": ("Adadelta", [dict(eps=1e-3, maximize=True)]),
    "adamax": ("Adamax", [dict(lr=0.1)]),
    "adamax_options": ("Adamax", [dict(lr=0.1, betas=(0.5, 0.7), eps=1e-2, weight_decay=0.1)]),
    "adamax_maximize": ("Adamax", [dict(lr=0.05, maximize=True)]),
    "nadam": ("NAdam", [dict(lr=0.1)]),
    "nadam_options": ("NAdam", [dict(lr=0.1, betas=(0.8, 0.9), weight_decay=0.1, momentum_decay=0.1)]),
    "nadam_decoupled": ("NAdam", [dict(lr=0.1, eps=1e-2, weight_decay=0.3, decoupled_weight_decay=True)]),
    "nadam_maximize": ("NAdam", [dict(lr=0.05, maximize=True)]),
    "radam": ("RAdam", [dict(lr=0.1)]),
    "radam_options": ("RAdam", [dict(lr=0.05, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1)]),
    "radam_decoupled": ("RAdam", [dict(lr=0.05, weight_decay=0.3, decoupled_weight_decay=True)]),
    "radam_unrectified": ("RAdam", [dict(lr=0.05, betas=(0.9, 0.5), maximize=True)]),
    "adafactor_vector": ("Adafactor", [dict(lr=0.1)]),
}

# The same problem for matrices, with other numbers, taken as START_12.reshape(shape).
START_12 = [1.0, -2.0, 0.5, 3.0, -0.25, 0.75, -1.5, 2.0, 0.25, -0.5, 1.25, -3.0]
TARGET_12 = [0.0, 1.0, 0.5, -1.0, 2.0, 1.5, 0.0, -0.5, 1.0, 0.25, -2.0, 0.5]
WEIGHT_12 = [1.0, 0.5, 2.0, 0.25, 1.5, 0.75, 1.25, 0.5, 1.0, 3.0, 0.5, 1.0]

# name: (optimizer, shape, options)
MATRIX_RUNS = {
    "muon_wide": ("Muon", (3, 4), dict(lr=0.1)),
    "muon_tall": ("Muon", (4, 3), dict(lr=0.1, weight_decay=0, momentum=0.8, nesterov=False)),
    "muon_match": ("Muon", (6, 2), dict(lr=0.1, adjust_lr_fn="match_rms_adamw", ns_steps=3)),
    "muon_spectral": ("Muon", (3, 4), dict(lr=0.1, adjust_lr_fn="spectral_unclamped",
                                           ns_coefficients=(2.0, -1.5, 0.5), eps=1e-3)),
    "adafactor_matrix": ("Adafactor", (3, 4), dict(lr=0.1)),
    "adafactor_options": ("Adafactor", (4, 3), dict(lr=0.3, beta2_decay=-0.5, eps=(0.1, 0.2), d=1.5,
                                                    weight_decay=0.1, maximize=True)),
    "adafactor_axes": ("Adafactor", (2, 2, 3), dict(lr=0.1)),
}


def trajectory(optimizer, groups, dtype):
    """The parameters after each step: STEPS lists with one problem (five numbers) for each group."""
    target = torch.tensor(TARGET, dtype=dtype)
    weight = torch.tensor(WEIGHT, dtype=dtype)
    params = [torch.tensor(START, dtype=dtype, requires_grad=True) for _ in groups]
    make = getattr(torch.optim, optimizer)
    if len(groups) == 1:  # as arguments: Adagrad overlooks initial_accumulator_value in a group
        opt = make(params, **groups[0])
    else:
        opt = make([dict(params=[p], **options) for p, options in zip(params, groups)])
    values = []
    for _ in range(STEPS):
        for p in params:
            p.grad = (2 * weight * (p - target)).detach()
        opt.step()
        values.append([x for p in params for x in p.tolist()])
    return values


def matrix_trajectory(optimizer, shape, options, dtype):
    """The same for one matrix of twelve numbers."""
    start, target, weight = (torch.tensor(x, dtype=dtype).reshape(shape)
                             for x in (START_12, TARGET_12, WEIGHT_12))
    p = start.clone().requires_grad_()
    opt = getattr(torch.optim, optimizer)([p], **options)
    values = []
    # PyTorch's Muon iterates in bfloat16; recorded is the same code in the parameter's dtype.
    with unittest.mock.patch.object(torch, "bfloat16", dtype):
        for _ in range(STEPS):
            p.grad = (2 * weight * (p - target)).detach()
            opt.step()
            values.append(p.flatten().tolist())
    return values


def clip_runs():
    """The gradients START and TARGET as two parameters, clipped together."""
    parts = ["\n// clip_grad_norm_: the norm, then both gradients.\n"]
    for name, max_norm, norm_type in [("norm_2", 2.5, 2.0), ("norm_1", 3.0, 1.0), ("norm_3", 1.5, 3.0),
                                      ("norm_half", 50.0, 0.5), ("norm_inf", 1.25, float("inf")),
                                      ("norm_within", 100.0, 2.0)]:
        for dtype in (torch.float64, torch.float32):
            params = [torch.zeros(5, dtype=dtype, requires_grad=True) for _ in range(2)]
            for p, grad in zip(params, (START, TARGET)):
                p.grad = torch.tensor(grad, dtype=dtype)
            total = torch.nn.utils.clip_grad_norm_(params, max_norm, norm_type)
            parts.append(line(f"clip_{name}_{str(dtype)[6:]}",
                              [total.item()] + [x for p in params for x in p.grad.tolist()]))
    return parts


def number(x):
    return repr(float(x))


def row(values):
    return "{" + ", ".join(number(x) for x in values) + "}"


def table(name, rows):
    return f"inline constexpr double {name}[][{len(rows[0])}] = {{\n    " + ",\n    ".join(row(r) for r in rows) + "};\n"


def line(name, values):
    return f"inline constexpr double {name}[] = {row(values)};\n"


def write(file, what, namespace, body):
    head = (f"// SPDX-License-Identifier: MIT\n// {what}\n"
            f"// Recorded by record/optimizers.py with PyTorch {torch.__version__}; do not edit.\n#pragma once\n\n"
            "// clang-format off\n")
    (HERE / file).write_text(head + f"namespace golden::{namespace} {{\n\n{body}\n}}  // namespace golden::{namespace}\n")


def optimizers():
    parts = [f"inline constexpr int kSteps = {STEPS};\n", line("start", START), line("target", TARGET),
             line("weight", WEIGHT)]
    for name, (optimizer, groups) in RUNS.items():
        options = ", ".join(str(g) for g in groups)
        parts.append(f"\n// torch.optim.{optimizer} {options}\n")
        for dtype in (torch.float64, torch.float32):
            torch.set_default_dtype(dtype)  # of NAdam's running product
            parts.append(table(f"{name}_{str(dtype)[6:]}", trajectory(optimizer, groups, dtype)))
    parts.append("\n")
    parts += [line("start_12", START_12), line("target_12", TARGET_12), line("weight_12", WEIGHT_12)]
    for name, (optimizer, shape, options) in MATRIX_RUNS.items():
        parts.append(f"\n// torch.optim.{optimizer} {options}, shape {shape}\n")
        for dtype in (torch.float64, torch.float32):
            parts.append(table(f"{name}_{str(dtype)[6:]}", matrix_trajectory(optimizer, shape, options, dtype)))
    parts += clip_runs()
    torch.set_default_dtype(torch.float32)
    write("optimizers.hpp", "Ten steps of each optimizer: a row is the parameters of all groups after a step.",
          "optimizers", "".join(parts))


def training():
    """An MLP 5-4-4-3, 20 steps of SGD with momentum on one batch of 6."""
    torch.manual_seed(7)
    dims = [5, 4, 4, 3]
    layers = []
    for i, (a, b) in enumerate(zip(dims, dims[1:])):
        layers += ([torch.nn.ReLU()] if i else []) + [torch.nn.Linear(a, b)]
    model = torch.nn.Sequential(*layers)
    x, labels = torch.randn(6, dims[0]), torch.tensor([0, 2, 1, 1, 0, 2])
    flat = lambda tensors: [v for t in tensors for v in t.flatten().tolist()]
    start = [p.detach().clone() for p in model.parameters()]
    parts = [line("x", flat([x])), line("labels", labels.tolist()),
             "// Weight and bias of each layer in order.\n", line("start", flat(start)),
             f"\nstruct Run {{\n  double logits[{len(x) * dims[-1]}];  // before the first step\n"
             f"  double grads[{len(flat(start))}];   // of the first step\n"
             f"  double losses[20];\n  double end[{len(flat(start))}];     // the parameters after the last step\n}};\n"]
    for dtype in (torch.float64, torch.float32):
        model.to(dtype)
        with torch.no_grad():
            for p, value in zip(model.parameters(), start):
                p.copy_(value)
        opt = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9)
        losses = []
        for step in range(20):
            opt.zero_grad()
            logits = model(x.to(dtype))
            loss = torch.nn.functional.cross_entropy(logits, labels)
            loss.backward()
            if step == 0:
                first = [flat([logits]), flat(p.grad for p in model.parameters())]
            opt.step()
            losses.append(loss.item())
        rows = first + [losses, flat(model.parameters())]
        parts.append(f"inline constexpr Run in_{str(dtype)[6:]} = {{\n    " +
                     ",\n    ".join(row(r) for r in rows) + "};\n")
    write("training.hpp", "An MLP 5-4-4-3 with relu and cross_entropy, 20 steps of SGD (lr 0.2, momentum 0.9) on one batch.",
          "training", "".join(parts))


if __name__ == "__main__":
    optimizers()
    training()
    print("recorded with PyTorch", torch.__version__)
