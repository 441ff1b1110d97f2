"""Writing samples as a set of any known format, pictures and all."""

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from maskwatch.data import coco, keras_csv, labelimg_createml, labelimg_voc, labelimg_yolo
from maskwatch.data.options import Progress, counted, unwatched
from maskwatch.data.samples import Sample
from maskwatch.data.writing import coco as coco_writer
from maskwatch.data.writing import createml, voc, yolo
from maskwatch.data.writing import keras_csv as csv_writer
from maskwatch.data.writing.placing import Document, Placed, moved, place
from maskwatch.data.writing.staging import refuse_existing, staged
from maskwatch.errors import UserError

Documents = Callable[[Sequence[Placed], Sequence[str]], Iterator[Document]]

_DOCUMENTS: Mapping[str, Documents] = {
    labelimg_voc.FORMAT: voc.documents,
    labelimg_yolo.FORMAT: yolo.documents,
    labelimg_createml.FORMAT: createml.documents,
    coco.FORMAT: coco_writer.documents,
    keras_csv.FORMAT: csv_writer.documents,
}


def write_samples(
    samples: Sequence[Sample],
    folder: Path,
    *,
    format: str,
    class_names: Sequence[str] = (),
    there_already: Collection[PurePosixPath] = (),
    progress: Progress = unwatched,
) -> list[Sample]:
    """Write a set: its label files, and copies of the pictures that do not lie below `folder` already.

    All files appear at once, or none.

    Args:
        samples: all of the set.
        folder: where to; it may exist, but none of the files.
        format: one of `data.reading.SET_FORMATS`.
        class_names: their order, where the format numbers classes; names that boxes have are added.
        there_already: label files that are to stay as they are: class lists that say the same.
        progress: told of every file.

    Returns:
        The same samples with the pictures that lie in `folder`.

    Raises:
        UserError: for an unknown format, a file that is there already, pictures whose files would have one
            name, and names that the format cannot hold.
    """
    if format not in _DOCUMENTS:
        raise UserError(f"{format}: not a format that can be written; take one of {', '.join(_DOCUMENTS)}.")
    placed = place(samples, folder)
    made = _DOCUMENTS[format](placed, all_names(samples, class_names))
    documents = [(where, parts) for where, parts in made if where not in there_already]
    copied = [each for each in placed if not _lies_there(each, folder)]
    refuse_existing(folder, [*(each.picture for each in copied), *(where for where, _ in documents)])
    with staged(folder) as stage:
        for where, parts in counted(documents, "Writing labels", progress):
            _write(stage / where, parts)
        for each in counted(copied, "Copying pictures", progress):
            _copy(each.sample.picture, stage / each.picture)
    return [moved(each, folder) for each in placed]


def all_names(samples: Sequence[Sample], first: Sequence[str] = ()) -> tuple[str, ...]:
    """Every class name once: those given first, then the rest that boxes have, by the alphabet."""
    used = {label for sample in samples for label in sample.labels}
    return tuple(dict.fromkeys([*first, *sorted(used)]))


def _lies_there(each: Placed, folder: Path) -> bool:
    target = folder / each.picture
    return target.is_file() and target.samefile(each.sample.picture)


def _write(path: Path, parts: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8", newline="") as file:
        file.writelines(parts)


def _copy(picture: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(picture, target)
