"""Models whose difficulty is structure: sampling, routing, graphs, outputs by name, optional arguments, state."""
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Vae(nn.Module):
    """Sampled around its mean; at temperature 0 what comes out is certain."""

    def __init__(self, inputs: int = 20, latent: int = 4):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(inputs, 16), nn.Tanh())
        self.mean, self.log_variance = nn.Linear(16, latent), nn.Linear(16, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, 16), nn.ELU(), nn.Linear(16, inputs), nn.Sigmoid())

    def forward(self, x: Tensor, temperature: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        hidden = self.encoder(x)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        deviation = torch.exp(0.5 * log_variance)
        sample = mean + temperature * torch.randn_like(deviation) * deviation
        return self.decoder(sample), mean, -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp(), dim=-1)


class VqVae(nn.Module):
    """Images through the nearest entries of a codebook; the losses and the perplexity are tensors without axes."""

    def __init__(self, codes=9, width=4):
        super().__init__()
        self.encode = nn.Conv2d(3, width, 4, stride=4)
        self.codebook = nn.Embedding(codes, width)
        self.decode = nn.ConvTranspose2d(width, 3, 4, stride=4)

    def forward(self, image: Tensor):
        latent = self.encode(image).permute(0, 2, 3, 1).contiguous()
        rows = latent.view(-1, latent.size(-1))
        codebook = self.codebook.weight
        distance = (rows ** 2).sum(1, keepdim=True) + (codebook ** 2).sum(1) - 2 * torch.matmul(rows, codebook.t())
        code = distance.argmin(1).unsqueeze(1)
        hot = torch.zeros(code.size(0), codebook.size(0))
        hot.scatter_(1, code, 1)
        quantized = torch.matmul(hot, codebook).view(latent.shape)
        loss = nn.functional.mse_loss(quantized.detach(), latent) + 0.25 * nn.functional.mse_loss(quantized, latent.detach())
        quantized = latent + (quantized - latent).detach()
        share = hot.mean(0)
        perplexity = torch.exp(-torch.sum(share * torch.log(share + 1e-10)))
        return self.decode(quantized.permute(0, 3, 1, 2)), loss, perplexity, code.view(latent.shape[:-1])


