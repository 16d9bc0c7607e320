"""Models of sequences other than plain transformers: scans, speech, decoding loops, tagging with a CRF."""
import math
from typing import List, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@torch.jit.script
def selective_scan(decay: Tensor, update: Tensor, readout: Tensor) -> Tensor:
    """h[t] = decay[t] * h[t-1] + update[t]; y[t] = <h[t], readout[t]>. A script even where its caller is traced."""
    state = torch.zeros_like(update[:, 0])
    outputs: List[Tensor] = []
    for step in range(update.size(1)):
        state = decay[:, step] * state + update[:, step]
        outputs.append(torch.einsum("bdn,bn->bd", state, readout[:, step]))
    return torch.stack(outputs, dim=1)


class MambaBlock(nn.Module):
    def __init__(self, width: int, states: int = 4, rank: int = 2):
        super().__init__()
        self.inner, self.states, self.rank = 2 * width, states, rank
        self.norm = nn.LayerNorm(width)
        self.project = nn.Linear(width, 2 * self.inner, bias=False)
        self.conv = nn.Conv1d(self.inner, self.inner, 4, groups=self.inner, padding=3)
        self.select = nn.Linear(self.inner, rank + 2 * states, bias=False)
        self.delta = nn.Linear(rank, self.inner)
        self.log_decay = nn.Parameter(torch.log(torch.arange(1, states + 1).float().repeat(self.inner, 1)))
        self.skip = nn.Parameter(torch.ones(self.inner))
        self.out = nn.Linear(self.inner, width, bias=False)

    def forward(self, hidden: Tensor) -> Tensor:
        length = hidden.size(1)
        x, gate = self.project(self.norm(hidden)).chunk(2, dim=-1)
        x = F.silu(self.conv(x.transpose(1, 2))[..., :length].transpose(1, 2))
        delta, inputs, readout = self.select(x).split([self.rank, self.states, self.states], dim=-1)
        delta = F.softplus(self.delta(delta)).unsqueeze(-1)
        decay = torch.exp(delta * -torch.exp(self.log_decay))
        y = selective_scan(decay, delta * inputs.unsqueeze(2) * x.unsqueeze(-1), readout)
        return hidden + self.out((y + x * self.skip) * F.silu(gate))


class Mamba(nn.Module):
    def __init__(self, vocabulary: int = 50, width: int = 16):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        self.blocks = nn.Sequential(MambaBlock(width), MambaBlock(width))
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.blocks(self.words(tokens)))


