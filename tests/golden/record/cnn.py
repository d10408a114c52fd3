#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The losses of the first 50 training steps of PyTorch for the image networks of the examples.

  cnn.py                          records them in cnn_losses.hpp in ../answers
  cnn.py PROGRAM DIR [NAME=BATCH ...]
      compares them on CIFAR-10 with those of PROGRAM, which is cifar_cnn; DIR holds data_batch_1.bin

Needs torch and numpy, and safetensors to compare. SGD with lr 0.01 and momentum 0.9, dropout off.

The losses are computed in float64. Pictures and weights come from formulas that programs/test_networks.cpp uses too.
With small batches, rounding alone makes float32 trajectories diverge, also two of PyTorch's own. The comparison is in
float64 and in float32, and prints the distance of PyTorch's float32 from its float64.
"""
import json, pathlib, subprocess, sys, tempfile

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

STEPS = 50
BATCH = {"rosetta": 8, "netbn": 16, "netln": 16, "netgn": 16}  # recorded; compared are the seeds' own
CIFAR_BATCH = {"rosetta": 64, "netbn": 2048, "netln": 2048, "netgn": 2048}


class Rosetta(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 50, 3, padding=1), nn.Conv2d(50, 50, 3, padding=1)
        self.conv3, self.conv4 = nn.Conv2d(50, 100, 3, padding=1), nn.Conv2d(100, 100, 3, padding=1)
        self.fc1, self.fc2 = nn.Linear(6400, 512), nn.Linear(512, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv2(F.relu(self.conv1(x))), 2))
        x = F.relu(F.max_pool2d(self.conv4(F.relu(self.conv3(x))), 2))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class NormNet(nn.Module):
    CHANNELS = (3, 8, 16, 8, 16, 32, 32, 8, 16, 32, 32)
    NARROW = (3, 7)  # the 1x1 convolutions, counted from 1; the pictures are halved behind them

    def __init__(self, kind):
        super().__init__()
        self.kind, side = kind, 32
        for i in range(1, 11):
            size, out = (1 if i in self.NARROW else 3), self.CHANNELS[i]
            self.add_module(f"conv{i}", nn.Conv2d(self.CHANNELS[i - 1], out, size, padding=size // 2))
            self.add_module(f"norm{i}", {"netbn": lambda: nn.BatchNorm2d(out), "netgn": lambda: nn.GroupNorm(4, out),
                                         "netln": lambda: nn.LayerNorm([out, side, side])}[kind]())
            side //= 2 if i in self.NARROW else 1
        self.conv11 = nn.Conv2d(32, 10, 1)

    def forward(self, x):
        for i in range(1, 11):
            conv, norm = self.get_submodule(f"conv{i}"), self.get_submodule(f"norm{i}")
            x = F.relu(norm(conv(x))) if self.kind == "netgn" else norm(F.relu(conv(x)))
            if i in self.NARROW:
                x = F.max_pool2d(x, 2)
        return self.conv11(F.avg_pool2d(x, 8)).flatten(1)


def make_network(name):
    return Rosetta() if name == "rosetta" else NormNet(name)


def numbers(count, start):
    """count numbers below 2^32 that look like chance."""
    i = (np.arange(count, dtype=np.uint64) + start) * 2654435761 % 2**32
    i = (i ^ i >> 15) * 2246822519 % 2**32
    return i ^ i >> 13


def set_weights(model):
    """He's uniform ones; biases a tenth of that. Each tensor has a start of its own, from its name."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name.startswith("norm"):
                continue
            layer, kind = name.rsplit(".", 1)
            unit = numbers(p.numel(), 7919 * sum(name.encode())).astype(np.float64) / 2**32 - 0.5
            bound = np.sqrt(6 / model.get_parameter(layer + ".weight")[0].numel()) * (0.1 if kind == "bias" else 1)
            p.copy_(torch.from_numpy((unit * 2 * bound).astype(np.float32)).reshape(p.shape))


