"""The size that an annotation gives, held against the real picture: the first sign of boxes that do not fit."""

from pathlib import Path

from PIL import Image

from maskwatch.data.faults import Fault, Severity
from maskwatch.data.samples import Origin
from maskwatch.data.xml_lines import Node

Size = tuple[int, int]


def size_tag_fault(tag: Node | None, file: Path, picture: Path, size: Size) -> Fault | None:
    """What is wrong with the `<size>` element of a VOC file, or None; files without one are taken on trust.

    Args:
        tag: the element.
        file: the annotation.
        picture: its picture, which can be opened.
        size: width and height of the picture after EXIF turning.
    """
    if not tag:
        return None
    texts = (tag.text_of("width"), tag.text_of("height"))
    return size_fault("the size tag", texts, Origin(file, tag.line), picture, size)


def size_fault(what: str, texts: tuple[str, str], origin: Origin, picture: Path, size: Size) -> Fault | None:
    """What is wrong with a size as written.

    Args:
        what: the thing that says so, for the message.
        texts: width and height as written.
        origin: where.
        picture, size: as for `size_tag_fault`.
    """
    written = "x".join(text or "?" for text in texts)
    claimed = _size(texts)
    if claimed == size:
        return None
    if not claimed or 0 in claimed:
        message, advice = f"{what} says {written}.", f"Write {_by(size)}, the picture's size."
        return Fault("size-tag", message, origin.file, origin.line, written, advice)
    if claimed == size[::-1] == _stored_size(picture):
        kind = "size-before-turning"
        message = (
            f"{what} says {written}, as the picture is before EXIF turning; turned it is {_by(size)}, "
            "so the boxes were drawn on the unturned picture."
        )
        advice = "Draw the boxes anew in a labelImg that turns pictures (1.8.6 does)."
    else:
        kind = "size-mismatch"
        message = f"{what} says {written}, but the picture has {_by(size)} pixels{_resized(claimed, size)}."
        advice = "Put back the picture that was labelled; if only the size is wrong, correct it."
    return Fault(kind, message, origin.file, origin.line, written, advice, Severity.BLOCKING)


def _size(texts: tuple[str, str]) -> Size | None:
    try:
        return int(float(texts[0])), int(float(texts[1]))
    except (ValueError, OverflowError):
        return None


def _stored_size(picture: Path) -> Size:
    """Width and height before EXIF turning, from the header of a picture that is known to open."""
    with Image.open(picture) as image:
        return image.size


def _by(size: Size) -> str:
    return f"{size[0]}x{size[1]}"


def _resized(claimed: Size, size: Size) -> str:
    """Says so where both have the same shape, to within a pixel of rounding."""
    scale = size[0] / claimed[0]
    same_shape = abs(claimed[1] * scale - size[1]) <= max(1.0, scale)
    return f": it was resized by {scale:.3g} after labelling" if same_shape else ""
