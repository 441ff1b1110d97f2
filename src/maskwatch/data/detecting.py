"""Which format a set is in, judged by the names of its files, with the reason for telling."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from maskwatch.data import coco, keras_csv, labelimg_createml, labelimg_voc, labelimg_yolo
from maskwatch.data.json_documents import Kind, kind_of, parse_json
from maskwatch.data.locating import ANNOTATION_FOLDERS, is_picture, walk
from maskwatch.data.yolo_classes import CLASSES_FILE
from maskwatch.errors import UserError

_WHAT: Mapping[str, str] = {
    labelimg_voc.FORMAT: ".xml",
    labelimg_yolo.FORMAT: ".txt",
    labelimg_createml.FORMAT: "CreateML .json",
    coco.FORMAT: "COCO .json",
    keras_csv.FORMAT: ".csv",
}
_SUFFIXES = (".xml", ".txt", ".csv")
_JSON = ".json"


def detect_format(path: Path) -> tuple[str, str]:
    """The format of a folder or file, and a clause saying why it and not another.

    Of several the first in labelImg's own order is taken: it opens a picture's XML before its text file, and
    that before its JSON.

    Raises:
        UserError: where no file could be an annotation.
    """
    if path.is_file():
        return _format_of_file(path)
    files = list(walk(path))
    found = {name: chosen for name, chosen in _candidates(path, files).items() if chosen}
    if not found:
        raise UserError(_nothing(path, files))
    (taken, _), *others = found.items()
    if not others:
        return taken, "there are no other annotations in it"
    passed = ", ".join(f"{len(rest)} {_WHAT[name]} files (--format {name} reads them)" for name, rest in others)
    return taken, f"they go before {passed}, as in labelImg"


def _format_of_file(path: Path) -> tuple[str, str]:
    suffix = path.suffix.lower()
    if labelimg_voc.is_list(path):
        return labelimg_voc.FORMAT, "it is a list of Pascal VOC's pictures"
    if suffix == _JSON:
        kind = kind_of(parse_json(path))
        if kind in _WHAT:
            return str(kind), f"it is a {_WHAT[str(kind)]} by what it holds"
        raise UserError(f"{path}: {_not_read(kind)}")
    name = next((name for name, own in _WHAT.items() if own == suffix), None)
    if name:
        return name, f"its name ends in {suffix}"
    raise UserError(f"{path}: not an annotation: it ends in none of {', '.join((*_SUFFIXES, _JSON))}.")


def _candidates(path: Path, files: Sequence[Path]) -> dict[str, list[Path]]:
    """The files of each format, in the order of preference; text files count only beside pictures or names."""
    texts = [file for file in files if file.suffix.lower() == ".txt" and file.name != CLASSES_FILE]
    pictures = {file.stem for file in files if is_picture(file)}
    labelled = any(file.name == CLASSES_FILE for file in files) or any(file.stem in pictures for file in texts)
    tables = [file for file in files if file.suffix.lower() == ".csv" and file.parent == path]
    documents = {file: kind_of(parse_json(file)) for file in files if file.suffix.lower() == _JSON}
    tops = {path, *(path / name for name in ANNOTATION_FOLDERS)}
    return {
        labelimg_voc.FORMAT: [file for file in files if file.suffix.lower() == ".xml"],
        labelimg_yolo.FORMAT: texts if labelled else [],
        labelimg_createml.FORMAT: _of_createml(documents, pictures),
        coco.FORMAT: [file for file, kind in documents.items() if kind == coco.FORMAT and file.parent in tops],
        keras_csv.FORMAT: [file for file in tables if file.name != keras_csv.CLASSES_FILE],
    }


def _of_createml(documents: Mapping[Path, Kind | None], pictures: set[str]) -> list[Path]:
    """What is CreateML; a file of no known kind that is named after a picture is taken for a broken one."""
    return [
        file
        for file, kind in documents.items()
        if kind == labelimg_createml.FORMAT or (kind is None and file.stem in pictures)
    ]


def _nothing(path: Path, files: Sequence[Path]) -> str:
    pictures = sum(map(is_picture, files))
    tasks = next((file for file in files if file.suffix == _JSON and kind_of(parse_json(file)) == "label-studio"), None)
    if tasks:
        return f"{tasks}: {_not_read('label-studio')}"
    return (
        f"{path}: {pictures} pictures but no annotations in it: neither .xml, .txt with {CLASSES_FILE} or .json of "
        "labelImg, nor COCO's .json, nor a .csv of keras-retinanet; give the folder that holds both."
    )


def _not_read(kind: Kind | None) -> str:
    if kind == "label-studio":
        return "tasks of Label Studio; export them there as COCO, YOLO or Pascal VOC."
    return "neither CreateML nor COCO by what it holds."
