"""Writes labelImg's Pascal VOC XML, one file a picture, as labelImg itself lays it out.

Edges are written as they are, fractions too, which labelImg cuts off on reading. There is no `path` tag: it is a
place on one machine and tells who labelled.
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from xml.sax.saxutils import escape

from maskwatch.data.labelimg_voc import EDGE_TAGS
from maskwatch.data.samples import Sample
from maskwatch.data.writing.placing import Document, Placed, apart
from maskwatch.data.writing.texts import PixelEdges, edges_of, require_text, shortest

SUFFIX = ".xml"
UNKNOWN = "Unknown"


def documents(placed: Sequence[Placed], class_names: Sequence[str]) -> Iterator[Document]:
    """An XML beside each picture; the names of all classes stand at the boxes alone."""
    apart(placed, SUFFIX)
    for each in placed:
        yield each.beside(SUFFIX), [voc_text(each.sample, each.picture)]


def voc_text(sample: Sample, picture: PurePosixPath) -> str:
    """The XML of one sample whose picture has that name."""
    verified = ' verified="yes"' if sample.verified else ""
    name = require_text(picture.name, "the picture's name")
    lines = [
        f"<annotation{verified}>",
        f"\t<folder>{escape(picture.parent.name)}</folder>",
        f"\t<filename>{escape(name)}</filename>",
        f"\t<source>\n\t\t<database>{escape(sample.database or UNKNOWN)}</database>\n\t</source>",
        f"\t<size>\n\t\t<width>{sample.width}</width>\n\t\t<height>{sample.height}</height>",
        "\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>",
    ]
    boxes = zip(edges_of(sample.boxes), sample.labels, sample.difficult.tolist(), strict=True)
    lines += [_object(edges, label, difficult, sample) for edges, label, difficult in boxes]
    return "\n".join([*lines, "</annotation>\n"])


def _object(edges: PixelEdges, label: str, difficult: bool, sample: Sample) -> str:
    corners = "\n".join(f"\t\t\t<{tag}>{shortest(edge)}</{tag}>" for tag, edge in zip(EDGE_TAGS, edges, strict=True))
    x1, y1, x2, y2 = (int(edge) for edge in edges)
    cut = x1 <= 1 or y1 <= 1 or x2 >= sample.width or y2 >= sample.height
    return (
        f"\t<object>\n\t\t<name>{escape(require_text(label, 'the class name'))}</name>\n"
        f"\t\t<pose>Unspecified</pose>\n\t\t<truncated>{int(cut)}</truncated>\n"
        f"\t\t<difficult>{int(difficult)}</difficult>\n\t\t<bndbox>\n{corners}\n\t\t</bndbox>\n\t</object>"
    )
