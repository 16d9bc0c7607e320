"""Transformer encoders and decoders as they are written in practice: BERT, GPT-2, LLaMA, T5 and Whisper in small."""
import math
from typing import List, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class BertSelfAttention(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.head_size = width // heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)

    def split_heads(self, x: Tensor) -> Tensor:
        x = x.view(x.size(0), x.size(1), self.heads, self.head_size)
        return x.permute(0, 2, 1, 3)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        query = self.split_heads(self.query(hidden))
        key = self.split_heads(self.key(hidden))
        value = self.split_heads(self.value(hidden))
        scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(self.head_size)
        context = torch.matmul(F.softmax(scores + mask, dim=-1), value).permute(0, 2, 1, 3).contiguous()
        return context.view(context.size(0), context.size(1), self.heads * self.head_size)


class BertLayer(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.attention = BertSelfAttention(width, heads)
        self.output = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        self.norm_out = nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(0.1)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        hidden = self.norm(hidden + self.dropout(self.output(self.attention(hidden, mask))))
        return self.norm_out(hidden + self.dropout(self.down(F.gelu(self.up(hidden)))))


class Bert(nn.Module):
    """Token, position and segment embeddings, additive padding mask, pooler; hidden states and pooled output."""

    def __init__(self, vocabulary: int = 90, width: int = 32, heads: int = 4, layers: int = 2):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width, padding_idx=0)
        self.positions = nn.Embedding(64, width)
        self.segments = nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList([BertLayer(width, heads) for _ in range(layers)])
        self.pooler = nn.Linear(width, width)
        self.register_buffer("position_ids", torch.arange(64).expand((1, -1)))

    def forward(self, input_ids: Tensor, attention_mask: Optional[Tensor] = None,
                token_type_ids: Optional[Tensor] = None):
        length = input_ids.size(1)
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        if token_type_ids is None:
            token_type_ids = torch.zeros_like(input_ids)
        positions = self.positions(self.position_ids[:, :length])
        hidden = self.norm(self.words(input_ids) + positions + self.segments(token_type_ids))
        mask = (1.0 - attention_mask[:, None, None, :].to(hidden.dtype)) * -10000.0
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return hidden, torch.tanh(self.pooler(hidden[:, 0]))


class Conv1D(nn.Module):
    """GPT-2's linear layer: transposed weight, by addmm."""

    def __init__(self, outputs: int, inputs: int):
        super().__init__()
        self.outputs = outputs
        self.weight = nn.Parameter(torch.randn(inputs, outputs) * 0.1)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return torch.addmm(self.bias, x.view(-1, x.size(-1)), self.weight).view(list(x.size()[:-1]) + [self.outputs])


class Gpt2Block(nn.Module):
    def __init__(self, width: int, heads: int, context: int):
        super().__init__()
        self.heads = heads
        self.width = width
        self.norm1 = nn.LayerNorm(width)
        self.attention = Conv1D(3 * width, width)
        self.projection = Conv1D(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = Conv1D(4 * width, width)
        self.down = Conv1D(width, 4 * width)
        allowed = torch.tril(torch.ones(context, context, dtype=torch.uint8)).bool()
        self.register_buffer("allowed", allowed.view(1, 1, context, context))
        self.register_buffer("masked", torch.tensor(-1e4))

    def heads_of(self, x: Tensor) -> Tensor:
        return x.view(x.size(0), x.size(1), self.heads, self.width // self.heads).permute(0, 2, 1, 3)

    def forward(self, x: Tensor, past: Optional[Tensor]) -> Tuple[Tensor, Tensor]:
        query, key, value = self.attention(self.norm1(x)).split(self.width, dim=2)
        query, key, value = self.heads_of(query), self.heads_of(key), self.heads_of(value)
        if past is not None:
            key = torch.cat((past[0], key), dim=-2)
            value = torch.cat((past[1], value), dim=-2)
        scores = torch.matmul(query, key.transpose(-1, -2)) / (value.size(-1) ** 0.5)
        new, total = query.size(-2), key.size(-2)
        scores = torch.where(self.allowed[:, :, total - new:total, :total], scores, self.masked.to(scores.dtype))
        merged = torch.matmul(F.softmax(scores, dim=-1), value).permute(0, 2, 1, 3).contiguous()
        x = x + self.projection(merged.view(x.size(0), x.size(1), self.width))
        x = x + self.down(self.gelu(self.up(self.norm2(x))))
        return x, torch.stack((key, value))

    def gelu(self, x: Tensor) -> Tensor:
        return 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0))))


