"""What a network is, as frozen values. A variant is one of these values, never the name of a class."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from maskwatch.anchors import AnchorSettings
from maskwatch.retinanet.norm import Norm
from maskwatch.retinanet.padding import Padding

# Levels 3 to 5 are the backbone's own; 7 is made of 6.
LEVELS = tuple(tuple(range(first, last + 1)) for last in (7, 6, 5) for first in (3, 2))


@dataclass(frozen=True)
class SlimSettings:
    """A slim residual backbone of basic blocks, for CPUs: strides 4, 8, 16 and 32.

    Attributes:
        stem: channels after the first convolution, which halves the picture.
        channels, blocks: of the four stages.
    """

    stem: int = 16
    channels: tuple[int, int, int, int] = (24, 48, 80, 128)
    blocks: tuple[int, int, int, int] = (2, 3, 3, 2)


@dataclass(frozen=True)
class ResNetSettings:
    """A ResNet of He et al. 2015, with torchvision's weight names.

    Attributes:
        depth: of the usual five.
        stride_in: which convolution of a stage's first block has the stride: the 3x3 (torchvision's weights), or
            the first 1x1 (the original Caffe weights, and keras-resnet's); the blocks of 18 and 34 have no 1x1.
        stem_padding: of the first convolution.
    """

    depth: Literal[18, 34, 50, 101, 152] = 50
    stride_in: Literal["3x3", "1x1"] = "3x3"
    stem_padding: Padding = "symmetric"


@dataclass(frozen=True)
class SuppressionSettings:
    """How overlapping candidates become detections.

    Attributes:
        per_class: suppress within each class, so that one face can be found as two classes (keras-retinanet);
            else one face has one label.
        candidates: so many of the best scores a picture enter suppression; None for all.
        most: the best so many detections a picture remain.
        score, iou: defaults of the exported file; None where the export decides.
    """

    per_class: bool = False
    candidates: int | None = 1000
    most: int = 300
    score: float | None = None
    iou: float | None = None


@dataclass(frozen=True)
class NetworkSettings:
    """Everything that determines the network's tensors and what they mean.

    Attributes:
        backbone: which residual network.
        norm: normalisation of the backbone.
        head_norm: normalisation of pyramid and heads; the heads' convolutions are shared over the levels, their
            normalisation is not, because a level's statistics are its own (as in the TPU RetinaNet).
        pyramid_channels, head_channels, head_depth: width of the pyramid, width and number of convolutions of
            each subnet before its last one.
        anchors: one size a level, the finest first.
        box_std: a box target is the offset of each edge in anchor sides, divided by this (keras-retinanet: .2).
        mean, std: of the pixels, 0..255, in RGB order.
        prior: the score every anchor starts with, against the flood of background (Lin et al. 2017, 3.3).
        levels: of the pyramid, level p having the stride 2**p: 3, 4 and 5, on wish 2, 6, and 7 with 6.
        padding: of the strided layers other than a ResNet's first (a slim backbone is always symmetric).
        clip_margin_px: boxes end so far before the picture's right and lower edge (keras-retinanet: 1).
        suppression: what becomes of overlapping boxes.
    """

    backbone: SlimSettings | ResNetSettings
    anchors: AnchorSettings
    norm: Norm = "batch"
    head_norm: Norm = "batch"
    pyramid_channels: int = 48
    head_channels: int = 48
    head_depth: int = 2
    box_std: float = 0.2
    mean: tuple[float, float, float] = (123.675, 116.28, 103.53)
    std: tuple[float, float, float] = (58.395, 57.12, 57.375)
    prior: float = 0.01
    levels: tuple[int, ...] = (3, 4, 5, 6, 7)
    padding: Padding = "symmetric"
    clip_margin_px: int = 0
    suppression: SuppressionSettings = SuppressionSettings()

    def __post_init__(self) -> None:
        if self.levels not in LEVELS:
            raise ValueError(f"the levels {self.levels} make no pyramid; they are one of {LEVELS}")
        if self.anchors.strides != tuple(2**level for level in self.levels):
            raise ValueError(f"anchors at strides {self.anchors.strides} for the levels {self.levels}")

    def to_record(self) -> dict[str, Any]:
        """Plain values for a checkpoint; the backbone's kind is told by which of two keys is there."""
        record = asdict(self)
        kind = "slim" if isinstance(self.backbone, SlimSettings) else "resnet"
        record["backbone"] = {kind: record["backbone"]}
        return record

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The inverse of `to_record`, lists read as tuples; raises KeyError or TypeError for anything else."""
        values = {name: _tupled(value) for name, value in record.items()}
        backbone = values.pop("backbone")
        values["anchors"] = AnchorSettings(**_tupled_values(values["anchors"]))
        # Checkpoints from before there was a choice lack it.
        values["suppression"] = SuppressionSettings(**values.get("suppression", {}))
        if "slim" in backbone:
            return cls(backbone=SlimSettings(**_tupled_values(backbone["slim"])), **values)
        return cls(backbone=ResNetSettings(**backbone["resnet"]), **values)


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _tupled_values(record: dict[str, Any]) -> dict[str, Any]:
    return {name: _tupled(value) for name, value in record.items()}
