# SPDX-License-Identifier: MIT
"""The speed targets of the library: PyTorch's median over ours, and fractions of the machine's limits."""

# The first key that is a prefix of a workload's name counts.
RATIOS = {
    "mlp/784,128,10/64": 2.5,
    "mlp/784,512,512,10/128": 1.25,
    "mlp/784,1024,1024,10/256": 1.15,
    "rosetta/64": 2.5,
    "netbn/128": 2,
    "lenet/64": 2,
    "resnet20/128": 2,
    "conv/50,": 2.5,
    "conv/100,": 2.5,
    "conv/128,": 1.5,
    "conv/3,50,32,3/fwdbwd": 1.3,
    "conv/20,50,12,5/fwdbwd": 1.3,
    "conv/32,8,16,1/fwdbwd": 1.3,
    "op/": 1,
}
OP_GEOMETRIC_MEAN = 1.5

# Parts of the speed of the limit. Steps bound by their matrix products may take 1.15 times as long as these alone;
# operations bound by memory reach 80 % of the bandwidth of a copy. The others' limits (of exponentials, of the smallest
# step) are printed without a target.
LIMITS = {
    "mlp/784,512,512,10/128": 1 / 1.15,
    "mlp/784,1024,1024,10/256": 1 / 1.15,
    "op/relu/": 0.8,
    "op/add_channel_bias/": 0.8,
    "op/add_row_bias/": 0.8,
    "op/sum_rows/": 0.8,
    "op/sum_columns/": 0.8,
    "op/transpose_copy/": 0.8,
    "op/max_pool2d/": 0.8,
    "op/batch_norm/": 0.8,
    "op/layer_norm/": 0.8,
}

# One thread's time over two threads'.
SCALING = {"mlp/784,128,10/64": 1.3, "mlp/": 1.8, "lenet/": 1.8, "rosetta/": 1.8, "netbn/": 1.8, "resnet20/": 1.8}

MNIST_ACCURACY = 0.98
MNIST_TIME, MNIST_MEMORY = 4, 4  # PyTorch's over ours


def target(table, name):
    """The target for that workload, or None."""
    return next((wanted for start, wanted in table.items() if name.startswith(start)), None)
