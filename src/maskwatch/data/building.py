"""From what an annotation says to a `Sample`: the checks that are the same for every format."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwatch.data.faults import Fault, Severity
from maskwatch.data.options import AS_WRITTEN, Convention, Reading
from maskwatch.data.samples import Origin, Sample
from maskwatch.pictures.opening import PictureError, picture_size

Edges = tuple[float, float, float, float]

REVERSED = "reversed-box"
DROPPED = "dropped-box"

_FARTHEST_PX = 1e6


@dataclass(frozen=True, slots=True)
class Box:
    """One labelled box: xyxy edges in pixels, its class as written, and where it stands."""

    edges: Edges
    label: str
    difficult: bool
    origin: Origin


def pixel(text: str) -> float | None:
    """A coordinate as it is written, rounded to float32 as samples hold it; None for what is not one."""
    try:
        value = float(text)
    except ValueError:
        return None
    return float(np.float32(value)) if abs(value) < _FARTHEST_PX else None  # no comparison holds for nan


def rounded(x1: float, y1: float, x2: float, y2: float) -> Edges:
    """Edges that were calculated, rounded to float32 as samples hold them."""
    return (float(np.float32(x1)), float(np.float32(y1)), float(np.float32(x2)), float(np.float32(y2)))


def numbers(edges: Edges) -> str:
    """Edges as a person would write them."""
    return ", ".join(f"{edge:.7g}" for edge in edges)


def box_fault(kind: str, message: str, box: Box, advice: str, severity: Severity = Severity.FAULT) -> Fault:
    """A fault of one box, its value being the edges."""
    return Fault(kind, message, box.origin.file, box.origin.line, numbers(box.edges), advice, severity)


def shape_fault(box: Box) -> Fault | None:
    """What is wrong with a box whatever its picture: no class, no area, edges the wrong way round."""
    x1, y1, x2, y2 = box.edges
    if box.label and x1 < x2 and y1 < y2:
        return None
    where = f"the box ({numbers(box.edges)})"
    if not box.label:
        advice = "Name its class, or delete the box."
        return box_fault("no-class", f"{where} has no class name.", box, advice, Severity.BLOCKING)
    if x2 < x1 or y2 < y1:
        axis = f"x2 ({x2:.7g}) below x1 ({x1:.7g})" if x2 < x1 else f"y2 ({y2:.7g}) below y1 ({y1:.7g})"
        advice = "Swap the edges if that is all, or draw the box anew."
        return box_fault(REVERSED, f"{where} has {axis}.", box, advice, Severity.BLOCKING)
    side = "width" if x2 == x1 else "height"
    return box_fault("empty-box", f"{where} has no {side}.", box, "It is left out; delete it, or draw it anew.")


def accept(box: Box, reading: Reading) -> Box | Fault:
    """The box, or what `shape_fault` has against it; mending swaps edges that are the wrong way round."""
    fault = shape_fault(box)
    if fault and fault.kind == REVERSED and reading.mending:
        return accept(_upright(box), reading)
    if fault and box.label and reading.convention.drops_faulty:
        return _dropped(box)
    return fault or box


def _dropped(box: Box) -> Fault:
    message = f"the box ({numbers(box.edges)}) is none to keras-retinanet."
    advice = "It is left out, as there: it has no area, or reaches over an edge of its picture."
    return box_fault(DROPPED, message, box, advice, Severity.WARNING)


def _upright(box: Box) -> Box:
    x1, y1, x2, y2 = box.edges
    return replace(box, edges=(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)))


def place_fault(box: Box, size: tuple[int, int], convention: Convention = AS_WRITTEN) -> Fault | None:
    """A box that lies wholly outside its picture of `size` (width, height); edges a little over are kept, unless
    the convention is another."""
    x1, y1, x2, y2 = box.edges
    width, height = size
    if convention.drops_faulty:
        return None if x1 >= 0 and y1 >= 0 and x2 <= width and y2 <= height else _dropped(box)
    if x1 < width and y1 < height and x2 > 0 and y2 > 0:
        return None
    message = f"the box ({numbers(box.edges)}) lies outside its picture of {width}x{height} pixels."
    advice = "It is left out; draw it anew, or check that the annotation belongs to this picture."
    return box_fault("outside-picture", message, box, advice, Severity.BLOCKING)


def measure(picture: Path, origin: Origin) -> tuple[int, int] | Fault:
    """Width and height of the EXIF-turned picture, or why it cannot be opened."""
    try:
        return picture_size(picture)
    except PictureError as error:
        return broken_picture(picture, error, origin)


def broken_picture(picture: Path, error: PictureError, origin: Origin) -> Fault:
    """A fault of a picture file, in the words of what tried to open it."""
    reason = str(error).removeprefix(f"{picture}: ")
    advice = f"It is labelled by {origin}; bring the picture back from its source, or remove both."
    return Fault("broken-picture", reason, picture, value=picture.name, advice=advice, severity=Severity.BLOCKING)


def build_sample(
    picture: Path,
    size: tuple[int, int],
    boxes: list[Box],
    origin: Origin,
    *,
    verified: bool = False,
    database: str = "",
    convention: Convention = AS_WRITTEN,
) -> tuple[Sample, list[Fault]]:
    """One picture's sample from boxes that have passed `shape_fault`, without those outside the picture."""
    placed = [(box, place_fault(box, size, convention)) for box in boxes]
    kept = [box for box, fault in placed if not fault]
    lines = [box.origin.line for box in kept]
    sample = Sample(
        picture=picture,
        width=size[0],
        height=size[1],
        boxes=np.array([box.edges for box in kept], np.float32).reshape(-1, 4),
        labels=tuple(box.label for box in kept),
        difficult=_marks([box.difficult for box in kept]),
        origin=origin,
        verified=verified,
        box_lines=tuple(line for line in lines if line is not None),
        database=database,
    )
    return sample, [fault for _, fault in placed if fault]


def _marks(difficult: list[bool]) -> NDArray[np.bool_]:
    """As an array (N,); the usual one, without any mark, is shared by all samples of N boxes."""
    return np.array(difficult, bool) if any(difficult) else _no_marks(len(difficult))


@lru_cache(maxsize=1024)
def _no_marks(count: int) -> NDArray[np.bool_]:
    marks = np.zeros(count, bool)
    marks.flags.writeable = False
    return marks
