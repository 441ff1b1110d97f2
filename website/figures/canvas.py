"""What the figures share: the demo's scene as the network sees it, and how a figure looks and is written."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from maskwatch.boxes import Floats
from maskwatch.demo.scene import Scene
from maskwatch.pictures.draw import class_colour
from maskwatch.pictures.preprocessing import Preprocessing

SIDE_PX = 512
MASKED, BARE, PLAIN = class_colour("mask"), class_colour("no_mask"), "#555555"
LINE = "#ffffff"

# One wears a mask at this time and one does not.
TIME_S = 3.0


@lru_cache(maxsize=1)
def scene() -> Scene:
    return Scene()


def network_view(time_s: float = TIME_S) -> tuple[NDArray[np.uint8], Floats]:
    """The scene scaled for the network, (H, W, 3) uint8 RGB, and its faces (N, 4) xyxy in the same pixels."""
    frame = scene().frame(time_s)
    pixels, _ = Preprocessing(side_px=SIDE_PX).apply(frame)
    faces = np.stack([truth.box for truth in scene().truth(time_s)])
    return pixels, np.asarray(faces * (SIDE_PX / frame.shape[1]), np.float32)


def picture_figure(columns: int, height_in: float, width_in: float = 10.0) -> tuple[Figure, list[Axes]]:
    """A figure of pictures beside each other, without axes."""
    figure = Figure((width_in, height_in), layout="constrained")
    axes = list(np.atleast_1d(figure.subplots(1, columns)))
    for each in axes:
        each.set_axis_off()
    return figure, axes


def chart_figure(height_in: float = 3.6) -> tuple[Figure, Axes]:
    figure = Figure((8.0, height_in), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def draw_box(axes: Axes, box: Floats, colour: str, width: float = 1.5, style: str = "-") -> None:
    x1, y1, x2, y2 = map(float, box)
    axes.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, ec=colour, lw=width, ls=style))


def write(figure: Figure, path: Path) -> None:
    """The file, without the date, so that the same figure is the same file."""
    metadata = {"Date": None} if path.suffix == ".svg" else None
    figure.savefig(path, dpi=150, metadata=metadata, facecolor="white")
