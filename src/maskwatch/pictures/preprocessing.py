"""How a picture becomes network input, as a record that travels with the model, and the way back for boxes.

The same record is applied in training, evaluation and live use, so a model always sees the pixels that it was
trained on. Colour order, mean and scale are not here: they are inside the network and the exported file.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwatch.pictures.sampling import sampled

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

Fit = Literal["long_side", "short_side", "letterbox"]
Filter = Literal["bilinear", "bicubic", "area", "sampled"]

_FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "area": Image.Resampling.BOX,
}


@dataclass(frozen=True)
class Placement:
    """Where the picture lies in the network's input: at the top left, scaled by `scale_x` and `scale_y`."""

    scale_x: float
    scale_y: float
    width: int
    height: int

    def to_input(self, boxes: Floats) -> Floats:
        """Boxes (N, 4) xyxy from pixels of the picture to pixels of the network's input."""
        return boxes * np.array([self.scale_x, self.scale_y] * 2, np.float32)

    def to_picture(self, boxes: Floats) -> Floats:
        """Boxes (N, 4) xyxy from pixels of the network's input to pixels of the picture, cut to the picture."""
        scaled = boxes / np.array([self.scale_x, self.scale_y] * 2, np.float32)
        return np.clip(scaled, 0, np.array([self.width, self.height] * 2, np.float32))


@dataclass(frozen=True)
class Preprocessing:
    """The record.

    Attributes:
        fit: `long_side` scales the longer side to `side_px`; `short_side` scales the shorter side to `side_px`
            unless the longer would pass `max_side_px` (keras-retinanet's rule); `letterbox` scales as
            `long_side` does and fills up to a square, for engines that need one fixed shape.
        side_px: the side aimed at.
        max_side_px: limit of the longer side under `short_side`.
        filter: Pillow's resampling filter, which averages when shrinking; or `sampled`, bilinear between the four
            nearest pixels whatever the scale, and by exactly the same factor along both sides, as OpenCV resizes
            by a factor (keras-retinanet's way).
        fill: grey level of what a letterbox adds, 0..255.
    """

    fit: Fit = "long_side"
    side_px: int = 512
    max_side_px: int = 1333
    filter: Filter = "bilinear"
    fill: int = 114

    def __post_init__(self) -> None:
        if self.fit not in ("long_side", "short_side", "letterbox"):
            raise ValueError(f"fit is {self.fit!r}; it is one of long_side, short_side, letterbox")
        if self.filter not in (*_FILTERS, "sampled"):
            raise ValueError(f"filter is {self.filter!r}; it is one of {', '.join(_FILTERS)}, sampled")
        if self.filter == "sampled" and self.fit == "letterbox":
            raise ValueError("a letterbox is never sampled")
        if self.side_px < 32:
            raise ValueError(f"side_px is {self.side_px}; the network needs at least 32 pixels")

    def scaled_size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height in pixels that a picture is scaled to, each at least 32 for the network's sake."""
        scale = self._scale(width, height)
        limit = self.side_px if self.fit == "letterbox" else None
        sides = (max(32, round(width * scale)), max(32, round(height * scale)))
        return (min(sides[0], limit or sides[0]), min(sides[1], limit or sides[1]))

    def _scale(self, width: int, height: int) -> float:
        """The factor that is aimed at, before sides are rounded to whole pixels."""
        if self.fit == "short_side":
            return min(self.side_px / min(width, height), self.max_side_px / max(width, height))
        return self.side_px / max(width, height)

    def apply(self, picture: Pixels) -> tuple[Pixels, Placement]:
        """Scale (and letterbox) a picture.

        Args:
            picture: (H, W, 3) uint8 RGB.

        Returns:
            (H', W', 3) uint8 RGB for the network, and where the picture lies in it.
        """
        height, width = picture.shape[:2]
        size = self.scaled_size(width, height)
        if self.filter == "sampled":
            scale = self._scale(width, height)
            return sampled(picture, size, scale), Placement(scale, scale, width, height)
        placement = Placement(size[0] / width, size[1] / height, width, height)
        scaled = picture
        if size != (width, height):
            image = Image.fromarray(picture)
            scaled = np.asarray(image.resize(size, _FILTERS[self.filter], reducing_gap=3.0))
        return (self._letterboxed(scaled) if self.fit == "letterbox" else scaled), placement

    def _letterboxed(self, scaled: Pixels) -> Pixels:
        square = np.full((self.side_px, self.side_px, 3), self.fill, np.uint8)
        square[: scaled.shape[0], : scaled.shape[1]] = scaled
        return square

    def to_record(self) -> dict[str, Any]:
        """Plain values for a checkpoint's or a model file's metadata."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The inverse of `to_record`; raises TypeError or ValueError for a record that is not one."""
        return cls(**record)
