"""Boxes and labels drawn on a picture. The state stands there in words; the colour only repeats it.

Pillow draws. supervision's annotators take any detections of ours too, but without OpenCV they need several
times as long for a frame, and seconds for a crowd.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from maskwatch.detections import Detections

# Blue, orange and purple are told apart with every common form of colour blindness (Okabe and Ito 2008).
_COLOURS = {"mask": "#0072B2", "no_mask": "#E69F00", "incorrect": "#CC79A7"}
_OTHER_CLASSES = ("#009E73", "#F0E442", "#56B4E9", "#D55E00", "#999999")
_BRIGHTNESS_FOR_BLACK_TEXT = 140


def annotate(picture: NDArray[np.uint8], detections: Detections) -> NDArray[np.uint8]:
    """A copy of a picture with every face boxed and labelled, `mask 98%` say.

    Args:
        picture: (H, W, 3) uint8 RGB.
        detections: boxes in pixels of the picture, with `data["class_name"]` and `confidence`.

    Returns:
        (H, W, 3) uint8 RGB, writable.
    """
    names = [str(name) for name in detections.data.get("class_name", ())]
    scores = np.ones(len(names)) if detections.confidence is None else detections.confidence
    texts = [f"{name} {score:.0%}" for name, score in zip(names, scores, strict=True)]
    return draw_boxes(picture, detections.xyxy.astype(np.float32), texts, [class_colour(name) for name in names])


def draw_boxes(
    picture: NDArray[np.uint8],
    boxes: NDArray[np.float32],
    texts: Sequence[str],
    colours: Sequence[str],
    thickness_px: int | None = None,
) -> NDArray[np.uint8]:
    """A copy of a picture with boxes (N, 4) xyxy drawn in their colours (`#RRGGBB`), labels over all of them.

    An empty text gives no label; the lines' thickness goes by the picture's size unless it is given.
    """
    scene = Image.fromarray(picture)
    draw = ImageDraw.Draw(scene)
    side = max(scene.size)
    thickness, font = thickness_px or max(2, round(side / 400)), _font(min(48, max(11, round(side / 70))))
    for box, colour in zip(boxes, colours, strict=True):
        _draw_box(draw, box, colour, thickness)
    for box, text, colour in zip(boxes, texts, colours, strict=True):
        if text:
            _draw_label(draw, scene.size, box, text, colour, font)
    return np.array(scene)


def class_colour(class_name: str) -> str:
    """The colour of a class as `#RRGGBB`; a class that is none of ours always gets the same of five more."""
    return _COLOURS.get(class_name) or _OTHER_CLASSES[sum(class_name.encode()) % len(_OTHER_CLASSES)]


def _draw_box(draw: ImageDraw.ImageDraw, box: NDArray[np.float32], colour: str, thickness: int) -> None:
    """The line lies round the box, so that it covers nothing of a small face."""
    x1, y1, x2, y2 = (float(edge) for edge in box.round())
    outside = thickness - 1
    draw.rectangle((x1 - outside, y1 - outside, x2 + outside, y2 + outside), outline=colour, width=thickness)


def _draw_label(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    box: NDArray[np.float32],
    text: str,
    colour: str,
    font: ImageFont.FreeTypeFont,
) -> None:
    """Above the box where there is room, under it otherwise, and always inside the picture."""
    padding = max(2, int(font.size) // 4)
    wide, high = draw.textlength(text, font) + 2 * padding, font.size + 2 * padding
    x = max(0, min(box[0], size[0] - wide))
    y = box[1] - high if box[1] >= high else min(box[3], size[1] - high)
    y = max(0, y)
    draw.rectangle((x, y, x + wide - 1, y + high - 1), fill=colour)
    draw.text((x + padding, y + high / 2), text, fill=_readable_on(colour), font=font, anchor="lm")


def _readable_on(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    brightness = 0.299 * red + 0.587 * green + 0.114 * blue
    return "black" if brightness > _BRIGHTNESS_FOR_BLACK_TEXT else "white"


@lru_cache(maxsize=64)
def _font(height_px: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font, so that every machine draws the same."""
    font = ImageFont.load_default(height_px)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("this Pillow was built without FreeType and cannot draw text")
    return font
