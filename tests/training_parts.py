"""Tiny networks, recipes and pictures for tests: everything is seconds on one core."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from labelled_sets import voc_object, voc_text
from maskwatch.anchors import AnchorSettings
from maskwatch.boxes import Floats
from maskwatch.data.samples import Origin, Sample
from maskwatch.pictures.preprocessing import Pixels, Preprocessing
from maskwatch.retinanet.checkpoint import Checkpoint
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.settings import NetworkSettings, SlimSettings
from maskwatch.training.settings import AugmentSettings, TrainingSettings

STRIDES = (8, 16, 32, 64, 128)
TINY_ANCHORS = AnchorSettings(sizes=(18, 36, 72, 144, 288), strides=STRIDES, ratios=(1.0,), scales=(1.0,))
TINY_BACKBONE = SlimSettings(stem=8, channels=(8, 16, 16, 16), blocks=(1, 1, 1, 1))
TINY = NetworkSettings(
    backbone=TINY_BACKBONE, anchors=TINY_ANCHORS, pyramid_channels=16, head_channels=16, head_depth=1
)
NAMES = ("green", "red")
COLOURS = {"green": (20, 220, 60), "red": (230, 40, 30)}
CROP_PX = 64

# Threads that share out work this small wait for each other longer than they work.
torch.set_num_threads(1)


def tiny_network(settings: NetworkSettings = TINY, classes: int = 2, seed: int = 0, lively: bool = False) -> RetinaNet:
    """In evaluation mode; a `lively` one has had its statistics and last layers stirred, so that scores differ."""
    torch.manual_seed(seed)
    network = RetinaNet(settings, classes)
    if lively:
        with torch.no_grad():
            for name, tensor in network.named_buffers():
                if name.endswith("running_mean"):
                    tensor.normal_(0, 0.2)
                elif name.endswith("running_var"):
                    tensor.uniform_(0.5, 2)
            for subnet, spread in ((network.class_subnet, 0.3), (network.box_subnet, 0.2)):
                subnet.last.weight.normal_(0, spread)
    return network.eval()


def tiny_checkpoint(settings: NetworkSettings = TINY, names: Sequence[str] = NAMES, seed: int = 0) -> Checkpoint:
    network = tiny_network(settings, len(names), seed, lively=True)
    preprocessing = Preprocessing(side_px=96).to_record()
    return Checkpoint(settings, tuple(names), preprocessing, network.state_dict(), {"model": "tiny"})


def tiny_recipe(epochs: int = 1, **changes: object) -> TrainingSettings:
    """Crops of 64 px, without mosaics, of faces of 14 to 40 px."""
    augment = AugmentSettings(crop_px=CROP_PX, mosaic=(1.0, 0.0, 0.0), face_px=(14.0, 40.0), scales=(0.8, 1.4))
    values: dict[str, object] = {"epochs": epochs, "batch": 4, "augment": augment, "average_decay": 0.9, **changes}
    return TrainingSettings(**values)  # type: ignore[arg-type]


def squares_picture(width: int, height: int, boxes: Floats, labels: Sequence[str], seed: int = 0) -> Pixels:
    """(height, width, 3) uint8 RGB: dim noise with a bright rectangle for each box."""
    random = np.random.default_rng(seed)
    picture = random.integers(90, 130, (height, width, 3)).astype(np.uint8)
    for (x1, y1, x2, y2), label in zip(boxes.astype(int), labels, strict=True):
        picture[y1:y2, x1:x2] = COLOURS[label]
    return picture


def write_squares(folder: Path, count: int, seed: int = 0, size: tuple[int, int] = (96, 80)) -> list[Sample]:
    """Pictures with one square of each colour, their VOC files, and the samples."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    return [_write_one(folder / f"{index}.png", random, size) for index in range(count)]


def _write_one(path: Path, random: np.random.Generator, size: tuple[int, int]) -> Sample:
    width, height = size
    boxes = np.zeros((len(NAMES), 4), np.float32)
    for row in range(len(NAMES)):  # each in its own half, so that they never meet
        side = random.integers(16, 32)
        x = random.integers(row * width // 2, (row + 1) * width // 2 - side)
        y = random.integers(0, height - side)
        boxes[row] = (x, y, x + side, y + side)
    Image.fromarray(squares_picture(width, height, boxes, NAMES, int(random.integers(1000)))).save(path)
    objects = "".join(voc_object((name, *box)) for name, box in zip(NAMES, boxes.tolist(), strict=True))
    path.with_suffix(".xml").write_text(voc_text(path.name, objects, size), encoding="utf-8")
    return Sample(path, width, height, boxes, NAMES, np.zeros(2, bool), Origin(path.with_suffix(".xml")))


def random_pixels(batch: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    """(B, 3, H, W) uint8."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (batch, 3, height, width), generator=generator, dtype=torch.uint8)