class RelativeAttention(nn.Module):
    """Transformer-XL attention: scores by distance are aligned with a pad, a view and a slice."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.q = nn.Linear(width, width)
        self.k = nn.Linear(width, width)
        self.v = nn.Linear(width, width)
        self.p = nn.Linear(width, width, bias=False)
        self.out = nn.Linear(width, width)
        self.u = nn.Parameter(torch.randn(heads, self.size) * 0.1)
        self.w = nn.Parameter(torch.randn(heads, self.size) * 0.1)

    def shift(self, x: Tensor) -> Tensor:
        batch, heads, rows, columns = x.size()
        x = F.pad(x, (1, 0)).view(batch, heads, columns + 1, rows)
        return x[:, :, 1:].view(batch, heads, rows, columns)[:, :, :, :columns // 2 + 1]

    def forward(self, x: Tensor, positions: Tensor, mask: Tensor) -> Tensor:
        batch = x.size(0)
        q = self.q(x).view(batch, -1, self.heads, self.size)
        k = self.k(x).view(batch, -1, self.heads, self.size).transpose(1, 2)
        v = self.v(x).view(batch, -1, self.heads, self.size).transpose(1, 2)
        p = self.p(positions).view(1, -1, self.heads, self.size).transpose(1, 2)
        content = torch.matmul((q + self.u).transpose(1, 2), k.transpose(-2, -1))
        position = self.shift(torch.matmul((q + self.w).transpose(1, 2), p.transpose(-2, -1)))
        scores = ((content + position) / math.sqrt(self.size)).masked_fill(mask[:, None, None], -10000.0)
        weights = torch.softmax(scores, dim=-1).masked_fill(mask[:, None, None], 0.0)
        return self.out(torch.matmul(weights, v).transpose(1, 2).reshape(batch, -1, self.heads * self.size))


class ConformerBlock(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in range(5)])
        self.feed1 = nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Dropout(0.1), nn.Linear(2 * width, width))
        self.feed2 = nn.Sequential(nn.Linear(width, 2 * width), nn.SiLU(), nn.Dropout(0.1), nn.Linear(2 * width, width))
        self.attention = RelativeAttention(width, heads)
        self.pointwise1 = nn.Conv1d(width, 2 * width, 1)
        self.depthwise = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.batch_norm = nn.BatchNorm1d(width)
        self.pointwise2 = nn.Conv1d(width, width, 1)

    def convolve(self, x: Tensor, mask: Tensor) -> Tensor:
        x = F.glu(self.pointwise1(x.transpose(1, 2)), dim=1).masked_fill(mask[:, None], 0.0)
        return self.pointwise2(F.silu(self.batch_norm(self.depthwise(x)))).transpose(1, 2)

    def forward(self, x: Tensor, positions: Tensor, mask: Tensor) -> Tensor:
        x = x + 0.5 * self.feed1(self.norms[0](x))
        x = x + self.attention(self.norms[1](x), positions, mask)
        x = x + self.convolve(self.norms[2](x), mask)
        return self.norms[4](x + 0.5 * self.feed2(self.norms[3](x)))


class Conformer(nn.Module):
    """Convolutional subsampling by 4, relative positions made for the length at hand, padding by lengths."""

    def __init__(self, features: int = 20, width: int = 16, heads: int = 2, classes: int = 12):
        super().__init__()
        self.width = width
        self.subsample = nn.Sequential(nn.Conv2d(1, 8, 3, 2), nn.ReLU(), nn.Conv2d(8, 8, 3, 2), nn.ReLU())
        self.project = nn.Linear(8 * (((features - 1) // 2 - 1) // 2), width)
        self.blocks = nn.ModuleList([ConformerBlock(width, heads) for _ in range(2)])
        self.head = nn.Linear(width, classes)

    def positions(self, length: int, device: torch.device) -> Tensor:
        distance = torch.arange(length - 1, -length, -1, device=device).float().unsqueeze(1)
        rate = torch.exp(torch.arange(0, self.width, 2, device=device).float() * -(math.log(10000.0) / self.width))
        table = torch.zeros(distance.size(0), self.width, device=device)
        table[:, 0::2] = torch.sin(distance * rate)
        table[:, 1::2] = torch.cos(distance * rate)
        return table.unsqueeze(0)

    def forward(self, features: Tensor, lengths: Tensor) -> Tuple[Tensor, Tensor]:
        x = self.subsample(features.unsqueeze(1))
        batch, channels, time, bins = x.size()
        x = self.project(x.transpose(1, 2).contiguous().view(batch, time, channels * bins)) * math.sqrt(self.width)
        lengths = torch.div(torch.div(lengths - 1, 2, rounding_mode="floor") - 1, 2, rounding_mode="floor")
        mask = torch.arange(time, device=x.device)[None] >= lengths[:, None]
        positions = self.positions(time, x.device)
        for block in self.blocks:
            x = block(x, positions, mask)
        return F.log_softmax(self.head(x), dim=-1), lengths


class SpeechCtc(nn.Module):
    """Waveform to log-mel features (stft), normalised per utterance, convolution, a BiLSTM and log-probabilities."""

    def __init__(self, fft: int = 64, hop: int = 16, mels: int = 20, classes: int = 10):
        super().__init__()
        self.fft, self.hop = fft, hop
        self.register_buffer("window", torch.hann_window(fft))
        self.register_buffer("filters", torch.rand(mels, fft // 2 + 1))
        self.conv = nn.Sequential(nn.Conv1d(mels, 24, 5, stride=2, padding=2), nn.BatchNorm1d(24),
                                  nn.Hardtanh(0.0, 20.0))
        self.lstm = nn.LSTM(24, 16, bidirectional=True)
        self.head = nn.Linear(32, classes)

    def forward(self, waveform: Tensor) -> Tensor:
        spectrum = torch.stft(waveform, self.fft, self.hop, window=self.window, center=True, return_complex=True)
        power = torch.view_as_real(spectrum).pow(2).sum(-1)
        x = torch.log(torch.matmul(self.filters, power).clamp(min=1e-5))
        x = (x - x.mean(dim=-1, keepdim=True)) / (x.std(dim=-1, keepdim=True) + 1e-3)
        x = self.conv(x).permute(2, 0, 1)
        zeros = torch.zeros(2, x.size(1), 16, dtype=x.dtype, device=x.device)
        x, _ = self.lstm(x, (zeros, zeros))
        return self.head(x).log_softmax(dim=2)


class AttentionSeq2Seq(nn.Module):
    """GRU encoder and decoder with additive attention; greedy, until every sentence has ended."""

    def __init__(self, source: int = 40, target: int = 30, width: int = 16):
        super().__init__()
        self.limit, self.width = 10, width
        self.source_words = nn.Embedding(source, width)
        self.target_words = nn.Embedding(target, width)
        self.encoder = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.bridge = nn.Linear(2 * width, width)
        self.memory_key = nn.Linear(2 * width, width, bias=False)
        self.state_key = nn.Linear(width, width)
        self.energy = nn.Linear(width, 1, bias=False)
        self.cell = nn.GRUCell(3 * width, width)
        self.head = nn.Linear(width, target)
        with torch.no_grad():
            self.head.weight.mul_(8)
            self.head.bias[1] += 2

    def attend(self, memory: Tensor, keys: Tensor, state: Tensor, padding: Tensor) -> Tensor:
        energy = self.energy(torch.tanh(keys + self.state_key(state).unsqueeze(1))).squeeze(-1)
        weights = torch.softmax(energy.masked_fill(padding, float("-inf")), dim=-1)
        return torch.bmm(weights.unsqueeze(1), memory).squeeze(1)

    def forward(self, tokens: Tensor) -> Tuple[Tensor, Tensor]:
        memory, last = self.encoder(self.source_words(tokens))
        state = torch.tanh(self.bridge(torch.cat([last[0], last[1]], dim=1)))
        keys, padding = self.memory_key(memory), tokens == 0
        word = torch.zeros(tokens.size(0), dtype=torch.long, device=tokens.device)
        ended = torch.zeros(tokens.size(0), dtype=torch.bool, device=tokens.device)
        score = torch.zeros(tokens.size(0), device=tokens.device)
        words: List[Tensor] = []
        for _ in range(self.limit):
            context = self.attend(memory, keys, state, padding)
            state = self.cell(torch.cat([self.target_words(word), context], dim=1), state)
            best, word = torch.log_softmax(self.head(state), dim=-1).max(dim=-1)
            score = score + best.masked_fill(ended, 0.0)
            word = word.masked_fill(ended, 1)
            words.append(word)
            ended = ended | word.eq(1)
            if bool(ended.all()):
                break
        return torch.stack(words, 1), score


class BeamSearch(nn.Module):
    """A recurrent language model searched with beams: top-k over beams times words, states gathered by parent."""

    def __init__(self, vocabulary: int = 25, width: int = 16, beams: int = 3, steps: int = 8):
        super().__init__()
        self.beams, self.steps, self.vocabulary = beams, steps, vocabulary
        self.words = nn.Embedding(vocabulary, width)
        self.start = nn.Linear(6, width)
        self.cell = nn.LSTMCell(width, width)
        self.head = nn.Linear(width, vocabulary)
        with torch.no_grad():
            self.head.weight.mul_(6)

    def forward(self, features: Tensor) -> Tuple[Tensor, Tensor]:
        batch = features.size(0)
        hidden = self.start(features).unsqueeze(1).repeat(1, self.beams, 1).view(batch * self.beams, -1)
        cell = torch.zeros_like(hidden)
        scores = torch.full([batch, self.beams], -1e9)
        scores[:, 0] = 0.0
        tokens = torch.zeros([batch, self.beams, 1], dtype=torch.long)
        finished = torch.zeros([batch, self.beams], dtype=torch.bool)
        step = 0
        while step < self.steps and not bool(finished.all()):
            hidden, cell = self.cell(self.words(tokens[:, :, -1]).view(batch * self.beams, -1), (hidden, cell))
            logs = torch.log_softmax(self.head(hidden), dim=-1).view(batch, self.beams, self.vocabulary)
            only_end = torch.full_like(logs, -1e9)
            only_end[:, :, 1] = 0.0
            logs = torch.where(finished.unsqueeze(-1), only_end, logs)
            scores, flat = (scores.unsqueeze(-1) + logs).view(batch, -1).topk(self.beams, dim=-1)
            parent = torch.div(flat, self.vocabulary, rounding_mode="floor")
            word = flat % self.vocabulary
            rows = (torch.arange(batch).unsqueeze(1) * self.beams + parent).view(-1)
            hidden, cell = hidden.index_select(0, rows), cell.index_select(0, rows)
            tokens = tokens.gather(1, parent.unsqueeze(-1).expand(-1, -1, tokens.size(2)))
            tokens = torch.cat([tokens, word.unsqueeze(-1)], 2)
            finished = finished.gather(1, parent) | (word == 1)
            step += 1
        return tokens[:, 0, 1:], scores


class CrfTagger(nn.Module):
    """A BiLSTM tagger with a CRF layer: the forward scores and Viterbi's best path, backwards through pointers."""

    def __init__(self, vocabulary: int = 40, tags: int = 5):
        super().__init__()
        self.words = nn.Embedding(vocabulary, 12)
        self.lstm = nn.LSTM(12, 10, batch_first=True, bidirectional=True)
        self.emit = nn.Linear(20, tags)
        self.start = nn.Parameter(torch.randn(tags))
        self.end = nn.Parameter(torch.randn(tags))
        self.transitions = nn.Parameter(torch.randn(tags, tags))

    def forward(self, tokens: Tensor) -> Tuple[Tensor, Tensor]:
        emissions, mask = self.emit(self.lstm(self.words(tokens))[0]), tokens != 0
        score = self.start + emissions[:, 0]
        history: List[Tensor] = []
        for i in range(1, tokens.size(1)):
            best, pointer = (score.unsqueeze(2) + self.transitions + emissions[:, i].unsqueeze(1)).max(dim=1)
            here = mask[:, i].unsqueeze(1)
            score = torch.where(here, best, score)
            history.append(torch.where(here, pointer, torch.arange(score.size(1)).expand_as(pointer)))
        best_score, tag = (score + self.end).max(dim=1)
        path = [tag]
        for i in range(len(history)):
            tag = history[len(history) - 1 - i].gather(1, tag.unsqueeze(1)).squeeze(1)
            path.append(tag)
        path.reverse()
        return torch.stack(path, dim=1), best_score
