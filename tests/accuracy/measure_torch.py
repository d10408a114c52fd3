# SPDX-License-Identifier: MIT
"""Measures PyTorch at the points of docs/accuracy.md.

    cmake --build build/release --target accuracy_points
    build/release/tests/accuracy_points points.safetensors
    python3 tests/accuracy/measure_torch.py points.safetensors tests/accuracy/torch_errors.txt

The second file then holds PyTorch's version and, for each operation and dtype, the largest error of the value and of
the gradient, in units of the last place of the exact result.
"""
import sys

import numpy
import torch
import torch.nn.functional as F
from safetensors import safe_open


def largest(got, high, low, unit, bits, largest_exponent):
    """The largest error; an infinity counts as the first number that is too large, as in measure.cpp."""
    nearest = high.astype(numpy.float32 if bits == 24 else numpy.float64).astype(numpy.float64)
    right = (got == nearest) | (numpy.isnan(got) & numpy.isnan(high))
    number = numpy.where(numpy.isinf(got), numpy.sign(got), got).astype(numpy.longdouble)
    number = numpy.where(numpy.isinf(got), numpy.ldexp(number, largest_exponent), number)
    error = numpy.abs(number - high.astype(numpy.longdouble) - low.astype(numpy.longdouble)) / unit
    error = numpy.where(numpy.isinf(got) & (numpy.sign(got) == numpy.sign(high)) & (numpy.abs(number) < numpy.abs(high)), 0,
                        error)
    error = numpy.where(numpy.isfinite(error), error, numpy.inf)
    return float(numpy.max(numpy.where(right, 0, error)))


def main():
    points, target = sys.argv[1:3]
    torch.set_num_threads(1)
    lines = []
    with safe_open(points, "np") as f:
        expressions = f.metadata()
        names = set(f.keys())
        for key in sorted(expressions):
            name, dtype, _ = key.split("#")
            inputs, kept = [], slice(None)
            if "polygamma" in expressions[key]:  # PyTorch counts from x up to 9 one by one, from -1e30 without end
                kept = ~(f.get_tensor(f"{key}x0") < -1e4)
            while f"{key}x{len(inputs)}" in names:
                inputs.append(torch.from_numpy(f.get_tensor(f"{key}x{len(inputs)}")[kept]).requires_grad_())
            y = eval(expressions[key], {"torch": torch, "F": F, **{f"x{i}": x for i, x in enumerate(inputs)}})
            results = [y]
            if y.requires_grad:
                slopes = torch.autograd.grad(y, inputs, torch.ones_like(y), allow_unused=True)
                results += [torch.zeros_like(x) if s is None else s for s, x in zip(slopes, inputs)]
            errors = []
            for k, got in enumerate(results):
                exact = [f.get_tensor(f"{key}{part}{k}")[kept] for part in ("high", "low", "unit")]
                wide = got.dtype == torch.float64
                if wide and dtype == "float32":  # float_power
                    exact[2] = numpy.spacing(numpy.abs(exact[0]))
                errors.append(largest(got.detach().double().numpy(), *exact, *((53, 1024) if wide else (24, 128))))
            lines.append(f"{name.replace(' ', '_')} {dtype} {errors[0]:.3g} {max(errors[1:], default=0):.3g}\n")
    with open(target, "w") as out:
        out.write(f"PyTorch {torch.__version__.split('+')[0]}\n")
        out.writelines(lines)


if __name__ == "__main__":
    with numpy.errstate(all="ignore"):
        main()
