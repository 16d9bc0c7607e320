"""Makes the small archives of these tests; needs PyTorch. The committed ones: 1.13 (Debian 12) and 2.6 (Debian 13).

    python3 make_archives.py FOLDER
"""
import sys
from typing import Dict, List, NamedTuple, Optional

import torch
from torch import Tensor, nn


class Branch(nn.Module):
    """Tied weights, a branch on data, a free function, a strided and a half-precision buffer."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.encoder = nn.Linear(4, 4)
        self.decoder = nn.Linear(4, 4)
        self.decoder.weight = self.encoder.weight
        self.register_buffer("table", torch.arange(12.0).reshape(3, 4).t())
        self.register_buffer("halves", torch.ones(2, dtype=torch.float16))
        self.scales = {"first": 2.0, "second": 3.0}
        self.sizes = [3, 5]

    def forward(self, x, flag: bool = True, scale: float = 1.5):
        if x.sum() > 0:
            x = self.encoder(x) * 2
        else:
            x = self.decoder(x) + 1
        return nn.functional.relu(x) * self.scales["first"] * scale if flag else x

    @torch.jit.export
    def shapes(self, items: List[Tensor], limit: Optional[int] = None) -> Dict[str, int]:
        result: Dict[str, int] = {}
        for i, item in enumerate(items):
            result[str(i)] = item.size(0)
        return result


class Pair(NamedTuple):
    first: Tensor
    second: Tensor


@torch.jit.interface
class Step(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        pass


class Twice(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 2


class Chosen(nn.Module):
    """A call through an interface, a class made at run time, a NamedTuple."""

    step: Step

    def __init__(self):
        super().__init__()
        self.step = Twice()

    def forward(self, x: Tensor) -> Pair:
        counter = Counter(3)
        return Pair(self.step.forward(x), x + counter.next())


@torch.jit.script
class Counter:
    def __init__(self, start: int):
        self.value = start

    def next(self) -> int:
        self.value += 1
        return self.value


class Straight(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.conv = nn.Conv2d(1, 2, 3)

    def forward(self, x):
        return self.conv(x).flatten(1)


class Attention(nn.Module):
    """Operators that libtorch 1.13 lacks (2.x only)."""

    def forward(self, x):
        return nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True)


class Linears(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(2)
        self.fc = nn.Linear(4, 3)
        self.rnn = nn.LSTM(3, 2, bidirectional=True)

    def forward(self, x):
        return self.rnn(self.fc(x))[0]


class Layers(nn.Module):
    """What quantizing rewrites and what it must leave alone: two layers of one class, tied weights, a weight that a
    second method reads, an LSTM, a product and sum, another method, extra files, training mode."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(3)
        self.first = nn.Linear(48, 48)
        self.second = nn.Linear(48, 48, bias=False)
        self.tied = nn.Linear(48, 48, bias=False)
        self.tied.weight = self.second.weight
        self.read = nn.Linear(48, 48)
        self.lstm = nn.LSTM(48, 16, bidirectional=True, batch_first=True)
        self.embedding = nn.Embedding(20, 48)
        self.product = nn.Parameter(torch.randn(32, 48) / 8)
        self.sum = nn.Parameter(torch.randn(48))

    def forward(self, tokens: Tensor):
        x = self.tied(torch.relu(self.second(torch.relu(self.first(self.embedding(tokens))))))
        x, (hidden, cell) = self.lstm(torch.tanh(x))
        return self.read(torch.matmul(x, self.product) + self.sum), hidden

    @torch.jit.export
    def norm(self) -> Tensor:
        return self.read.weight.norm()


class NotFinite(nn.Module):
    """A layer whose weight holds NaN, and one that can be quantized."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(4)
        self.good = nn.Linear(64, 64)
        self.bad = nn.Linear(64, 8)
        with torch.no_grad():
            self.bad.weight[3, 5] = float("nan")

    def forward(self, x):
        return self.bad(self.good(x))


class OddWeights(nn.Module):
    """Rows without a range, and dtypes that no quantized operator takes."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(6)
        self.words = nn.Embedding(40, 64)
        self.zeros = nn.Linear(64, 64)
        self.layer = nn.Linear(64, 64)
        self.halves = nn.Linear(64, 64).half()
        self.doubles = nn.Linear(64, 64).double()
        with torch.no_grad():
            self.words.weight[3] = 0.75
            self.words.weight[5] = 0
            self.zeros.weight.zero_()
            self.layer.weight[7] = 0

    def forward(self, tokens: Tensor):
        x = self.words(tokens)
        y = self.layer(x)
        if tokens.size(0) > 1000:  # libtorch 1.13 has no kernel for halves
            y = self.halves(y.half()).float()
        return self.doubles(y.double()).float(), self.zeros(x), x


