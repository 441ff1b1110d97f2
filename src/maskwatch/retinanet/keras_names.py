"""Which tensor of keras-retinanet's layers is which of ours, and how it is turned."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from maskwatch.retinanet.resnet import BLOCKS
from maskwatch.retinanet.settings import NetworkSettings, ResNetSettings

Depth = Literal[50, 101, 152]

# The layer in which a ResNet of each depth is longer than the one before it.
LAST_BLOCK: dict[str, Depth] = {"res4b35": 152, "res4b22": 101, "res4f": 50}

# A layer that only such a backbone has.
OTHER_BACKBONES = {
    "conv_dw_1": "a MobileNet",
    "conv2_block1_1_conv": "a DenseNet",
    "block1_conv1": "a VGG",
    "block1a_dwconv": "an EfficientNet",
    "block1a_se_reduce": "an EfficientNet",
    "stage1_unit1_conv1": "a SE-ResNet or SENet",
}

NORM_PARTS = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
CONV_PARTS = {"kernel": "weight", "bias": "bias"}
SUBNETS = {"regression": "box_subnet", "classification": "class_subnet"}


@dataclass(frozen=True)
class Place:
    """Where a tensor of ours lies in the file.

    Attributes:
        group: the layer, or the nested model of a subnet.
        layer: the layer that the weight's own name begins with; the group's own name outside of subnets.
        part: `kernel`, `bias`, `gamma`, `beta`, `moving_mean` or `moving_variance`.
    """

    group: str
    layer: str
    part: str


def places(settings: NetworkSettings) -> dict[str, Place]:
    """The place of each of our tensors, by our names."""
    assert isinstance(settings.backbone, ResNetSettings)
    depth = settings.backbone.depth
    assert depth != 18  # keras-retinanet has neither of the shallow ones
    assert depth != 34
    found: dict[str, Place] = {}
    found |= {f"backbone.{ours}": place for ours, place in backbone_places(depth).items()}
    for ours, layer in _pyramid(settings.levels):
        found |= _parts(ours, layer, layer, CONV_PARTS)
    for kind, subnet in SUBNETS.items():
        group, last = f"{kind}_submodel", f"pyramid_{kind}"
        for index in range(settings.head_depth):
            found |= _parts(f"{subnet}.convs.{index}", group, f"{last}_{index}", CONV_PARTS)
        found |= _parts(f"{subnet}.last", group, last, CONV_PARTS)
    return found


def backbone_places(depth: Depth) -> dict[str, Place]:
    """The same of a backbone alone, by the names in it."""
    found: dict[str, Place] = {}
    for ours, layer in _backbone(depth):
        found |= _parts(ours, layer, layer, NORM_PARTS if layer.startswith("bn") else {"kernel": "weight"})
    return found


def weight_name(names: Sequence[str], place: Place) -> str | None:
    """The name in the file, among its group's, of the weight at a place; None where there is none.

    Keras may have made names unique (`conv1_1/kernel:0`). Outside of subnets the last part of a name then tells
    the weight. In a subnet `pyramid_regression_1` may be the second layer or the last one made unique, so that
    names count only if all are the expected ones; else the order does, pairs of kernel and bias.
    """
    exact = f"{place.layer}/{place.part}:0"
    if place.group == place.layer:
        parts = {name.rpartition("/")[2].partition(":")[0]: name for name in reversed(names)}
        return exact if exact in names else parts.get(place.part)
    last = re.sub(r"_\d+$", "", place.layer)
    layers = [*(f"{last}_{number}" for number in range(len(names) // 2 - 1)), last]
    expected = [f"{layer}/{part}:0" for layer in layers for part in CONV_PARTS]
    if exact not in expected or len(names) != len(expected):
        return None
    return exact if set(names) == set(expected) else names[expected.index(exact)]


def _parts(ours: str, group: str, layer: str, parts: dict[str, str]) -> dict[str, Place]:
    return {f"{ours}.{own}": Place(group, layer, part) for part, own in parts.items()}


def _backbone(depth: Depth) -> Iterator[tuple[str, str]]:
    """Pairs of our module and Keras's layer."""
    yield from (("conv1", "conv1"), ("bn1", "bn_conv1"))
    for stage, count in enumerate(BLOCKS[depth], 2):
        for index in range(count):
            block, ours = f"{stage}{_letter(depth, stage, index)}", f"layer{stage - 1}.{index}"
            for number, branch in enumerate("abc", 1):
                yield f"{ours}.conv{number}", f"res{block}_branch2{branch}"
                yield f"{ours}.bn{number}", f"bn{block}_branch2{branch}"
            if not index:
                yield from (
                    (f"{ours}.downsample.{i}", f"{kind}{block}_branch1") for i, kind in enumerate(("res", "bn"))
                )


def _letter(depth: Depth, stage: int, index: int) -> str:
    """A block's name in its stage: a, b, c, ...; in the long stages of the deeper networks a, b1, b2, ..."""
    numbered = depth > 50 and stage in (3, 4) and index
    return f"b{index}" if numbered else chr(ord("a") + index)


def _pyramid(levels: Sequence[int]) -> Iterator[tuple[str, str]]:
    for index, level in enumerate(range(levels[0], 6)):
        yield f"pyramid.lateral.{index}", f"C{level}_reduced"
        yield f"pyramid.output.{index}", f"P{level}"
    yield from ((f"pyramid.p{level}", f"P{level}") for level in levels if level > 5)
