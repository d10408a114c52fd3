#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""interop_safetensors.py OURS THEIRS: reads the file OURS with the Python package safetensors, which
must write the same bytes, and writes THEIRS, which the library reads. test_interop.cpp runs this
script. Exit status 77 if the package or numpy is missing."""
import sys

try:
    import numpy as np
    from safetensors import safe_open
    from safetensors.numpy import save, save_file
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

ours, theirs = sys.argv[1:]
with safe_open(ours, framework="np") as file:
    metadata = file.metadata()
    tensors = {name: file.get_tensor(name) for name in file.keys()}

expected = {
    "fc1.weight": np.array([[1.5, -2, 3], [4, 5, 6]], np.float32),
    "double": np.array([1 / 3], np.float64),
    "steps": np.array(-7, np.int64),
    "pixels": np.array([0, 255, 3], np.uint8),
    "mask": np.array([True, False, True]),
    "empty": np.zeros((0, 2), np.float32),
}
assert metadata == {"format": "pt"}, metadata
assert tensors.keys() == expected.keys(), tensors.keys()
for name, value in expected.items():
    got = tensors[name]
    assert got.dtype == value.dtype and got.shape == value.shape, (name, got)
    assert np.array_equal(got, value), (name, got)
with open(ours, "rb") as file:
    assert file.read() == save(expected, metadata), "the reference writer's bytes differ"

save_file(
    {
        "half": np.array([1, -2.5, 65504], np.float16),
        "int32": np.array([[-5, 7]], np.int32),
        "uint16": np.array([65535], np.uint16),
        "float": np.array(0.1, np.float32),
    },
    theirs,
    {"from": "numpy"},
)
