"""`--tiles` of detect and evaluate."""

from typing import TYPE_CHECKING

from maskwatch.errors import UserError
from maskwatch.pictures.preprocessing import Preprocessing

if TYPE_CHECKING:
    from maskwatch.detections import Detect

AUTO = "auto"
MOST_TILES = 64  # along the longer side; more is a slip of the keyboard
HELP = "Look at overlapping tiles too: auto where a picture would be shrunk, or how many along the longer side."


def read_tiles(asked: str) -> int | None:
    """How many tiles along the longer side; None for as many as a picture needs."""
    if asked == AUTO:
        return None
    if not asked.isdecimal() or not 1 <= int(asked) <= MOST_TILES:
        raise UserError(f"--tiles {asked}: it is {AUTO}, or a number from 1 to {MOST_TILES}.")
    return int(asked)


def with_tiles(detect: "Detect", asked: str | None, preprocessing: Preprocessing, iou: float) -> "Detect":
    """`detect` itself, or a function that looks at tiles as `--tiles` asks; raises UserError for another word."""
    # supervision takes a second to import, which `maskwatch --help` should not.
    from maskwatch.detection.tiles import tiled

    return detect if asked is None else tiled(detect, preprocessing, iou, read_tiles(asked))
