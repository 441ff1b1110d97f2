"""Detections made elsewhere, one JSON object a line, so that any detector is measured by the same code.

Two forms are read: what `maskwatch detect --jsonl` writes (`image`, `detections`), and parallel lists (`path`,
`boxes`, `scores`, `labels`) as scripts around other detectors write them. Boxes are xyxy pixels of the original
picture.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from maskwatch.detections import Detections, make_detections
from maskwatch.errors import UserError


@dataclass(frozen=True)
class Predictions:
    """The detections of a file.

    Attributes:
        file: where they were read.
        class_names: the labels that occur, after mapping, in alphabetical order.
        by_path: detections by the picture's path as written.
    """

    file: Path
    class_names: tuple[str, ...]
    by_path: dict[str, Detections]

    def of(self, paths: Sequence[Path]) -> Iterator[Detections]:
        """The detections of each picture file, by its whole path, else by a name that is unique on both sides.

        Raises:
            UserError: when the file says nothing of a picture: its faces would silently count as missed.
        """
        whole = {Path(path).resolve(): path for path in self.by_path}
        names, asked = Counter(Path(path).name for path in self.by_path), Counter(path.name for path in paths)
        unique = {Path(path).name: path for path in self.by_path}
        unique = {name: path for name, path in unique.items() if names[name] == 1 and asked[name] == 1}
        chosen = [whole.get(path.resolve()) or unique.get(path.name) for path in paths]
        unknown = [path for path, choice in zip(paths, chosen, strict=True) if choice is None]
        if unknown:
            raise UserError(
                f"{self.file}: has no line for {len(unknown)} of the {len(paths)} pictures, {unknown[0]} for "
                "one; a picture without detections has a line with an empty list."
            )
        return (self.by_path[choice] for choice in chosen if choice is not None)


def read_predictions(file: Path, mapping: Mapping[str, str] | None = None) -> Predictions:
    """Read a file of JSON lines.

    Args:
        file: UTF-8 text.
        mapping: other names for its labels, as `--map` gives them.

    Raises:
        UserError: for a line that is of neither form, or a picture that comes twice.
    """
    by_path: dict[str, Detections] = {}
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        path, found = _read_line(line, f"{file}:{number}", mapping or {})
        if path in by_path:
            raise UserError(f"{file}:{number}: {path} has a line before; one line a picture.")
        by_path[path] = found
    if not by_path:
        raise UserError(f"{file}: holds no line of detections.")
    names = {str(name) for found in by_path.values() for name in found.data["class_name"]}
    return Predictions(file, tuple(sorted(names)), by_path)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise UserError(f"{file}: is not UTF-8 text, so it is no file of JSON lines.") from error


def _read_line(line: str, where: str, mapping: Mapping[str, str]) -> tuple[str, Detections]:
    try:
        record = json.loads(line)
        if "frame" in record:
            raise UserError(f"{where}: is of a video; only pictures can be measured.")
        path, rows = _native(record) if "detections" in record else _parallel(record)
        return path, _detections(rows, mapping)
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"{where}: is no line of `maskwatch detect --jsonl`, nor one with path, boxes, scores and labels ({error})."
        ) from error


Row = tuple[str, float, list[float]]


def _native(record: dict[str, Any]) -> tuple[str, list[Row]]:
    rows = [(str(each["label"]), float(each["score"]), list(each["box"])) for each in record["detections"]]
    return str(record["image"]), rows


def _parallel(record: dict[str, Any]) -> tuple[str, list[Row]]:
    columns = zip(record["labels"], record["scores"], record["boxes"], strict=True)
    return str(record["path"]), [(str(label), float(score), list(box)) for label, score, box in columns]


def _detections(rows: list[Row], mapping: Mapping[str, str]) -> Detections:
    """Rows to detections; raises ValueError for boxes or scores that are none."""
    boxes = np.array([box for _, _, box in rows], np.float32).reshape(len(rows), 4)
    scores = np.array([score for _, score, _ in rows], np.float32)
    if not (np.isfinite(boxes).all() and np.isfinite(scores).all()):
        raise ValueError("a box or a score is not a finite number")
    labels = [mapping.get(label, label) for label, _, _ in rows]
    names = sorted(set(labels))
    numbers = np.array([names.index(label) for label in labels], np.int64)
    return make_detections(boxes, scores, numbers, np.zeros((len(rows), 0), np.float32), names)
