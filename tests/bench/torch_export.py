"""torch_export.py ARCHIVE OUTPUT NAME:SPEC...: the same export by PyTorch itself; float32 inputs only."""
import re
import sys

import torch

archive, output, *specs = sys.argv[1:]
model = torch.jit.load(archive)
names, example, axes = [], [], {}
for spec in specs:
    name, dims = re.fullmatch(r"(\w+):float32\[(.*)\]", spec).groups()
    parts = [dim.split("=") for dim in dims.split(",")]
    names.append(name)
    example.append(torch.randn(*(int(part[-1]) for part in parts)))
    axes[name] = {axis: part[0] for axis, part in enumerate(parts) if len(part) == 2}
torch.onnx.export(model, tuple(example), output, opset_version=13, input_names=names, dynamic_axes=axes)
