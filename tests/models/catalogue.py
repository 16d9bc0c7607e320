"""The models of the model test: one row each, with its dynamic axes and the sizes it is tried at."""
from dataclasses import dataclass
from typing import Callable, Dict, List, Sequence

import torch
import torchvision.models as zoo

import small_models as small


@dataclass
class Case:
    name: str
    build: Callable[[], torch.nn.Module]
    data: Callable[..., Dict[str, torch.Tensor]]  # sizes of the dynamic axes -> inputs by name
    specs: List[str]                              # --input, `{batch}` standing for `batch=<example size>`
    example: Dict[str, int]
    sizes: Sequence[Dict[str, int]]               # none of them the example's, one of them with batch 1
    outputs: Sequence[str] = ()
    forms: Sequence[str] = ("script", "trace")

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
