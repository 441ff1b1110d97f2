"""Labelled pictures and detections made by hand for the tests of the evaluation room."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from maskwatch.data.samples import Origin, Sample
from maskwatch.detections import Detections, make_detections
from maskwatch.evaluation.collecting import Run, collect

CLASSES = ("mask", "no_mask")
Row = tuple[str, float, Sequence[float]]
Face = tuple[str, Sequence[float]]


def sample(
    faces: Sequence[Face] = (), *, difficult: Sequence[int] = (), name: str = "picture.png", side: int = 1000
) -> Sample:
    """A square picture with labelled faces; `difficult` are indices of faces."""
    return Sample(
        picture=Path(name),
        width=side,
        height=side,
        boxes=np.array([box for _, box in faces], np.float32).reshape(-1, 4),
        labels=tuple(label for label, _ in faces),
        difficult=np.isin(np.arange(len(faces)), list(difficult)),
        origin=Origin(Path(name).with_suffix(".xml")),
    )


def detections(rows: Sequence[Row] = (), classes: Sequence[str] = CLASSES) -> Detections:
    labels = np.array([classes.index(label) for label, _, _ in rows], np.int64)
    scores = np.array([score for _, score, _ in rows], np.float32)
    boxes = np.array([box for _, _, box in rows], np.float32).reshape(-1, 4)
    class_scores = np.eye(len(classes), dtype=np.float32)[labels] * scores[:, None]
    return make_detections(boxes, scores, labels, class_scores, classes)


def run_of(*pictures: tuple[Sample, Sequence[Row]], classes: Sequence[str] = CLASSES) -> Run:
    samples = [each for each, _ in pictures]
    return collect(samples, [detections(rows, classes) for _, rows in pictures], classes)


def square(x: float, y: float, side: float) -> tuple[float, float, float, float]:
    return (x, y, x + side, y + side)


@st.composite
def pictures(draw: st.DrawFn, *, distinct_scores: bool = False) -> list[tuple[Sample, list[Row]]]:
    """A few pictures whose detections are faces moved a little, or of the wrong class, or nowhere near a face."""
    scores = st.floats(0.03, 1, width=32) if distinct_scores else st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9])
    labels = st.sampled_from(CLASSES)
    made: list[tuple[Sample, list[Row]]] = []
    for number in range(draw(st.integers(1, 4))):
        faces = draw(
            st.lists(st.tuples(labels, st.builds(square, *[st.integers(0, 60)] * 2, st.integers(8, 40))), max_size=4)
        )
        rows: list[Row] = []
        for label, (x1, y1, x2, y2) in faces:
            if draw(st.booleans()):
                dx, dy = draw(st.integers(-6, 6)), draw(st.integers(-6, 6))
                said = label if draw(st.integers(0, 3)) else draw(labels)
                rows.append((said, draw(scores), (x1 + dx, y1 + dy, x2 + dx, y2 + dy)))
        rows += draw(
            st.lists(
                st.tuples(labels, scores, st.builds(square, *[st.integers(0, 90)] * 2, st.integers(4, 40))), max_size=3
            )
        )
        made.append((sample(faces, name=f"{number}.png"), rows))
    # A set without any face is refused before anything is judged; that has a test of its own.
    made.append((sample([("mask", (0, 0, 10, 10)), ("no_mask", (50, 50, 80, 80))], name="last.png"), []))
    return made
