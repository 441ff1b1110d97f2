"""The recipe of a run: the network's own, with what the user asked for. Needs torch."""

from dataclasses import replace

from maskwatch.cli.train_options import RecipeAsked
from maskwatch.cli.train_request import TrainRequest
from maskwatch.cli.training_network import Beginning
from maskwatch.errors import UserError
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.retinanet.settings import NetworkSettings
from maskwatch.training import defaults
from maskwatch.training.settings import ONLY_MIRRORED, AugmentSettings, TrainingSettings, WholePictureSettings

CROP_PX = 256

# From scratch, and from earlier weights.
SGD_RATES = (2e-2, 5e-3)
SGD_WEIGHT_DECAY = 1e-4


def training_settings(
    request: TrainRequest, beginning: Beginning, preprocessing: Preprocessing, pictures: int
) -> TrainingSettings:
    """The recipe asked for; what was left open comes from the network's recipe, the epochs from the data."""
    asked, recipe, own = request.recipe, beginning.recipe, beginning.recipe.settings
    fine_tuning = beginning.earlier is not None
    rates, decay = (own.learning_rate, recipe.fine_tuning_rate), own.weight_decay
    if asked.optimiser == "sgd":
        rates, decay = SGD_RATES, SGD_WEIGHT_DECAY
    settings = replace(
        own,
        epochs=asked.epochs or defaults.default_epochs(pictures, fine_tuning),
        batch=asked.batch or own.batch,
        accumulate=asked.accumulate,
        learning_rate=rates[fine_tuning] if asked.learning_rate is None else asked.learning_rate,
        optimiser=asked.optimiser,
        momentum=asked.momentum,
        weight_decay=decay if asked.weight_decay is None else asked.weight_decay,
        freeze_backbone=request.network.freeze_backbone,
        matching=asked.matching or own.matching,
        box_loss=asked.box_loss or own.box_loss,
        seed=asked.seed,
        augment=_augment(asked, own, beginning.settings, preprocessing),
    )
    if settings.batch < 2 and "batch" in (beginning.settings.norm, beginning.settings.head_norm):
        raise UserError("--batch 1: this network's normalisation compares the pictures of a batch; take 2 or more.")
    return settings


def smallest_px(settings: TrainingSettings) -> int:
    """The shortest side of what the network is trained on."""
    own = settings.augment
    return own.crop_px if isinstance(own, AugmentSettings) else own.preprocessing.side_px


def run_preprocessing(asked: RecipeAsked, own: Preprocessing) -> Preprocessing:
    """How pictures are scaled in use; raises UserError for a limit that goes with no such scaling."""
    if asked.max_side_px and own.fit != "short_side":
        raise UserError(f"--max-side-px goes with classic models; this one scales the {own.fit.replace('_', ' ')}.")
    return replace(own, side_px=asked.side_px or own.side_px, max_side_px=asked.max_side_px or own.max_side_px)


def _augment(
    asked: RecipeAsked, own: TrainingSettings, network: NetworkSettings, preprocessing: Preprocessing
) -> AugmentSettings | WholePictureSettings:
    kind = asked.augment or ("crops" if isinstance(own.augment, AugmentSettings) else "whole")
    if kind == "crops":
        crop_px = asked.crop_px or CROP_PX
        return AugmentSettings(crop_px=crop_px, face_px=(8.0, 0.94 * crop_px))
    if asked.crop_px:
        raise UserError(f"--crop-px goes with --augment crops; here pictures are trained on whole (--augment {kind}).")
    whole = ONLY_MIRRORED if kind == "mirrored" else WholePictureSettings()
    return replace(whole, preprocessing=preprocessing, fill=network.mean)
