"""Small models of kinds that torchvision does not have: control flow, recurrent nets, transformers, decoding."""
from typing import List

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class IfExample(nn.Module):
    """The documents' example of what tracing loses."""

    def forward(self, x: Tensor) -> Tensor:
        if x.sum() > 0:
            return x * 2
        else:
            return x + 1


class PackedBiLstm(nn.Module):
    """Classifies padded sequences of different lengths."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 16, padding_idx=0)
        self.lstm = nn.LSTM(16, 24, num_layers=2, bidirectional=True, batch_first=True)
        self.classify = nn.Linear(48, 5)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        output, _ = self.lstm(packed)
        padded, _ = pad_packed_sequence(output, batch_first=True)
        return self.classify(padded)


class PackedBiLstmWithState(PackedBiLstm):
    """The same with the initial state given; without, tracing fixes the batch size."""

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        zeros = torch.zeros(4, tokens.size(0), 24)
        output, _ = self.lstm(packed, (zeros, zeros))
        padded, _ = pad_packed_sequence(output, batch_first=True)
        return self.classify(padded)


class LstmLanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(100, 32)
        self.lstm = nn.LSTM(32, 48, num_layers=2)
        self.decoder = nn.Linear(48, 100)

    def forward(self, tokens: Tensor, hidden: Tensor, cell: Tensor):
        output, (hidden, cell) = self.lstm(self.embedding(tokens), (hidden, cell))
        return self.decoder(output), hidden, cell


class GruTagger(nn.Module):
    def __init__(self, bidirectional: bool):
        super().__init__()
        self.gru = nn.GRU(12, 20, num_layers=2, bidirectional=bidirectional, batch_first=True)
        self.head = nn.Linear(40 if bidirectional else 20, 7)

    def forward(self, x: Tensor):
        output, hidden = self.gru(x)
        return torch.log_softmax(self.head(output), dim=-1), hidden


class ElmanNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(10, 16, nonlinearity="relu", bidirectional=True)

    def forward(self, x: Tensor) -> Tensor:
        output, hidden = self.rnn(x)
        return output.mean(0) + torch.cat([hidden[0], hidden[1]], dim=-1)


class LastStepBiLstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(10, 16, bidirectional=True, batch_first=True)
        self.head = nn.Linear(32, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(x)[0][:, -1])


class Translator(nn.Module):
    """nn.Transformer, both halves, with a causal mask of the target's length and a padding mask of the source."""

    def __init__(self):
        super().__init__()
        self.source_embedding = nn.Embedding(60, 32)
        self.target_embedding = nn.Embedding(70, 32)
        self.transformer = nn.Transformer(32, 4, 2, 2, 64, dropout=0.0, batch_first=True)
        self.transformer.encoder.enable_nested_tensor = False
        self.head = nn.Linear(32, 70)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        length = target.size(1)
        causal = torch.triu(torch.ones(length, length, dtype=torch.bool), diagonal=1)
        padding = source == 0
        output = self.transformer(self.source_embedding(source), self.target_embedding(target), tgt_mask=causal,
                                  src_key_padding_mask=padding, memory_key_padding_mask=padding)
        return self.head(output)


class TransformerEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x).mean(1)


class GreedyDecoder(nn.Module):
    """Encodes a sequence, then emits tokens until the end token or a limit: how often it loops depends on the data."""

    def __init__(self):
        super().__init__()
        self.limit = 12
        self.end_token = 1
        self.encoder = nn.GRU(8, 16, batch_first=True)
        self.embedding = nn.Embedding(20, 8)
        self.cell = nn.GRUCell(8, 16)
        self.head = nn.Linear(16, 20)
        with torch.no_grad():  # so that sequences end at different steps
            self.head.weight.mul_(10)
            self.head.bias[self.end_token] += 2

    def forward(self, features: Tensor):
        _, final = self.encoder(features)
        state = final[0]
        token = torch.zeros(features.size(0), dtype=torch.long)
        tokens: List[Tensor] = []
        finished = torch.zeros(features.size(0), dtype=torch.bool)
        step = 0
        while step < self.limit and not bool(finished.all()):
            state = self.cell(self.embedding(token), state)
            token = self.head(state).argmax(dim=-1)
            token = torch.where(finished, torch.full_like(token, self.end_token), token)
            finished = finished | (token == self.end_token)
            tokens.append(token)
            step += 1
        return torch.stack(tokens, dim=1), state
