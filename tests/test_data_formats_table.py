"""The table in docs/formats.md of what each format can carry is what writing and reading back gives."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labelled_sets import FACE, SIZE, Labelled
from maskwatch.data.reading import SET_FORMATS, read_samples
from maskwatch.data.samples import Sample
from maskwatch.data.writing.sets import write_samples
from written_sets import sample_of

TEXT = (Path(__file__).parent.parent / "docs" / "formats.md").read_text(encoding="utf-8")
Make = Callable[[Path], Sample]


def table() -> dict[str, dict[str, str]]:
    """The cells by row and format."""
    lines = TEXT.split("## What each can carry")[1].split("##")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    formats = [heading.strip("`") for heading in rows[0][1:]]
    return {row[0]: dict(zip(formats, row[1:], strict=True)) for row in rows[2:]}


def with_box(*box: object) -> Make:
    labelled: Labelled = ("mask", *box)  # type: ignore[assignment]
    return lambda picture: sample_of(picture, labelled)


PROBES: dict[str, Make] = {
    "pictures without boxes": sample_of,
    "fractions of a pixel": with_box(10.25, 12.4, 30.6, 36.9),
    "a box over the picture's edge": with_box(-4, 5, 30, SIZE[1] + 3),
    "`difficult`": lambda picture: sample_of(picture, FACE, difficult=[True]),
    "`verified`": lambda picture: sample_of(picture, FACE, verified=True),
    "which set it came from (`database`)": lambda picture: replace(sample_of(picture, FACE), database="ours"),
}
CLASS_LIST = "classes without a box, and their order"


def test_the_table_has_every_format_and_every_probe() -> None:
    assert set(table()) == {*PROBES, CLASS_LIST}
    assert all(tuple(cells) == SET_FORMATS for cells in table().values())
    assert all(cell.startswith(("yes", "no")) for cells in table().values() for cell in cells.values())


@pytest.mark.parametrize("format", SET_FORMATS)
@pytest.mark.parametrize("row", PROBES)
def test_what_the_table_says_is_carried_comes_back(tmp_path: Path, row: str, format: str) -> None:
    # A second picture, because a set without any box would be no CSV that tells its classes.
    samples = [PROBES[row](tmp_path / "in" / "a.png"), sample_of(tmp_path / "in" / "b.png", FACE)]
    written = write_samples(samples, tmp_path / "out", format=format)
    read = {sample.picture: sample for sample in read_samples(tmp_path / "out", format=format).samples}
    other = read.get(written[0].picture)
    same = other is not None and (
        np.allclose(other.boxes, written[0].boxes, atol=1e-3)
        and other.difficult.tolist() == written[0].difficult.tolist()
        and (other.verified, other.database in ("", "Unknown"))
        == (written[0].verified, written[0].database in ("", "Unknown"))
    )
    assert same == table()[row][format].startswith("yes")


@pytest.mark.parametrize("format", SET_FORMATS)
def test_a_class_list_comes_back_where_the_table_says_so(tmp_path: Path, format: str) -> None:
    names = ("no_mask", "visor", "mask")
    write_samples([sample_of(tmp_path / "a.png", FACE)], tmp_path / "out", format=format, class_names=names)
    kept = read_samples(tmp_path / "out", format=format).class_names == names
    assert kept == table()[CLASS_LIST][format].startswith("yes")
