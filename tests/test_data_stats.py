"""`maskwatch data stats`: counts, sizes, aspects, and the charts of them."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from commands import maskwatch
from labelled_sets import FACE, OTHER_FACE, write_picture, write_voc
from maskwatch.data.statistics import BoxColumns, Spread, figures
from maskwatch.pictures.preprocessing import Preprocessing
from written_sets import sample_of

CHARTS = ["aspects.png", "classes.png", "crowds.png", "places.png", "sizes.png"]


def test_columns_hold_every_box_in_the_picture_and_in_the_networks_input(tmp_path: Path) -> None:
    samples = [
        sample_of(tmp_path / "a.png", ("mask", 10, 20, 30, 60), size=(200, 100)),
        sample_of(tmp_path / "b.png"),
        sample_of(tmp_path / "c.png", ("no_mask", 0, 0, 64, 48), ("mask", 0, 0, 32, 32), difficult=[True, False]),
    ]
    columns = BoxColumns.of(samples, Preprocessing(side_px=128))
    assert columns.labels.tolist() == ["mask", "no_mask", "mask"]
    assert columns.pictures.tolist() == [0, 2, 2]
    assert columns.difficult.tolist() == [False, True, False]
    np.testing.assert_allclose(columns.sides_px, [np.sqrt(800), np.sqrt(64 * 48), 32], rtol=1e-6)
    np.testing.assert_allclose(columns.scaled_px / columns.sides_px, [0.64, 2, 2], rtol=1e-6)
    np.testing.assert_allclose(columns.aspects, [2, 0.75, 1])
    np.testing.assert_allclose(columns.places[:2], [[0.1, 0.4], [0.5, 0.5]])


def test_figures_count_boxes_pictures_and_marks(tmp_path: Path) -> None:
    samples = [
        sample_of(tmp_path / "a.png", FACE, FACE, OTHER_FACE, difficult=[True, False, False], verified=True),
        sample_of(tmp_path / "b.png", FACE, database="ours"),
        sample_of(tmp_path / "c.png", database="Unknown"),
    ]
    found = figures(samples, BoxColumns.of(samples, Preprocessing()))
    assert (found.pictures, found.without_boxes, found.verified, found.boxes, found.difficult) == (3, 1, 1, 4, 1)
    assert [(each.name, each.boxes, each.pictures, each.difficult) for each in found.classes] == [
        ("mask", 3, 2, 1),
        ("no_mask", 1, 1, 0),
    ]
    assert found.databases == {"": 2, "ours": 1}
    assert found.boxes_a_picture == Spread.of(np.array([3, 1, 0]))


def test_the_spread_of_nothing_is_none_and_that_of_many_is_in_order() -> None:
    assert Spread.of(np.zeros(0)) is None
    spread = Spread.of(np.arange(101))
    assert spread == Spread(0, 5, 50, 95, 100)


def test_charts_are_pictures_and_are_never_written_over(tmp_path: Path) -> None:
    write_voc(tmp_path / "set", "one.png", [("$a$_b [red]", *FACE[1:]), OTHER_FACE])
    write_voc(tmp_path / "set", "two.png")
    command = ("data", "stats", tmp_path / "set", "--out", tmp_path / "charts")
    ran = maskwatch(*command)
    assert (ran.code, "$a$_b [red]" in ran.out) == (0, True)
    assert sorted(path.name for path in (tmp_path / "charts").iterdir()) == CHARTS
    for name in CHARTS:
        with Image.open(tmp_path / "charts" / name) as chart:
            assert len(np.unique(np.asarray(chart.convert("L")))) > 10, f"{name} is blank"
    (tmp_path / "charts" / "sizes.png").write_text("mine")
    again = maskwatch(*command)
    assert (again.code, "none is overwritten" in again.err) == (2, True)
    assert (tmp_path / "charts" / "sizes.png").read_text() == "mine"


def test_the_record_holds_the_same_figures(tmp_path: Path) -> None:
    write_voc(tmp_path / "set", "one.png", [FACE, OTHER_FACE])
    record = json.loads(maskwatch("data", "stats", tmp_path / "set", "--side-px", 128, "--json").out)
    assert (record["pictures"], record["boxes"], record["side_px"]) == (1, 2, 128)
    mask = next(each for each in record["classes"] if each["name"] == "mask")
    assert mask["scaled_px"]["median"] == pytest.approx(2 * mask["sides_px"]["median"])


def test_a_set_that_cannot_be_counted_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    write_voc(tmp_path / "set", "one.png", [("mask", 30, 10, 10, 30)])
    write_picture(tmp_path / "bare" / "one.png")
    for folder in ("set", "bare"):
        ran = maskwatch("data", "stats", tmp_path / folder, "--out", tmp_path / "charts")
        assert (ran.code, ran.out) == (2, "")
    assert not (tmp_path / "charts").exists()
