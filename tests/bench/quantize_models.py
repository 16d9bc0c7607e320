#!/usr/bin/python3
"""Makes the ONNX models of the quantization bench with PyTorch: random weights, fixed seeds.

    quantize_models.py FOLDER [NAME...]       run where python3-torch and python3-onnx are; models that exist are kept
"""
import math
import pathlib
import sys

import torch
from torch import nn


class Mlp(nn.Sequential):
    def __init__(self, *sizes):
        layers = []
        for a, b in zip(sizes, sizes[1:]):
            layers += [nn.Linear(a, b), nn.ReLU()]
        super().__init__(*layers[:-1])


class LstmLm(nn.Module):
    def __init__(self, vocabulary=10000, size=256, layers=2):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, size)
        self.lstm = nn.LSTM(size, size * 2, layers, batch_first=True)
        self.decoder = nn.Linear(size * 2, vocabulary)

    def forward(self, tokens):
        return self.decoder(self.lstm(self.embedding(tokens))[0])


class BiLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(128, 256, 2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(512, 10)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


class Attention(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(size, size) for _ in range(4))
        self.heads = heads

    def split(self, x):
        return x.reshape(x.shape[0], -1, self.heads, x.shape[-1] // self.heads).transpose(1, 2)

    def forward(self, x):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]), -1)
        return self.output((weights @ v).transpose(1, 2).reshape(x.shape))


class Block(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.attention = Attention(size, heads)
        self.intermediate, self.output = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)
        self.norm1, self.norm2 = nn.LayerNorm(size), nn.LayerNorm(size)

    def forward(self, x):
        x = self.norm1(x + self.attention(x))
        return self.norm2(x + self.output(nn.functional.gelu(self.intermediate(x))))


class Bert(nn.Module):
    """The shape of BERT: post-norm blocks, GELU, weights N(0, 0.02)."""

    def __init__(self, size, layers, heads, vocabulary=30522):
        super().__init__()
        self.words, self.positions = nn.Embedding(vocabulary, size), nn.Embedding(512, size)
        self.norm = nn.LayerNorm(size)
        self.layers = nn.ModuleList(Block(size, heads) for _ in range(layers))
        self.pooler = nn.Linear(size, size)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)

    def forward(self, tokens):
        places = torch.arange(tokens.shape[1]).unsqueeze(0)
        x = self.norm(self.words(tokens) + self.positions(places))
        for layer in self.layers:
            x = layer(x)
        return x, torch.tanh(self.pooler(x[:, 0]))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(Block(256, 8) for _ in range(4))

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def vit():
    import torchvision
    model = torchvision.models.vit_b_16(weights=None)
    nn.init.normal_(model.heads.head.weight, std=0.02)  # zeros else
    return model


def floats(*dims):
    return torch.randn(*dims)


def tokens(*dims):
    return torch.randint(0, 10000, dims)


# name: model, example input, names of its dynamic axes
MODELS = {
    "mlp": (lambda: Mlp(784, 512, 256, 10), lambda: floats(8, 784), {0: "batch"}),
    "mlp_wide": (lambda: Mlp(1024, 4096, 4096, 1024), lambda: floats(8, 1024), {0: "batch"}),
    "lstm_lm": (LstmLm, lambda: tokens(2, 24), {0: "batch", 1: "time"}),
    "bilstm": (BiLstm, lambda: floats(2, 24, 128), {0: "batch", 1: "time"}),
    "bert_mini": (lambda: Bert(256, 4, 4), lambda: tokens(2, 64), {0: "batch", 1: "time"}),
    "bert_base": (lambda: Bert(768, 12, 12), lambda: tokens(1, 64), {0: "batch", 1: "time"}),
    "encoder": (Encoder, lambda: floats(2, 64, 256), {0: "batch", 1: "time"}),
    "vit_b_16": (vit, lambda: floats(1, 3, 224, 224), {0: "batch"}),
}


def make(name, folder):
    target = folder / f"{name}.onnx"
    if target.exists():
        return
    torch.manual_seed(len(name))
    build, example, axes = MODELS[name]
    model, x = build().eval(), example()
    torch.backends.mha.set_fastpath_enabled(False)
    with torch.no_grad():
        torch.onnx.export(model, (x,), str(target), opset_version=14 if name == "vit_b_16" else 13, input_names=["x"], dynamic_axes={"x": axes},
                          dynamo=False)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or MODELS:
        make(name, folder)
        print(name, (folder / f"{name}.onnx").stat().st_size)


if __name__ == "__main__":
    main()
