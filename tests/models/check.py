#!/usr/bin/python3
"""Exports one model of the catalogue in each of its forms and compares it with libtorch.

    check.py DEPLOYTOOL NAME [FORM]

Per form: `deploytool export` with named dynamic axes; onnx.checker in full, with shape inference; `deploytool verify`
on the recorded inputs of two sizes, neither of them the example's. Exit 1 when a form fails.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import onnx

from folder import models_folder


class Failure(Exception):
    pass


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{command[1]}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def export(tool, case, form, archive, output):
    flags = [flag for spec in case["inputs"] for flag in ("--input", spec)]
    flags += [flag for name in case["outputs"] for flag in ("--output-name", name)]
    report = json.loads(run(tool, "export", archive, "-o", output, "--json", *flags).stdout)["result"]
    if report["traced"] != (form == "trace"):
        raise Failure(f"export says traced = {report['traced']}")


def check_file(case, path):
    onnx.checker.check_model(str(path), full_check=True)
    graph = onnx.load(str(path), load_external_data=False).graph
    named = {dim.dim_param for value in graph.input for dim in value.type.tensor_type.shape.dim if dim.dim_param}
    missing = set(case["sizes"][0]) - named
    if missing:
        raise Failure(f"axes {sorted(missing)} are not dynamic in the inputs")


def check_form(tool, case, form, folder):
    archive = folder / f"{case['name']}-{form}.pt"
    with tempfile.TemporaryDirectory() as scratch:
        output = pathlib.Path(scratch) / "model.onnx"
        export(tool, case, form, archive, output)
        check_file(case, output)
        for number in range(len(case["sizes"])):
            run(tool, "verify", archive, output, "--strict", "--data", folder / f"{case['name']}-data-{number}.npz")


def main():
    tool, name = sys.argv[1:3]
    folder = models_folder()
    case = json.loads((folder / f"{name}.json").read_text())
    failed = 0
    for form in sys.argv[3:] or case["forms"]:
        try:
            check_form(tool, case, form, folder)
            print(f"{name} {form}: equal at {len(case['sizes'])} sizes")
        except (Failure, onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
            failed += 1
            print(f"{name} {form}: {error}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
