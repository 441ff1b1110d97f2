"""The records of a COCO file: pictures, categories and annotations, each checked on its own."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from maskwatch.data.building import Box, accept, rounded
from maskwatch.data.faults import Fault, Severity
from maskwatch.data.json_documents import number
from maskwatch.data.options import Reading
from maskwatch.data.samples import Origin

Id = int | str


@dataclass
class CocoRecords:
    """What a document holds, by the ids that tie it together.

    Attributes:
        file: where it stands.
        names: class name of each category's id, in the order of the ids.
        pictures: the record of each picture's id.
        boxes: of each picture's id.
        spoilt: ids of the pictures of which a label was lost.
        masks: how many annotations have an outline besides their box.
        faults: what is wrong.
    """

    file: Path
    names: dict[Id, str] = field(default_factory=dict)
    pictures: dict[Id, dict[str, Any]] = field(default_factory=dict)
    boxes: dict[Id, list[Box]] = field(default_factory=lambda: defaultdict(list))
    spoilt: set[Id] = field(default_factory=set)
    masks: int = 0
    faults: list[Fault] = field(default_factory=list)

    def bad(self, message: str, value: object, severity: Severity = Severity.BLOCKING) -> None:
        advice = "Correct the record, or remove it."
        self.faults.append(Fault("bad-value", message, self.file, None, str(value)[:80], advice, severity))


def read_records(document: dict[str, Any], file: Path, reading: Reading) -> CocoRecords:
    """Sort a document's records; whatever is none is a fault."""
    records = CocoRecords(file)
    _take_categories(document.get("categories"), records)
    for position, picture in enumerate(document["images"]):
        _take_picture(picture, f"images[{position}]", records)
    annotations = document["annotations"]
    if not isinstance(annotations, list):
        records.bad("annotations is no list.", annotations)
        annotations = []
    for position, annotation in enumerate(annotations):
        _take_annotation(annotation, f"annotations[{position}]", records, reading)
    return records


def _take_categories(categories: Any, records: CocoRecords) -> None:
    if not isinstance(categories, list):
        records.bad("there is no list of categories.", categories)
        return
    for position, category in enumerate(categories):
        key, name = _get(category, "id"), _get(category, "name")
        if not _is_id(key) or not isinstance(name, str) or not name:
            records.bad(f"categories[{position}] has no id and name.", category)
        elif key in records.names:
            records.bad(f"id {key} is given to {records.names[key]} and to {name}.", key)
        else:
            records.names[key] = name
    records.names = dict(sorted(records.names.items(), key=lambda entry: (str(type(entry[0])), entry[0])))


def _take_picture(picture: Any, where: str, records: CocoRecords) -> None:
    key = _get(picture, "id")
    if not _is_id(key) or not isinstance(_get(picture, "file_name"), str):
        records.bad(f"{where} has no id and file_name.", picture)
    elif key in records.pictures:
        records.bad(f"{where} has the id {key} of {records.pictures[key]['file_name']}.", key)
    else:
        records.pictures[key] = picture


def _take_annotation(annotation: Any, where: str, records: CocoRecords, reading: Reading) -> None:
    owner = _get(annotation, "image_id")
    if not _is_id(owner) or owner not in records.pictures:
        records.bad(f"{where} is about a picture {owner!r} that is not in images.", owner)
        return
    box = _box(annotation, where, records, reading)
    if isinstance(box, Box):
        records.boxes[owner].append(box)
    else:
        records.faults.append(box)
        if box.severity is Severity.BLOCKING:
            records.spoilt.add(owner)
    records.masks += bool(_get(annotation, "segmentation"))


def _box(annotation: dict[str, Any], where: str, records: CocoRecords, reading: Reading) -> Box | Fault:
    category, sides = annotation.get("category_id"), annotation.get("bbox")
    if not _is_id(category) or category not in records.names:
        message = f"{where} has the category {category!r}, which is not in categories."
        advice = "Add it to categories, or correct it."
        return Fault("unknown-class", message, records.file, None, str(category), advice, Severity.BLOCKING)
    values = [number(value) for value in sides] if isinstance(sides, list) and len(sides) == 4 else [None]
    if None in values:
        message, advice = f"{where}: bbox is {sides!r}.", "Write x, y, width, height in pixels."
        return Fault("bad-value", message, records.file, None, str(sides)[:80], advice, Severity.BLOCKING)
    x, y, width, height = (value for value in values if value is not None)
    # `ignore` is what converters from VOC write for `difficult`; a crowd is no single face either.
    difficult = bool(annotation.get("ignore")) or bool(annotation.get("iscrowd"))
    box = Box(rounded(x, y, x + width, y + height), records.names[category], difficult, Origin(records.file))
    return accept(box, reading)


def _get(record: Any, key: str) -> Any:
    return record.get(key) if isinstance(record, dict) else None


def _is_id(value: Any) -> TypeGuard[Id]:
    return isinstance(value, int | str) and not isinstance(value, bool)
