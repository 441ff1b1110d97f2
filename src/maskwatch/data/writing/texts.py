"""What a name must be like to be written into a text file, and how numbers are written."""

import numpy as np

from maskwatch.boxes import Floats
from maskwatch.errors import UserError

PixelEdges = tuple[float, float, float, float]


def require_text(name: str, what: str) -> str:
    """The name, if it can stand in a line of UTF-8.

    Raises:
        UserError: for line breaks and other control characters, and for bytes that are no text.
    """
    if any(ord(letter) < 32 or ord(letter) == 127 or letter in "\u0085\u2028\u2029\ufffe\uffff" for letter in name):
        raise UserError(f"{name!r}: {what} holds a control character, which no label file can hold; rename it.")
    try:
        name.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UserError(f"{name!r}: {what} is no text, and cannot be written as UTF-8; rename it.") from error
    return name


def shortest(value: float) -> str:
    """The shortest decimal that is read back as the same float32: `10`, `10.4`."""
    return np.format_float_positional(np.float32(value), trim="-")


def edges_of(boxes: Floats) -> list[PixelEdges]:
    """Boxes (N, 4) as rows of the numbers that `shortest` writes: 10.4 and not 10.399999618530273."""
    return [(x1, y1, x2, y2) for x1, y1, x2, y2 in ((float(shortest(edge)) for edge in box) for box in boxes)]


def whole_pixels(low: float, high: float) -> tuple[int, int]:
    """Two edges rounded to whole pixels, halves up; outwards where rounding would leave nothing between them."""
    start, end = int(np.floor(low + 0.5)), int(np.floor(high + 0.5))
    if start < end:
        return start, end
    return int(np.floor(low)), int(np.ceil(high))
