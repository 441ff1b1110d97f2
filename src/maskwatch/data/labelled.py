"""Which pictures of a folder have labels already, in whatever format: those are left to whoever made them."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from maskwatch.data.faults import Fault
from maskwatch.data.json_documents import kind_of, parse_json
from maskwatch.data.keras_csv import CLASSES_FILE
from maskwatch.data.locating import ANNOTATION_FOLDERS, PICTURE_FOLDERS, walk
from maskwatch.data.picture_finder import PictureFinder
from maskwatch.data.xml_lines import XmlError, parse_xml
from maskwatch.errors import UserError

_SUFFIXES = (".xml", ".txt", ".json")


def labelled(folder: Path, pictures: Sequence[Path]) -> dict[Path, Path]:
    """The label file of each of the pictures that has one; a broken file is one too.

    Raises:
        UserError: for a JSON file that cannot be read and might be about any of them.
    """
    found = {picture: file for picture in pictures if (file := _own_file(picture))}
    listed = {picture.resolve(): file for picture, file in _listed(folder)}
    return {
        picture: file
        for picture in pictures
        if (file := found.get(picture) or listed.get(picture.resolve())) is not None
    }


def is_verified(file: Path) -> bool:
    """Whether a label file is labelImg's XML and marked as looked over by somebody."""
    if file.suffix.lower() != ".xml":
        return False
    try:
        return parse_xml(file.read_bytes()).attributes.get("verified") == "yes"
    except XmlError:
        return False


def _own_file(picture: Path) -> Path | None:
    """The first label file of the picture's name, beside it or where label files are kept."""
    return next(
        (
            file
            for place in _label_folders(picture.parent)
            for suffix in _SUFFIXES
            if (file := _in(place, picture, suffix))
        ),
        None,
    )


def _in(place: Path, picture: Path, suffix: str) -> Path | None:
    file = place / f"{picture.stem}{suffix}"
    return file if file.exists() else None


def _label_folders(folder: Path) -> list[Path]:
    """Where label files of pictures in `folder` may lie: the places from which `picture_folders` leads here."""
    places = [folder, *(folder / name for name in ANNOTATION_FOLDERS)]
    parts = folder.parts
    swappable = [index for index, part in enumerate(parts) if part in PICTURE_FOLDERS]
    if swappable:
        at = swappable[-1]
        places += [Path(*parts[:at], name, *parts[at + 1 :]) for name in ANNOTATION_FOLDERS]
        places.append(folder.parent)
    return places


def _listed(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Pictures that files about many name, each with the file."""
    finder = PictureFinder(folder)
    for file in walk(folder):
        if file.suffix.lower() == ".json":
            names = _names_in_json(file)
        elif file.suffix.lower() == ".csv" and file.name != CLASSES_FILE:
            names = _names_in_csv(file)
        else:
            continue
        for name in names:
            picture = finder.find_named(file, name)
            if isinstance(picture, Path):
                yield picture, file


def _names_in_json(file: Path) -> list[str]:
    document = parse_json(file)
    if isinstance(document, Fault):
        raise UserError(str(document))
    kind = kind_of(document)
    if kind == "coco":
        return _texts(record.get("file_name") for record in document["images"] if isinstance(record, dict))
    if kind == "createml":
        return _texts(entry.get("image", entry.get("imagefilename")) for entry in document if isinstance(entry, dict))
    return []


def _texts(values: Iterator[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _names_in_csv(file: Path) -> list[str]:
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        return list({row[0]: None for row in csv.reader(lines) if row and row[0]})
