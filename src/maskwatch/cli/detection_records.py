"""What `maskwatch detect` writes: one record a picture or frame, as JSON lines, one JSON list, or CSV."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

import numpy as np

from maskwatch.detections import Detections
from maskwatch.files import replacing
from maskwatch.pictures.video import Frame

Format = Literal["jsonl", "json", "csv"]
Record = dict[str, Any]

_CSV_COLUMNS = ("image", "frame", "time_s", "width", "height", "label", "score", "x1", "y1", "x2", "y2")


def to_record(image: str, size: tuple[int, int], detections: Detections, frame: Frame | None = None) -> Record:
    """The record of one picture, or of one frame of a video.

    Args:
        image: the path as given.
        size: width and height in pixels of the EXIF-turned picture, in which the boxes are.
    """
    place = {"frame": frame.index, "time_s": round(frame.time_s, 3)} if frame else {}
    scores = np.ones(len(detections)) if detections.confidence is None else detections.confidence
    faces = [
        {"label": str(label), "score": round(float(score), 4), "box": [round(float(edge), 2) for edge in box]}
        for label, score, box in zip(detections.data["class_name"], scores, detections.xyxy, strict=True)
    ]
    return {"image": image, **place, "width": size[0], "height": size[1], "detections": faces}


class RecordWriter(Protocol):
    """Writes a record at a time, and at the end what the format needs there."""

    def write(self, record: Record) -> None: ...

    def finish(self) -> None: ...


class JsonLinesWriter:
    """Each line is whole and flushed before the next is begun, so that a pipe may follow along."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, record: Record) -> None:
        self._file.write(_json(record) + b"\n")
        self._file.flush()

    def finish(self) -> None:
        self._file.flush()


class JsonWriter:
    """One list, written as it comes: an hour of video need not fit into memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._before = b"[\n"

    def write(self, record: Record) -> None:
        self._file.write(self._before + _json(record))
        self._before = b",\n"

    def finish(self) -> None:
        self._file.write(b"[]\n" if self._before == b"[\n" else b"\n]\n")


class CsvWriter:
    """One row a face, under a row of names; a picture without faces has no row."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._row(_CSV_COLUMNS)

    def write(self, record: Record) -> None:
        for face in record["detections"]:
            place = [record.get(column, "") for column in _CSV_COLUMNS[:5]]
            self._row([*place, face["label"], face["score"], *face["box"]])

    def finish(self) -> None:
        self._file.flush()

    def _row(self, values: Any) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(values)
        self._file.write(line.getvalue().encode("utf-8", "surrogateescape"))


class NoWriter:
    """Nobody asked for records; the summary is all."""

    def write(self, record: Record) -> None:
        pass

    def finish(self) -> None:
        pass


@contextmanager
def writing_records(format: Format | None, out: Path | None) -> Iterator[RecordWriter]:
    """Records go into `detections.jsonl` (or .json, .csv) in `out`, else to standard output, else nowhere.

    A file is there when it is complete and not before.
    """
    if out:
        with replacing(out / f"detections.{format or 'jsonl'}") as temporary, temporary.open("wb") as file:
            writer = _writer(format or "jsonl", file)
            yield writer
            writer.finish()
        return
    writer = _writer(format, sys.stdout.buffer) if format else NoWriter()
    yield writer
    writer.finish()


def _writer(format: Format, file: BinaryIO) -> RecordWriter:
    match format:
        case "jsonl":
            return JsonLinesWriter(file)
        case "json":
            return JsonWriter(file)
        case "csv":
            return CsvWriter(file)


def _json(record: Record) -> bytes:
    """ASCII with escapes, which every terminal, locale and file name survives."""
    return json.dumps(record).encode("ascii")
