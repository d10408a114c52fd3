#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records running statistics of PyTorch's normalisation layers, in float64, into running_stats.hpp.

  python3 tests/golden/record/running_stats.py        (needs torch)
"""
import pathlib

import torch
from torch import nn

HERE = pathlib.Path(__file__).parents[1] / "answers"
STEPS, N, C, L = 3, 4, 3, 2

# name: the layer
RUNS = {
    "batch_norm": nn.BatchNorm1d(C),
    "batch_norm_momentum": nn.BatchNorm1d(C, eps=0.1, momentum=0.3),
    "batch_norm_cumulative": nn.BatchNorm1d(C, momentum=None),
    "instance_norm": nn.InstanceNorm1d(C, track_running_stats=True),
}


def batch(step):
    i = torch.arange(N * C * L)
    return (((37 * step + 11 * i * i + 5 * i) % 23) / 8 - 1).reshape(N, C, L)


def row(values):
    return "{" + ", ".join(repr(float(v)) for v in values) + "}"


def main():
    torch.set_default_dtype(torch.float64)
    parts = [f"inline constexpr int kSteps = {STEPS}, kN = {N}, kC = {C}, kL = {L};\n"]
    for name, layer in RUNS.items():
        layer = layer.double()
        rows = []
        for step in range(STEPS):
            layer(batch(step))
            rows.append([float(v) for v in (*layer.running_mean, *layer.running_var)])
        layer.eval()
        y = layer(batch(STEPS)).detach().flatten()
        parts.append(f"// {layer}: the running means and variances after each step, then the output in evaluation\n"
                     f"inline constexpr double {name}[][{2 * C}] = {{\n    " + ",\n    ".join(map(row, rows)) + "};\n"
                     f"inline constexpr double {name}_output[] = {row(y)};\n")
    (HERE / "running_stats.hpp").write_text(
        "// SPDX-License-Identifier: MIT\n"
        "// Running statistics of normalisation layers over a few batches.\n"
        f"// Recorded by record/running_stats.py with PyTorch {torch.__version__}; do not edit.\n"
        "#pragma once\n\n// clang-format off\nnamespace golden::running_stats {\n\n" + "\n".join(parts) +
        "\n}  // namespace golden::running_stats\n")


if __name__ == "__main__":
    main()