def formula_pictures(count):
    """Stripes whose direction and distance tell the class, and noise."""
    n = np.arange(count, dtype=np.uint64)
    labels = (n * 7 + n // 10) % 10
    k = labels[:, None, None, None]
    c = np.arange(3, dtype=np.uint64)[None, :, None, None]
    y = np.arange(32, dtype=np.uint64)[None, None, :, None]
    x = np.arange(32, dtype=np.uint64)[None, None, None, :]
    noise = (numbers(count * 3072, 12345) >> 25).reshape(count, 3, 32, 32)
    return ((x * (k + 1) + y * (c + k)) % 16 * 8 + noise).astype(np.uint8), labels.astype(np.int64)


def cifar_pictures(folder):
    rows = np.concatenate([np.fromfile(f"{folder}/data_batch_{i}.bin", np.uint8).reshape(-1, 3073) for i in range(1, 6)])
    return rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0].astype(np.int64)


def inputs_of(name, pictures):
    x = torch.from_numpy(pictures).float() / 255
    if name == "rosetta":
        return x
    mean, std = torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.2470, 0.2435, 0.2616])
    return (x - mean[:, None, None]) / std[:, None, None]


def losses_of(name, model, batch, pictures, labels):
    y = torch.from_numpy(labels)
    sgd = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    losses = []
    steps_per_epoch = -(-len(labels) // batch)
    for step in range(STEPS):
        first = step % steps_per_epoch * batch
        part = slice(first, first + batch)
        x = inputs_of(name, pictures[part]).to(next(model.parameters()).dtype)
        loss = F.cross_entropy(model(x), y[part])
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        losses.append(loss.item())
    return losses


def record():
    text = f"""// SPDX-License-Identifier: MIT
// The losses of 50 training steps in float64. Recorded by record/cnn.py with PyTorch {torch.__version__}; do not edit.
#pragma once

// clang-format off
namespace golden {{
struct CnnLosses {{
  const char* network;
  long batch;
  double losses[{STEPS}];
}};
inline constexpr CnnLosses cnn_losses[] = {{
"""
    for name, batch in BATCH.items():
        model = make_network(name)
        set_weights(model)
        losses = losses_of(name, model.double(), batch, *formula_pictures(batch * STEPS))
        rows = [", ".join(f"{v:.10f}" for v in losses[i:i + 8]) for i in range(0, STEPS, 8)]
        text += f'    {{"{name}", {batch}, {{\n        ' + ",\n        ".join(rows) + "}},\n"
    (pathlib.Path(__file__).parents[1] / "answers" / "cnn_losses.hpp").write_text(text + "};\n}  // namespace golden\n")


def compare(program, folder, *choice):
    from safetensors.torch import save_file
    batches = {name: int(batch) for name, batch in (c.split("=") for c in choice)} or CIFAR_BATCH
    for name, batch in batches.items():
        torch.manual_seed(0)
        model, precise = make_network(name), make_network(name).double()
        precise.load_state_dict(model.state_dict())
        with tempfile.TemporaryDirectory() as out:
            save_file(model.state_dict(), f"{out}/start.safetensors")
            def train(dtype):
                command = [program, "fit", "--model", name, "--data", folder, "--init", f"{out}/start.safetensors",
                           "--no-shuffle", "--keep-last", "--augment", "none", "--dropout-mode", "off-in-training",
                           "--batch-size", str(batch), "--lr-drops", "1000", "--max-steps", str(STEPS),
                           "--dtype", dtype, "--log-interval", "1", "--out", out]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                rows = [json.loads(line) for line in open(f"{out}/metrics.jsonl")]
                return [row["loss"] for row in rows if row["event"] == "step"]
            ours, ours64 = train("float32"), train("float64")
        float32, float64 = (losses_of(name, m, batch, *cifar_pictures(folder)) for m in (model, precise))
        apart = lambda a, b: f"{max(abs(x - y) for x, y in zip(a, b, strict=True)):.1e}"
        print(f"{name}, {STEPS} steps of {batch}, loss {float64[0]:.4f} to {float64[-1]:.4f}; greatest differences: "
              f"float64 {apart(ours64, float64)}, float32 {apart(ours, float32)}; "
              f"PyTorch's float32 from its float64 {apart(float32, float64)}", flush=True)


if __name__ == "__main__":
    compare(*sys.argv[1:]) if len(sys.argv) > 2 else record()
