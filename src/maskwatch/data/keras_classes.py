"""keras-retinanet's class file: `class_name,id` a row, ids from 0."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from maskwatch.data.building import Box, box_fault
from maskwatch.data.classes import probably_meant
from maskwatch.data.csv_rows import CsvRows, Row
from maskwatch.data.faults import Fault, Severity
from maskwatch.errors import UserError


def read_classes(file: Path | None, annotations: Path) -> tuple[tuple[str, ...], list[Fault]]:
    """The class names in the order of their ids, and what is wrong with the file.

    With no file the names are those that the annotations use, and that is told.
    """
    if file is None:
        message = "there is no class file, so no class name can be checked."
        advice = "Write class_name,id rows into classes.csv beside it, or give the file with --classes."
        return (), [Fault("class-list", message, annotations, advice=advice, severity=Severity.WARNING)]
    if not file.is_file():
        raise UserError(f"--classes {file}: there is no such file.")
    rows = CsvRows(file)
    ids: dict[str, int] = {}
    wrong = [fault for row in rows for fault in _add_row(row, file, ids)]
    faults = [*rows.faults, *wrong, *_id_faults(file, ids)]
    return tuple(sorted(ids, key=lambda name: ids[name])), faults


def unknown_class(box: Box, names: Sequence[str]) -> Fault | None:
    """A box whose class the class file does not name; None where it does, or where there are no names."""
    if not names or box.label in names:
        return None
    meant = probably_meant(box.label, names)
    hint = f"did you mean {meant!r}?" if meant else f"it has {', '.join(names)}."
    message = f"class {box.label!r} is not in the class file; {hint}"
    return box_fault("unknown-class", message, box, "Correct the name, or add it to the class file.", Severity.BLOCKING)


def _add_row(row: Row, file: Path, ids: dict[str, int]) -> list[Fault]:
    text = ",".join(row.fields)
    if len(row.fields) < 2 or not row.fields[0]:
        return [_wrong(file, row.line, f"the row {text!r} is not class_name,id.", text)]
    name, number = row.fields[:2]
    if not (number.strip().isascii() and number.strip().isdigit()):
        return [_wrong(file, row.line, f"the id {number!r} of {name!r} is no whole number from 0.", number)]
    if name in ids:
        return [_wrong(file, row.line, f"class {name!r} is named twice.", name)]
    ids[name] = int(number)
    return []


def _wrong(file: Path, line: int, message: str, value: str) -> Fault:
    return Fault("class-list", message, file, line, value, "Correct the row.", Severity.BLOCKING)


def _id_faults(file: Path, ids: dict[str, int]) -> list[Fault]:
    """Ids used twice or left out: keras-retinanet checks neither, and trains a class that nothing has."""
    faults = []
    for number, count in Counter(ids.values()).items():
        if count > 1:
            names = ", ".join(name for name, own in ids.items() if own == number)
            advice = "Give each class an id of its own; here they stay apart by name."
            faults.append(Fault("class-list", f"id {number} is given to {names}.", file, None, names, advice))
    missing = [str(number) for number in range(min(max(ids.values(), default=-1), 1000)) if number not in ids.values()]
    if missing:
        message = f"no class has id {', '.join(missing)}, though the highest is {max(ids.values())}."
        advice = "Number the classes from 0 without gaps, or keras-retinanet trains dead classes."
        faults.append(Fault("class-list", message, file, None, ", ".join(missing), advice))
    return faults
