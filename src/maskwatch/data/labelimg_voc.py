"""labelImg's Pascal VOC XML, one file a picture.

Its numbers are edges in pixels of the EXIF-turned picture and are taken as they are: labelImg writes them
neither from 1 nor inclusive, though it raises 0 to 1. Other tools write floats, which are read too. The `path`
tag is an absolute path on the labeller's machine and is never looked at. A list of Pascal VOC's own, such as
`ImageSets/Main/train.txt`, stands for the pictures that it names.
"""

from pathlib import Path

from maskwatch.data.building import Box, accept, build_sample, measure, pixel
from maskwatch.data.faults import Fault, ReadResult, Severity
from maskwatch.data.gathering import Gathered
from maskwatch.data.locating import files_with_suffix
from maskwatch.data.options import Reading, counted
from maskwatch.data.picture_finder import PictureFinder
from maskwatch.data.samples import Origin, Sample
from maskwatch.data.size_tag import size_tag_fault
from maskwatch.data.xml_lines import Node, XmlError, parse_xml
from maskwatch.errors import UserError

FORMAT = "voc"
ANNOTATIONS = "Annotations"
EDGE_TAGS = ("xmin", "ymin", "xmax", "ymax")


def is_list(path: Path) -> bool:
    """Whether a file is one of the lists of pictures in a VOC folder's `ImageSets`."""
    return path.suffix == ".txt" and "ImageSets" in path.parent.parts[-2:]


def _listed(path: Path) -> list[Path]:
    """The annotations that a list names; raises UserError where one is missing."""
    root = next(folder for folder in path.parents if folder.name == "ImageSets").parent
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is no list of pictures: it is not UTF-8.") from error
    files = []
    for number, words in enumerate((line.split() for line in lines), start=1):
        if words:
            files.append(root / ANNOTATIONS / f"{words[0]}.xml")
            if not files[-1].is_file():
                raise UserError(f"{path}:{number}: there is no {files[-1]}.")
    return files


def read(path: Path, reading: Reading) -> ReadResult:
    """All VOC annotations under a folder, those of a list, or the one of a file."""
    listed = is_list(path)
    files = _listed(path) if listed else files_with_suffix(path, ".xml")
    finder = PictureFinder(path)
    if not files:
        raise UserError(f"{path}: there are no .xml files in it.")
    found = Gathered(reading)
    for file in counted(files, "Reading labels", reading.progress):
        found.add(*_read_file(file, finder, reading))
    if not listed:  # what a list leaves out is in another one
        found.tell(finder.unlabelled())
    return ReadResult(found.samples, found.faults, FORMAT, f"{path}: labelImg's Pascal VOC, {len(files)} .xml")


def _read_file(file: Path, finder: PictureFinder, reading: Reading) -> tuple[Sample | None, list[Fault]]:
    annotation = _parse(file)
    if isinstance(annotation, Fault):
        finder.find(file)  # its picture is not unlabelled: its labels are broken
        return None, [annotation]
    boxes, faults = _boxes(annotation, file, reading)
    picture = finder.find(file, annotation.text_of("filename"))
    if isinstance(picture, Fault):
        return None, [*faults, picture]
    size = measure(picture, Origin(file))
    if isinstance(size, Fault):
        return None, [*faults, size]
    wrong_size = size_tag_fault(annotation.child("size"), file, picture, size)
    sample, outside = build_sample(
        picture,
        size,
        boxes,
        Origin(file),
        verified=annotation.attributes.get("verified") == "yes",
        database=annotation.text_of("source", "database"),
        convention=reading.convention,
    )
    return sample, [*faults, *([wrong_size] if wrong_size else []), *outside]


def _parse(file: Path) -> Node | Fault:
    try:
        annotation = parse_xml(file.read_bytes())
    except XmlError as error:
        return _broken(file, f"the XML is broken: {error}.", error.line)
    except OSError as error:
        return _broken(file, f"the file cannot be read: {error.strerror}.", None)
    if annotation.tag != "annotation":
        return _broken(file, f"its root is <{annotation.tag}>, not <annotation>.", annotation.line)
    return annotation


def _broken(file: Path, message: str, line: int | None) -> Fault:
    advice = "Mend it in a text editor or remove it; saving in labelImg would overwrite its boxes."
    return Fault("broken-annotation", message, file, line, advice=advice, severity=Severity.BLOCKING)


def _boxes(annotation: Node, file: Path, reading: Reading) -> tuple[list[Box], list[Fault]]:
    read_boxes = [_box(node, Origin(file, node.line), reading) for node in annotation.all("object")]
    faults = [_difficult_fault(node, file) for node in annotation.all("object")]
    return (
        [box for box in read_boxes if isinstance(box, Box)],
        [fault for fault in [*read_boxes, *faults] if isinstance(fault, Fault)],
    )


def _box(node: Node, origin: Origin, reading: Reading) -> Box | Fault:
    texts = [node.text_of("bndbox", tag) for tag in EDGE_TAGS]
    x1, y1, x2, y2 = (pixel(text) for text in texts)
    if x1 is None or y1 is None or x2 is None or y2 is None:
        tag, text = next(pair for pair in zip(EDGE_TAGS, texts, strict=True) if pixel(pair[1]) is None)
        what = f"is {text!r}, which is no pixel position" if text else "is missing"
        advice = "Write the edge in pixels, or delete the object."
        message = f"<{tag}> of the box {what}."
        return Fault("bad-value", message, origin.file, origin.line, text, advice, Severity.BLOCKING)
    off = reading.convention.voc_offset_px
    edges = (x1 - off, y1 - off, x2 - off, y2 - off)
    return accept(Box(edges, node.text_of("name"), node.text_of("difficult") == "1", origin), reading)


def _difficult_fault(node: Node, file: Path) -> Fault | None:
    text = node.text_of("difficult")
    if text in ("", "0", "1"):
        return None
    advice = "Write 0 or 1; it is read as 0."
    return Fault("bad-value", f"<difficult> is {text!r}.", file, node.line, text, advice)
