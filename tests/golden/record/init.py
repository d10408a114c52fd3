#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records the statistics of PyTorch's initialisers into init.hpp in ../answers.

  python3 tests/golden/record/init.py        (needs torch; overwrites init.hpp)
"""
import math
import pathlib

import torch
from torch.nn import init

DRAWS = 100
MATRIX, KERNEL = (64, 32), (16, 8, 3, 3)

# name: (shape, initialiser of a float64 tensor)
CASES = {
    "uniform": (MATRIX, lambda t: init.uniform_(t, -1.0, 3.0)),
    "normal": (MATRIX, lambda t: init.normal_(t, 2.0, 0.5)),
    "trunc_normal": (MATRIX, lambda t: init.trunc_normal_(t)),
    "trunc_normal_one_sided": (MATRIX, lambda t: init.trunc_normal_(t, mean=1.0, std=2.0, a=0.0, b=3.0)),
    "trunc_normal_tail": (MATRIX, lambda t: init.trunc_normal_(t, mean=0.0, std=1.0, a=1.0, b=2.5)),
    "xavier_uniform": (MATRIX, lambda t: init.xavier_uniform_(t)),
    "xavier_uniform_kernel": (KERNEL, lambda t: init.xavier_uniform_(t, gain=2.0)),
    "xavier_normal": (KERNEL, lambda t: init.xavier_normal_(t)),
    "kaiming_uniform": (KERNEL, lambda t: init.kaiming_uniform_(t)),
    "kaiming_uniform_linear_default": (MATRIX, lambda t: init.kaiming_uniform_(t, a=math.sqrt(5))),
    "kaiming_uniform_fan_out": (KERNEL, lambda t: init.kaiming_uniform_(t, mode="fan_out", nonlinearity="relu")),
    "kaiming_normal": (KERNEL, lambda t: init.kaiming_normal_(t, a=0.2)),
    "kaiming_normal_tanh": (MATRIX, lambda t: init.kaiming_normal_(t, nonlinearity="tanh")),
    "kaiming_normal_selu": (MATRIX, lambda t: init.kaiming_normal_(t, mode="fan_out", nonlinearity="selu")),
    "orthogonal": (MATRIX, lambda t: init.orthogonal_(t)),
    "orthogonal_kernel": (KERNEL, lambda t: init.orthogonal_(t, gain=2.0)),
    "sparse": (MATRIX, lambda t: init.sparse_(t, sparsity=0.3, std=0.5)),
    "eye": (MATRIX, lambda t: init.eye_(t)),
    "dirac": (KERNEL, lambda t: init.dirac_(t)),
    "dirac_groups": (KERNEL, lambda t: init.dirac_(t, groups=4)),
}


def statistics(shape, initialise):
    values = torch.stack([initialise(torch.empty(shape, dtype=torch.float64)) for _ in range(DRAWS)])
    return [values.mean(), values.std(correction=0), values.min(), values.max(), (values == 0).double().mean()]


def main():
    torch.manual_seed(0)
    lines = ["// SPDX-License-Identifier: MIT",
             f"// Statistics of {DRAWS} draws of each of PyTorch's initialisers.",
             f"// Recorded by record/init.py with PyTorch {torch.__version__}; do not edit.",
             "#pragma once", "", "// clang-format off", "namespace golden::init {", "",
             f"inline constexpr int kDraws = {DRAWS};", "",
             "struct Statistics {", "  const char* name;", "  double mean, stddev, smallest, largest;",
             "  double zeros;  ///< the fraction of values that are exactly 0", "};", "",
             "inline constexpr Statistics kStatistics[] = {"]
    for name, (shape, initialise) in CASES.items():
        numbers = ", ".join(f"{float(v):.17g}" for v in statistics(shape, initialise))
        lines.append(f'    {{"{name}", {numbers}}},')
    lines += ["};", "", "struct Gain {", "  const char* name;", "  double gain;", "};", "",
              "inline constexpr Gain kGains[] = {"]
    for name in ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
                 "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        lines.append(f'    {{"{name}", {init.calculate_gain(name):.17g}}},')
    lines += ["};", "", "}  // namespace golden::init", "// clang-format on", ""]
    (pathlib.Path(__file__).parents[1] / "answers" / "init.hpp").write_text("\n".join(lines))


main()
