#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records trajectories of PyTorch's LBFGS, in float64, into lbfgs.hpp.

  python3 tests/golden/record/lbfgs.py        (needs torch)
"""
import pathlib

import torch

HERE = pathlib.Path(__file__).parents[1] / "answers"
STEPS = 6

A = [[1.0, 2.0, -1.0], [0.5, -1.5, 3.0], [2.0, 0.25, 1.0], [-1.0, 1.0, 0.5], [0.75, 0.0, -2.0]]
B = [1.0, -2.0, 0.5, 3.0, -1.0]


def rosenbrock(p):
    return (1 - p[0])**2 + 100 * (p[1] - p[0]**2)**2


def least_squares(p):
    return ((torch.tensor(A) @ p - torch.tensor(B))**2).sum()


ROSENBROCK = (rosenbrock, [-1.2, 1.0])
LEAST_SQUARES = (least_squares, [0.0, 0.0, 0.0])

# name: (problem, options)
RUNS = {
    "rosenbrock_wolfe": (ROSENBROCK, dict(max_iter=4, line_search_fn="strong_wolfe")),
    "rosenbrock_history": (ROSENBROCK, dict(max_iter=5, history_size=2, line_search_fn="strong_wolfe")),
    "rosenbrock_evals": (ROSENBROCK, dict(lr=0.5, max_iter=20, max_eval=6, line_search_fn="strong_wolfe")),
    "rosenbrock_fixed": (ROSENBROCK, dict(lr=0.2, max_iter=4)),
    "squares_wolfe": (LEAST_SQUARES, dict(max_iter=2, line_search_fn="strong_wolfe")),
    "squares_fixed": (LEAST_SQUARES, dict(lr=0.5, max_iter=3)),
    "squares_defaults": (LEAST_SQUARES, dict()),
    "squares_maximize": (LEAST_SQUARES, dict(lr=0.1, max_iter=2, maximize=True)),
}


def row(values):
    return "{" + ", ".join(repr(float(v)) for v in values) + "}"


def main():
    torch.set_default_dtype(torch.float64)
    parts = [f"inline constexpr int kSteps = {STEPS};\n",
             "inline constexpr double a[][3] = {" + ", ".join(map(row, A)) + "};\n",
             f"inline constexpr double b[] = {row(B)};\n"]
    for name, ((loss, start), options) in RUNS.items():
        p = torch.tensor(start, requires_grad=True)
        opt = torch.optim.LBFGS([p], **options)

        def closure():
            opt.zero_grad()
            value = loss(p)
            value.backward()
            return value

        rows = []
        for _ in range(STEPS):
            first = opt.step(closure)
            rows.append([first.item(), opt.state[p]["func_evals"], opt.state[p]["n_iter"]] + p.tolist())
        parts.append(f"\n// {loss.__name__} from {start}, {options}\n"
                     f"inline constexpr double {name}[][{len(rows[0])}] = {{\n    " +
                     ",\n    ".join(map(row, rows)) + "};\n")
    head = ("// SPDX-License-Identifier: MIT\n"
            "// Steps of LBFGS: the first loss of a step, evaluations and iterations so far, the parameters after it.\n"
            f"// Recorded by record/lbfgs.py with PyTorch {torch.__version__}; do not edit.\n"
            "#pragma once\n\n// clang-format off\nnamespace golden::lbfgs {\n\n")
    (HERE / "lbfgs.hpp").write_text(head + "".join(parts) + "\n}  // namespace golden::lbfgs\n")
    print("recorded with PyTorch", torch.__version__)


if __name__ == "__main__":
    main()
