#!/usr/bin/python3
"""Writes the archives beside it, with the PyTorch at hand. They are checked in: tests need no Python."""
import pathlib

import torch
from torch import Tensor, nn
from typing import Dict, List, Optional

HERE = pathlib.Path(__file__).resolve().parent


class Branch(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x * 2
        else:
            return x + 1


class Arguments(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 3)

    def forward(self, x: Tensor, states: List[Tensor], mask: Optional[Tensor] = None, scale: float = 2.0, mode: str = "sum"):
        y = self.linear(x) * scale
        for state in states:
            y = y + state
        if mask is not None:
            y = y.masked_fill(mask, 0.0)
        return y if mode == "sum" else y.mean()

    @torch.jit.export
    def double(self, x: Tensor, times: int):
        return x * (2 * times)


class Unsupported(nn.Module):
    def forward(self, x):
        u = torch.linalg.eigvals(x)
        q, tau = torch.geqrf(x)
        return u, q, tau, torch.linalg.vander(x)


class Noise(nn.Module):
    """Never the same numbers."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(500, 3))

    def forward(self, x):
        return (x + torch.rand_like(x)) @ self.weight.t()


class Wrapper(nn.Module):
    """Only calls a submodule."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x)


class Baked(nn.Module):
    """A trace records sizes that Python computed as constants."""

    def forward(self, x):
        return x.reshape(int(x.shape[0]), 12) + torch.zeros(int(x.shape[1]), 1).sum()


class Sizes(nn.Module):
    """Outputs whose sizes are other expressions of the input's."""

    def forward(self, x, rows: Dict[str, Tensor]):
        return torch.cat([x, x]), x[1:], x * rows["scale"]


def main():
    torch.manual_seed(0)
    with torch.no_grad():
        torch.jit.save(torch.jit.script(Branch()), str(HERE / "if_script.pt"))
        torch.jit.save(torch.jit.trace(Branch(), torch.ones(2, 3), check_trace=False), str(HERE / "if_trace.pt"))
        torch.jit.save(torch.jit.script(Arguments()), str(HERE / "arguments.pt"))
        torch.jit.save(torch.jit.script(Unsupported()), str(HERE / "unsupported.pt"))
        torch.jit.save(torch.jit.script(Noise()), str(HERE / "noise.pt"))
        torch.jit.save(torch.jit.trace(Wrapper(Wrapper(Branch())), torch.ones(2, 3), check_trace=False),
                       str(HERE / "wrapper_trace.pt"))
        torch.jit.save(torch.jit.script(Wrapper(Wrapper(Branch()))), str(HERE / "wrapper_script.pt"))
        torch.jit.save(torch.jit.trace(Baked(), torch.ones(5, 3, 4), check_trace=False), str(HERE / "baked_trace.pt"))
        torch.jit.save(torch.jit.script(Sizes()), str(HERE / "sizes.pt"))
        torch.save(nn.Linear(2, 2).state_dict(), HERE / "state_dict.pt")
        torch.save(nn.Linear(2, 2), HERE / "whole_module.pt")
        torch.save(nn.Linear(2, 2), HERE / "protocol4_module.pt", pickle_protocol=4)
        torch.save({"vec": [1], "epoch": 3, "model": nn.Linear(2, 2).state_dict()}, HERE / "checkpoint.pt")
        torch.save(nn.Linear(2, 2).state_dict(), HERE / "legacy_state_dict.pt", _use_new_zipfile_serialization=False)


main()
