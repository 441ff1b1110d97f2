"""How a model errs on labelled pictures, by the size of the face: what `watch_check.py` draws its errors from.

    python benchmarks/error_tables.py DATA -o errors.json [--model NAME] [--map ...] [--listed SUMS]
                                      [--backgrounds DIR] [--shrink 1 2] [--limit N] [--threads 1]

For every labelled face the class scores that the model gave it are kept, or nothing where it was missed, under its
state and side in pixels. Pictures are looked at once more for every `--shrink`, scaled down on a grey canvas of
their own size, because faces far from a camera are small and labelled sets have few. Boxes found in pictures
without faces (`--backgrounds`) are kept as the boxes that a model invents.
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwatch import Detector
from maskwatch import boxes as box_math
from maskwatch.data.classes import parse_map
from maskwatch.data.reading import require_samples
from maskwatch.data.samples import Sample
from maskwatch.data.selecting import listed, read_sums
from maskwatch.evaluation.collecting import Judged, Run, found_of
from maskwatch.evaluation.matching import match
from maskwatch.evaluation.truth import class_table, truth_of
from maskwatch.files import replacing
from maskwatch.pictures.opening import PICTURE_SUFFIXES, open_picture
from maskwatch.watching.evidence import STATES, state_columns, state_scores

SIDE_EDGES = (0, 12, 16, 24, 32, 48, 72, 10_000)
LEAST_SCORE = 0.02
LEAST_INVENTED = 0.05
_GREY = 114

Pixels = NDArray[np.uint8]


def shrunk(picture: Pixels, factor: float) -> Pixels:
    """The picture (H, W, 3) scaled down by a factor, in the upper left corner of a grey one of the old size."""
    if factor == 1:
        return picture
    height, width = picture.shape[:2]
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    canvas = np.full_like(picture, _GREY)
    canvas[: size[1], : size[0]] = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))
    return canvas


def side_name(side_px: float) -> str:
    """The row of the table that a face belongs to."""
    index = int(np.searchsorted(SIDE_EDGES, side_px, side="right")) - 1
    return f"{SIDE_EDGES[index]}-{SIDE_EDGES[index + 1]}"


def looked_at(detector: Detector, samples: Sequence[Sample], factor: float) -> Iterator[tuple[Sample, Any]]:
    """Samples with what was found in them, at one scale."""
    for sample in samples:
        found = detector.detect(shrunk(open_picture(sample.picture), factor))
        yield replace(sample, boxes=(sample.boxes / factor).astype(np.float32)), found


def face_rows(detector: Detector, samples: Sequence[Sample], factor: float) -> Iterator[tuple[str, str, Any]]:
    """Of every labelled face its state, the row of the table, and its class scores or None."""
    table = class_table(samples, detector.class_names)
    pairs = list(looked_at(detector, samples, factor))
    run = Run(table, tuple(Judged(sample, truth_of(sample, table), found_of(found, table)) for sample, found in pairs))
    matches = match(run, by_class=False)
    columns = state_columns(detector.class_names)
    scores: dict[int, list[float]] = {}
    for row in np.flatnonzero(matches.faces >= 0):
        found = run.pictures[matches.pictures[row]].found
        own = state_scores(found.class_scores[matches.rows[row]], columns)
        scores[int(matches.faces[row])] = [round(each, 4) for each in own]
    for face in np.flatnonzero(matches.counted):
        state = table.names[matches.face_classes[face]]
        if state in STATES:
            yield state, side_name(float(matches.face_sides[face])), scores.get(int(face))


def invented(detector: Detector, paths: Sequence[Path]) -> list[list[list[float]]]:
    """Boxes found in each of some pictures without faces: side, then the class scores."""
    columns = state_columns(detector.class_names)
    pictures: list[list[list[float]]] = []
    for path in paths:
        found = detector.detect(open_picture(path))
        shown = found[np.asarray(found.confidence) >= LEAST_INVENTED] if len(found) else found
        pictures.append([])
        if len(shown):
            sides = box_math.side(shown.xyxy.astype(np.float32))
            for side, own in zip(sides, np.asarray(shown.data["class_scores"]), strict=True):
                pictures[-1].append([round(float(side), 1), *(round(each, 4) for each in state_scores(own, columns))])
    return pictures


def sorted_pictures(folder: Path) -> list[Path]:
    """Every picture below a folder."""
    return [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in PICTURE_SUFFIXES]


def error_record(
    detector: Detector, samples: Sequence[Sample], shrink: Sequence[float], backgrounds: Sequence[Path]
) -> dict[str, Any]:
    """The tables of a detector that reports from `LEAST_SCORE` on, as they are written."""
    faces: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for factor in shrink:
        for state, row, scores in face_rows(detector, samples, factor):
            faces[state][row].append(scores)
    return {
        "model": detector.metadata.name,
        "default_score": detector.metadata.default_score,
        "pictures": len(samples),
        "shrink": list(shrink),
        "states": list(STATES),
        "faces": faces,
        "invented": invented(detector, backgrounds) if backgrounds else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--model")
    parser.add_argument("--map")
    parser.add_argument("--listed", type=Path)
    parser.add_argument("--backgrounds", type=Path)
    parser.add_argument("--shrink", type=float, nargs="+", default=[1, 2])
    parser.add_argument("--limit", type=int)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    detector = Detector(asked.model, threads=asked.threads, score=LEAST_SCORE)
    samples = require_samples(asked.data, mapping=parse_map(asked.map))
    samples = listed(samples, read_sums(asked.listed)) if asked.listed else samples
    random.Random(0).shuffle(samples)
    samples = samples[: asked.limit]
    backgrounds = sorted_pictures(asked.backgrounds)[: asked.limit] if asked.backgrounds else []
    record = error_record(detector, samples, asked.shrink, backgrounds) | {"data": str(asked.data)}
    with replacing(asked.out) as temporary:
        temporary.write_text(json.dumps(record))
    for state, rows in sorted(record["faces"].items()):
        for row in sorted(rows, key=lambda name: int(name.split("-")[0])):
            found = [each for each in rows[row] if each]
            right = sum(max(each) == each[STATES.index(state)] for each in found)
            print(f"{state:10} {row:>9} px: {len(rows[row]):5} faces, {len(found):5} found, {right:5} of them right")


if __name__ == "__main__":
    main()
