"""The models of the model test: one row each, with its dynamic axes and the sizes it is tried at."""
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Sequence

import torch
import torchvision.models as zoo

import sequence_models as sequence
import small_models as small
import structure_models as structure
import transformer_models as transformer
import vision_models as vision


@dataclass
class Case:
    name: str
    build: Callable[[], torch.nn.Module]
    data: Callable[..., Dict[str, Any]]           # sizes of the dynamic axes -> inputs by name (lists, dicts too)
    specs: List[str]                              # --input, `{batch}` standing for `batch=<example size>`
    example: Dict[str, int]
    sizes: Sequence[Dict[str, int]]               # none of them the example's, one of them with batch 1
    outputs: Sequence[str] = ()
    forms: Sequence[str] = ("script", "trace")
    calibrated: bool = False                      # its weights are as they should be

    def input_specs(self):
        return [fill_in(spec, self.example) for spec in self.specs]


def fill_in(spec, example):
    for name, size in example.items():
        spec = spec.replace("{" + name + "}", f"{name}={size}")
    return spec


def random(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def tokens(seed, high, *shape, low=1):
    return torch.randint(low, high, shape, generator=torch.Generator().manual_seed(seed))


def images(name, build, size=64, fixed=False, others=((1, 96, 80), (3, 72, 88)), **extra):
    """A model of RGB images with dynamic batch, and dynamic height and width unless `fixed`."""
    if fixed:
        return Case(name, build, lambda batch: {"image": random(batch, batch, 3, size, size)},
                    [f"image:float32[{{batch}},3,{size},{size}]"], {"batch": 2}, [{"batch": 1}, {"batch": 3}], **extra)
    sizes = [dict(batch=b, height=h, width=w) for b, h, w in others]
    return Case(name, build,
                lambda batch, height, width: {"image": random(batch + height, batch, 3, height, width)},
                ["image:float32[{batch},3,{height},{width}]"], dict(batch=2, height=size, width=size), sizes, **extra)


def segmentation(build):
    return lambda: build(weights=None, weights_backbone=None, num_classes=21, aux_loss=True)


def padded(batch, time):
    """Token sequences padded with 0, and their lengths; the longest fills the axis."""
    lengths = torch.tensor([max(1, time - 2 * i) for i in range(batch)])
    text = tokens(batch, 50, batch, time)
    return {"tokens": text * (torch.arange(time)[None] < lengths[:, None]), "lengths": lengths}


def translation(batch, source, target):
    text = tokens(batch, 60, batch, source)
    text[-1, source - 1:] = 0
    return {"source": text, "target": tokens(batch + 1, 70, batch, target)}


def prompts(high):
    """Token ids and their mask; all but the first prompt end in padding."""
    def data(batch, time):
        mask = (torch.arange(time)[None] < torch.tensor([max(1, time - 2 * i) for i in range(batch)])[:, None]).long()
        return {"input_ids": tokens(time, high, batch, time) * mask, "attention_mask": mask}
    return data


def with_past(batch, time, past):
    return {"input_ids": tokens(time, 80, batch, time),
            "past": [random(past + i, 2, batch, 4, past, 8) for i in range(2)]}


def speech(batch, time):
    return {"features": random(time, batch, time, 20),
            "lengths": torch.tensor([time] + [max(15, time - 7 * i) for i in range(1, batch)])}


def graph(nodes, edges):
    """Two graphs in one batch; self loops, so that every node receives something."""
    loops = torch.arange(nodes)
    ends = torch.cat([tokens(edges, nodes, 2, edges - nodes, low=0), torch.stack([loops, loops])], dim=1)
    return {"x": random(nodes, nodes, 6), "edges": ends, "graph": (loops >= nodes // 2).long()}


def recommendation(batch, first, second):
    return {"dense": random(batch, batch, 4), "ids": [tokens(1, 20, batch, first), tokens(2, 30, batch, second)]}


TIMES = [dict(batch=1, time=9), dict(batch=4, time=3)]

CASES = [
    Case("if_example", small.IfExample, lambda n: {"x": random(n, n) - (2.0 if n == 7 else -2.0)}, ["x:float32[{n}]"],
         dict(n=5), [dict(n=1), dict(n=7)], outputs=["y"]),
    Case("packed_bilstm", small.PackedBiLstm, padded, ["tokens:int64[{batch},{time}]", "lengths:int64[{batch}]"],
         dict(batch=3, time=7), TIMES, forms=["script"]),
    Case("packed_bilstm_state", small.PackedBiLstmWithState, padded,
         ["tokens:int64[{batch},{time}]", "lengths:int64[{batch}]"], dict(batch=3, time=7), TIMES),
    Case("bilstm", small.LastStepBiLstm, lambda batch, time: {"x": random(batch, batch, time, 10)},
         ["x:float32[{batch},{time},10]"], dict(batch=2, time=6), TIMES),
    Case("lstm_lm", small.LstmLanguageModel,
         lambda batch, time: {"tokens": tokens(time, 100, time, batch), "hidden": random(1, 2, batch, 48),
                              "cell": random(2, 2, batch, 48)},
         ["tokens:int64[{time},{batch}]", "hidden:float32[2,{batch},48]", "cell:float32[2,{batch},48]"],
         dict(batch=2, time=6), TIMES, outputs=["logits", "hidden_out", "cell_out"]),
    Case("gru", lambda: small.GruTagger(False), lambda batch, time: {"x": random(batch, batch, time, 12)},
         ["x:float32[{batch},{time},12]"], dict(batch=2, time=6), TIMES),
    Case("bigru", lambda: small.GruTagger(True), lambda batch, time: {"x": random(batch, batch, time, 12)},
         ["x:float32[{batch},{time},12]"], dict(batch=2, time=6), TIMES),
    Case("elman_rnn", small.ElmanNet, lambda batch, time: {"x": random(batch, time, batch, 10)},
         ["x:float32[{time},{batch},10]"], dict(batch=2, time=6), TIMES),
    Case("transformer", small.Translator, translation,
         ["source:int64[{batch},{source}]", "target:int64[{batch},{target}]"], dict(batch=2, source=7, target=5),
         [dict(batch=1, source=9, target=4), dict(batch=3, source=5, target=8)]),
    Case("transformer_encoder", small.TransformerEncoder, lambda batch, time: {"x": random(batch, batch, time, 32)},
         ["x:float32[{batch},{time},32]"], dict(batch=2, time=6), TIMES),
    Case("greedy_decoder", small.GreedyDecoder, lambda batch, time: {"features": random(batch, batch, time, 8)},
         ["features:float32[{batch},{time},8]"], dict(batch=2, time=6), TIMES, outputs=["tokens", "state"],
         forms=["script"]),
    Case("bert", transformer.Bert,
         lambda batch, time: dict(prompts(90)(batch, time), token_type_ids=tokens(3, 2, batch, time, low=0)),
         ["input_ids:int64[{batch},{time}]", "attention_mask:int64[{batch},{time}]",
          "token_type_ids:int64[{batch},{time}]"],
         dict(batch=2, time=7), TIMES, outputs=["hidden", "pooled"]),
    Case("bert_defaults", transformer.Bert, lambda batch, time: {"input_ids": tokens(time, 90, batch, time)},
         ["input_ids:int64[{batch},{time}]"], dict(batch=2, time=7), TIMES),
    Case("gpt2", transformer.Gpt2, lambda batch, time: {"input_ids": tokens(time, 80, batch, time)},
         ["input_ids:int64[{batch},{time}]"], dict(batch=2, time=7), TIMES),
    Case("gpt2_cached", transformer.Gpt2, with_past,
         ["input_ids:int64[{batch},{time}]", "past:[float32[2,{batch},4,{past},8],float32[2,{batch},4,{past},8]]"],
         dict(batch=2, time=5, past=6), [dict(batch=1, time=1, past=8), dict(batch=3, time=4, past=9)]),
    Case("llama", transformer.Llama, prompts(80),
         ["input_ids:int64[{batch},{time}]", "attention_mask:int64[{batch},{time}]"],
         dict(batch=2, time=7), TIMES),
    Case("complex_rotary", transformer.ComplexRotary, lambda batch, time: {"x": random(time, batch, time, 16)},
         ["x:float32[{batch},{time},16]"], dict(batch=2, time=7), TIMES),
    Case("t5", transformer.T5,
         lambda batch, source, target: dict(zip(("source", "source_mask"), prompts(80)(batch, source).values()),
                                            target=tokens(target, 80, batch, target)),
         ["source:int64[{batch},{source}]", "source_mask:int64[{batch},{source}]", "target:int64[{batch},{target}]"],
         dict(batch=2, source=7, target=5), [dict(batch=1, source=19, target=4), dict(batch=3, source=5, target=21)]),
    Case("whisper", transformer.Whisper,
         lambda batch, frames, time: {"mel": random(1, batch, 20, frames), "tokens": tokens(time, 60, batch, time)},
         ["mel:float32[{batch},20,{frames}]", "tokens:int64[{batch},{time}]"], dict(batch=2, frames=24, time=5),
         [dict(batch=1, frames=31, time=7), dict(batch=3, frames=17, time=2)]),
    Case("mamba", sequence.Mamba, lambda batch, time: {"tokens": tokens(time, 50, batch, time)},
         ["tokens:int64[{batch},{time}]"], dict(batch=2, time=6), TIMES, forms=["script"]),
    Case("conformer", sequence.Conformer, speech, ["features:float32[{batch},{time},20]", "lengths:int64[{batch}]"],
         dict(batch=2, time=32), [dict(batch=1, time=41), dict(batch=3, time=54)]),
    Case("speech_ctc", sequence.SpeechCtc, lambda batch, samples: {"waveform": random(samples, batch, samples)},
         ["waveform:float32[{batch},{samples}]"], dict(batch=2, samples=400),
         [dict(batch=1, samples=523), dict(batch=3, samples=320)]),
    Case("attention_seq2seq", sequence.AttentionSeq2Seq,
         lambda batch, time: {"tokens": padded(batch, time)["tokens"] % 40},
         ["tokens:int64[{batch},{time}]"], dict(batch=2, time=6), TIMES, forms=["script"]),
    Case("beam_search", sequence.BeamSearch, lambda batch: {"features": random(batch, batch, 6)},
         ["features:float32[{batch},6]"], dict(batch=2), [dict(batch=1), dict(batch=4)], forms=["script"]),
    Case("crf_tagger", sequence.CrfTagger, lambda batch, time: {"tokens": padded(batch, time)["tokens"] % 40},
         ["tokens:int64[{batch},{time}]"], dict(batch=2, time=6), TIMES, forms=["script"]),
    images("vit_resampled", vision.Vit, size=32, others=((1, 48, 40), (3, 24, 64))),
    images("swin_small", vision.Swin, size=64, others=((1, 72, 40), (3, 52, 88))),
    images("unet", vision.UNet, size=32, others=((1, 41, 35), (3, 30, 46))),
    images("fourier_convolution", vision.FourierConvolution, size=16, others=((1, 24, 18), (3, 15, 21))),
    Case("deformable_attention", vision.DeformableAttention,
         lambda batch, queries, height, width: {"image": random(1, batch, 3, height, width),
                                                "queries": random(2, batch, queries, 16),
                                                "reference": random(3, batch, queries, 2).sigmoid()},
         ["image:float32[{batch},3,{height},{width}]", "queries:float32[{batch},{queries},16]",
          "reference:float32[{batch},{queries},2]"], dict(batch=2, queries=5, height=32, width=40),
         [dict(batch=1, queries=7, height=48, width=24), dict(batch=3, queries=1, height=40, width=56)]),
    images("pyramid_detector", vision.PyramidDetector, size=32, others=((1, 48, 40), (3, 40, 72))),
    Case("vae", structure.Vae, lambda batch: {"x": random(batch, batch, 20), "temperature": torch.zeros(())},
         ["x:float32[{batch},20]", "temperature:float32[]"], dict(batch=2), [dict(batch=1), dict(batch=5)]),
    images("vq_vae", structure.VqVae, size=32, others=((1, 48, 40), (3, 24, 36))),
    Case("mixture_of_experts", structure.MixtureOfExperts,
         lambda batch, time: {"hidden": random(batch + time, batch, time, 12)}, ["hidden:float32[{batch},{time},12]"],
         dict(batch=2, time=6), TIMES),
    Case("graph_network", structure.GraphNetwork, graph,
         ["x:float32[{nodes},6]", "edges:int64[2,{edges}]", "graph:int64[{nodes}]"], dict(nodes=6, edges=15),
         [dict(nodes=2, edges=9), dict(nodes=11, edges=30)]),
    Case("sparse_graph", structure.SparseGraph, lambda edges: {"x": random(7, 7, 6), "edges": tokens(edges, 7, 2, edges, low=0)},
         ["x:float32[7,6]", "edges:int64[2,{edges}]"], dict(edges=15), [dict(edges=1), dict(edges=30)]),
    Case("named_outputs", structure.NamedOutputs,
         lambda batch, time: {"memory": random(time, batch, time, 12),
                              "padding": prompts(9)(batch, time)["attention_mask"] == 0},
         ["memory:float32[{batch},{time},12]", "padding:bool[{batch},{time}]"], dict(batch=2, time=6), TIMES),
    Case("dict_outputs", structure.DictOutputs,
         lambda batch, time: {"features": {"ids": tokens(time, 30, batch, time), "dense": random(time, batch, 5)}},
         ["features:{ids:int64[{batch},{time}],dense:float32[{batch},5]}"], dict(batch=2, time=6), TIMES),
    Case("recommender", structure.Recommender, recommendation,
         ["dense:float32[{batch},4]", "ids:[int64[{batch},{first}],int64[{batch},{second}]]"],
         dict(batch=2, first=3, second=6), [dict(batch=1, first=5, second=2), dict(batch=4, first=1, second=7)]),
    Case("recurrent_state", structure.RecurrentState, lambda batch, time: {"x": random(time, batch, time, 8)},
         ["x:float32[{batch},{time},8]"], dict(batch=2, time=6), TIMES, forms=["script"]),
    Case("forked_ensemble", structure.ForkedEnsemble, lambda batch: {"x": random(batch, batch, 6)},
         ["x:float32[{batch},6]"], dict(batch=2), [dict(batch=1), dict(batch=5)], forms=["script"]),
    Case("chosen_experts", structure.ChosenExperts,
         lambda batch: {"x": random(batch, batch, 6), "order": torch.tensor([(2 * i + batch) % 3 for i in range(batch)])},
         ["x:float32[{batch},6]", "order:int64[{batch}]"], dict(batch=2), [dict(batch=1), dict(batch=5)], forms=["script"]),
    images("resnet18", zoo.resnet18),
    images("resnet50", zoo.resnet50),
    images("mobilenet_v3_small", zoo.mobilenet_v3_small),
    images("mobilenet_v3_large", zoo.mobilenet_v3_large),
    images("densenet121", zoo.densenet121),
    images("efficientnet_b0", zoo.efficientnet_b0),
    images("vgg11", zoo.vgg11, fixed=True, size=224),
    images("vit_b_16", zoo.vit_b_16, fixed=True, size=224),
    images("swin_t", zoo.swin_t),
    images("deeplabv3_mobilenet", segmentation(zoo.segmentation.deeplabv3_mobilenet_v3_large)),
    images("deeplabv3_resnet50", segmentation(zoo.segmentation.deeplabv3_resnet50)),
]
