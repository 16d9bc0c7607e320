"""The rest of torchvision, and torchaudio where it is installed (`python3-torchaudio`): too heavy for every test run,
checked where CMake is told so (preset `full`).
"""
from typing import Dict

import torch
import torchvision.models as zoo
from torch import Tensor, nn

from catalogue import Case, images, random, segmentation, tokens

OTHER_SIZES = ((1, 112, 128), (3, 128, 96))


def plain(build, **options):
    return lambda: build(weights=None, **options)


def clips(name, build, frames=4, size=32, fixed=False):
    """A model of RGB clips; `fixed`: the positions it has learned fix their size."""
    if fixed:
        return Case(name, build, lambda batch: {"clip": random(batch, batch, 3, frames, size, size)},
                    [f"clip:float32[{{batch}},3,{frames},{size},{size}]"], {"batch": 2}, [{"batch": 1}, {"batch": 3}])
    return Case(name, build, lambda batch, time, height, width: {"clip": random(time, batch, 3, time, height, width)},
                ["clip:float32[{batch},3,{time},{height},{width}]"],
                dict(batch=2, time=frames, height=size, width=size),
                [dict(batch=1, time=frames + 4, height=size + 16, width=size + 32),
                 dict(batch=3, time=frames + 2, height=size + 32, width=size + 16)])


def flows(name, build):
    sizes = [dict(batch=1, height=144, width=128), dict(batch=3, height=128, width=160)]
    return Case(name, build,
                lambda batch, height, width: {"first": random(1, batch, 3, height, width),
                                              "second": random(2, batch, 3, height, width)},
                ["first:float32[{batch},3,{height},{width}]", "second:float32[{batch},3,{height},{width}]"],
                dict(batch=2, height=128, width=136), sizes)


# ---- detection: random weights say the same of every place, and what is equal may be sorted either way ---------------


def picture(height, width):
    return torch.rand(3, height, width, generator=torch.Generator().manual_seed(height))


def spread(model):
    """Scales the weights of every layer, in one run, so that what it answers has a deviation of 1 (boxes: 0.2)."""
    names, seen = {module: name for name, module in model.named_modules()}, set()

    def scale(module, _, output):
        if module in seen or output.std() < 1e-8:
            return output
        seen.add(module)
        is_box = "bbox" in names[module] or "regression" in names[module]
        factor = (0.2 if is_box else 1.0) / output.std()
        for parameter in module.parameters():
            parameter.data.mul_(factor)
        return output * factor

    for name, parameter in model.named_parameters():
        if name.endswith("cls_logits.bias"):
            parameter.data.zero_()
    hooks = [module.register_forward_hook(scale) for module in model.modules()
             if isinstance(module, (nn.Conv2d, nn.Linear))]
    with torch.no_grad():
        model.eval()([picture(96, 128)])
    for hook in hooks:
        hook.remove()
    return model


