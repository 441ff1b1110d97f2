"""Pictures of what a labelled set holds, drawn by matplotlib without a display."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from maskwatch.data.samples import Sample
from maskwatch.data.statistics import BoxColumns
from maskwatch.pictures.draw import class_colour

_SIZE_INCHES = (8.0, 4.5)
_DOTS_PER_INCH = 130
_BINS = 40
_MOST_CLASSES = 12  # more would be no legend but a list
_PLACE_CELLS = 40

Draw = Callable[[Axes], None]


def charts(samples: Sequence[Sample], columns: BoxColumns, side_px: int) -> Mapping[str, Draw]:
    """How to draw each chart, by the name of its file."""
    counts = np.array([len(sample.labels) for sample in samples])
    return {
        "classes.png": lambda axes: _classes(axes, columns),
        "sizes.png": lambda axes: _by_class(
            axes, columns, columns.scaled_px, f"side of the box at --side-px {side_px}, pixels"
        ),
        "aspects.png": lambda axes: _by_class(axes, columns, columns.aspects, "height / width"),
        "crowds.png": lambda axes: _crowds(axes, counts),
        "places.png": lambda axes: _places(axes, columns),
    }


def write_chart(draw: Draw, path: Path) -> None:
    """One chart as a file in the format of its suffix."""
    figure = Figure(figsize=_SIZE_INCHES, dpi=_DOTS_PER_INCH, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    draw(axes)
    figure.savefig(path)


def _frequent(columns: BoxColumns) -> list[str]:
    """The most frequent classes, the most frequent first."""
    names, counts = np.unique(columns.labels, return_counts=True)
    return [str(name) for name in names[np.argsort(-counts, kind="stable")][:_MOST_CLASSES]]


def _classes(axes: Axes, columns: BoxColumns) -> None:
    names = _frequent(columns)[::-1]
    own = [columns.labels == name for name in names]
    places = np.arange(len(names))
    boxes = [int(mask.sum()) for mask in own]
    bars = axes.barh(places + 0.2, boxes, 0.4, label="boxes", color=[class_colour(name) for name in names])
    pictures = [len(np.unique(columns.pictures[mask])) for mask in own]
    paler = axes.barh(places - 0.2, pictures, 0.4, label="pictures", color="#999999")
    for container in (bars, paler):
        axes.bar_label(container, padding=3)
    axes.set_yticks(places, [_plain(name) for name in names])
    axes.margins(x=0.12)
    axes.set_title("Boxes (in colour), and pictures that hold any (grey), by class")


def _by_class(axes: Axes, columns: BoxColumns, values: np.ndarray, what: str) -> None:
    names = _frequent(columns)
    bins = np.geomspace(values.min() * 0.99, values.max() * 1.01, _BINS + 1)
    axes.hist(
        [values[columns.labels == name] for name in names],
        bins=bins.tolist(),
        stacked=True,
        label=[_plain(name) for name in names],
        color=[class_colour(name) for name in names],
    )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(what)
    axes.set_ylabel("boxes")
    axes.legend(frameon=False)


def _crowds(axes: Axes, counts: np.ndarray) -> None:
    values, pictures = np.unique(counts, return_counts=True)
    axes.bar(values, pictures, width=0.9, color="#0072B2")
    axes.set_yscale("log")
    axes.set_xlabel("boxes in a picture")
    axes.set_ylabel("pictures")


def _places(axes: Axes, columns: BoxColumns) -> None:
    x, y = columns.places.T
    image = axes.hist2d(x, y, bins=_PLACE_CELLS, range=((0, 1), (0, 1)), cmap="viridis")[3]
    axes.invert_yaxis()
    axes.set_xlabel("centre of the box, share of the picture's width")
    axes.set_ylabel("share of its height, from the top")
    colours = axes.figure.colorbar(image, ax=axes)
    colours.set_label("boxes")


def _plain(name: str) -> str:
    """A name as it is: matplotlib would read what stands between two dollar signs as a formula."""
    return name.replace("$", r"\$")
