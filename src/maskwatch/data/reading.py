"""Reading a labelled set of any known format into samples."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from maskwatch.data import coco, keras_csv, labelimg_createml, labelimg_voc, labelimg_yolo
from maskwatch.data.detecting import detect_format
from maskwatch.data.faults import Fault, ReadResult, Severity
from maskwatch.data.options import AS_IT_IS, Reading
from maskwatch.data.samples import Sample
from maskwatch.errors import UserError

AUTO = "auto"
SHOWN_FAULTS = 5

SET_FORMATS = (
    labelimg_voc.FORMAT,
    labelimg_yolo.FORMAT,
    labelimg_createml.FORMAT,
    coco.FORMAT,
    keras_csv.FORMAT,
)
FORMATS = (AUTO, *SET_FORMATS)


def read_samples(
    path: Path,
    *,
    format: str = AUTO,
    mapping: Mapping[str, str] | None = None,
    classes: Path | None = None,
    reading: Reading = AS_IT_IS,
) -> ReadResult:
    """Read every sample of a set, and every fault.

    Args:
        path: a folder, or one annotation file.
        format: one of `FORMATS`.
        mapping: from class names as written to those wanted; other names stay.
        classes: keras-retinanet's class file, where it is not `classes.csv` beside the annotations.
        reading: who is told of the progress, and whether faults are mended on the way.

    Raises:
        UserError: where there is nothing that could be read as a set; faults inside a set are returned.
    """
    if not path.exists():
        raise UserError(f"{path}: there is no such file or folder.")
    if format not in FORMATS:
        raise UserError(f"--format {format}: not a known format; take one of {', '.join(FORMATS)}.")
    taken, reason = detect_format(path) if format == AUTO else (format, f"--format {format} was given")
    if classes and taken != keras_csv.FORMAT:
        raise UserError(f"--classes goes with keras-retinanet's CSV, but {path} is read as {taken} ({reason}).")
    result = _read(path, taken, classes, reading)
    names = mapping or {}
    return replace(
        result,
        faults=[*result.faults, *_unused_names(path, result, names)],
        samples=[_renamed(sample, names) for sample in result.samples],
        why=f"{result.why}; {reason}.",
        class_names=tuple(dict.fromkeys(names.get(name, name) for name in result.class_names)),
    )


def _read(path: Path, format: str, classes: Path | None, reading: Reading) -> ReadResult:
    match format:
        case labelimg_voc.FORMAT:
            return labelimg_voc.read(path, reading)
        case labelimg_yolo.FORMAT:
            return labelimg_yolo.read(path, reading)
        case labelimg_createml.FORMAT:
            return labelimg_createml.read(path, reading)
        case coco.FORMAT:
            return coco.read(path, reading)
        case _:
            return keras_csv.read(path, reading, classes)


def require_samples(
    path: Path,
    *,
    format: str = AUTO,
    mapping: Mapping[str, str] | None = None,
    classes: Path | None = None,
    need_boxes: bool = True,
    reading: Reading = AS_IT_IS,
) -> list[Sample]:
    """The samples of a set that can be trained or measured on; see `require_set`."""
    found = require_set(path, format=format, mapping=mapping, classes=classes, need_boxes=need_boxes, reading=reading)
    return found.samples


def require_set(
    path: Path,
    *,
    format: str = AUTO,
    mapping: Mapping[str, str] | None = None,
    classes: Path | None = None,
    need_boxes: bool = True,
    reading: Reading = AS_IT_IS,
) -> ReadResult:
    """A set whose labels are all there and can be trusted.

    Raises:
        UserError: where labels were lost or cannot be trusted, naming the first few faults, or where the set
            has no samples or, with `need_boxes`, no boxes.
    """
    result = read_samples(path, format=format, mapping=mapping, classes=classes, reading=reading)
    blocking = [fault for fault in result.faults if fault.severity is Severity.BLOCKING]
    if blocking:
        first = "\n".join(f"  {fault}" for fault in blocking[:SHOWN_FAULTS])
        more = f"\n  and {len(blocking) - SHOWN_FAULTS} more" if len(blocking) > SHOWN_FAULTS else ""
        raise UserError(
            f"{path}: {len(blocking)} faults to put right first; `maskwatch data check` lists them all:\n{first}{more}"
        )
    if not result.samples:
        raise UserError(f"{path}: no labelled picture in it ({result.why}).")
    if need_boxes and not any(sample.labels for sample in result.samples):
        raise UserError(f"{path}: none of its {len(result.samples)} pictures has a box; label some faces.")
    return result


def _unused_names(path: Path, result: ReadResult, mapping: Mapping[str, str]) -> list[Fault]:
    """A warning for each name of `--map` that nothing in the set has: a slip there would change nothing."""
    used = {label for sample in result.samples for label in sample.labels} | set(result.class_names)
    message = "--map renames a class {!r}, which is not in the set."
    advice = f"Its classes are {', '.join(sorted(used))}."
    unused = [name for name in mapping if name not in used]
    return [Fault("unused-map", message.format(name), path, None, name, advice, Severity.WARNING) for name in unused]


def _renamed(sample: Sample, mapping: Mapping[str, str]) -> Sample:
    if mapping.keys().isdisjoint(sample.labels):
        return sample
    return replace(sample, labels=tuple(mapping.get(label, label) for label in sample.labels))
