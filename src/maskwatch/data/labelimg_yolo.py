"""labelImg's YOLO text, one file a picture, with the class names in a `classes.txt` beside.

A line is `id centre_x centre_y width height` in shares of the EXIF-turned picture, with six decimals. labelImg
rewrites `classes.txt` at every save but not the files saved before, so ids can drift away from their names.
An empty file is a picture without boxes. `difficult` and `verified` are lost in this format.
"""

from pathlib import Path

from maskwatch.data.building import Box, accept, build_sample, measure, pixel
from maskwatch.data.faults import Fault, ReadResult, Severity
from maskwatch.data.gathering import Gathered
from maskwatch.data.locating import files_with_suffix
from maskwatch.data.options import Reading, counted
from maskwatch.data.picture_finder import PictureFinder
from maskwatch.data.samples import Origin, Sample
from maskwatch.data.yolo_classes import CLASSES_FILE, ClassList, ClassLists
from maskwatch.errors import UserError

FORMAT = "yolo"
COLUMNS = ("id", "centre x", "centre y", "width", "height")

# Six decimals place a centre within 0.5e-6 of the side and half a width within 0.25e-6.
_WRITTEN_TO = 0.76e-6


def read(path: Path, reading: Reading) -> ReadResult:
    """All YOLO annotations under a folder, or the one of a file."""
    files = [file for file in files_with_suffix(path, ".txt") if file.name != CLASSES_FILE]
    finder, classes = PictureFinder(path), ClassLists(path)
    if not files:
        raise UserError(f"{path}: there are no .txt files in it.")
    found = Gathered(reading)
    for file in counted(files, "Reading labels", reading.progress):
        found.add(*_read_file(file, finder, classes, reading))
    found.tell([*classes.faults(), *finder.unlabelled()])
    why = f"{path}: labelImg's YOLO, {len(files)} .txt"
    return ReadResult(found.samples, found.faults, FORMAT, why, classes.names)


def _read_file(
    file: Path, finder: PictureFinder, classes: ClassLists, reading: Reading
) -> tuple[Sample | None, list[Fault]]:
    picture = finder.find(file)
    lines = _lines(file)
    if isinstance(lines, Fault):
        return None, [lines]
    if isinstance(picture, Fault):
        return None, [_no_annotation(file) if not _looks_like_boxes(lines) else picture]
    size = measure(picture, Origin(file))
    if isinstance(size, Fault):
        return None, [size]
    names = classes.of(file) if lines else ClassList(file, ())
    if names is None:
        return None, []  # told once, as a fault of the folder
    read_boxes = [_box(words, size, names, Origin(file, line), reading) for line, words in lines]
    boxes = [box for box in read_boxes if isinstance(box, Box)]
    sample, outside = build_sample(picture, size, boxes, Origin(file))
    return sample, [*(fault for fault in read_boxes if isinstance(fault, Fault)), *outside]


def _lines(file: Path) -> list[tuple[int, list[str]]] | Fault:
    """The words of each line that has any, with its number from 1."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror}."
    except UnicodeDecodeError:
        reason = "the file is not text."
    else:
        lines = [(number, line.split()) for number, line in enumerate(text.split("\n"), start=1)]
        return [(number, words) for number, words in lines if words]
    advice = "Bring it back from a copy, or label the picture anew."
    return Fault("broken-annotation", reason, file, advice=advice, severity=Severity.BLOCKING)


def _looks_like_boxes(lines: list[tuple[int, list[str]]]) -> bool:
    """Whether a file without a picture is an annotation, rather than a list of names or a read-me."""
    return not lines or (len(lines[0][1]) == len(COLUMNS) and all(pixel(word) is not None for word in lines[0][1]))


def _no_annotation(file: Path) -> Fault:
    message = "it is no annotation and has no picture; passed over."
    return Fault("other-file", message, file, advice="Nothing need be done.", severity=Severity.WARNING)


def _box(words: list[str], size: tuple[int, int], names: ClassList, origin: Origin, reading: Reading) -> Box | Fault:
    values = [pixel(word) for word in words]
    if len(words) != len(COLUMNS) or None in values:
        wrong = [word for word, value in zip(words, values, strict=True) if value is None]
        what = f"{wrong[0]!r} is no number" if wrong else f"it has {len(words)} numbers"
        advice = "Write five numbers: class id, centre x, centre y, width, height, the last four in 0..1."
        message, text = f"{what}.", " ".join(words)
        return Fault("bad-value", message, origin.file, origin.line, text, advice, Severity.BLOCKING)
    label = names.name_of(words[0], origin)
    if isinstance(label, Fault):
        return label
    centre_x, centre_y, width, height = (float(word) for word in words[1:])
    x1, x2 = _edges(centre_x, width, size[0])
    y1, y2 = _edges(centre_y, height, size[1])
    return accept(Box((x1, y1, x2, y2), label, False, origin), reading)


def _edges(centre: float, length: float, side: int) -> tuple[float, float]:
    """Low and high edge in pixels, where the decimals allow the whole pixels that labelImg started from."""
    low, high = ((centre + sign * length / 2) * side for sign in (-1, 1))
    return _whole(low, side), _whole(high, side)


def _whole(edge: float, side: int) -> float:
    return float(round(edge)) if abs(edge - round(edge)) <= _WRITTEN_TO * side else edge
