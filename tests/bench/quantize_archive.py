#!/usr/bin/python3
"""Time and peak memory of quantizing a large TorchScript archive, against copying the file.

    quantize_archive.py DEPLOYTOOL [MEGABYTES [RUNS]]        of weights, default 1000; best of 5 runs

Both take turns. Memory is the highest sum of PSS over the process tree. The aim: at most 3 times the time of copying, and
less than 1.4 times the size of the archive.
"""
import pathlib
import sys
import tempfile

import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from export import seconds  # noqa: E402
from memory import peak_memory  # noqa: E402

WIDTH = 4096  # 64 MB a layer


def make(path, megabytes):
    torch.manual_seed(0)
    count = max(1, round(megabytes * 1e6 / (4 * WIDTH * WIDTH)))
    torch.jit.script(nn.Sequential(*[nn.Linear(WIDTH, WIDTH) for _ in range(count)]).eval()).save(str(path))


def main():
    tool = sys.argv[1]
    megabytes = float(sys.argv[2]) if len(sys.argv) > 2 else 1000
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        model, output = pathlib.Path(scratch) / "model.pt", pathlib.Path(scratch) / "int8.pt"
        make(model, megabytes)
        quantize = [tool, "quantize", str(model), "-o", str(output), "--force", "-q"]
        copy = ["cp", str(model), str(output)]
        times = [(seconds(quantize), seconds(copy)) for _ in range(runs)]
        ours, theirs = (min(column) for column in zip(*times))
        memory = peak_memory(quantize)
        size = model.stat().st_size
        print(f"quantize  {ours:6.2f} s  {memory / 1e6:6.0f} MB")
        print(f"cp        {theirs:6.2f} s  {size / 1e6:6.0f} MB in the file, {output.stat().st_size / 1e6:.0f} MB quantized")
        print(f"ratio     {ours / theirs:6.2f}    {memory / size:6.2f}     (aim: 3.00, 1.40)")


if __name__ == "__main__":
    main()