def on_processor(weight: Optional[Tensor]) -> bool:
    if weight is not None:
        return weight.device.type in ["cpu", "cuda"]
    return True


class Called(nn.Module):
    """Weights that are given to calls: of a function that asks for their device only, as nn.MultiheadAttention does
    from 2.0 on, and of a method that gives it to another, which computes with it."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(5)
        self.layer = nn.Linear(64, 64)
        self.product = nn.Parameter(torch.randn(64, 64) / 8)

    def inner(self, x, weight):
        return torch.matmul(x, weight)

    def outer(self, x, weight):
        return torch.tanh(self.inner(x, weight))

    def forward(self, x: Tensor):
        x = self.layer(x)
        if not on_processor(self.layer.weight):
            x = x + 1
        return self.outer(x, self.product)


class Frozen(nn.Module):
    """Freezing makes constants of all weights. The convolution's stays, in two branches that call one layer each."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(7)
        self.conv = nn.Conv1d(64, 64, 1)
        self.layer = nn.Linear(64, 64)
        self.other = nn.Linear(64, 64)
        self.lstm = nn.LSTM(64, 64)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x.unsqueeze(2)).squeeze(2)
        if bool(x.sum() > 0):
            x = self.layer(x)
        else:
            x = self.other(x)
        return self.lstm(x.unsqueeze(1))[0]


class Vector(nn.Module):
    """A weight that is a matrix in the program only."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(8)
        self.flat = nn.Parameter(torch.randn(64 * 64) / 8)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, self.flat.view(64, 64))


class Stateful(nn.Module):
    """What a call leaves behind: a counter, a list that grows, a buffer written in place and one replaced by a larger one."""

    sums: List[float]

    def __init__(self):
        super().__init__()
        self.calls = 0
        self.sums = []
        self.register_buffer("total", torch.zeros(2))
        self.register_buffer("seen", torch.zeros(1, 2))

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        self.sums.append(float(x.sum()))
        self.total += x
        self.seen = torch.cat([self.seen, x[None]])
        return self.total * self.calls + len(self.sums) + self.seen.sum(0)


class OneLine(nn.Module):
    """Statements that look like a line of a Python stack, `file(line): function`."""

    def forward(self, x: Tensor, y: Tensor):
        if x.size(0) == y.size(0): return x
        for i in range(3): y = y + x[..., -y.size(1):]
        return y


def main(folder):
    version = ".".join(torch.__version__.split(".")[:2])

    def path(name):
        return f"{folder}/{name}_{version}.pt"

    torch.jit.script(Branch().eval()).save(path("branch"))
    torch.jit.script(Chosen().eval()).save(path("chosen"))
    torch.jit.trace(Straight().eval(), torch.ones(1, 1, 4, 4)).save(path("traced"))
    torch.jit.trace(NotFinite().eval(), torch.ones(1, 64), check_trace=False).save(path("not_finite"))
    torch.jit.script(Called().eval()).save(path("called"))
    torch.jit.script(OddWeights().eval()).save(path("odd_weights"))
    torch.jit.freeze(torch.jit.script(Frozen().eval())).save(path("frozen"))
    torch.jit.script(Vector().eval()).save(path("vector"))
    torch.jit.script(Stateful().eval()).save(path("stateful"))
    torch.jit.script(OneLine().eval()).save(path("one_line"))
    layers = torch.jit.script(Layers().eval())
    layers.save(path("layers"), _extra_files={"notes.txt": "three lines\nof\ntext"})
    if hasattr(nn.functional, "scaled_dot_product_attention"):
        torch.jit.script(Attention().eval()).save(path("attention"))
        torch.export.save(torch.export.export(Straight(), (torch.ones(1, 1, 4, 4),)), f"{folder}/exported_{version}.pt2")
        return
    torch.backends.quantized.engine = "qnnpack"
    quantized = torch.ao.quantization.quantize_dynamic(Linears().eval(), {nn.Linear, nn.LSTM}, dtype=torch.qint8)
    torch.jit.script(quantized).save(path("quantized"))
    # No TorchScript archives:
    torch.save(Straight().state_dict(), path("state_dict"))
    torch.save(Straight().state_dict(), path("state_dict_legacy"), _use_new_zipfile_serialization=False)
    torch.save(Straight(), path("whole_module"))
    torch.save(Straight(), path("whole_module_legacy"), _use_new_zipfile_serialization=False)
    torch.jit.script(Straight().eval())._save_for_lite_interpreter(path("flatbuffer"), _use_flatbuffer=True)


main(sys.argv[1])
