"""How to train, as frozen values; what stands in a checkpoint and is compared when a run resumes."""

from dataclasses import dataclass, field
from typing import Any, Literal, Self

from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.retinanet.losses import BoxLoss

Matching = Literal["iou", "atss", "classic"]
Precision = Literal["float32", "bfloat16"]
OptimiserName = Literal["adamw", "sgd"]


@dataclass(frozen=True)
class AugmentSettings:
    """Which crops training sees; all sides in pixels of the crop.

    Attributes:
        crop_px: side of the square crops.
        mosaic: how often a crop is one picture, 2 x 2 pictures, 3 x 3 pictures (shares that add up to 1). Small
            faces fill a crop only when several pictures share it.
        face_px: range of the side a chosen face is scaled to, log-uniform; cut off at the tile's own side.
        scales: range of the scale of a crop that is not aimed at a face's size, log-uniform, in pixels of the
            crop per pixel of the picture.
        max_scale: pictures are never enlarged more than this: there is nothing to see.
        smallest_px: a box smaller than this after scaling is ignored, neither learnt nor background.
        kept_share, ignored_share: a box that shows at least the first share of itself is learnt, one that shows
            less than the second is dropped, one in between is ignored.
    """

    crop_px: int = 256
    mosaic: tuple[float, ...] = (0.6, 0.3, 0.1)
    face_px: tuple[float, float] = (8.0, 240.0)
    scales: tuple[float, float] = (0.3, 1.6)
    max_scale: float = 2.5
    smallest_px: float = 5.0
    kept_share: float = 0.5
    ignored_share: float = 0.15


@dataclass(frozen=True)
class WholePictureSettings:
    """Whole pictures, each changed a little, as keras-retinanet trains on them.

    The ranges are those of its `--random-transform`, without its vertical mirroring: no camera sees faces upside
    down.

    Attributes:
        preprocessing: how a picture is scaled after it was changed; the same as in use.
        fill: RGB level of what fills a batch up to its largest picture: the network's mean, so that it is zero there.
        mirrored_share: of the pictures, left to right.
        rotation_rad, shear_rad: largest angles either way.
        translation: largest shift either way, as a share of the picture's sides.
        scaling: largest change of each side's scale, as a share.
        contrast, brightness, hue, saturation: largest changes either way, as shares of the whole range.
    """

    preprocessing: Preprocessing = Preprocessing("short_side", 800, 1333, "sampled")
    fill: tuple[float, float, float] = (123.68, 116.779, 103.939)
    mirrored_share: float = 0.5
    rotation_rad: float = 0.1
    shear_rad: float = 0.1
    translation: float = 0.1
    scaling: float = 0.1
    contrast: float = 0.1
    brightness: float = 0.1
    hue: float = 0.05
    saturation: float = 0.05


# What keras-retinanet does without --random-transform.
ONLY_MIRRORED = WholePictureSettings(
    rotation_rad=0.0,
    shear_rad=0.0,
    translation=0.0,
    scaling=0.0,
    contrast=0.0,
    brightness=0.0,
    hue=0.0,
    saturation=0.0,
)


@dataclass(frozen=True)
class TrainingSettings:
    """The recipe.

    Attributes:
        epochs: passes over the pictures (of as many crops as there are pictures).
        batch: crops a step, over all processes and parts.
        accumulate: the parts that a process's share of a batch is computed in, one after the other: a part's memory,
            the whole batch's gradient.
        learning_rate: the highest, after warm-up; cosine to `final_rate` of it.
        warmup_steps: linear warm-up.
        optimiser, momentum: AdamW, or stochastic gradient descent with this momentum.
        weight_decay: the optimiser's; not on normalisation and biases.
        epsilon: AdamW's, beside the root of the second moment.
        epsilon_first: it is added before that moment is corrected for its start, as Keras does, and not after.
        freeze_backbone: its weights and statistics stay as the run found them.
        clip_norm: the gradient's largest norm.
        clip_each: it holds for each tensor's gradient by itself, as Keras's `clipnorm` does, and not for all together.
        plateau_patience: after so many epochs without a lower loss the rate is multiplied by `plateau_factor`; 0 for
            never.
        average_decay: of the running average of the weights, which is what is measured and kept.
        matching: adaptive (ATSS); IoU thresholds with rescue; or keras-retinanet's, thresholds without rescue by which
            anchors centred outside the picture are ignored.
        box_loss, box_weight: see `retinanet.targets.loss`.
        repeat_share: pictures with a class that less than this share of pictures holds are drawn more often, by
            the square root of the shortfall (Gupta et al. 2019).
        alike: pictures of about the same shape share a batch, which then needs little filling.
        precision: of the convolutions, forward and backward; weights, losses and optimiser are always float32.
        seed: of the weights and of every random choice.
        augment: what training sees: crops, or whole pictures.
    """

    epochs: int
    batch: int = 16
    accumulate: int = 1
    learning_rate: float = 2e-3
    final_rate: float = 0.01
    warmup_steps: int = 500
    optimiser: OptimiserName = "adamw"
    momentum: float = 0.9
    weight_decay: float = 0.05
    epsilon: float = 1e-8
    epsilon_first: bool = False
    freeze_backbone: bool = False
    clip_norm: float = 10.0
    clip_each: bool = False
    plateau_patience: int = 0
    plateau_factor: float = 0.1
    average_decay: float = 0.999
    matching: Matching = "atss"
    box_loss: BoxLoss = "giou"
    box_weight: float = 2.0
    repeat_share: float = 0.2
    alike: bool = False
    precision: Precision = "float32"
    seed: int = 0
    augment: AugmentSettings | WholePictureSettings = field(default_factory=AugmentSettings)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The inverse of `dataclasses.asdict` after a trip through JSON."""
        augment: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in record["augment"].items()}
        if "crop_px" in augment:
            return cls(**record | {"augment": AugmentSettings(**augment)})
        preprocessing = Preprocessing.from_record(augment["preprocessing"])
        return cls(**record | {"augment": WholePictureSettings(**augment | {"preprocessing": preprocessing})})
