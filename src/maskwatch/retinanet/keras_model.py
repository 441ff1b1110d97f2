"""Which of our networks a keras-retinanet file holds: everything but the numbers."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from maskwatch.anchors import AnchorSettings
from maskwatch.errors import UserError
from maskwatch.retinanet.keras_file import KerasFile
from maskwatch.retinanet.keras_layers import KerasLayers
from maskwatch.retinanet.keras_names import LAST_BLOCK, OTHER_BACKBONES, SUBNETS, Depth, Place
from maskwatch.retinanet.padding import Padding
from maskwatch.retinanet.settings import LEVELS, NetworkSettings, ResNetSettings
from maskwatch.retinanet.variants import CLASSIC_RESNET50

Kind = Literal["training", "inference", "weights"]


@dataclass(frozen=True)
class KerasAsked:
    """What the user adds to a file that does not say it all.

    Attributes:
        anchors: of the `.ini` the model was trained with; None for the file's own, or keras-retinanet's.
        stem_padding: of the backbone's first convolution; None where the file says.
        corner_targets: the user's word that a file that looks like one of tag 0.1 or 0.2 is none.
    """

    anchors: AnchorSettings | None = None
    stem_padding: Padding | None = None
    corner_targets: bool = False


@dataclass(frozen=True)
class KerasModel:
    """A file's model as values.

    Attributes:
        kind: what sort of file it is.
        settings: the network.
        class_count: K.
        assumed: what nobody told, in sentences for the user.
    """

    kind: Kind
    settings: NetworkSettings
    class_count: int
    assumed: tuple[str, ...]


def read_model(file: KerasFile, asked: KerasAsked) -> KerasModel:
    """Look a file over; raises UserError for a model that is not one to import."""
    _require_retinanet(file)
    layers = KerasLayers.of(file.config)
    _require_corner_targets(file, layers, asked)
    per_cell = file.shape(_last("regression"))[0] // 4
    anchors, assumed = _anchors(file, layers, per_cell, asked)
    settings = replace(
        CLASSIC_RESNET50,
        backbone=ResNetSettings(_depth(file), "1x1", stem_padding(file, layers, asked.stem_padding)),
        anchors=anchors,
        levels=_levels(file),
        pyramid_channels=file.shape(Place("P3", "P3", "bias"))[0],
        head_channels=file.shape(Place("regression_submodel", "pyramid_regression_0", "bias"))[0],
        head_depth=len(file.layers["regression_submodel"]) // 2 - 1,
        box_std=_box_std(file, layers),
        suppression=layers.suppression(),
    )
    kind: Kind = "weights" if file.config is None else "inference" if layers.is_inference else "training"
    return KerasModel(kind, settings, _class_count(file, per_cell), assumed)


def _last(kind: str) -> Place:
    return Place(f"{kind}_submodel", f"pyramid_{kind}", "bias")


def _require_retinanet(file: KerasFile) -> None:
    for layer, backbone in OTHER_BACKBONES.items():
        if layer in file.layers:
            raise UserError(
                f"{file.path}: its backbone is {backbone} (it has a layer {layer}); only ResNet-50, -101 and -152 "
                "can be imported. Train anew on the same data: maskwatch train --model classic-resnet50."
            )
    needed = [*(f"{kind}_submodel" for kind in SUBNETS), "P3", "C5_reduced"]
    missing = [name for name in needed if name not in file.layers]
    if missing:
        raise UserError(f"{file.path}: is a Keras file, but no keras-retinanet model: it has no layer {missing[0]}.")


def _require_corner_targets(file: KerasFile, layers: KerasLayers, asked: KerasAsked) -> None:
    mark = layers.mark_of_age()
    if mark and not asked.corner_targets:
        raise UserError(
            f"{file.path}: looks like a model of keras-retinanet 0.1 or 0.2 (by its layer {mark}), whose boxes are "
            "offsets of the centre and logarithms of the sides; those cannot be imported. If you know that it was "
            "trained with 0.3 or later, add --corner-targets."
        )


def _depth(file: KerasFile) -> Depth:
    for block, depth in LAST_BLOCK.items():
        if f"{block}_branch2a" in file.layers:
            return depth
    raise UserError(f"{file.path}: its backbone is none of ResNet-50, -101 and -152; others cannot be imported.")


def _levels(file: KerasFile) -> tuple[int, ...]:
    marks = {2: "C2_reduced", 6: "P6", 7: "P7"}
    levels = tuple(level for level in range(2, 8) if level not in marks or marks[level] in file.layers)
    if levels not in LEVELS:
        raise UserError(f"{file.path}: has the pyramid levels {levels}, which no keras-retinanet model has.")
    return levels


def _class_count(file: KerasFile, per_cell: int) -> int:
    scores = file.shape(_last("classification"))[0]
    if scores % per_cell:
        raise UserError(f"{file.path}: {scores} scores a cell are no whole number of classes for {per_cell} anchors.")
    return scores // per_cell


def stem_padding(file: KerasFile, layers: KerasLayers, asked: Padding | None) -> Padding:
    """How the first convolution is padded: as the file says, else as the user does; raises UserError for neither."""
    if file.config is None and asked is None:
        raise UserError(
            f"{file.path}: holds weights alone, which do not say how the first convolution was padded; add "
            "--padding same (keras-resnet from 0.2, May 2019) or --padding explicit (before)."
        )
    own = layers.stem_padding() if file.config else None
    if own and asked not in (None, own):
        raise UserError(f"{file.path}: says itself how its first convolution is padded; leave --padding out.")
    return own or asked or "same"


def _anchors(
    file: KerasFile, layers: KerasLayers, per_cell: int, asked: KerasAsked
) -> tuple[AnchorSettings, tuple[str, ...]]:
    """The anchors and, where nobody told them, a sentence saying what was assumed."""
    own = layers.anchors()
    if own and asked.anchors and not _alike(own, asked.anchors):
        raise UserError(f"{file.path}: has anchors of its own, and those of --config differ from them; leave it out.")
    anchors = own or asked.anchors or CLASSIC_RESNET50.anchors
    strides = tuple(2**level for level in _levels(file))
    if (anchors.per_cell, anchors.strides) != (per_cell, strides):
        raise UserError(
            f"{file.path}: has {per_cell} anchors a cell at the strides {_listed(strides)}, not {anchors.per_cell} at "
            f"{_listed(anchors.strides)}; give the .ini that it was trained with as --config."
        )
    remark = "its anchors are taken to be keras-retinanet's own; if it was trained with an .ini, give it as --config"
    return anchors, () if own or asked.anchors else (remark,)


def _listed(values: tuple[int, ...]) -> str:
    return " ".join(map(str, values))


def _alike(one: AnchorSettings, other: AnchorSettings) -> bool:
    """Equal but for rounding to float32."""
    fields = ("sizes", "strides", "ratios", "scales")
    pairs = [(getattr(one, name), getattr(other, name)) for name in fields]
    return all(len(a) == len(b) and np.allclose(a, b, rtol=1e-6) for a, b in pairs)


def _box_std(file: KerasFile, layers: KerasLayers) -> float:
    mean, std = layers.box_mean_and_std()
    if mean - {0.0} or len(std) > 1:
        raise UserError(f"{file.path}: decodes boxes with a mean and spread of its own, which cannot be imported.")
    return float(next(iter(std), CLASSIC_RESNET50.box_std))
