"""What one labelled picture is, whichever file it was read from."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from maskwatch.boxes import Floats


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an annotation stands: a file, and a line (from 1) where the format has lines."""

    file: Path
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else str(self.file)


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled picture.

    Attributes:
        picture: the picture's file.
        width, height: pixels, in the frame after EXIF turning, in which the boxes are.
        boxes: (N, 4) float32 xyxy edges in pixels, as written; (0, 4) for a picture without boxes.
        labels: N class names, after `--map`.
        difficult: (N,) bool; such boxes are neither trained on nor counted.
        verified: labelImg's mark that somebody looked the picture over.
        origin: where the annotation was read.
        box_lines: the line in `origin.file` of each box, from 1; empty where the format has no lines.
        database: the `<source><database>` of a VOC file, "" elsewhere: which set a merged folder came from.
    """

    picture: Path
    width: int
    height: int
    boxes: Floats
    labels: tuple[str, ...]
    difficult: np.ndarray
    origin: Origin
    verified: bool = False
    box_lines: tuple[int, ...] = ()
    database: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        count = len(self.labels)
        if self.boxes.shape != (count, 4) or self.difficult.shape != (count,):
            raise ValueError(
                f"{self.origin}: {count} labels, boxes of shape {self.boxes.shape}, "
                f"difficult of shape {self.difficult.shape}"
            )
