"""Pictures as training sees them, for `maskwatch data view --augmented`. Needs torch, as the loader does."""

from collections.abc import Iterator, Sequence

import numpy as np

from maskwatch import anchors as anchor_math
from maskwatch.anchors import AnchorSettings
from maskwatch.data.samples import Sample
from maskwatch.data.viewing import DIFFICULT_COLOUR, Matched, Matching
from maskwatch.errors import UserError
from maskwatch.pictures.draw import class_colour, draw_boxes
from maskwatch.pictures.sheet import Tile, fitted
from maskwatch.training.crops import Crop
from maskwatch.training.defaults import class_names_of
from maskwatch.training.loader import TrainingPictures
from maskwatch.training.matching import match
from maskwatch.training.sampler import Drawn
from maskwatch.training.settings import AugmentSettings, TrainingSettings, WholePictureSettings


def settings_for(matching: Matching, crop_px: int, seed: int) -> TrainingSettings:
    """The recipe of `maskwatch train`: whole pictures under keras-retinanet's rule, else crops."""
    crops = AugmentSettings(crop_px=crop_px, face_px=(8.0, 0.94 * crop_px))
    augment = WholePictureSettings() if matching == "classic" else crops
    return TrainingSettings(epochs=1, seed=seed, matching=matching, augment=augment)


def training_crops(
    samples: Sequence[Sample], indices: Sequence[int], settings: TrainingSettings
) -> Iterator[tuple[Crop, str]]:
    """A crop that begins with each of the indexed samples and may go on with any, and the first picture's name."""
    pictures = TrainingPictures(samples, class_names_of(samples), settings, cache_bytes=0)
    for position, index in enumerate(indices):
        made = pictures[Drawn(0, position, index)]
        if isinstance(made, UserError):
            raise made
        others = f" +{len(made.names) - 1}" if len(made.names) > 1 else ""
        yield made.crop, f"{samples[index].picture.name}{others}"


def crop_tile(crop: Crop, names: Sequence[str], caption: str, side_px: int) -> Tile:
    """A crop with the boxes that are learnt, and in grey those that are neither learnt nor background."""
    small, scale = fitted(crop.pixels, side_px)
    labels = [names[number] for number in crop.labels.tolist()]
    boxes = np.concatenate([crop.ignored, crop.boxes]) * np.float32(scale)
    colours = [DIFFICULT_COLOUR] * len(crop.ignored) + [class_colour(name) for name in labels]
    return Tile(draw_boxes(small, boxes, ["ignored"] * len(crop.ignored) + labels, colours), caption)


def matched_crop(crop: Crop, settings: AnchorSettings, matching: Matching) -> Matched:
    """A crop and the anchors that training gives to its boxes."""
    anchors = anchor_math.generate(settings, *crop.pixels.shape[:2])
    return Matched(crop.pixels, crop.boxes, anchors, match(crop, settings, matching))
