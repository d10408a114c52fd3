#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records the first 100 losses of PyTorch on MNIST into mnist_losses.hpp in ../answers.

  python3 tests/golden/record/mnist.py DIR        (needs torch and numpy; DIR holds the four IDX files)

784-128-10 with relu, unshuffled batches of 64 normalised pictures, SGD with lr 0.02 and momentum 0.9, from weights
given by a formula that programs/test_mnist_mlp.cpp uses too.
"""
import gzip, pathlib, sys

import numpy as np
import torch


def idx(path):
    raw = gzip.open(path).read()
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(raw[3])]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def weights(count, fan_in):
    i = np.arange(count, dtype=np.uint64)
    unit = ((i * 2654435761 + 12345) % 2**32).astype(np.float64) / 2**32 - 0.5
    return torch.from_numpy((unit * 2 / np.sqrt(fan_in)).astype(np.float32))


folder = sys.argv[1]
pixels = torch.from_numpy(idx(f"{folder}/train-images-idx3-ubyte.gz")[:6400].reshape(-1, 784).astype(np.float32))
x = (pixels / 255 - 0.1307) / 0.3081
y = torch.from_numpy(idx(f"{folder}/train-labels-idx1-ubyte.gz")[:6400].astype(np.int64))
model = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
with torch.no_grad():
    for layer in (model[0], model[2]):
        layer.weight.copy_(weights(layer.weight.numel(), layer.in_features).reshape(layer.weight.shape))
        layer.bias.copy_(weights(layer.bias.numel(), layer.in_features))
sgd = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
losses = []
for step in range(100):
    loss = torch.nn.functional.cross_entropy(model(x[64 * step:64 * step + 64]), y[64 * step:64 * step + 64])
    sgd.zero_grad()
    loss.backward()
    sgd.step()
    losses.append(loss.item())

out = pathlib.Path(__file__).parents[1] / "answers" / "mnist_losses.hpp"
rows = [", ".join(f"{v:.7f}" for v in losses[i:i + 10]) for i in range(0, 100, 10)]
out.write_text(f"""// SPDX-License-Identifier: MIT
// The losses of 100 steps on MNIST. Recorded by record/mnist.py with PyTorch {torch.__version__}; do not edit.
#pragma once

// clang-format off
namespace golden {{
inline constexpr double mnist_losses[] = {{
    """ + ",\n    ".join(rows) + "};\n}  // namespace golden\n")