class Gpt2(nn.Module):
    """Decoder with a causal mask cut from a buffer; the cache of keys and values may be given and is returned."""

    def __init__(self, vocabulary: int = 80, width: int = 32, heads: int = 4, layers: int = 2, context: int = 64):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.ModuleList([Gpt2Block(width, heads, context) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        self.head.weight = self.words.weight

    def forward(self, input_ids: Tensor, past: Optional[List[Tensor]] = None) -> Tuple[Tensor, List[Tensor]]:
        start = 0
        if past is not None:
            start = past[0].size(-2)
        positions = torch.arange(start, input_ids.size(-1) + start, dtype=torch.long, device=input_ids.device)
        hidden = self.words(input_ids) + self.positions(positions.unsqueeze(0).view(-1, input_ids.size(-1)))
        cache: List[Tensor] = []
        for i, block in enumerate(self.blocks):
            layer_past: Optional[Tensor] = None
            if past is not None:
                layer_past = past[i]
            hidden, present = block(hidden, layer_past)
            cache.append(present)
        return self.head(self.norm(hidden)), cache


class RmsNorm(nn.Module):
    def __init__(self, width: int, eps: float = 1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        dtype = x.dtype
        x = x.to(torch.float32)
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weight * x.to(dtype)


def rotate_half(x: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), dim=-1)


def repeat_heads(x: Tensor, times: int) -> Tensor:
    batch, heads, length, size = x.shape
    if times == 1:
        return x
    return x[:, :, None, :, :].expand(batch, heads, times, length, size).reshape(batch, heads * times, length, size)


class LlamaAttention(nn.Module):
    def __init__(self, width: int, heads: int, groups: int):
        super().__init__()
        self.heads, self.groups, self.size = heads, groups, width // heads
        self.q = nn.Linear(width, width, bias=False)
        self.k = nn.Linear(width, groups * self.size, bias=False)
        self.v = nn.Linear(width, groups * self.size, bias=False)
        self.o = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        batch, length, _ = x.size()
        q = self.q(x).view(batch, length, self.heads, self.size).transpose(1, 2)
        k = self.k(x).view(batch, length, self.groups, self.size).transpose(1, 2)
        v = self.v(x).view(batch, length, self.groups, self.size).transpose(1, 2)
        q = q * cos + rotate_half(q) * sin
        k = k * cos + rotate_half(k) * sin
        k = repeat_heads(k, self.heads // self.groups)
        v = repeat_heads(v, self.heads // self.groups)
        scores = torch.matmul(q, k.transpose(2, 3)) / math.sqrt(self.size) + mask
        weights = F.softmax(scores, dim=-1, dtype=torch.float32).to(q.dtype)
        return self.o(torch.matmul(weights, v).transpose(1, 2).contiguous().reshape(batch, length, -1))


class LlamaBlock(nn.Module):
    def __init__(self, width: int, heads: int, groups: int):
        super().__init__()
        self.norm1, self.norm2 = RmsNorm(width), RmsNorm(width)
        self.attention = LlamaAttention(width, heads, groups)
        self.gate = nn.Linear(width, 3 * width, bias=False)
        self.up = nn.Linear(width, 3 * width, bias=False)
        self.down = nn.Linear(3 * width, width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x), cos, sin, mask)
        y = self.norm2(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Llama(nn.Module):
    """Rotary positions, grouped queries, RMSNorm, SwiGLU; a causal mask joined with a padding mask."""

    def __init__(self, vocabulary: int = 80, width: int = 32, heads: int = 4, groups: int = 2, layers: int = 2):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        self.blocks = nn.ModuleList([LlamaBlock(width, heads, groups) for _ in range(layers)])
        self.norm = RmsNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        size = width // heads
        self.register_buffer("frequencies", 1.0 / (10000.0 ** (torch.arange(0, size, 2).float() / size)))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        x = self.words(input_ids)
        batch, length = input_ids.shape
        angles = torch.outer(torch.arange(length, device=x.device).to(torch.float32), self.frequencies)
        angles = torch.cat((angles, angles), dim=-1)
        lowest = -3.4028234663852886e38
        causal = torch.full((length, length), lowest, dtype=x.dtype, device=x.device).triu(diagonal=1)
        padding = attention_mask[:, None, None, :] == 0
        mask = causal[None, None].expand(batch, 1, length, length).masked_fill(padding, lowest)
        for block in self.blocks:
            x = block(x, angles.cos(), angles.sin(), mask)
        return self.head(self.norm(x))


class ComplexRotary(nn.Module):
    """The rotation of queries and keys as products of complex numbers."""

    def __init__(self, width: int = 16, heads: int = 2):
        super().__init__()
        self.heads, self.q, self.k = heads, nn.Linear(width, width), nn.Linear(width, width)
        rate = 1.0 / (10000.0 ** (torch.arange(0, width // heads, 2).float() / (width // heads)))
        angles = torch.outer(torch.arange(64).float(), rate)
        self.register_buffer("turns", torch.polar(torch.ones_like(angles), angles))

    def turned(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        x = torch.view_as_complex(x.float().reshape(batch, length, self.heads, -1, 2))
        return torch.view_as_real(x * self.turns[:length].unsqueeze(1)).flatten(3).type_as(x.real)

    def forward(self, x: Tensor) -> Tensor:
        q, k = self.turned(self.q(x)).transpose(1, 2), self.turned(self.k(x)).transpose(1, 2)
        return F.softmax(torch.matmul(q, k.transpose(2, 3)), dim=-1)


class T5Attention(nn.Module):
    def __init__(self, width: int, heads: int, bidirectional: bool, relative: bool):
        super().__init__()
        self.heads, self.size, self.bidirectional = heads, width // heads, bidirectional
        self.q = nn.Linear(width, width, bias=False)
        self.k = nn.Linear(width, width, bias=False)
        self.v = nn.Linear(width, width, bias=False)
        self.o = nn.Linear(width, width, bias=False)
        self.bias = nn.Embedding(8, heads) if relative else None

    def buckets(self, distance: Tensor) -> Tensor:
        """Half of the buckets for exact distances, the others growing with the logarithm up to 16."""
        count, bucket = 8, torch.zeros_like(distance)
        if self.bidirectional:
            count = count // 2
            bucket += (distance > 0).to(torch.long) * count
            distance = torch.abs(distance)
        else:
            distance = -torch.min(distance, torch.zeros_like(distance))
        exact = count // 2
        far = exact + (torch.log(distance.float() / exact) / math.log(16 / exact) * (count - exact)).to(torch.long)
        far = torch.min(far, torch.full_like(far, count - 1))
        return bucket + torch.where(distance < exact, distance, far)

    def position_bias(self, queries: int, keys: int, device: torch.device) -> Tensor:
        memory = torch.arange(keys, dtype=torch.long, device=device)[None, :]
        context = torch.arange(queries, dtype=torch.long, device=device)[:, None]
        assert self.bias is not None
        return self.bias(self.buckets(memory - context)).permute([2, 0, 1]).unsqueeze(0)

    def forward(self, x: Tensor, memory: Tensor, bias: Tensor) -> Tensor:
        batch = x.size(0)
        q = self.q(x).view(batch, -1, self.heads, self.size).transpose(1, 2)
        k = self.k(memory).view(batch, -1, self.heads, self.size).transpose(1, 2)
        v = self.v(memory).view(batch, -1, self.heads, self.size).transpose(1, 2)
        scores = torch.matmul(q, k.transpose(3, 2))
        scores += bias
        weights = F.softmax(scores.float(), dim=-1).type_as(scores)
        return self.o(torch.matmul(weights, v).transpose(1, 2).contiguous().view(batch, -1, self.heads * self.size))


class T5(nn.Module):
    """One layer of each half, with bucketed relative position biases."""

    def __init__(self, vocabulary: int = 80, width: int = 32, heads: int = 4):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        self.encoder = T5Attention(width, heads, True, True)
        self.decoder = T5Attention(width, heads, False, True)
        self.cross = T5Attention(width, heads, True, False)
        self.norms = nn.ModuleList([RmsNorm(width) for _ in range(4)])
        self.up = nn.Linear(width, 64, bias=False)
        self.down = nn.Linear(64, width, bias=False)
        self.scale = width ** -0.5

    def forward(self, source: Tensor, source_mask: Tensor, target: Tensor) -> Tensor:
        x, y = self.words(source), self.words(target)
        padding = (1.0 - source_mask[:, None, None, :].to(x.dtype)) * -1e9
        n, m = source.size(1), target.size(1)
        normed = self.norms[0](x)
        x = x + self.encoder(normed, normed, self.encoder.position_bias(n, n, x.device) + padding)
        x = x + self.down(F.relu(self.up(self.norms[1](x))))
        steps = torch.arange(m, device=y.device)
        causal = steps[None, None, :].repeat(y.size(0), m, 1) <= steps[None, :, None]
        bias = self.decoder.position_bias(m, m, y.device) + (1.0 - causal[:, None].to(y.dtype)) * -1e9
        normed = self.norms[2](y)
        y = y + self.decoder(normed, normed, bias)
        y = y + self.cross(self.norms[3](y), x, padding)
        return F.linear(y * self.scale, self.words.weight)


class WhisperAttention(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, memory: Optional[Tensor] = None, mask: Optional[Tensor] = None) -> Tensor:
        seen = x if memory is None else memory
        q, k, v = self.query(x), self.key(seen), self.value(seen)
        batch, length, width = q.shape
        scale = float(width // self.heads) ** -0.25
        q = q.view(batch, length, self.heads, -1).permute(0, 2, 1, 3) * scale
        k = k.view(batch, k.shape[1], self.heads, -1).permute(0, 2, 3, 1) * scale
        v = v.view(batch, v.shape[1], self.heads, -1).permute(0, 2, 1, 3)
        qk = q @ k
        if mask is not None:
            qk = qk + mask[:length, :length]
        weights = F.softmax(qk.float(), dim=-1).to(q.dtype)
        return self.out((weights @ v).permute(0, 2, 1, 3).flatten(start_dim=2))


class WhisperBlock(nn.Module):
    def __init__(self, width: int, heads: int, cross: bool):
        super().__init__()
        self.attention = WhisperAttention(width, heads)
        self.norm = nn.LayerNorm(width)
        self.cross = WhisperAttention(width, heads) if cross else None
        self.cross_norm = nn.LayerNorm(width) if cross else None
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.mlp_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, memory: Optional[Tensor] = None, mask: Optional[Tensor] = None) -> Tensor:
        x = x + self.attention(self.norm(x), mask=mask)
        if self.cross is not None and self.cross_norm is not None:
            x = x + self.cross(self.cross_norm(x), memory)
        return x + self.mlp(self.mlp_norm(x))


class Whisper(nn.Module):
    """Convolutions over a log-mel spectrogram, sinusoidal positions, encoder and decoder."""

    def __init__(self, mels: int = 20, width: int = 32, heads: int = 4, vocabulary: int = 60, context: int = 64):
        super().__init__()
        self.conv1 = nn.Conv1d(mels, width, kernel_size=3, padding=1)
        self.conv2 = nn.Conv1d(width, width, kernel_size=3, stride=2, padding=1)
        angles = torch.arange(context)[:, None] * torch.exp(-math.log(1e4) / 15 * torch.arange(width // 2))[None, :]
        self.register_buffer("sinusoids", torch.cat([angles.sin(), angles.cos()], dim=1))
        self.encoder = nn.ModuleList([WhisperBlock(width, heads, False) for _ in range(2)])
        self.encoder_norm = nn.LayerNorm(width)
        self.words = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(torch.randn(context, width) * 0.1)
        self.decoder = nn.ModuleList([WhisperBlock(width, heads, True) for _ in range(2)])
        self.decoder_norm = nn.LayerNorm(width)
        self.register_buffer("mask", torch.empty(context, context).fill_(float("-inf")).triu_(1), persistent=False)

    def forward(self, mel: Tensor, tokens: Tensor) -> Tensor:
        x = F.gelu(self.conv2(F.gelu(self.conv1(mel)))).permute(0, 2, 1)
        x = (x + self.sinusoids[:x.shape[1]]).to(x.dtype)
        for block in self.encoder:
            x = block(x)
        x = self.encoder_norm(x)
        y = self.words(tokens) + self.positions[:tokens.shape[-1]]
        for block in self.decoder:
            y = block(y, x, self.mask)
        return (self.decoder_norm(y) @ torch.transpose(self.words.weight, 0, 1)).float()
