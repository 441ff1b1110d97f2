"""Write a copy of a labelled set in which faces that nobody labelled are hidden from training.

    python recipes/hide_unlabelled.py MODEL SET -o FOLDER [--score .5] [--threads 2] [--json FILE]

People leave faces out: the second row, the crowd behind. To a network that finds them they count as errors, and it
learns to find less. What an earlier model finds with at least `--score` where no label is becomes a `difficult` box,
which is neither learnt nor background. No label is changed, none is made: a wrong guess costs a patch of background.

For training pictures only; a set to judge by stays as people labelled it.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from maskwatch import Detector
from maskwatch import boxes as box_math
from maskwatch.boxes import Floats
from maskwatch.data import labelimg_voc
from maskwatch.data.reading import require_samples
from maskwatch.data.samples import Sample
from maskwatch.data.writing.sets import write_samples
from maskwatch.pictures.opening import open_picture

# A box that a label covers by so much, or the other way round, is another view of the same face.
SAME_FACE = 0.25


def unlabelled(found: Floats, labelled: Floats) -> np.ndarray:
    """Which of the boxes found (N, 4) meet none of the labelled ones (M, 4): (N,) bool."""
    if not len(labelled):
        return np.ones(len(found), bool)
    shared = np.maximum(box_math.covered(found, labelled), box_math.covered(labelled, found).T)
    return np.asarray(shared.max(axis=1) < SAME_FACE)


def with_hidden(sample: Sample, found: Floats, names: Iterable[str]) -> Sample:
    """The sample with more boxes, all `difficult`; where its labels stand no longer holds for them."""
    return replace(
        sample,
        boxes=np.concatenate([sample.boxes, found]).astype(np.float32),
        labels=(*sample.labels, *names),
        difficult=np.concatenate([sample.difficult, np.ones(len(found), bool)]),
        box_lines=(),
    )


def hide(detector: Detector, sample: Sample) -> Sample:
    found = detector.detect(open_picture(sample.picture))
    new = unlabelled(found.xyxy, sample.boxes)
    return with_hidden(sample, found.xyxy[new], found.data["class_name"][new].tolist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("set", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--score", type=float, default=0.5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the counts here")
    asked = parser.parse_args()
    detector = Detector(asked.model, device="cpu", threads=asked.threads, score=asked.score)
    samples = require_samples(asked.set, need_boxes=False)
    changed = [hide(detector, sample) for sample in samples]
    write_samples(changed, asked.out, format=labelimg_voc.FORMAT)
    hidden: Counter[str] = Counter()
    for before, after in zip(samples, changed, strict=True):
        hidden[before.database or "no source named"] += len(after.labels) - len(before.labels)
    counts = {"score": asked.score, "hidden": dict(hidden), "boxes": sum(len(each.labels) for each in samples)}
    print(json.dumps(counts, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
