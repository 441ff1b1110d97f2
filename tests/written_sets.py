"""Samples to be written, for the tests of everything that writes sets."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from labelled_sets import SIZE, Labelled, write_picture
from maskwatch.data.samples import Origin, Sample

# The boxes of a picture, which of them are difficult, and whether it is verified.
Drawn = tuple[list[Labelled], list[bool], bool]

NAMES = ("mask", "no_mask", "worn wrongly", "déjà <&> \"vu\", 'x'", "面具")


def sample_of(
    picture: Path,
    *boxes: Labelled,
    difficult: Sequence[bool] | None = None,
    verified: bool = False,
    database: str = "",
    size: tuple[int, int] = SIZE,
) -> Sample:
    """A sample with a real picture, which is written unless it is there."""
    if not picture.exists():
        write_picture(picture, size)
    return Sample(
        picture=picture,
        width=size[0],
        height=size[1],
        boxes=np.array([box[1:] for box in boxes], np.float32).reshape(-1, 4),
        labels=tuple(box[0] for box in boxes),
        difficult=np.array(difficult if difficult is not None else [False] * len(boxes), bool),
        origin=Origin(picture.with_suffix(".xml")),
        verified=verified,
        database=database,
    )


def edges(side: int, whole: bool) -> st.SearchStrategy[tuple[float, float]]:
    """A low and a high edge inside a side of so many pixels, at least a pixel apart."""
    if whole:
        numbers: st.SearchStrategy[float] = st.integers(0, side).map(float)
    else:
        numbers = st.floats(0, side, width=32, allow_subnormal=False).filter(lambda edge: edge == 0 or edge > 1e-3)
    return (
        st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair))).filter(lambda pair: pair[1] - pair[0] >= 1)
    )


@st.composite
def boxes(draw: st.DrawFn, whole: bool) -> Labelled:
    x1, x2 = draw(edges(SIZE[0], whole))
    y1, y2 = draw(edges(SIZE[1], whole))
    return (draw(st.sampled_from(NAMES)), x1, y1, x2, y2)


# What a picture may be called: anything but a slash, and not hidden; control characters no format can hold.
stems = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters="/\\:\ufffe\uffff"),
    min_size=1,
    max_size=12,
).filter(lambda stem: stem == stem.strip() and not stem.startswith(".") and stem.lower() != "classes")


@st.composite
def sets(
    draw: st.DrawFn, whole: bool = True, flags: bool = False
) -> dict[str, tuple[list[Labelled], list[bool], bool]]:
    """A set by the stems of its pictures."""
    pictures = draw(st.dictionaries(stems, st.lists(boxes(whole), max_size=4), min_size=1, max_size=3))
    return {
        stem: (
            drawn,
            [flags and draw(st.booleans()) for _ in drawn],
            flags and draw(st.booleans()),
        )
        for stem, drawn in pictures.items()
    }


def samples_of(folder: Path, drawn: dict[str, Drawn]) -> list[Sample]:
    """The drawn set with real pictures in a folder."""
    return [
        sample_of(folder / f"{stem}.png", *labelled, difficult=difficult, verified=verified)
        for stem, (labelled, difficult, verified) in drawn.items()
    ]
