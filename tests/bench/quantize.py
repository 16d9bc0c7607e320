#!/usr/bin/python3
"""Quantized ONNX models against onnxruntime.quantization's: accuracy, size, latency; time and memory of quantizing.

    quantize.py quantize DEPLOYTOOL FOLDER [NAME...]   our side: FOLDER/ours/NAME.onnx and figures
    quantize.py compare FOLDER [NAME...]               where python3-onnxruntime is (Debian 13): the other side, the table
    quantize.py large DEPLOYTOOL FOLDER                a model of 1 GB, against copying it: at most 3 x the time, 1.4 x its size

FOLDER holds the models that quantize_models.py made. ONNX Runtime's side is its best of per-channel and per-tensor.
Latencies are paired: the models take turns in one process, on one thread, whose own time counts. The aims: SQNR at least ONNX Runtime's, 1 dB more
on half of the models; size within 1 %; latency within 5 %; a tenth of the time and a third of the memory.
"""
import json
import pathlib
import struct
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
    """Seconds, of them on a CPU, and the highest resident set of a command's processes (of the largest one), in MB."""
    done = subprocess.run(["/usr/bin/env", "python3", "-c", TIMER, *map(str, command)], check=True, capture_output=True)
    return json.loads(done.stdout.splitlines()[-1])


TIMER = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
seconds, used = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "megabytes": used.ru_maxrss / 1000}))
"""


def quantize(tool, folder, names):
    target = folder / "ours"
    target.mkdir(exist_ok=True)
    for name in names_in(folder, names):
        figures = []
        for suffix, flags in SETTINGS.items():
            command = [tool, "quantize", folder / f"{name}.onnx", "-o", target / f"{name}{suffix}.onnx", "--force", "-q",
                       "--types", "linear,lstm,embedding", *flags]
            figures += [timed(command) for _ in range(1 if suffix else 3)]
        best = {"seconds": min(f["seconds"] for f in figures[:3]), "cpu": min(f["cpu"] for f in figures[:3]),
                "megabytes": max(f["megabytes"] for f in figures[:3])}
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
        figures.append(timed([sys.executable, "-c", script, model, output, per_channel]))
    return {key: min(f[key] for f in figures) for key in figures[0]}


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
            started = time.thread_time()
            one.run(None, {"x": xs[0]})
            times[key].append(time.thread_time() - started)
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
            f"of {theirs['seconds']:.1f} s (on the CPU x {ours['cpu'] / theirs['cpu']:.3f} of {theirs['cpu']:.1f} s), x {ours['megabytes'] / theirs['megabytes']:.2f} of {theirs['megabytes']:.0f} MB")


def write_large(path, layers=16, width=4096):
    """16 products of 4096 x 4096 in float32, 1.07 GB, written as the stream of bytes that protobuf would make."""
    import random

    def varint(n):
        out = b""
        while n > 127:
            out, n = out + bytes([n & 127 | 128]), n >> 7
        return out + bytes([n])

    def field(number, content):
        content = content.encode() if isinstance(content, str) else content
        return varint(number << 3 | 2) + varint(len(content)) + content

    def dim(**what):
        return field(1, varint(1 << 3) + varint(what["size"]) if "size" in what else field(2, what["name"]))

    def value(name):
        shape = dim(name="batch") + dim(size=width)
        return field(1, name) + field(2, field(1, varint(1 << 3) + varint(1) + field(2, shape)))

    source = random.Random(1)
    block = b"".join(struct.pack("<f", source.gauss(0, 0.02)) for _ in range(1 << 16))
    head = varint(1 << 3) + varint(width) + varint(1 << 3) + varint(width) + varint(2 << 3) + varint(1)
    size = 4 * width * width
    nodes = b"".join(field(1, field(1, f"h{i}") + field(1, f"w{i}") + field(2, f"h{i + 1}") + field(4, "MatMul")) for i in range(layers))
    heads = [head + field(8, f"w{i}") + varint(9 << 3 | 2) + varint(size) for i in range(layers)]
    ends = field(11, value("h0")) + field(12, value(f"h{layers}"))
    tensors = sum(len(varint(5 << 3 | 2) + varint(len(h) + size)) + len(h) + size for h in heads)
    with open(path, "wb") as file:
        file.write(varint(1 << 3) + varint(8) + field(8, varint(2 << 3) + varint(13)) + varint(7 << 3 | 2))
        file.write(varint(len(nodes) + tensors + len(ends)) + nodes)
        for i, h in enumerate(heads):
            file.write(varint(5 << 3 | 2) + varint(len(h) + size) + h)
            turned = block[i * 4096:] + block[:i * 4096]
            for _ in range(size // len(block)):
                file.write(turned)
        file.write(ends)


def large(tool, folder):
    folder.mkdir(exist_ok=True)
    model, copy, output = folder / "large.onnx", folder / "copy.onnx", folder / "large.int8.onnx"
    write_large(model)
    turns = []
    for _ in range(3):  # in turns: what else the machine does meets both
        copying = timed(["sh", "-c", 'cp "$1" "$2" && sync "$2"', "sh", model, copy])
        turns.append((timed([tool, "quantize", model, "-o", output, "--force", "-q"]), copying))
        copy.unlink()
    seconds, copied = (min(t[i]["seconds"] for t in turns) for i in (0, 1))
    size = model.stat().st_size / 1e6
    peak = max(t[0]["megabytes"] for t in turns)
    print(f"{size:.0f} MB quantizes in {seconds:.2f} s, x {seconds / copied:.2f} of copying it ({copied:.2f} s, to the disk), peak {peak:.0f} MB,"
          f" x {peak / size:.2f} of its size; on the CPU {min(t[0]['cpu'] for t in turns):.2f} s")
    for path in (model, output):
        path.unlink()


def main():
    what = sys.argv[1]
    if what == "large":
        return large(sys.argv[2], pathlib.Path(sys.argv[3]))
    if what == "quantize":
        quantize(sys.argv[2], pathlib.Path(sys.argv[3]), sys.argv[4:])
    else:
        import onnx.reference  # noqa: F401  before ONNX Runtime: Debian's two share one registry of operators
        compare(pathlib.Path(sys.argv[2]), sys.argv[3:])


if __name__ == "__main__":
    main()
