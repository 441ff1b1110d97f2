"""labelImg's CreateML JSON: a list of pictures in a file, each with its boxes by centre and size in pixels.

labelImg names a file after the picture that was open when it was first saved, but goes on writing into any
file of that name, so one file may hold one picture or many. Nothing is clamped, no picture's size is told, and
`difficult` is lost. A box may be written as `image`/`annotations` or, by newer Create ML, as
`imagefilename`/`annotation`.
"""

from pathlib import Path
from typing import Any

from maskwatch.data.building import Box, accept, build_sample, measure, rounded
from maskwatch.data.faults import Fault, ReadResult, Severity
from maskwatch.data.gathering import Gathered
from maskwatch.data.json_documents import kind_of, number, parse_json
from maskwatch.data.locating import files_with_suffix
from maskwatch.data.options import Reading, counted
from maskwatch.data.picture_finder import PictureFinder
from maskwatch.data.samples import Origin, Sample
from maskwatch.errors import UserError

FORMAT = "createml"
COORDINATES = ("x", "y", "width", "height")

_OTHER_NAMES = {"image": "imagefilename", "annotations": "annotation"}


def read(path: Path, reading: Reading) -> ReadResult:
    """All CreateML annotations under a folder, or the one of a file."""
    files = files_with_suffix(path, ".json")
    if not files:
        raise UserError(f"{path}: there are no .json files in it.")
    finder, found = PictureFinder(path), Gathered(reading)
    for file in counted(files, "Reading labels", reading.progress):
        _read_file(file, finder, found)
    found.tell(finder.unlabelled())
    return ReadResult(found.samples, found.faults, FORMAT, f"{path}: labelImg's CreateML, {len(files)} .json")


def _read_file(file: Path, finder: PictureFinder, found: Gathered) -> None:
    document = parse_json(file)
    if isinstance(document, Fault):
        finder.find(file)  # its picture is not unlabelled: its labels are broken
        found.tell([document])
    elif document != [] and kind_of(document) != FORMAT:
        found.tell([_other_file(file)])
    else:
        seen: dict[Path, str] = {}
        for position, entry in enumerate(document, start=1):
            found.add(*_read_entry(entry, f"entry {position}", file, finder, found.reading, seen))


def _read_entry(
    entry: Any, where: str, file: Path, finder: PictureFinder, reading: Reading, seen: dict[Path, str]
) -> tuple[Sample | None, list[Fault]]:
    name = _of(entry, "image")
    if not isinstance(name, str) or not name:
        return None, [_bad(file, f"{where} names no image.", str(name))]
    where = f"{where} ({name})"
    boxes, faults = _boxes(_of(entry, "annotations"), where, file, reading)
    picture = finder.find_named(file, name)
    if isinstance(picture, Fault):
        return None, [*faults, picture]
    taken = finder.take(picture, Origin(file))
    if picture in seen:
        return None, [*faults, _twice(file, where, seen[picture])]
    seen[picture] = where
    if isinstance(taken, Fault):
        return None, [*faults, taken]
    size = measure(picture, Origin(file))
    if isinstance(size, Fault):
        return None, [*faults, size]
    sample, outside = build_sample(picture, size, boxes, Origin(file), verified=entry.get("verified") is True)
    return sample, [*faults, *outside]


def _of(entry: Any, key: str) -> Any:
    """A value of an entry, under either of its names; None where there is none."""
    return entry.get(key, entry.get(_OTHER_NAMES[key])) if isinstance(entry, dict) else None


def _boxes(annotations: Any, where: str, file: Path, reading: Reading) -> tuple[list[Box], list[Fault]]:
    if not isinstance(annotations, list):
        return [], [_bad(file, f"{where} has no list of annotations.", str(annotations))]
    read_boxes = [
        _box(annotation, f"{where}, annotation {index}", file, reading)
        for index, annotation in enumerate(annotations, start=1)
    ]
    return (
        [box for box in read_boxes if isinstance(box, Box)],
        [fault for fault in read_boxes if isinstance(fault, Fault)],
    )


def _box(annotation: Any, where: str, file: Path, reading: Reading) -> Box | Fault:
    label = annotation.get("label") if isinstance(annotation, dict) else None
    coordinates = annotation.get("coordinates") if isinstance(annotation, dict) else None
    if not isinstance(label, str) or not isinstance(coordinates, dict):
        return _bad(file, f"{where} is no label with coordinates.", str(annotation))
    x, y, width, height = (number(coordinates.get(key)) for key in COORDINATES)
    if x is None or y is None or width is None or height is None:
        key = next(key for key in COORDINATES if number(coordinates.get(key)) is None)
        value = coordinates.get(key)
        return _bad(file, f"{where}: {key} is {value!r}, which is no length in pixels.", str(value))
    edges = rounded(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return accept(Box(edges, label, False, Origin(file)), reading)


def _bad(file: Path, message: str, value: str) -> Fault:
    advice = "Write image, label, and x, y, width, height of the centre and sides in pixels."
    return Fault("bad-value", message, file, value=value[:80], advice=advice, severity=Severity.BLOCKING)


def _twice(file: Path, where: str, first: str) -> Fault:
    message, advice = f"{where} is about the same picture as {first}.", "Keep one of the two."
    return Fault("labelled-twice", message, file, value=where, advice=advice, severity=Severity.BLOCKING)


def _other_file(file: Path) -> Fault:
    message = "it is JSON of another kind; passed over."
    return Fault("other-file", message, file, advice="Nothing need be done.", severity=Severity.WARNING)
