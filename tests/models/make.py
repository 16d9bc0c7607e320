#!/usr/bin/python3
"""Writes the models of the model test, scripted and traced, with data at sizes other than the example's.

    make.py [--zoo] [NAME-REGEX]

They go to a folder in the cache (folder.py), with random weights from a fixed seed. Per model NAME and form (script,
trace): NAME-FORM.pt; per size: NAME-data-N.npz (arrays named as the ONNX inputs); NAME.json says how to export it. What
is there already and was made by the same version of these scripts is left alone. --zoo: the models of zoo_catalogue.py
instead, which take minutes.
"""
import hashlib
import json
import pathlib
import re
import sys
import warnings

import numpy
import torch

from catalogue import CASES
from folder import models_folder

HERE = pathlib.Path(__file__).resolve().parent


def scripts_hash():
    """Changes when the scripts or the libraries that write the archives do."""
    digest = hashlib.sha256(torch.__version__.encode())
    for path in [HERE / "catalogue.py", HERE / "zoo_catalogue.py", HERE / "make.py", *sorted(HERE.glob("*_models.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def calibrate(case, model):
    """Gives random weights a life: batch norm statistics as training leaves them, and no layer that is all zeros."""
    norms = [m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.momentum = None  # cumulative average
    if norms:
        model.train()
        model(*case.data(**{**case.example, "batch": 16}).values())
    for parameter in model.parameters():
        if parameter.dim() > 1 and not parameter.any():
            torch.nn.init.normal_(parameter, std=0.02)
    return model.eval()


def flattened(inputs, prefix=""):
    """Arrays by the names of the ONNX inputs: `past.0`, `features.ids`."""
    arrays = {}
    for name, value in inputs.items():
        if isinstance(value, torch.Tensor):
            arrays[prefix + name] = value.numpy()
        else:
            nested = value if isinstance(value, dict) else {str(i): item for i, item in enumerate(value)}
            arrays.update(flattened(nested, f"{prefix}{name}."))
    return arrays


def archive(case, form, model, example):
    if form == "script":
        return torch.jit.script(model)
    return torch.jit.trace(model, example, strict=False, check_trace=False)


@torch.no_grad()
def make(case, folder):
    torch.manual_seed(0)
    model = case.build().eval() if case.calibrated else calibrate(case, case.build())
    example = tuple(case.data(**case.example).values())
    for form in case.forms:
        archive(case, form, model, example).save(str(folder / f"{case.name}-{form}.pt"))
    for number, sizes in enumerate(case.sizes):
        numpy.savez(folder / f"{case.name}-data-{number}.npz", **flattened(case.data(**sizes)))


def description(case):
    return {
        "name": case.name,
        "forms": list(case.forms),
        "inputs": case.input_specs(),
        "outputs": list(case.outputs),
        "sizes": list(case.sizes),
        "made_by": scripts_hash(),
    }


def main():
    warnings.simplefilter("ignore")  # what tracing loses is the point of some of them
    folder = models_folder()
    arguments = [argument for argument in sys.argv[1:] if argument != "--zoo"]
    pattern = re.compile(arguments[0] if arguments else ".")
    folder.mkdir(parents=True, exist_ok=True)
    cases = CASES
    if "--zoo" in sys.argv:
        from zoo_catalogue import ZOO as cases
    for case in cases:
        if not pattern.search(case.name):
            continue
        wanted = json.dumps(description(case), indent=1)
        stamp = folder / f"{case.name}.json"
        if not (stamp.exists() and stamp.read_text() == wanted):
            print(f"making {case.name}", file=sys.stderr, flush=True)
            make(case, folder)
            stamp.write_text(wanted)


if __name__ == "__main__":
    main()
