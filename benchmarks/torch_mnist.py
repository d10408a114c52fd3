#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Does in PyTorch what `mnist_mlp fit` does, as fast as PyTorch can.

Reads MNIST's four .gz files, trains a multilayer perceptron, measures the test accuracy, saves the model. Prints one
JSON line {"test_accuracy": …}. Batches are gathered from one tensor of all pictures (no DataLoader and no processes
of it). The optimizer is the fused one if PyTorch has it. Nothing is measured during training."""
import argparse
import gzip
import json
import os

import torch
from torch import nn
from torch.nn import functional as F


def read_idx(folder, name):
    """The array of unsigned bytes in an IDX file."""
    with gzip.open(os.path.join(folder, name + ".gz")) as file:
        content = bytearray(file.read())
    sizes = [int.from_bytes(content[at:at + 4], "big") for at in range(4, 4 + 4 * content[3], 4)]
    return torch.frombuffer(content, dtype=torch.uint8, offset=4 + 4 * len(sizes)).reshape(sizes)


def read_set(folder, name):
    pictures = read_idx(folder, f"{name}-images-idx3-ubyte").flatten(1).float()
    return pictures.div_(255 * 0.3081).sub_(0.1307 / 0.3081), read_idx(folder, f"{name}-labels-idx1-ubyte").long()


def make_mlp(sizes):
    layers = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def make_optimizer(name, parameters, lr, momentum):
    options = {"lr": lr, "momentum": momentum} if name == "sgd" else {"lr": lr}
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[name]
    try:
        return kind(parameters, **options, fused=True)
    except (TypeError, RuntimeError):  # before 2.4
        return kind(parameters, **options)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True, help="where the model goes")
    parser.add_argument("--hidden", default="128")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--optimizer", choices=["sgd", "adam"], default="sgd")
    parser.add_argument("--lr", type=float, default=0.02)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--schedule", choices=["constant", "cosine"], default="constant", help="cosine: lr falls to 0")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    o = parser.parse_args()
    torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed)

    x, y = read_set(o.data, "train")
    model = make_mlp([784, *map(int, o.hidden.split(",")), 10])
    optimizer = make_optimizer(o.optimizer, list(model.parameters()), o.lr, o.momentum)
    steps = o.epochs * -(-len(x) // o.batch_size)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps) if o.schedule == "cosine" else None
    for _ in range(o.epochs):
        for chosen in torch.randperm(len(x)).split(o.batch_size):
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(model(x[chosen]), y[chosen]).backward()
            optimizer.step()
            if schedule:
                schedule.step()

    x, y = read_set(o.data, "t10k")
    with torch.no_grad():
        correct = (model(x).argmax(1) == y).sum().item()
    torch.save(model.state_dict(), o.out)
    print(json.dumps({"test_accuracy": correct / len(y)}))


if __name__ == "__main__":
    main()
