#!/usr/bin/python3
"""A model of 2.4 GB, over protobuf's limit: exported with its weights in a second file, within the memory promised.

    check_large.py DEPLOYTOOL

Peak memory under 1.3 times the weights + 300 MB; then compared with libtorch. The archive is made and removed here: it is
too large to keep.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "bench"))
from memory import peak_memory  # noqa: E402

SIDE, LAYERS = 10_000, 6
WEIGHTS = SIDE * SIDE * LAYERS * 4
MAKE = f"""
import sys, torch
torch.manual_seed(0)
layers = [torch.nn.Linear({SIDE}, {SIDE}, bias=False) for _ in range({LAYERS})]
torch.jit.script(torch.nn.Sequential(*layers).eval()).save(sys.argv[1])
"""


def main():
    tool = sys.argv[1]
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        archive, output = f"{scratch}/large.pt", f"{scratch}/large.onnx"
        subprocess.run([sys.executable, "-c", MAKE, archive], check=True)
        spec = f"x:float32[batch=2,{SIDE}]"
        peak = peak_memory([tool, "export", archive, "-o", output, "--input", spec])
        limit = 1.3 * WEIGHTS + 300e6
        files = {path.name: path.stat().st_size for path in pathlib.Path(scratch).iterdir()}
        print(json.dumps(files), f"peak {peak / 1e6:.0f} MB, limit {limit / 1e6:.0f} MB")
        if peak > limit or pathlib.Path(output).stat().st_size > 1e6:
            sys.exit("too much memory, or the weights are not beside the model")
        subprocess.run([tool, "verify", archive, output, "--strict", "--size", "batch=1"], check=True)


if __name__ == "__main__":
    main()
