"""Write a model's card from its figures: docs/models/NAME.md, and the same inside the package.

    python recipes/card.py NAME

Figures come from docs/models/NAME.json (recipes/measure.py), words from recipes/cards/common.toml and NAME.toml; no
figure stands in the words.
"""

import argparse
import json
import tomllib
from collections.abc import Iterator
from typing import Any

import card_tables as tables
import card_words as words
from measurements import CARDS, RECORDS, ROOT

from maskwatch.files import replacing

PACKAGED = ROOT / "src" / "maskwatch" / "models"
Record = dict[str, Any]


def card_of(name: str, record: Record) -> str:
    """The whole card, Markdown."""
    texts = {}
    for file in ("common", name):
        texts |= tomllib.loads((CARDS / f"{file}.toml").read_text(encoding="utf-8"))
    parts = [f"# {name}", texts["summary"].strip(), *sections(name, record, texts)]
    return "\n\n".join(parts) + "\n"


def sections(name: str, record: Record, texts: dict[str, str]) -> Iterator[str]:
    """The card's parts in order; a part whose figures were not measured is left out."""
    measured = record["measurements"]
    yield words.about(record)
    yield "## Figures"
    yield texts["sets"].strip()
    yield (
        "AP: IoU from .5, the whole area under the curve, score from .02, at most 300 detections a picture, mean over "
        "the classes that have faces. COCO AP: mean over IoU .50 to .95."
    )
    yield tables.average_precision(record)
    yield "AP by the size of the face:\n\n" + tables.by_size(record)
    yield f"At the default score of {record['model']['default_score']:g}:\n\n" + tables.operating_point(record)
    yield "\n".join(tables.false_alarms(record))
    for key in ("val", "dev"):
        if key in measured:
            yield f"What was there in {tables.SETS[key]}, and what was said of it:\n\n{tables.confusion(measured[key])}"
    if "robust" in measured:
        yield "## When pictures get worse"
        yield words.on_robustness(measured["robust"], record.get("peers"))
        yield tables.robustness(record)
    yield "## What a score means"
    yield words.scores(record)
    if "speed" in record:
        yield "## Speed"
        yield words.on_speed(record["speed"])
        yield tables.speed(record)
    if "val_tiles" in measured and "val" in measured:
        yield "## Tiles"
        yield texts["tiles"].strip()
        yield words.on_tiles(measured["val"], measured["val_tiles"])
    if "quantised" in record:
        yield "## Eight bits"
        yield words.on_quantised(record["quantised"])
    for title, key in (("Data and terms", "data"), ("Training", "training"), ("Known failures", "failures")):
        yield f"## {title}"
        yield texts[key].strip()
    yield "## Measuring it again"
    yield words.again(name, record)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    name = parser.parse_args().name
    card = card_of(name, json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8")))
    for folder in (RECORDS, PACKAGED):
        with replacing(folder / f"{name}.md") as temporary:
            temporary.write_text(card, encoding="utf-8")


if __name__ == "__main__":
    main()
