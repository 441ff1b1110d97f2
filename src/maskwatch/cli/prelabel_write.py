"""How `maskwatch prelabel` writes its labels and its list: beside the pictures, over nothing."""

import csv
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from maskwatch.cli.prelabel_request import Outcome, Request
from maskwatch.data import labelimg_yolo
from maskwatch.data.options import Progress
from maskwatch.data.prelabels import SUFFIX, Mark, Prelabel
from maskwatch.data.writing.label_studio import FORMAT as LABEL_STUDIO
from maskwatch.data.writing.label_studio import SETTINGS, TASKS, settings_text, tasks_text
from maskwatch.data.writing.sets import write_samples
from maskwatch.data.writing.staging import refuse_existing, staged
from maskwatch.data.yolo_classes import CLASSES_FILE
from maskwatch.detection.metadata import ModelMetadata
from maskwatch.errors import UserError

_LOCAL_FILES = "/data/local-files/?d="


def write(request: Request, metadata: ModelMetadata, outcome: Outcome, progress: Progress) -> None:
    """The labels first, because they may be refused; then the list."""
    if outcome.made:
        names = _names(metadata.class_names, request.limits.mark)
        if request.to == LABEL_STUDIO:
            _write_tasks(request, names, metadata.name, outcome.made)
        else:
            samples = [each.sample for each in outcome.made]
            there, names = _class_lists(request, outcome.made, names)
            write_samples(
                samples, request.folder, format=request.to, class_names=names, there_already=there, progress=progress
            )
    if request.review:
        with staged(request.review.parent) as stage:
            _write_review(stage / request.review.name, request.folder, outcome.made)


def _names(class_names: Sequence[str], mark: Mark) -> tuple[str, ...]:
    doubtful = [f"{name}{SUFFIX}" for name in class_names] if mark == "suffix" else []
    return (*class_names, *doubtful)


def _class_lists(
    request: Request, made: Sequence[Prelabel], names: tuple[str, ...]
) -> tuple[list[PurePosixPath], tuple[str, ...]]:
    """The class lists of YOLO that are there and stay, and the order of names that they give.

    Raises:
        UserError: where one lacks a name that is needed, or two differ: ids would mean different things.
    """
    if request.to != labelimg_yolo.FORMAT:
        return [], names
    places = sorted({each.sample.picture.parent / CLASSES_FILE for each in made})
    there = {file: tuple(file.read_text(encoding="utf-8-sig").split("\n")) for file in places if file.is_file()}
    lists = {tuple(name.strip() for name in lines if name.strip()) for lines in there.values()}
    if len(lists) > 1:
        raise UserError(f"{', '.join(map(str, there))}: differ, so that ids mean different classes; make them one.")
    for own in lists:
        used = sorted({label for each in made for label in each.sample.labels} - set(own))
        if used:
            raise UserError(f"{next(iter(there))}: lacks {', '.join(used)}; add them at its end, one a line.")
        names = own
    return [PurePosixPath(file.relative_to(request.folder).as_posix()) for file in there], names


def _write_tasks(request: Request, names: tuple[str, ...], model: str, made: Sequence[Prelabel]) -> None:
    folder = request.folder
    refuse_existing(folder, [Path(TASKS), Path(SETTINGS)])
    places = [each.sample.picture.relative_to(folder).as_posix() for each in made]
    prefix = f"{_LOCAL_FILES}{folder.resolve().name}/" if request.url_prefix is None else request.url_prefix
    with staged(folder) as stage:
        with (stage / TASKS).open("w", encoding="utf-8") as file:
            file.writelines(tasks_text(made, places, prefix, model))
        (stage / SETTINGS).write_text(settings_text(names), encoding="utf-8")


def _write_review(file: Path, folder: Path, made: Sequence[Prelabel]) -> None:
    with file.open("w", encoding="utf-8", errors="surrogateescape", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["corrections expected", "sure", "doubtful", "lowest score", "picture"])
        for each in made:
            lowest = f"{each.scores.min():.3f}" if len(each.scores) else ""
            counts = (int(each.sure.sum()), int((~each.sure).sum()))
            writer.writerow([f"{each.doubt:.3f}", *counts, lowest, each.sample.picture.relative_to(folder)])
