"""Two public-domain portraits that come with other packages, and where things are in them, in their pixels.

Grace Hopper (United States Navy, 1984) comes with matplotlib, Eileen Collins (NASA, 1992) with scikit-image.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from maskwatch.errors import UserError
from maskwatch.pictures.opening import open_picture

Point = tuple[float, float]
Line = tuple[Point, ...]

_MISSING = "the demo's portraits come with matplotlib and scikit-image; pip install 'maskwatch[demo]'."


@dataclass(frozen=True)
class Portrait:
    """A person cut out of a photograph. All coordinates are pixels of the photograph, measured by eye.

    Attributes:
        name: of the person.
        cutout: the photograph as RGBA, transparent around the person.
        face: x1, y1, x2, y2 from hairline to chin and from cheek to cheek.
        mask_top, mask_bottom: upper and lower edge of a worn mask, from the left side to the right.
        straps: from the mask's corners to the ears.
    """

    name: str
    cutout: Image.Image
    face: tuple[float, float, float, float]
    mask_top: Line
    mask_bottom: Line
    straps: tuple[tuple[Point, Point], ...]


def grace_hopper() -> Portrait:
    try:
        from matplotlib.cbook import get_sample_data
    except ImportError as error:
        raise UserError(_MISSING) from error
    photograph = open_picture(Path(str(get_sample_data("grace_hopper.jpg", asfileobj=False))))
    cutout = _cut_out(photograph, _HOPPER_OUTLINE)
    return Portrait(
        "Grace Hopper",
        cutout,
        face=(176, 130, 354, 331),
        mask_top=((190, 240), (206, 237), (226, 233), (245, 223), (258, 211), (268, 207))
        + ((279, 211), (292, 221), (311, 231), (331, 235), (347, 237)),
        mask_bottom=((201, 292), (213, 313), (231, 329), (250, 338), (268, 341))
        + ((287, 338), (306, 328), (323, 312), (335, 290)),
        straps=(((190, 241), (169, 196)), ((201, 290), (173, 264)), ((347, 238), (367, 193)), ((335, 288), (361, 259))),
    )


def eileen_collins() -> Portrait:
    try:
        from skimage import data
    except ImportError as error:
        raise UserError(_MISSING) from error
    photograph = np.asarray(data.astronaut())  # type: ignore[no-untyped-call]
    cutout = _cut_out(photograph, _COLLINS_OUTLINE)
    return Portrait(
        "Eileen Collins",
        cutout,
        face=(180, 74, 271, 179),
        mask_top=((183, 123), (194, 122), (206, 118), (214, 112), (221, 108))
        + ((229, 111), (237, 118), (251, 123), (262, 125), (269, 126)),
        mask_bottom=((188, 160), (196, 171), (208, 180), (222, 184), (236, 182), (249, 175), (259, 163)),
        straps=(((183, 124), (178, 114)), ((188, 158), (178, 131)), ((269, 127), (273, 116)), ((259, 162), (272, 135))),
    )


def _cut_out(photograph: NDArray[np.uint8], outline: Line) -> Image.Image:
    """The inside of the outline with a soft edge; drawn at four times the size, because lines have stairs."""
    height, width = photograph.shape[:2]
    inside = Image.new("L", (width * 4, height * 4), 0)
    ImageDraw.Draw(inside).polygon([(x * 4, y * 4) for x, y in outline], fill=255)
    alpha = inside.resize((width, height), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(1.2))
    cutout = Image.fromarray(photograph).convert("RGBA")
    cutout.putalpha(alpha)
    return cutout


_HOPPER_OUTLINE = (
    ((14, 601), (20, 520), (30, 440), (40, 397), (55, 380), (100, 364), (140, 352), (162, 347), (182, 337))
    + ((194, 322), (204, 315), (201, 300), (198, 293), (179, 283), (166, 273), (161, 258), (160, 240), (157, 222))
    + ((154, 200), (156, 188), (149, 178), (148, 150), (150, 122), (158, 109), (174, 87), (183, 67), (197, 51))
    + ((218, 42), (225, 32), (239, 25), (257, 23), (280, 28), (295, 36), (302, 43), (323, 50), (340, 61), (352, 85))
    + ((362, 88), (368, 97), (370, 150), (367, 180), (375, 191), (370, 222), (362, 261), (356, 280), (345, 302))
    + ((334, 310), (341, 323), (363, 341), (390, 352), (430, 368), (478, 390), (495, 413), (506, 470), (511, 520))
    + ((512, 601),)
)
_COLLINS_OUTLINE = (
    ((33, 513), (25, 470), (24, 400), (34, 310), (50, 272), (88, 243), (114, 216), (115, 195), (120, 180))
    + ((131, 169), (138, 161), (151, 154), (168, 150), (184, 150), (182, 136), (179, 131), (171, 121), (169, 115))
    + ((160, 104), (156, 92), (154, 73), (160, 57), (176, 42), (191, 32), (200, 24), (215, 19), (230, 17))
    + ((245, 18), (264, 26), (279, 34), (289, 46), (296, 61), (299, 82), (297, 99), (289, 113), (280, 125))
    + ((275, 133), (268, 136), (265, 150), (259, 160), (257, 173), (270, 181), (285, 196), (297, 213), (302, 226))
    + ((305, 236), (320, 243), (338, 264), (350, 287), (360, 322), (363, 351), (388, 346), (438, 348), (478, 376))
    + ((498, 431), (505, 480), (492, 513))
)
