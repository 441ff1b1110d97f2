"""The batch on which classic training is compared with keras-retinanet's: two pictures of the formula, of two sizes."""

import numpy as np
import torch

import formula_weights
from maskwatch import anchors as anchor_math
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.targets import loss
from maskwatch.training.crops import Crop
from maskwatch.training.loader import Batch, Collator, TrainingCrop
from maskwatch.training.recipes import CLASSIC
from record_keras_retinanet import BATCH


def classic_batch(network: RetinaNet) -> Batch:
    """The pictures and boxes as training puts them together."""
    crops = []
    for name, height, width, count in BATCH:
        boxes, labels = formula_weights.faces(name, height, width, count)
        picture = formula_weights.picture(name, height, width)
        crops.append(Crop(picture, boxes.astype(np.float32), labels, np.zeros((0, 4), np.float32)))
    made = Collator(network.settings.anchors, CLASSIC.settings)([TrainingCrop(crop, ("",)) for crop in crops])
    assert isinstance(made, Batch)
    return made


def anchors_of(network: RetinaNet, batch: Batch) -> torch.Tensor:
    return torch.tensor(anchor_math.generate(network.settings.anchors, *batch.pixels.shape[2:]))


def losses_of(network: RetinaNet, batch: Batch) -> list[torch.Tensor]:
    """Of the classes and of the boxes."""
    own = CLASSIC.settings
    raw = network(batch.pixels)
    anchors = anchors_of(network, batch)
    return list(loss(raw, batch.targets, anchors, network.settings.box_std, own.box_loss, own.box_weight))
