"""Contact sheets: many small pictures with a caption each, on pages."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]

_GAP_PX = 6
_CAPTION_PX = 18
_PAPER, _INK = "#202020", "#e8e8e8"


@dataclass(frozen=True)
class Tile:
    """One picture (H, W, 3) uint8 RGB of a sheet, and the words under it."""

    pixels: Pixels
    caption: str


def fitted(picture: Pixels, side_px: int) -> tuple[Pixels, float]:
    """A picture scaled, never enlarged more than twice, so that its longer side is `side_px`; and the factor."""
    height, width = picture.shape[:2]
    scale = min(2.0, side_px / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0)), scale


def contact_sheet(tiles: Sequence[Tile], columns: int, side_px: int) -> Pixels:
    """One page.

    Args:
        tiles: at least one; their pictures are at most `side_px` along both sides.
        columns: how many stand side by side.
        side_px: of the square that each has.

    Returns:
        (H, W, 3) uint8 RGB; a page of few tiles is as narrow as they are.
    """
    across, down = min(columns, len(tiles)), -(-len(tiles) // columns)
    step_x, step_y = side_px + _GAP_PX, side_px + _CAPTION_PX + _GAP_PX
    page = Image.new("RGB", (across * step_x + _GAP_PX, down * step_y + _GAP_PX), _PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(_CAPTION_PX * 2 // 3)
    for number, tile in enumerate(tiles):
        x, y = number % columns * step_x + _GAP_PX, number // columns * step_y + _GAP_PX
        height, width = tile.pixels.shape[:2]
        page.paste(Image.fromarray(tile.pixels), (x + (side_px - width) // 2, y + (side_px - height) // 2))
        caption = _shortened(tile.caption, draw, font, side_px)
        draw.text((x + side_px / 2, y + side_px + _CAPTION_PX / 2), caption, fill=_INK, font=font, anchor="mm")
    return np.asarray(page)


def _shortened(
    text: str, draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: int
) -> str:
    """The text, or as much of its end as fits: names of files differ at their ends."""
    if draw.textlength(text, font) <= width_px:
        return text
    while text and draw.textlength(f"...{text}", font) > width_px:
        text = text[1:]
    return f"...{text}"
