#!/usr/bin/python3
"""Quantized ONNX models against onnxruntime.quantization's: accuracy, size, latency; time and memory of quantizing.

    quantize.py quantize DEPLOYTOOL FOLDER [NAME...]   our side: FOLDER/ours/NAME.onnx and figures
    quantize.py compare FOLDER [NAME...]               where python3-onnxruntime is (Debian 13): the other side, the table

FOLDER holds the models that quantize_models.py made. ONNX Runtime's side is its best of per-channel and per-tensor.
Latencies are paired: the models take turns in one process, on one thread. The aims: SQNR at least ONNX Runtime's, 1 dB more
on half of the models; size within 1 %; latency within 5 %; a tenth of the time and a third of the memory.
"""
import json
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
# What onnxruntime.quantization takes by default but has no kernels for: Conv with int8 weights.
OPERATORS = ["MatMul", "Gemm", "LSTM", "Gather", "Attention"]
SETTINGS = {"": [], "-per-token": ["--activations", "per-token"]}


def names_in(folder, names):
    return names or sorted(p.stem for p in folder.glob("*.onnx"))


def timed(command):
    """Seconds and the highest resident set of a command's processes (of the largest one), in MB."""
    started = time.perf_counter()
    done = subprocess.run(["/usr/bin/env", "python3", "-c", TIMER, *map(str, command)], check=True, capture_output=True)
    return time.perf_counter() - started, json.loads(done.stdout.splitlines()[-1])


TIMER = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(json.dumps({"seconds": time.perf_counter() - started,
                  "megabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000}))
"""


def quantize(tool, folder, names):
    target = folder / "ours"
    target.mkdir(exist_ok=True)
    for name in names_in(folder, names):
        figures = []
        for suffix, flags in SETTINGS.items():
            command = [tool, "quantize", folder / f"{name}.onnx", "-o", target / f"{name}{suffix}.onnx", "--force", "-q",
                       "--types", "linear,lstm,embedding", *flags]
            figures += [timed(command)[1] for _ in range(1 if suffix else 3)]
        best = {"seconds": min(f["seconds"] for f in figures[:3]), "megabytes": max(f["megabytes"] for f in figures[:3])}
        (target / f"{name}.json").write_text(json.dumps(best))
        print(name, best)


def quantize_theirs(model, target):
    """One process, as a user would run it."""
    script = ("import onnx.reference\nimport sys\nfrom onnxruntime.quantization import quantize_dynamic, QuantType\n"
              f"quantize_dynamic(sys.argv[1], sys.argv[2], op_types_to_quantize={OPERATORS!r}, per_channel=sys.argv[3] == '1',"
              " weight_type=QuantType.QInt8)\n")
    figures = []
    for per_channel in "01":
        output = f"{target}-{per_channel}.onnx"
        figures.append(timed([sys.executable, "-c", script, model, output, per_channel])[1])
    return {"seconds": min(f["seconds"] for f in figures), "megabytes": min(f["megabytes"] for f in figures)}


def inputs(name, random):
    shapes = {"mlp": (32, 784), "mlp_wide": (32, 1024), "bilstm": (4, 32, 128), "encoder": (2, 64, 256),
              "vit_b_16": (1, 3, 224, 224)}
    if name in shapes:
        return random.standard_normal(shapes[name]).astype("float32")
    return random.integers(0, 10000, (2, 64))


def measure(name, paths, reference, runs):
    import numpy
    import onnxruntime

    def session(path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(path), options)

    random = numpy.random.default_rng(1)
    xs = [inputs(name, random) for _ in range(3 if reference.stat().st_size > 2e8 else 16)]
    expected = [session(reference).run(None, {"x": x})[0].astype("float64") for x in xs]
    result = {}
    sessions = {key: session(path) for key, path in paths.items()}
    for key, one in sessions.items():
        actual = [one.run(None, {"x": x})[0].astype("float64") for x in xs]
        noise = sum(((a - e) ** 2).sum() for a, e in zip(actual, expected))
        error = sum(abs(a - e).sum() for a, e in zip(actual, expected)) / sum(abs(e).sum() for e in expected)
        sqnr = 10 * numpy.log10(sum((e**2).sum() for e in expected) / noise)
        result[key] = {"sqnr": float(sqnr), "error": float(error), "size": paths[key].stat().st_size / reference.stat().st_size}
    times = {key: [] for key in sessions}
    for _ in range(runs):
        for key, one in sessions.items():
            started = time.perf_counter()
            one.run(None, {"x": xs[0]})
            times[key].append(time.perf_counter() - started)
    for key in sessions:
        # The lowest: what else the machine does only ever adds.
        result[key]["milliseconds"] = min(times[key]) * 1e3
    return result


def compare(folder, names):
    theirs = folder / "theirs"
    theirs.mkdir(exist_ok=True)
    rows = []
    for name in names_in(folder, names):
        model, cost = folder / f"{name}.onnx", theirs / f"{name}.json"
        if not cost.exists():
            cost.write_text(json.dumps(quantize_theirs(model, theirs / name)))
        paths = {"tensor": theirs / f"{name}-0.onnx", "channel": theirs / f"{name}-1.onnx", "ours": folder / "ours" / f"{name}.onnx",
                 "token": folder / "ours" / f"{name}-per-token.onnx"}
        m = measure(name, paths, model, 60 if model.stat().st_size < 2e8 else 15)
        best = max(("tensor", "channel"), key=lambda k: m[k]["sqnr"])
        rows.append((name, m, best, json.loads(cost.read_text()), json.loads((folder / "ours" / f"{name}.json").read_text())))
        print(line(*rows[-1]), flush=True)
    gains = [m["ours"]["sqnr"] - m[best]["sqnr"] for _, m, best, _, _ in rows]
    print(f"at least as exact on {sum(g >= 0 for g in gains)} of {len(gains)}, 1 dB better on {sum(g >= 1 for g in gains)}")


def line(name, m, best, theirs, ours):
    o, t = m["ours"], m[best]
    return (f"{name:10} SQNR {o['sqnr']:5.1f} dB (ORT {t['sqnr']:5.1f}, per-token {m['token']['sqnr']:5.1f})  error {100 * o['error']:.2f} %  "
            f"size {o['size']:.4f} ({t['size']:.4f})  latency {o['milliseconds']:.2f} ms, x {o['milliseconds'] / t['milliseconds']:.3f} "
            f"(per-token x {m['token']['milliseconds'] / t['milliseconds']:.2f})  quantizing x {ours['seconds'] / theirs['seconds']:.3f} "
            f"of {theirs['seconds']:.1f} s, x {ours['megabytes'] / theirs['megabytes']:.2f} of {theirs['megabytes']:.0f} MB")


def main():
    what = sys.argv[1]
    if what == "quantize":
        quantize(sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4:])
    else:
        import onnx.reference  # noqa: F401  before ONNX Runtime: Debian's two share one registry of operators
        compare(pathlib.Path(sys.argv[2]), sys.argv[3:])


if __name__ == "__main__":
    main()
