"""Writes labelImg's CreateML JSON, one file a picture, so that labelImg finds it by the picture's name.

`verified` is what labelImg's unreleased master writes; 1.8.6 passes over it.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from maskwatch.data.labelimg_createml import COORDINATES
from maskwatch.data.samples import Sample
from maskwatch.data.writing.placing import Document, Placed, apart
from maskwatch.data.writing.texts import edges_of, require_text

SUFFIX = ".json"


def documents(placed: Sequence[Placed], class_names: Sequence[str]) -> Iterator[Document]:
    """A JSON beside each picture; the names of all classes stand at the boxes alone."""
    apart(placed, SUFFIX)
    for each in placed:
        yield each.beside(SUFFIX), [createml_text(each.sample, each.picture)]


def createml_text(sample: Sample, picture: PurePosixPath) -> str:
    """The JSON of one sample whose picture has that name."""
    entry = {
        "image": require_text(picture.name, "the picture's name"),
        "verified": sample.verified,
        "annotations": [
            {"label": require_text(label, "the class name"), "coordinates": _coordinates(*edges)}
            for edges, label in zip(edges_of(sample.boxes), sample.labels, strict=True)
        ],
    }
    return json.dumps([entry])


def _coordinates(x1: float, y1: float, x2: float, y2: float) -> dict[str, Any]:
    return dict(zip(COORDINATES, ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1), strict=True))
