"""Writes tiny labelled sets for tests, as labelImg and keras-retinanet lay them out."""

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image

from maskwatch.data.faults import Fault, ReadResult
from maskwatch.data.samples import Sample

Labelled = tuple[str, float, float, float, float]

SIZE = (64, 48)
FACE: Labelled = ("mask", 10, 12, 30, 36)
OTHER_FACE: Labelled = ("no_mask", 34, 5, 60, 37)


def write_picture(path: Path, size: tuple[int, int] = SIZE, orientation: int = 1, shade: int | None = None) -> Path:
    """A picture of `size` (width, height) as stored; grey of a shade made from its name unless told."""
    path.parent.mkdir(parents=True, exist_ok=True)
    value = sum(path.name.encode("utf-8", "surrogateescape")) % 251 if shade is None else shade
    exif = Image.Exif()
    exif[274] = orientation
    pixels = np.full((size[1], size[0], 3), value, np.uint8)
    Image.fromarray(pixels).save(path, **({"exif": exif} if orientation != 1 else {}))
    return path


def voc_object(box: Labelled, difficult: str = "0") -> str:
    name, *edges = box
    tags = zip(("xmin", "ymin", "xmax", "ymax"), edges, strict=True)
    corners = "\n".join(f"\t\t\t<{tag}>{edge}</{tag}>" for tag, edge in tags)
    return (
        f"\t<object>\n\t\t<name>{escape(name)}</name>\n\t\t<pose>Unspecified</pose>\n\t\t<truncated>0</truncated>\n"
        f"\t\t<difficult>{difficult}</difficult>\n\t\t<bndbox>\n{corners}\n\t\t</bndbox>\n\t</object>\n"
    )


def voc_text(
    filename: str, objects: str = "", size: tuple[int, int] | None = SIZE, verified: bool = False, head: str = ""
) -> str:
    """What labelImg writes; the objects begin at line 14 where there is a size tag and no `head`."""
    attribute = ' verified="yes"' if verified else ""
    tag = ""
    if size:
        tag = (
            f"\t<size>\n\t\t<width>{size[0]}</width>\n\t\t<height>{size[1]}</height>\n\t\t<depth>3</depth>\n\t</size>\n"
        )
    return (
        f"{head}<annotation{attribute}>\n\t<folder>images</folder>\n\t<filename>{escape(filename)}</filename>\n"
        f"\t<path>C:\\Users\\somebody\\{escape(filename)}</path>\n"
        f"\t<source>\n\t\t<database>Unknown</database>\n\t</source>\n{tag}\t<segmented>0</segmented>\n"
        f"{objects}</annotation>\n"
    )


def write_voc(
    folder: Path, name: str, boxes: Sequence[Labelled] = (), size: tuple[int, int] = SIZE, annotations: str = ""
) -> Path:
    """A picture and its XML beside it, or in the folder `annotations`; returns the XML."""
    write_picture(folder / name, size)
    place = folder / annotations if annotations else folder
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"{Path(name).stem}.xml"
    file.write_text(voc_text(name, "".join(map(voc_object, boxes)), size), encoding="utf-8")
    return file


def yolo_line(box: Labelled, names: Sequence[str], size: tuple[int, int] = SIZE) -> str:
    """As labelImg writes it: the centre and the sides in shares of the picture, six decimals."""
    name, x1, y1, x2, y2 = box
    values = ((x1 + x2) / 2 / size[0], (y1 + y2) / 2 / size[1], (x2 - x1) / size[0], (y2 - y1) / size[1])
    return f"{names.index(name)} " + " ".join(f"{value:.6f}" for value in values) + "\n"


def write_yolo(
    folder: Path, name: str, boxes: Sequence[Labelled] = (), names: Sequence[str] = (), size: tuple[int, int] = SIZE
) -> Path:
    """A picture, its text file beside it, and `classes.txt`; returns the text file."""
    write_picture(folder / name, size)
    names = names or list(dict.fromkeys(box[0] for box in boxes)) or ["mask"]
    (folder / "classes.txt").write_text("".join(f"{entry}\n" for entry in names), encoding="utf-8")
    file = folder / f"{Path(name).stem}.txt"
    file.write_text("".join(yolo_line(box, names, size) for box in boxes), encoding="utf-8")
    return file


def kinds(found: ReadResult | Sequence[Fault]) -> list[str]:
    """The kinds of the faults, in order."""
    return [fault.kind for fault in (found.faults if isinstance(found, ReadResult) else found)]


def content(sample: Sample) -> tuple[object, ...]:
    """All that a sample says of its picture, for comparing what different formats gave."""
    return (
        *(sample.picture.name, sample.width, sample.height, sample.boxes.tolist(), sample.labels),
        *(sample.difficult.tolist(), sample.verified),
    )
