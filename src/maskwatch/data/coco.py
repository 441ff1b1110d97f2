"""COCO's JSON: one file for a set, with pictures, categories, and boxes as x, y, width, height in pixels.

Only boxes are read: outlines, key points and captions are not. A crowd, and what converters from Pascal VOC mark
`ignore`, is `difficult`. `verified` of a picture is a word of our own that other readers pass over.
"""

from pathlib import Path
from typing import Any

from maskwatch.data.building import build_sample, measure
from maskwatch.data.coco_records import CocoRecords, Id, read_records
from maskwatch.data.faults import Fault, ReadResult, Severity
from maskwatch.data.gathering import Gathered
from maskwatch.data.json_documents import kind_of, parse_json
from maskwatch.data.locating import ANNOTATION_FOLDERS
from maskwatch.data.options import Reading, counted
from maskwatch.data.picture_finder import PictureFinder
from maskwatch.data.samples import Origin, Sample
from maskwatch.data.size_tag import size_fault
from maskwatch.errors import UserError

FORMAT = "coco"
OUTLINES_KIND = "outlines"


def read(path: Path, reading: Reading) -> ReadResult:
    """The set of a COCO file, or of the one COCO file in a folder or in its `annotations`."""
    file = annotation_file(path)
    document = parse_json(file)
    if isinstance(document, Fault):
        raise UserError(str(document))
    if kind_of(document) != FORMAT:
        raise UserError(f"{file}: not a COCO file: it has no images and annotations.")
    records = read_records(document, file, reading)
    del document
    finder, found = PictureFinder(path), Gathered(reading)
    found.tell([*records.faults, *_outlines(records)])
    seen: dict[Path, str] = {}
    for key in counted(list(records.pictures), "Measuring pictures", reading.progress):
        found.add(*_sample(key, records, finder, seen, reading))
    _take_pictures_of_others(file, finder)
    found.tell(finder.unlabelled())
    names = tuple(dict.fromkeys(records.names.values()))
    why = f"{file}: COCO, pictures: {len(records.pictures)}"
    return ReadResult(found.samples, found.faults, FORMAT, why, names)


def coco_files(folder: Path) -> list[Path]:
    """The COCO files directly in a folder or in a folder for annotations in it."""
    places = [folder, *(folder / name for name in ANNOTATION_FOLDERS)]
    files = [file for place in places for file in sorted(place.glob("*.json")) if not file.name.startswith(".")]
    return [file for file in dict.fromkeys(files) if kind_of(parse_json(file)) == FORMAT]


def annotation_file(path: Path) -> Path:
    """The annotation file meant by `path`; raises `UserError` where a folder holds none or several."""
    if path.is_file():
        return path
    found = coco_files(path)
    if len(found) == 1:
        return found[0]
    names = ", ".join(str(file.relative_to(path)) for file in found)
    raise UserError(f"{path}: {f'several COCO files ({names}); name the one to read' if found else 'no COCO file'}.")


def _sample(
    key: Id, records: CocoRecords, finder: PictureFinder, seen: dict[Path, str], reading: Reading
) -> tuple[Sample | None, list[Fault]]:
    record, origin = records.pictures[key], Origin(records.file)
    name = record["file_name"]
    picture = finder.find_named(records.file, name)
    if isinstance(picture, Fault):
        return None, [picture]
    if picture in seen:
        return None, [_twice(records.file, name, seen[picture])]
    seen[picture] = name
    taken = finder.take(picture, origin)
    if isinstance(taken, Fault):
        return None, [taken]
    size = measure(picture, origin)
    if isinstance(size, Fault):
        return None, [size]
    wrong_size = _size_fault(record, origin, picture, size)
    if reading.mending and key in records.spoilt:
        return None, []
    boxes = records.boxes.pop(key, [])
    verified = record.get("verified") is True
    sample, outside = build_sample(picture, size, boxes, origin, verified=verified, convention=reading.convention)
    return sample, [*([wrong_size] if wrong_size else []), *outside]


def _size_fault(record: dict[str, Any], origin: Origin, picture: Path, size: tuple[int, int]) -> Fault | None:
    if "width" not in record and "height" not in record:
        return None
    texts = (str(record.get("width")), str(record.get("height")))
    return size_fault(f"the record of {record['file_name']!r}", texts, origin, picture, size)


def _outlines(records: CocoRecords) -> list[Fault]:
    if not records.masks:
        return []
    message = f"{records.masks} annotations have an outline, of which the box alone is read."
    advice = "Nothing need be done, unless the set is to be written anew: outlines are lost then."
    return [Fault(OUTLINES_KIND, message, records.file, None, str(records.masks), advice, Severity.WARNING)]


def _twice(file: Path, name: str, first: str) -> Fault:
    message, advice = f"{name!r} is the same picture as {first!r}.", "Keep one of the two."
    return Fault("labelled-twice", message, file, None, name, advice, Severity.BLOCKING)


def _take_pictures_of_others(file: Path, finder: PictureFinder) -> None:
    """A train.json and a val.json share a folder of pictures: what the other one lists is not unlabelled."""
    for other in file.parent.glob("*.json"):
        document = parse_json(other) if other != file else None
        if not isinstance(document, dict) or kind_of(document) != FORMAT:
            continue
        for record in document["images"]:
            name = record.get("file_name") if isinstance(record, dict) else None
            picture = finder.find_named(other, name) if isinstance(name, str) else None
            if isinstance(picture, Path):
                finder.take(picture, Origin(other))
