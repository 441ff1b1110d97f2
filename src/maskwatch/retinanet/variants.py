"""The named networks, as values. A variant is the one before it with reasons for what differs."""

from dataclasses import replace

from maskwatch.anchors import AnchorSettings
from maskwatch.retinanet.norm import Norm
from maskwatch.retinanet.settings import NetworkSettings, ResNetSettings, SlimSettings, SuppressionSettings

STRIDES = (8, 16, 32, 64, 128)

# One anchor a cell is enough under adaptive matching (Zhang et al. 2020, table 6). Faces are taller than wide.
# 2.25 strides: the finest level answers for faces from the smallest learnt up to about 25 px.
FACE_ANCHORS = AnchorSettings(
    sizes=tuple(2.25 * stride for stride in STRIDES), strides=STRIDES, ratios=(1.2,), scales=(1.0,)
)

# Most of the work is at strides 4 to 16, where small faces are (Guo et al. 2021, SCRFD).
WATCH_NANO = NetworkSettings(backbone=SlimSettings(), anchors=FACE_ANCHORS)

# The same shape, wider and deeper: about four times the work.
WATCH_SMALL = replace(
    WATCH_NANO,
    backbone=SlimSettings(stem=24, channels=(48, 96, 160, 256), blocks=(3, 4, 4, 2)),
    pyramid_channels=80,
    head_channels=80,
    head_depth=3,
)

# The classic widths on a ResNet that trains: norms move, group normalisation where batches are small.
RESNET50 = NetworkSettings(
    backbone=ResNetSettings(50),
    anchors=FACE_ANCHORS,
    head_norm="group",
    pyramid_channels=256,
    head_channels=256,
    head_depth=4,
)
RESNET18 = replace(RESNET50, backbone=ResNetSettings(18))
RESNET34 = replace(RESNET50, backbone=ResNetSettings(34))
RESNET101 = replace(RESNET50, backbone=ResNetSettings(101))
RESNET152 = replace(RESNET50, backbone=ResNetSettings(152))

_KERAS_RESNET50 = ResNetSettings(50, stride_in="1x1", stem_padding="same")

# keras-retinanet to the number, but for its suppression within each class: a face has one label here.
CLASSIC_RESNET50 = NetworkSettings(
    backbone=_KERAS_RESNET50,
    anchors=AnchorSettings(sizes=(32, 64, 128, 256, 512), strides=STRIDES),
    norm="frozen",
    head_norm="none",
    pyramid_channels=256,
    head_channels=256,
    head_depth=4,
    mean=(123.68, 116.779, 103.939),
    std=(1.0, 1.0, 1.0),
    padding="same",
    clip_margin_px=1,
    suppression=SuppressionSettings(candidates=None, score=0.05, iou=0.5),
)
CLASSIC_RESNET101 = replace(CLASSIC_RESNET50, backbone=replace(_KERAS_RESNET50, depth=101))
CLASSIC_RESNET152 = replace(CLASSIC_RESNET50, backbone=replace(_KERAS_RESNET50, depth=152))

DEFAULT_VARIANT = "watch-nano"
VARIANTS = {
    "watch-nano": WATCH_NANO,
    "watch-small": WATCH_SMALL,
    "resnet18": RESNET18,
    "resnet34": RESNET34,
    "resnet50": RESNET50,
    "resnet101": RESNET101,
    "resnet152": RESNET152,
    "classic-resnet50": CLASSIC_RESNET50,
    "classic-resnet101": CLASSIC_RESNET101,
    "classic-resnet152": CLASSIC_RESNET152,
}


def with_p2(settings: NetworkSettings) -> NetworkSettings:
    """The same with the level of stride 4 as well, whose anchors are half as large as the finest were."""
    if settings.levels[0] == 2:
        return settings
    own = settings.anchors
    anchors = replace(own, sizes=(own.sizes[0] / 2, *own.sizes), strides=(4, *own.strides))
    return replace(settings, levels=(2, *settings.levels), anchors=anchors)


def with_norm(settings: NetworkSettings, norm: Norm) -> NetworkSettings:
    """The same with another normalisation; frozen statistics are a backbone's alone, for only it has any to freeze."""
    head_norm = settings.head_norm if norm == "frozen" else norm
    return replace(settings, norm=norm, head_norm=head_norm)
