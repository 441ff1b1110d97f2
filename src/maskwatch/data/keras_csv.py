"""keras-retinanet's CSV: `path,x1,y1,x2,y2,class_name`, a row a box, and `path,,,,,` for a picture without.

Its rules are kept to the letter and checked over the whole file at once: no header, whole pixels from 0, paths
relative to the CSV's folder, at least six columns and no blank line. What it would stop at but can be read
without doubt (a header, a fraction, a byte-order mark) is read and told; nothing is subtracted.
"""

import os
from pathlib import Path, PureWindowsPath

from maskwatch.data.building import build_sample, measure
from maskwatch.data.csv_rows import CsvRows
from maskwatch.data.faults import Fault, ReadResult, Severity
from maskwatch.data.gathering import Gathered
from maskwatch.data.keras_classes import read_classes
from maskwatch.data.keras_rows import KerasRows, PictureRows
from maskwatch.data.options import Reading
from maskwatch.data.picture_finder import PictureFinder
from maskwatch.data.samples import Origin, Sample
from maskwatch.errors import UserError

FORMAT = "csv"
CLASSES_FILE = "classes.csv"


def read(path: Path, reading: Reading, classes: Path | None = None) -> ReadResult:
    """The set of an annotation file, or of the one annotation file in a folder.

    Args:
        path: the CSV file or its folder.
        reading: how to read.
        classes: the file of `class_name,id` rows; without it `classes.csv` beside, if that is there.
    """
    file = annotation_file(path, classes)
    beside = file.parent / CLASSES_FILE
    found = Gathered(reading)
    names, faults = read_classes(classes or (beside if beside.is_file() else None), file)
    found.tell(faults)
    of_file = KerasRows(file, names, reading)
    rows = CsvRows(file, reading.progress)
    for row in rows:
        found.tell(of_file.add(row))
    found.tell(rows.faults)
    finder = PictureFinder(path)
    for done, picture in enumerate(of_file.by_picture(), start=1):
        found.add(*_sample(picture, finder, of_file))
        reading.progress("Measuring pictures", done, len(of_file))
    _take_pictures_of_others(file, finder)
    found.tell(finder.unlabelled())
    why = f"{file}: keras-retinanet's CSV, rows: {rows.count}"
    return ReadResult(found.samples, found.faults, FORMAT, why, names)


def annotation_file(path: Path, classes: Path | None = None) -> Path:
    """The annotation file meant by `path`; raises `UserError` where a folder holds none or several."""
    if path.is_file():
        return path
    files = sorted(path.glob("*.csv"))
    found = [file for file in files if file.name != CLASSES_FILE and file != classes]
    if len(found) == 1:
        return found[0]
    names = ", ".join(file.name for file in found)
    what = f"several CSV files ({names}); name the one to read" if found else "no CSV file of annotations"
    raise UserError(f"{path}: {what}.")


def _sample(rows: PictureRows, finder: PictureFinder, of_file: KerasRows) -> tuple[Sample | None, list[Fault]]:
    origin = Origin(of_file.file, rows.line)
    picture, faults = _locate(rows.name, origin)
    if not picture:
        return None, faults
    taken = finder.take(picture, origin)
    if isinstance(taken, Fault):
        return None, [taken]
    size = measure(picture, origin)
    if isinstance(size, Fault):
        return None, [*faults, size]
    if of_file.reading.mending and rows.name in of_file.spoilt:
        return None, faults
    sample, outside = build_sample(picture, size, rows.boxes, origin, convention=of_file.reading.convention)
    return sample, [*faults, *outside]


def _locate(name: str, origin: Origin) -> tuple[Path | None, list[Fault]]:
    """The picture of a path as written, relative to the CSV's folder; back-slashes are read as slashes."""
    for written in (name, PureWindowsPath(name).as_posix()):
        path = origin.file.parent / written
        # Without `..` a picture has one name, unless a link on the way makes that another place.
        found = next((place for place in (Path(os.path.normpath(path)), path) if place.is_file()), None)
        if found:
            return found, [] if written == name else [_backslashes(name, origin)]
    advice = f"Paths are relative to {origin.file.parent}; correct the path or bring the picture back."
    message = f"there is no picture {name!r}."
    severity = Severity.BLOCKING
    return None, [Fault("missing-picture", message, origin.file, origin.line, name, advice, severity)]


def _backslashes(name: str, origin: Origin) -> Fault:
    message, advice = f"the path {name!r} has back-slashes.", "It is read; with slashes it works everywhere."
    return Fault("back-slash", message, origin.file, origin.line, name, advice, Severity.WARNING)


def _take_pictures_of_others(file: Path, finder: PictureFinder) -> None:
    """A train.csv and a val.csv share a folder of pictures: what the other one lists is not unlabelled."""
    for other in file.parent.glob("*.csv"):
        if other != file:
            for row in CsvRows(other):
                finder.take(Path(os.path.normpath(other.parent / row.fields[0])), Origin(other, row.line))