class ScriptedDetector(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> Dict[str, Tensor]:
        return self.model([image])[1][0]


class TracedDetector(ScriptedDetector):
    def forward(self, image):
        result = self.model([image])[0]
        return tuple(result[name] for name in sorted(result))


def detectors(name, build, **options):
    wrappers = {"script": ScriptedDetector, "trace": TracedDetector}
    settings = dict(weights=None, weights_backbone=None, num_classes=5, min_size=96, max_size=160, **options)
    return [Case(f"{name}_{form}", lambda wrapper=wrapper: wrapper(spread(build(**settings))),
                 lambda height, width: {"image": picture(height, width)}, ["image:float32[3,{height},{width}]"],
                 dict(height=96, width=128), [dict(height=128, width=112), dict(height=96, width=168)], forms=[form],
                 calibrated=True) for form, wrapper in wrappers.items()]


def first_of(module, *names):
    """Those models that the torchvision at hand has."""
    return [getattr(module, name) for name in names if hasattr(module, name)]


# ---- torchaudio ------------------------------------------------------------------------------------------------------


def lengths(longest, batch, step=3):
    return torch.tensor([max(1, longest - step * i) for i in range(batch)])


def frames(name, build, features=20, example=18, times=(22, 30), context=0, **options):
    """A model of feature frames and their lengths, which leave out `context` frames at the end."""
    return Case(name, build, lambda batch, time: {"input": random(time, batch, time, features),
                                                  "lengths": lengths(time - context, batch)},
                [f"input:float32[{{batch}},{{time}},{features}]", "lengths:int64[{batch}]"],
                dict(batch=2, time=example), [dict(batch=1, time=times[0]), dict(batch=3, time=times[1])], **options)


def waveforms(name, build, form=("script", "trace"), samples=1600, others=(1333, 2000), channels=None):
    shape = () if channels is None else (channels,)
    dims = "".join(f"{channels}," for channels in shape)
    return Case(name, build, lambda batch, time: {"waveform": 0.3 * random(time, batch, *shape, time)},
                [f"waveform:float32[{{batch}},{dims}{{time}}]"], dict(batch=2, time=samples),
                [dict(batch=1, time=others[0]), dict(batch=3, time=others[1])], forms=form)


def spoken_text(batch, text):
    return {"tokens": tokens(text, 30, batch, text), "lengths": lengths(text, batch, 2)}


def audio_cases():
    try:
        import torchaudio
    except ImportError:
        return []
    import audio_models as audio
    models, transforms = torchaudio.models, torchaudio.transforms
    wav2vec2 = dict(
        extractor_mode="group_norm", extractor_conv_layer_config=[(16, 10, 5), (16, 3, 2), (16, 2, 2)],
        extractor_conv_bias=False, encoder_embed_dim=32, encoder_projection_dropout=0.1, encoder_pos_conv_kernel=16,
        encoder_pos_conv_groups=4, encoder_num_layers=2, encoder_num_heads=4, encoder_attention_dropout=0.1,
        encoder_ff_interm_features=48, encoder_ff_interm_dropout=0.1, encoder_dropout=0.1,
        encoder_layer_norm_first=False, encoder_layer_drop=0.1, aux_num_out=12)
    script = ["script"]  # a trace holds the lengths that it saw
    return [
        waveforms("zoo_wav2vec2", lambda: models.wav2vec2_model(**wav2vec2), script),
        frames("zoo_conformer", lambda: models.Conformer(20, 4, 32, 2, 7), forms=script),
        frames("zoo_emformer", lambda: models.Emformer(20, 4, 32, 2, 4, left_context_length=6, right_context_length=2,
                                                       max_memory_size=3), context=2, forms=script),
        Case("zoo_emformer_streamed", audio.StreamedEmformer,
             lambda batch: {"first": random(1, batch, 6, 20), "second": random(2, batch, 6, 20),
                            "lengths": lengths(6, batch, 1)},
             ["first:float32[{batch},6,20]", "second:float32[{batch},6,20]", "lengths:int64[{batch}]"],
             dict(batch=2), [dict(batch=1), dict(batch=3)], forms=script),
        waveforms("zoo_conv_tasnet", lambda: models.ConvTasNet(
            enc_num_feats=32, msk_num_feats=16, msk_num_hidden_feats=32, msk_num_layers=3, msk_num_stacks=2), script,
            channels=1),
        Case("zoo_deepspeech", lambda: models.DeepSpeech(20, 32, 15),
             lambda batch, time: {"x": random(time, batch, 1, time, 20)}, ["x:float32[{batch},1,{time},20]"],
             dict(batch=2, time=9), [dict(batch=1, time=13), dict(batch=3, time=5)], forms=["trace"]),
        Case("zoo_tacotron2", audio.TeacherForced,
             lambda batch, text, time: {"tokens": tokens(text, 30, batch, text), "token_lengths": lengths(text, batch, 2),
                                        "mel": random(time, batch, 12, time), "mel_lengths": lengths(time, batch)},
             ["tokens:int64[{batch},{text}]", "token_lengths:int64[{batch}]", "mel:float32[{batch},12,{time}]",
              "mel_lengths:int64[{batch}]"], dict(batch=2, text=8, time=12),
             [dict(batch=1, text=9, time=7), dict(batch=3, text=6, time=17)], forms=script, calibrated=True),
        Case("zoo_tacotron2_spoken", audio.Spoken, spoken_text, ["tokens:int64[{batch},{text}]", "lengths:int64[{batch}]"],
             dict(batch=2, text=8), [dict(batch=1, text=9), dict(batch=3, text=6)], forms=script, calibrated=True),
        waveforms("zoo_mfcc", lambda: transforms.MFCC(8000, 13, melkwargs=dict(n_fft=256, hop_length=80, n_mels=24))),
        waveforms("zoo_griffin_lim", lambda: torch.nn.Sequential(
            transforms.Spectrogram(128), transforms.GriffinLim(128, n_iter=4, rand_init=False))),
        waveforms("zoo_resample", lambda: transforms.Resample(16000, 22050)),
        waveforms("zoo_deltas", lambda: torch.nn.Sequential(transforms.Spectrogram(128), transforms.ComputeDeltas()), script),
        waveforms("zoo_loudness", lambda: transforms.Loudness(8000), samples=8000, others=(7000, 9000), channels=1),
    ]


ZOO = [
    *audio_cases(),
    *[images(f"zoo_{build.__name__}", build) for build in (
        zoo.squeezenet1_0, zoo.squeezenet1_1, zoo.shufflenet_v2_x1_0, zoo.mnasnet0_5, zoo.regnet_y_400mf,
        zoo.regnet_x_400mf, zoo.resnext50_32x4d, zoo.wide_resnet50_2, zoo.convnext_tiny, zoo.efficientnet_v2_s,
        zoo.swin_v2_t, zoo.mobilenet_v2, zoo.vgg11_bn)],
    images("zoo_alexnet", zoo.alexnet, size=96),
    images("zoo_googlenet", plain(zoo.googlenet, init_weights=False, aux_logits=False)),
    images("zoo_inception_v3", plain(zoo.inception_v3, init_weights=False), size=96, others=OTHER_SIZES),
    images("zoo_maxvit_t", zoo.maxvit_t, fixed=True, size=224),
    images("zoo_fcn_resnet50", segmentation(zoo.segmentation.fcn_resnet50)),
    images("zoo_lraspp", lambda: zoo.segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None)),
    *[clips(f"zoo_{build.__name__}", build) for build in (
        zoo.video.r3d_18, zoo.video.mc3_18, zoo.video.r2plus1d_18)],
    *[clips(f"zoo_{build.__name__}", build, 16, 224, fixed=True) for build in first_of(zoo.video, "s3d", "mvit_v1_b")],
    flows("zoo_raft_small", zoo.optical_flow.raft_small),
    flows("zoo_raft_large", zoo.optical_flow.raft_large),
    *detectors("zoo_fasterrcnn", zoo.detection.fasterrcnn_mobilenet_v3_large_320_fpn, box_score_thresh=0.01),
    *detectors("zoo_retinanet", zoo.detection.retinanet_resnet50_fpn, score_thresh=0.01),
    *detectors("zoo_fcos", zoo.detection.fcos_resnet50_fpn, score_thresh=0.01),
    *detectors("zoo_maskrcnn", zoo.detection.maskrcnn_resnet50_fpn, box_score_thresh=0.01),
    *detectors("zoo_keypointrcnn", zoo.detection.keypointrcnn_resnet50_fpn, num_keypoints=5, box_score_thresh=0.01),
]
