#!/usr/bin/python3
"""Time and peak memory of `deploytool export` against a Python process doing torch.jit.load + torch.onnx.export.

    export.py DEPLOYTOOL [MODEL [RUNS]]        MODEL: a name in tests/models/catalogue.py, default resnet50

Whole processes, the best of RUNS (5) each. Memory is the highest sum of PSS over the process tree. The aim: a quarter of
the time and half of the memory.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "models"))
from folder import models_folder  # noqa: E402
from memory import peak_memory  # noqa: E402

def seconds(command):
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def measure(name, command, runs):
    best = min(seconds(command) for _ in range(runs))
    # Apart from the timed runs, for reading PSS slows a process down.
    memory = max(peak_memory(command) for _ in range(2))
    print(f"{name:10}  {best:6.2f} s  {memory / 1e6:6.0f} MB")
    return best, memory


def main():
    tool = sys.argv[1]
    name = sys.argv[2] if len(sys.argv) > 2 else "resnet50"
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    folder = models_folder()
    case = json.loads((folder / f"{name}.json").read_text())
    archive = folder / f"{name}-script.pt"
    with tempfile.TemporaryDirectory() as scratch:
        output = f"{scratch}/model.onnx"
        flags = [flag for spec in case["inputs"] for flag in ("--input", spec)]
        ours = measure("deploytool", [tool, "export", archive, "-o", output, "--force", *flags], runs)
        theirs = measure("PyTorch", [sys.executable, HERE / "torch_export.py", archive, output, *case["inputs"]], runs)
    print(f"{'ratio':10}  {ours[0] / theirs[0]:6.2f}    {ours[1] / theirs[1]:6.2f}     (aim: 0.25, 0.50)")


if __name__ == "__main__":
    main()
