# SPDX-License-Identifier: MIT
"""The workloads of the program workloads, in PyTorch. Each name has the variants that a user can choose from; all compute
the same. A variant is a function that draws its data and returns the step to time."""
import torch
from torch import nn
from torch.nn import functional as F

LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


class Mlp(nn.Sequential):
    def __init__(self, sizes):
        layers = []
        for fan_in, fan_out in zip(sizes, sizes[1:]):
            layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
        super().__init__(*layers[:-1])


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 20, 5), nn.Conv2d(20, 50, 5)
        self.fc1, self.fc2 = nn.Linear(800, 500), nn.Linear(500, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class Rosetta(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 50, 3, padding=1), nn.Conv2d(50, 50, 3, padding=1)
        self.conv3, self.conv4 = nn.Conv2d(50, 100, 3, padding=1), nn.Conv2d(100, 100, 3, padding=1)
        self.fc1, self.fc2 = nn.Linear(6400, 512), nn.Linear(512, 10)

    def forward(self, x):
        x = self.conv2(F.relu(self.conv1(x)))
        x = F.dropout(F.relu(F.max_pool2d(x, 2)), 0.25)
        x = self.conv4(F.relu(self.conv3(x)))
        x = F.dropout(F.relu(F.max_pool2d(x, 2)), 0.25)
        return self.fc2(F.dropout(F.relu(self.fc1(x.flatten(1))), 0.5))


class NetBN(nn.Sequential):
    def __init__(self):
        layers, channels = [], 3

        def block(out, kernel=3):
            nonlocal channels
            layers.extend([nn.Conv2d(channels, out, kernel, padding=kernel // 2), nn.ReLU(), nn.BatchNorm2d(out)])
            channels = out

        for wide in ([8, 16], [16, 32, 32]):
            for index, out in enumerate(wide):
                block(out)
                if len(wide) == 3 and index == 0:
                    layers.append(nn.Dropout2d(0.15))
            block(8, kernel=1)
            layers.append(nn.MaxPool2d(2))
        block(16)
        layers.append(nn.Dropout2d(0.15))
        block(32)
        block(32)
        super().__init__(*layers, nn.AvgPool2d(8), nn.Conv2d(32, 10, 1), nn.Flatten())


class ResidualBlock(nn.Module):
    def __init__(self, fan_in, fan_out):
        super().__init__()
        self.missing, self.stride = fan_out - fan_in, 1 if fan_in == fan_out else 2
        self.conv1, self.bn1 = nn.Conv2d(fan_in, fan_out, 3, self.stride, 1, bias=False), nn.BatchNorm2d(fan_out)
        self.conv2, self.bn2 = nn.Conv2d(fan_out, fan_out, 3, 1, 1, bias=False), nn.BatchNorm2d(fan_out)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.missing:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.missing // 2, self.missing // 2))
        return F.relu(y + x)


class ResNet20(nn.Sequential):
    def __init__(self):
        blocks, channels = [], 16
        for out in (16, 32, 64):
            for _ in range(3):
                blocks.append(ResidualBlock(channels, out))
                channels = out
        super().__init__(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), *blocks,
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def training_step(model, batch, layout=torch.contiguous_format, compiled=False):
    """Forward, cross entropy, backward, SGD with momentum 0.9 on one batch of noise."""
    def make():
        network, x, y = model(), torch.randn(batch), torch.randint(0, 10, batch[:1])
        if layout != torch.contiguous_format:
            network, x = network.to(memory_format=layout), x.to(memory_format=layout)
        sgd = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
        run = torch.compile(network) if compiled else network

        def step():
            sgd.zero_grad(set_to_none=True)
            F.cross_entropy(run(x), y).backward()
            sgd.step()
        return step
    return make


def without_gradient(run):
    def step():
        with torch.no_grad():
            run()
    return step


def convolution(fan_in, fan_out, side, kernel, backward, layout):
    def make():
        conv = nn.Conv2d(fan_in, fan_out, kernel, padding=kernel // 2).to(memory_format=layout)
        x = torch.randn(64, fan_in, side, side).to(memory_format=layout).requires_grad_(backward)
        grad_y = torch.randn(64, fan_out, side, side).to(memory_format=layout)
        if not backward:
            return without_gradient(lambda: conv(x))

        def step():
            x.grad = None
            conv.zero_grad(set_to_none=True)
            conv(x).backward(grad_y)
        return step
    return make


def operation(run, shapes, backward, classes=0):
    """`run` on noise of these shapes and, if `classes`, on a class for each row."""
    def make():
        inputs = [torch.randn(shape, requires_grad=backward) for shape in shapes]
        arguments = inputs + ([torch.randint(0, classes, shapes[0][:1])] if classes else [])
        if not backward:
            return without_gradient(lambda: run(*arguments))
        grad_y = torch.randn_like(run(*arguments))

        def step():
            for x in inputs:
                x.grad = None
            run(*arguments).backward(grad_y)
        return step
    return make


PICTURE, MATRIX, LOGITS = (64, 50, 32, 32), (1024, 1024), (1024, 1000)
OPERATIONS = {
    "relu/64,50,32,32": (F.relu, [PICTURE]),
    "gelu/64,50,32,32": (F.gelu, [PICTURE]),
    "tanh/64,50,32,32": (torch.tanh, [PICTURE]),
    "add_channel_bias/64,50,32,32": (torch.add, [PICTURE, (1, 50, 1, 1)]),
    "add_row_bias/1024,1024": (torch.add, [MATRIX, (1024,)]),
    "sum_rows/1024,1024": (lambda x: torch.sum(x, 0), [MATRIX]),
    "sum_columns/1024,1024": (lambda x: torch.sum(x, 1), [MATRIX]),
    "softmax/1024,1000": (lambda x: torch.softmax(x, 1), [LOGITS]),
    "cross_entropy/1024,1000": (F.cross_entropy, [LOGITS], 1000),
    "transpose_copy/1024,1024": (lambda x: x.t().contiguous(), [MATRIX]),
    "max_pool2d/64,50,32,32": (lambda x: F.max_pool2d(x, 2), [PICTURE]),
    "batch_norm/64,50,32,32": (lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
                               [PICTURE, (50,), (50,)]),
    "layer_norm/1024,1024": (lambda x, w, b: F.layer_norm(x, (1024,), w, b), [MATRIX, (1024,), (1024,)]),
    "matmul/1024,1024,1024": (torch.matmul, [MATRIX, MATRIX]),
    "bmm/64,128,64,128": (torch.bmm, [(64, 128, 64), (64, 64, 128)]),
}
CONVOLUTIONS = [(3, 50, 32, 3), (50, 50, 32, 3), (50, 100, 16, 3), (100, 100, 16, 3), (128, 128, 16, 3),
                (20, 50, 12, 5), (32, 8, 16, 1)]
MLPS = [((784, 128, 10), 64), ((784, 512, 512, 10), 128), ((784, 1024, 1024, 10), 256)]
NETWORKS = {"lenet": (LeNet, (64, 1, 28, 28)), "rosetta": (Rosetta, (64, 3, 32, 32)),
            "netbn": (NetBN, (128, 3, 32, 32)), "resnet20": (ResNet20, (128, 3, 32, 32))}


def training_workloads(compiled):
    """Pairs of a name and {variant: function}."""
    for sizes, batch in MLPS:
        yield (f"mlp/{','.join(map(str, sizes))}/{batch}",
               {"": training_step(lambda sizes=sizes: Mlp(sizes), (batch, sizes[0]), compiled=compiled)})
    for name, (network, batch) in NETWORKS.items():
        yield (f"{name}/{batch[0]}", {layout: training_step(network, batch, LAYOUTS[layout], compiled)
                                      for layout in LAYOUTS})


def single_workloads():
    for sizes in CONVOLUTIONS:
        for backward in (False, True):
            yield (f"conv/{','.join(map(str, sizes))}/{'fwdbwd' if backward else 'fwd'}",
                   {layout: convolution(*sizes, backward, LAYOUTS[layout]) for layout in LAYOUTS})
    for name, (run, shapes, *classes) in OPERATIONS.items():
        for backward in (False, True):
            yield (f"op/{name}/{'fwdbwd' if backward else 'fwd'}", {"": operation(run, shapes, backward, *classes)})