class Expert(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.gate, self.up = nn.Linear(width, 2 * width, bias=False), nn.Linear(width, 2 * width, bias=False)
        self.down = nn.Linear(2 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down(F.silu(self.gate(x)) * self.up(x))


class MixtureOfExperts(nn.Module):
    """Mixtral's routing: tokens go to their two best experts, found by index and added back with index_add."""

    def __init__(self, width: int = 12, experts: int = 4, chosen: int = 2):
        super().__init__()
        self.chosen, self.count = chosen, experts
        self.router = nn.Linear(width, experts, bias=False)
        self.experts = nn.ModuleList([Expert(width) for _ in range(experts)])

    def forward(self, hidden: Tensor) -> Tuple[Tensor, Tensor]:
        batch, length, width = hidden.shape
        x = hidden.view(-1, width)
        logits = self.router(x)
        weights, picked = torch.topk(F.softmax(logits, dim=1), self.chosen, dim=-1)
        weights = weights / weights.sum(dim=-1, keepdim=True)
        result = torch.zeros((batch * length, width), dtype=x.dtype, device=x.device)
        mask = F.one_hot(picked, num_classes=self.count).permute(2, 1, 0)
        for i, expert in enumerate(self.experts):
            place, token = torch.where(mask[i] > 0)
            result.index_add_(0, token, expert(x[token]) * weights[token, place, None])
        return result.reshape(batch, length, width), logits


class SparseGraph(nn.Module):
    """Layers of a fixed graph, whose adjacency is a sparse buffer, and of one that comes with the input."""

    def __init__(self, nodes: int = 7, width: int = 5):
        super().__init__()
        weights = torch.rand(nodes, nodes)
        self.register_buffer("adjacency", torch.where(weights > 0.6, weights, torch.zeros(1)).to_sparse())
        self.first, self.second = nn.Linear(6, width), nn.Linear(width, 3)

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        hidden = torch.relu(torch.sparse.mm(self.adjacency, self.first(x)))
        given = torch.sparse_coo_tensor(edges, torch.ones(edges.size(1)), [x.size(0), x.size(0)])
        return torch.sparse.mm(given, self.second(hidden))


class GraphNetwork(nn.Module):
    """A convolution normalised by degrees (scatter_add), attention over edges (scatter softmax), sums by graph."""

    def __init__(self, inputs: int = 6, width: int = 8, heads: int = 2):
        super().__init__()
        self.heads = heads
        self.convolve, self.project = nn.Linear(inputs, width, bias=False), nn.Linear(width, width, bias=False)
        self.source_score = nn.Parameter(torch.randn(heads, width // heads))
        self.target_score = nn.Parameter(torch.randn(heads, width // heads))
        self.head = nn.Linear(width, 3)

    def spread(self, x: Tensor, source: Tensor, target: Tensor) -> Tensor:
        degree = torch.zeros(x.size(0)).scatter_add_(0, target, torch.ones(target.size(0)))
        scale = degree.clamp(min=1.0).pow(-0.5)
        messages = x.index_select(0, source) * (scale[source] * scale[target]).unsqueeze(-1)
        return torch.zeros_like(x).index_add_(0, target, messages)

    def attend(self, x: Tensor, source: Tensor, target: Tensor) -> Tensor:
        nodes = x.size(0)
        h = self.project(x).view(nodes, self.heads, -1)
        score = (h * self.source_score).sum(-1)[source] + (h * self.target_score).sum(-1)[target]
        weight = F.leaky_relu(score, 0.2).exp()
        total = torch.zeros(nodes, self.heads).index_add(0, target, weight)
        weight = weight / (total[target] + 1e-9)
        index = target.view(-1, 1, 1).expand(-1, self.heads, h.size(2))
        return torch.zeros_like(h).scatter_add(0, index, h[source] * weight.unsqueeze(-1)).flatten(1)

    def forward(self, x: Tensor, edges: Tensor, graph: Tensor) -> Tuple[Tensor, Tensor]:
        source, target = edges[0], edges[1]
        x = F.relu(self.spread(self.convolve(x), source, target))
        x = F.elu(self.attend(x, source, target))
        pooled = torch.zeros(int(graph.max()) + 1, x.size(1)).index_add_(0, graph, x)
        return self.head(x), pooled


class Detections(NamedTuple):
    scores: Tensor
    boxes: Tensor
    extra: Optional[Tensor]


class NamedOutputs(nn.Module):
    """A DETR-like head that answers with a NamedTuple."""

    def __init__(self, width: int = 12, queries: int = 5):
        super().__init__()
        self.queries = nn.Parameter(torch.randn(queries, width))
        self.attention = nn.MultiheadAttention(width, 3, batch_first=True)
        self.scores, self.boxes = nn.Linear(width, 4), nn.Linear(width, 4)

    def forward(self, memory: Tensor, padding: Optional[Tensor] = None) -> Detections:
        queries = self.queries.unsqueeze(0).expand(memory.size(0), -1, -1)
        x, weights = self.attention(queries, memory, memory, key_padding_mask=padding)
        return Detections(self.scores(x).softmax(-1), self.boxes(x).sigmoid(), weights)


class DictOutputs(nn.Module):
    """Outputs and auxiliary outputs by name, from inputs by name."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(30, 8)
        self.dense = nn.Linear(5, 8)
        self.heads = nn.ModuleDict({"click": nn.Linear(8, 1), "buy": nn.Linear(8, 2)})

    def forward(self, features: Dict[str, Tensor]) -> Dict[str, Tensor]:
        x = self.words(features["ids"]).mean(1) + self.dense(features["dense"])
        if "bias" in features:
            x = x + features["bias"]
        result: Dict[str, Tensor] = {}
        for name, head in self.heads.items():
            result[name] = torch.sigmoid(head(x))
        result["hidden"] = x
        return result


class Recommender(nn.Module):
    """DLRM: bags of embeddings, a dense tower, products of all pairs picked by their indices."""

    def __init__(self, width: int = 8):
        super().__init__()
        self.bags = nn.ModuleList([nn.EmbeddingBag(size, width, mode="sum") for size in (20, 30)])
        self.bottom = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, width))
        self.top = nn.Sequential(nn.Linear(width + 3, 8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, dense: Tensor, ids: List[Tensor]) -> Tensor:
        x = self.bottom(dense)
        vectors = [x]
        for i, bag in enumerate(self.bags):
            vectors.append(bag(ids[i]))
        stacked = torch.cat(vectors, dim=1).view(x.size(0), -1, x.size(1))
        products = torch.bmm(stacked, stacked.transpose(1, 2))
        rows, columns = torch.tril_indices(3, 3, offset=-1).unbind(0)
        return torch.sigmoid(self.top(torch.cat([x, products[:, rows, columns]], dim=1))).squeeze(-1)


class RecurrentState(nn.Module):
    """A streaming layer that keeps its state in a dict between steps of a loop, and returns it."""

    def __init__(self, width: int = 8):
        super().__init__()
        self.width = width
        self.mix = nn.Linear(2 * width, width)
        self.gate = nn.Linear(2 * width, width)

    def step(self, x: Tensor, state: Dict[str, Tensor]) -> Dict[str, Tensor]:
        joined = torch.cat([x, state["hidden"]], dim=-1)
        gate = torch.sigmoid(self.gate(joined))
        state["hidden"] = gate * state["hidden"] + (1 - gate) * torch.tanh(self.mix(joined))
        state["count"] = state["count"] + 1
        return state

    def forward(self, x: Tensor) -> Tuple[Tensor, Dict[str, Tensor]]:
        state: Dict[str, Tensor] = {"hidden": torch.zeros(x.size(0), self.width), "count": torch.zeros(1)}
        outputs: List[Tensor] = []
        for step in x.unbind(1):
            state = self.step(step, state)
            outputs.append(state["hidden"])
        return torch.stack(outputs, 1), state


class ForkedEnsemble(nn.Module):
    """Members run as futures; the mean of what they answer, weighted by their confidence."""

    def __init__(self, width: int = 6):
        super().__init__()
        self.members = nn.ModuleList([nn.Sequential(nn.Linear(width, width), nn.Tanh()) for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:
        futures: List[torch.jit.Future[Tensor]] = []
        for member in self.members:
            futures.append(torch.jit.fork(member, x))
        answers: List[Tensor] = []
        for future in futures:
            answers.append(torch.jit.wait(future))
        stacked = torch.stack(answers)
        return (stacked * stacked.abs().softmax(0)).sum(0)


@torch.jit.interface
class Step(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        pass


class Shift(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.amount = nn.Parameter(torch.randn(width))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.amount


class ChosenExperts(nn.Module):
    """Modules of one interface, called in the order that an input gives."""

    def __init__(self, width: int = 6):
        super().__init__()
        self.steps = nn.ModuleList([Expert(width), Shift(width), Expert(width)])

    def forward(self, x: Tensor, order: Tensor) -> Tensor:
        for i in range(order.size(0)):
            step: Step = self.steps[int(order[i])]
            x = step.forward(x)
        return x
