"""Writes Label Studio's tasks with predictions: one JSON to import, and the labelling settings that go with it.

The form is that of its documentation, "Import pre-annotated data": boxes in percent of the turned picture, a score
for each box, and one for the picture by which its Data Manager sorts.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from maskwatch.data.prelabels import Prelabel
from maskwatch.data.writing.texts import edges_of, require_text
from maskwatch.pictures.draw import class_colour

FORMAT = "label-studio"
TASKS, SETTINGS = "label-studio.json", "label-studio.xml"

_FROM, _TO = "label", "image"
_DECIMALS = 4  # of a percent: within .01 px of a picture of 10,000


def tasks_text(prelabels: Sequence[Prelabel], places: Sequence[str], url_prefix: str, model: str) -> Iterator[str]:
    """The JSON in parts, a task a picture.

    Args:
        prelabels: in the order in which people are to see them.
        places: of each picture below the folder that `url_prefix` leads to.
        url_prefix: what stands before a place in the picture's address.
        model: named as the predictions' maker.
    """
    for number, (each, place) in enumerate(zip(prelabels, places, strict=True)):
        task = _task(each, f"{url_prefix}{quote(require_text(place, 'the path'))}", model)
        yield f"{',' if number else '['}\n{json.dumps(task)}"
    yield "\n]\n" if prelabels else "[]\n"


def settings_text(class_names: Sequence[str]) -> str:
    """The labelling settings to paste into a project: classes and colours as the tasks name them."""
    labels = "\n".join(
        f"    <Label value={quoteattr(name)} background={quoteattr(class_colour(name))}/>" for name in class_names
    )
    return (
        f'<View>\n  <Image name="{_TO}" value="$image"/>\n'
        f'  <RectangleLabels name="{_FROM}" toName="{_TO}">\n{labels}\n  </RectangleLabels>\n</View>\n'
    )


def _task(each: Prelabel, url: str, model: str) -> dict[str, Any]:
    boxes = zip(edges_of(each.sample.boxes), each.sample.labels, each.scores.tolist(), strict=True)
    regions = [_region(number, edges, label, score, each) for number, (edges, label, score) in enumerate(boxes)]
    surest = min(each.scores.tolist(), default=1.0)
    prediction = {"model_version": model, "score": round(surest, 4), "result": regions}
    return {"data": {_TO: url, "doubt": round(each.doubt, 3)}, "predictions": [prediction]}


def _region(
    number: int, edges: tuple[float, float, float, float], label: str, score: float, each: Prelabel
) -> dict[str, Any]:
    width, height = each.sample.width, each.sample.height
    x1, y1, x2, y2 = edges
    shares = (x1 / width, y1 / height, (x2 - x1) / width, (y2 - y1) / height)
    place = dict(zip(("x", "y", "width", "height"), (round(100 * share, _DECIMALS) for share in shares), strict=True))
    return {
        "id": f"face{number + 1}",
        "from_name": _FROM,
        "to_name": _TO,
        "type": "rectanglelabels",
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "value": {**place, "rotation": 0, "rectanglelabels": [label]},
        "score": round(score, 4),
    }
