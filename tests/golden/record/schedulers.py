#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records the learning rates of PyTorch's schedulers into schedulers.hpp.

  python3 tests/golden/record/schedulers.py        (needs torch)
"""
import math
import pathlib
import warnings

import torch
from torch.optim import lr_scheduler as s
from torch.optim.swa_utils import SWALR

warnings.simplefilter("ignore")  # the optimizer is not stepped
HERE = pathlib.Path(__file__).parents[1] / "answers"
EPOCHS = 30
LRS = [0.1, 0.02]  # of two groups

METRICS = [1.0, 0.9, 0.95, 0.9, 0.89995, 0.91, 0.92, 0.5, 0.5, 0.5, 0.5, 0.5, 0.6, math.nan, 0.4, 0.41, 0.42, 0.43,
           0.44, 0.45, 0.46, 0.47, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]


def warmup_cosine(o):
    return s.SequentialLR(o, [s.LinearLR(o, start_factor=0.1, total_iters=5), s.CosineAnnealingLR(o, 20)], [5])


def three_parts(o):
    return s.SequentialLR(o, [s.ConstantLR(o, factor=0.5, total_iters=3), s.ExponentialLR(o, 0.9), s.StepLR(o, 4, 0.5)],
                          [4, 15])


def after_each_other(o):
    return s.SequentialLR(o, [s.StepLR(o, 2, 0.5), s.MultiplicativeLR(o, lambda e: 0.9),
                              s.CosineAnnealingWarmRestarts(o, 4, 2), s.LambdaLR(o, lambda e: 1 / (1 + e))], [5, 9, 25])


def chained(o):
    return s.ChainedScheduler([s.ConstantLR(o, factor=0.1, total_iters=4), s.ExponentialLR(o, 0.95),
                               s.CosineAnnealingLR(o, 12, 0.001), s.MultiStepLR(o, [9, 9, 20], 0.7)])


# name: the scheduler of an optimizer
RUNS = {
    "step": lambda o: s.StepLR(o, 7, 0.3),
    "multi_step": lambda o: s.MultiStepLR(o, [4, 11, 11, 20], 0.5),
    "multi_step_zero": lambda o: s.MultiStepLR(o, [0, 3], 0.5),
    "exponential": lambda o: s.ExponentialLR(o, 0.9),
    "constant": lambda o: s.ConstantLR(o),
    "constant_options": lambda o: s.ConstantLR(o, 0.7, 11),
    "linear": lambda o: s.LinearLR(o),
    "linear_down": lambda o: s.LinearLR(o, 1.0, 0.25, 13),
    "polynomial": lambda o: s.PolynomialLR(o),
    "polynomial_square": lambda o: s.PolynomialLR(o, 20, 2.0),
    "cosine": lambda o: s.CosineAnnealingLR(o, 10),
    "cosine_minimum": lambda o: s.CosineAnnealingLR(o, 25, 0.005),
    "restarts": lambda o: s.CosineAnnealingWarmRestarts(o, 7),
    "restarts_double": lambda o: s.CosineAnnealingWarmRestarts(o, 3, 2, 0.001),
    "lambda": lambda o: s.LambdaLR(o, lambda e: 0.95**e),
    "lambda_groups": lambda o: s.LambdaLR(o, [lambda e: 1 / (1 + e), lambda e: 1 + 0.1 * e]),
    "multiplicative": lambda o: s.MultiplicativeLR(o, lambda e: 1 - 0.01 * e),
    "swa": lambda o: SWALR(o, swa_lr=[0.05, 0.03], anneal_epochs=8),
    "swa_linear": lambda o: SWALR(o, swa_lr=0.05, anneal_epochs=5, anneal_strategy="linear"),
    "swa_at_once": lambda o: SWALR(o, swa_lr=0.05, anneal_epochs=0),
    "cyclic": lambda o: s.CyclicLR(o, 0.01, 0.1, step_size_up=4),
    "cyclic_2": lambda o: s.CyclicLR(o, [0.01, 0.02], [0.1, 0.3], step_size_up=5, step_size_down=3, mode="triangular2",
                                     base_momentum=0.7, max_momentum=0.95),
    "cyclic_exp": lambda o: s.CyclicLR(o, 0.01, 0.1, step_size_up=4, mode="exp_range", gamma=0.97),
    "cyclic_function": lambda o: s.CyclicLR(o, 0.01, 0.1, step_size_up=3, scale_fn=lambda x: 1 / x),
    "one_cycle": lambda o: s.OneCycleLR(o, 0.1, total_steps=EPOCHS + 1),
    "one_cycle_linear": lambda o: s.OneCycleLR(o, [0.1, 0.5], epochs=4, steps_per_epoch=10, pct_start=0.4,
                                               anneal_strategy="linear", base_momentum=0.6, max_momentum=0.8,
                                               div_factor=10.0, final_div_factor=100.0),
    "one_cycle_phases": lambda o: s.OneCycleLR(o, 0.1, total_steps=EPOCHS + 1, three_phase=True),
    "one_cycle_all_down": lambda o: s.OneCycleLR(o, 0.1, total_steps=EPOCHS + 1, pct_start=0.0, cycle_momentum=False),
    "warmup_cosine": warmup_cosine,
    "three_parts": three_parts,
    "after_each_other": after_each_other,
    "chained": chained,
}

PLATEAU_RUNS = {
    "plateau": dict(patience=2),
    "plateau_cooldown": dict(patience=1, factor=0.5, cooldown=3, threshold=0.05),
    "plateau_abs": dict(patience=1, factor=0.5, threshold=0.15, threshold_mode="abs", min_lr=[0.01, 0.005]),
    "plateau_max": dict(mode="max", patience=3, factor=0.3, eps=1e-3),
    "plateau_max_abs": dict(mode="max", patience=0, factor=0.8, threshold=0.1, threshold_mode="abs", min_lr=0.01),
}


def optimizer(kind="SGD"):
    params = [torch.zeros(1, requires_grad=True) for _ in LRS]
    groups = [dict(params=[p], lr=lr) for p, lr in zip(params, LRS)]
    return torch.optim.SGD(groups, momentum=0.9) if kind == "SGD" else torch.optim.Adam(groups)


def rates(opt):
    return [group["lr"] for group in opt.param_groups]


def row(values):
    return "{" + ", ".join(repr(float(v)) for v in values) + "}"


def table(name, rows):
    return f"inline constexpr double {name}[][{len(rows[0])}] = {{\n    " + ",\n    ".join(map(row, rows)) + "};\n"


def main():
    parts = [f"inline constexpr int kEpochs = {EPOCHS};\n"]
    for name, make in RUNS.items():
        opt = optimizer()
        scheduler = make(opt)
        rows = []
        for epoch in range(EPOCHS + 1):
            if epoch:
                scheduler.step()
            assert scheduler.get_last_lr() == rates(opt)
            rows.append(rates(opt) + [group["momentum"] for group in opt.param_groups])
        parts.append("\n" + table(name, rows))
    opt = optimizer("Adam")
    scheduler = s.OneCycleLR(opt, 0.1, total_steps=EPOCHS + 1)
    rows = []
    for epoch in range(EPOCHS + 1):
        if epoch:
            scheduler.step()
        rows.append(rates(opt) + [group["betas"][0] for group in opt.param_groups])
    parts.append("\n// With Adam: the last two are betas[0].\n" + table("one_cycle_adam", rows))

    parts.append("\n// NaN is written as -1.\ninline constexpr double metrics[] = " +
                 row(-1 if math.isnan(m) else m for m in METRICS) + ";\n")
    for name, options in PLATEAU_RUNS.items():
        opt = optimizer()
        scheduler = s.ReduceLROnPlateau(opt, **options)
        rows = []
        for metric in METRICS:
            scheduler.step(metric)
            rows.append(rates(opt))
        parts.append("\n" + table(name, rows))
    head = ("// SPDX-License-Identifier: MIT\n"
            "// Rates and momenta of two groups in epochs 0, 1, …; for plateaus the rates after each metric.\n"
            f"// Recorded by record/schedulers.py with PyTorch {torch.__version__}; do not edit.\n"
            "#pragma once\n\n// clang-format off\nnamespace golden::schedulers {\n\n")
    (HERE / "schedulers.hpp").write_text(head + "".join(parts) + "\n}  // namespace golden::schedulers\n")
    print("recorded with PyTorch", torch.__version__)


if __name__ == "__main__":
    main()
