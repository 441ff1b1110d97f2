"""Writes COCO's JSON: one `annotations.json` for the set. What COCO has no word for is written as `data.coco` reads it.

The text is made picture by picture, for a set of millions would not fit in memory twice.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from maskwatch.data.samples import Sample
from maskwatch.data.writing.placing import Document, Placed
from maskwatch.data.writing.texts import edges_of, require_text

FILE = PurePosixPath("annotations.json")


def documents(placed: Sequence[Placed], class_names: Sequence[str]) -> Iterator[Document]:
    """The one file; ids count from 1."""
    yield FILE, _parts(placed, class_names)


def _parts(placed: Sequence[Placed], class_names: Sequence[str]) -> Iterator[str]:
    names = [require_text(name, "the class name") for name in class_names]
    categories = [{"id": key, "name": name, "supercategory": ""} for key, name in enumerate(names, start=1)]
    yield f'{{"info": {{}}, "licenses": [], "categories": {json.dumps(categories)},\n"images": ['
    yield from _listed(_picture(key, each) for key, each in enumerate(placed, start=1))
    yield '],\n"annotations": ['
    yield from _listed(_annotations(placed, class_names))
    yield "]}\n"


def _listed(records: Iterator[dict[str, Any]]) -> Iterator[str]:
    for position, record in enumerate(records):
        yield f"{',' if position else ''}\n{json.dumps(record)}"


def _picture(key: int, each: Placed) -> dict[str, Any]:
    name = require_text(str(each.picture), "the picture's path")
    record = {"id": key, "file_name": name, "width": each.sample.width, "height": each.sample.height}
    return record | ({"verified": True} if each.sample.verified else {})


def _annotations(placed: Sequence[Placed], class_names: Sequence[str]) -> Iterator[dict[str, Any]]:
    categories = {name: key for key, name in enumerate(class_names, start=1)}
    key = 0
    for owner, each in enumerate(placed, start=1):
        for record in _of_sample(each.sample, categories):
            key += 1
            yield {"id": key, "image_id": owner} | record


def _of_sample(sample: Sample, categories: dict[str, int]) -> Iterator[dict[str, Any]]:
    boxes = zip(edges_of(sample.boxes), sample.labels, sample.difficult.tolist(), strict=True)
    for (x1, y1, x2, y2), label, difficult in boxes:
        width, height = x2 - x1, y2 - y1
        record = {
            "category_id": categories[label],
            "bbox": [x1, y1, width, height],
            "area": width * height,
            "iscrowd": 0,
        }
        yield record | ({"ignore": 1} if difficult else {})
