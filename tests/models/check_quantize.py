#!/usr/bin/python3
"""Compares quantized archives with what PyTorch itself makes of the same models.

    check_quantize.py DEPLOYTOOL [NAME]

Per model, scripted and traced: `deploytool quantize`, then Python loads the archive and runs it on every engine it has.
Where PyTorch's eager quantize_dynamic takes the same layers, outputs must be equal to the last bit; sizes must keep to
the given ratio. Exit 1 when a model fails.
"""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import Callable, Sequence, Set

import numpy
import torch
import torchvision.models as zoo
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


ENGINES = [e for e in torch.backends.quantized.supported_engines if e != "none"]


class Failure(Exception):
    pass


def wide_mlp():
    return nn.Sequential(nn.Linear(512, 2048), nn.ReLU(), nn.Linear(2048, 2048, bias=False), nn.ReLU(), nn.Linear(2048, 64))


class LanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(8000, 128)
        self.lstm = nn.LSTM(128, 512, num_layers=2)
        self.decoder = nn.Linear(512, 8000)

    def forward(self, tokens: Tensor, hidden: Tensor, cell: Tensor):
        output, (hidden, cell) = self.lstm(self.embedding(tokens), (hidden, cell))
        return self.decoder(output), hidden, cell


class BiLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(64, 96, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(192, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(x)[0])


class PackedBiLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(64, 96, bidirectional=True, batch_first=True)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(self.lstm(packed)[0], batch_first=True)[0]


class GruNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(64, 96, num_layers=2, bidirectional=True)
        self.head = nn.Linear(192, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.gru(x)[0])


class Cells(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTMCell(64, 64)
        self.gru = nn.GRUCell(64, 64)
        self.rnn = nn.RNNCell(64, 64)
        self.relu = nn.RNNCell(64, 64, nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        state = torch.zeros_like(x)
        hidden, cell = self.lstm(x, (state, state))
        return self.relu(self.rnn(self.gru(hidden, cell), x), hidden)


class Encoder(nn.Module):
    """Time first: eager PyTorch takes no fused path, and so quantizes the feed-forward layers."""

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(128, 4, 512, dropout=0.0, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x)


class BertLayer(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.heads = width // 64
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.output = nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def split(self, x: Tensor) -> Tensor:
        return x.reshape(x.size(0), x.size(1), self.heads, 64).transpose(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        seen = torch.softmax(q @ k.transpose(-1, -2) / 8.0, -1) @ v
        x = self.norm1(x + self.output(seen.transpose(1, 2).reshape(x.shape)))
        return self.norm2(x + self.narrow(torch.nn.functional.gelu(self.wide(x))))


class Bert(nn.Module):
    """BERT-base with two layers: embeddings and layers in PyTorch's proportions."""

    def __init__(self):
        super().__init__()
        self.tokens, self.places = nn.Embedding(30522, 768), nn.Embedding(512, 768)
        self.norm = nn.LayerNorm(768)
        self.layers = nn.ModuleList([BertLayer(768) for _ in range(2)])
        self.pooler = nn.Linear(768, 768)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.norm(self.tokens(tokens) + self.places(torch.arange(tokens.size(1)).unsqueeze(0)))
        for layer in self.layers:
            x = layer(x)
        return torch.tanh(self.pooler(x[:, 0]))


def vision_transformer():
    model = zoo.vit_b_16(weights=None)
    nn.init.normal_(model.heads.head.weight, std=0.05)  # torchvision starts it at zero
    return model


@dataclass
class Case:
    name: str
    build: Callable[[], nn.Module]
    inputs: Callable[[], Sequence[Tensor]]
    ratio: float                      # of file sizes, at most
    flags: Sequence[str] = ()
    eager: Set[type] = frozenset()    # what PyTorch's quantize_dynamic is given; empty: not comparable
    sqnr: float = 20                  # dB of the outputs against floating point
    forms: Sequence[str] = ("script", "trace")
    specs: Sequence[str] = ()         # --input, to export the quantized archive; none: that is not tried


LINEAR_LSTM = {nn.Linear, nn.LSTM}
WITH_EMBEDDINGS = ("--types", "linear,lstm,embedding")


def language(batch=3):
    return (torch.randint(0, 8000, (7, batch)), torch.randn(2, batch, 512), torch.randn(2, batch, 512))


CASES = [
    Case("mlp", wide_mlp, lambda: (torch.randn(5, 512),), 0.26, eager=LINEAR_LSTM, specs=["input:float32[n,512]"]),
    Case("lstm_lm", LanguageModel, language, 0.38, eager=LINEAR_LSTM),
    Case("lstm_lm_embedding", LanguageModel, language, 0.27, WITH_EMBEDDINGS,
         specs=["tokens:int64[time,batch]", "hidden:float32[2,batch,512]", "cell:float32[2,batch,512]"]),
    Case("bilstm", BiLstm, lambda: (torch.randn(3, 11, 64),), 0.3, eager=LINEAR_LSTM,
         specs=["x:float32[batch,time,64]"]),
    Case("packed_bilstm", PackedBiLstm, lambda: (torch.randn(3, 11, 64), torch.tensor([4, 11, 7])), 0.35,
         forms=["script"], specs=["x:float32[batch,time,64]", "lengths:int64[batch]"]),
    Case("gru", GruNet, lambda: (torch.randn(9, 3, 64),), 0.3, ("--types", "linear,gru"), {nn.Linear, nn.GRU},
         specs=["x:float32[time,batch,64]"]),
    Case("cells", Cells, lambda: (torch.randn(4, 64),), 0.35, ("--types", "linear,lstm,gru,rnn"),
         {nn.LSTMCell, nn.GRUCell, nn.RNNCell}, specs=["x:float32[batch,64]"]),
    Case("encoder", Encoder, lambda: (torch.randn(6, 3, 128),), 0.3),
    Case("encoder_as_pytorch", Encoder, lambda: (torch.randn(6, 3, 128),), 0.6, ("--include", "*.linear?.weight"), LINEAR_LSTM),
    Case("bert", Bert, lambda: (torch.randint(0, 30522, (2, 16)),), 0.26, WITH_EMBEDDINGS),
    Case("vit_b_16", vision_transformer, lambda: (torch.randn(1, 3, 224, 224),), 0.26, sqnr=15),
    Case("vit_b_16_as_pytorch", vision_transformer, lambda: (torch.randn(1, 3, 224, 224),), 0.51,
         ("--include", "*.mlp.*", "--include", "heads.*"), LINEAR_LSTM, sqnr=15),
]


def tensors(result):
    return list(result) if isinstance(result, tuple) else [result]


def quantize(tool, archive, output, flags):
    done = subprocess.run([tool, "quantize", archive, "-o", output, "--force", "--json", *flags], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"exit {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)["result"]


def run(tool, *arguments):
    done = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{arguments[0]}: exit {done.returncode}\n{done.stdout}{done.stderr}")


def check_export(tool, case, archive, inputs, scratch):
    """The quantized archive as ONNX: the integers stay integers, the numbers those of libtorch but for its rounding."""
    onnx, data = scratch / "int8.onnx", scratch / "inputs.npz"
    run(tool, "export", archive, "-o", onnx, "--force", *(flag for spec in case.specs for flag in ("--input", spec)))
    if os.path.getsize(onnx) > 1.02 * os.path.getsize(archive):
        raise Failure(f"as ONNX {os.path.getsize(onnx)} bytes, as archive {os.path.getsize(archive)}")
    numpy.savez(data, **{spec.split(":")[0]: value.numpy() for spec, value in zip(case.specs, inputs)})
    run(tool, "verify", archive, onnx, "--data", data, "--rtol", 0.05, "--atol", 0.05)


def sqnr(exact, other):
    return float(10 * torch.log10(exact.square().sum() / (exact - other).square().sum()))


def check_form(tool, case, form, model, inputs, scratch):
    archive, output = str(scratch / f"{form}.pt"), str(scratch / f"{form}.int8.pt")
    made = torch.jit.script(model) if form == "script" else torch.jit.trace(model, tuple(inputs), check_trace=False)
    made.save(archive)
    report = quantize(tool, archive, output, case.flags)
    exact = tensors(made(*inputs))
    unexplained = [w["name"] for w in report["weights"] if not w["quantized"] and not w["reason"]]
    if unexplained:
        raise Failure(f"no reason why these stay: {unexplained}")
    ratio = os.path.getsize(output) / os.path.getsize(archive)
    if ratio > case.ratio:
        raise Failure(f"{ratio:.3f} of the size, more than {case.ratio}")
    said = []
    for engine in ENGINES:
        torch.backends.quantized.engine = engine
        ours = tensors(torch.jit.load(output)(*inputs))
        noise = min(sqnr(e, o) for e, o in zip(exact, ours))
        if not noise > case.sqnr:
            raise Failure(f"{engine}: {noise:.1f} dB")
        said.append(f"{engine} {noise:.1f} dB")
        if case.eager:
            eager = torch.ao.quantization.quantize_dynamic(copy.deepcopy(model), set(case.eager), dtype=torch.qint8)
            theirs = tensors(eager(*inputs))
            if not all(torch.equal(a, b) for a, b in zip(theirs, ours)):
                raise Failure(f"{engine}: not what PyTorch computes")
            said.append("equal to PyTorch")
    if case.specs:
        check_export(tool, case, output, inputs, scratch)
        said.append("exported")
    print(f"{case.name} {form}: {ratio:.3f}, {', '.join(said)}", flush=True)


def main():
    tool = sys.argv[1]
    failed = 0
    for case in CASES:
        if sys.argv[2:] and case.name not in sys.argv[2:]:
            continue
        torch.manual_seed(0)
        model, inputs = case.build().eval(), case.inputs()
        for form in case.forms:
            with tempfile.TemporaryDirectory() as scratch, torch.no_grad():
                try:
                    check_form(tool, case, form, model, inputs, pathlib.Path(scratch))
                except Failure as error:
                    failed += 1
                    print(f"{case.name} {form}: {error}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
