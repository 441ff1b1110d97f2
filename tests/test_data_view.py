"""`maskwatch data view`: sheets of labelled pictures, of training crops, and of the anchors that answer for boxes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from commands import maskwatch
from labelled_sets import FACE, OTHER_FACE, write_picture, write_voc
from maskwatch.data.check_anchors import CLASSIC_ANCHORS, WATCH_ANCHORS
from maskwatch.data.viewing import choose, matched_sample, matched_tile, plain_tile, worst_covered
from maskwatch.pictures.draw import class_colour
from maskwatch.pictures.opening import open_picture
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.pictures.sheet import Tile, contact_sheet, fitted
from written_sets import sample_of


def colours(pixels: np.ndarray) -> set[tuple[int, ...]]:
    return set(map(tuple, np.unique(pixels.reshape(-1, 3), axis=0).tolist()))


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


@pytest.mark.parametrize(("count", "columns", "shape"), [(1, 6, (1, 1)), (7, 3, (3, 3)), (4, 4, (1, 4))])
def test_a_sheet_has_a_place_for_every_picture(count: int, columns: int, shape: tuple[int, int]) -> None:
    tiles = [Tile(np.full((40, 60, 3), number + 1, np.uint8), "a" * 99) for number in range(count)]
    page = contact_sheet(tiles, columns, 100)
    assert page.shape == (shape[0] * 124 + 6, shape[1] * 106 + 6, 3)
    assert {(number + 1,) * 3 for number in range(count)} <= colours(page)


def test_a_picture_is_made_to_fit_and_never_more_than_doubled() -> None:
    assert fitted(np.zeros((100, 400, 3), np.uint8), 200)[0].shape == (50, 200, 3)
    assert fitted(np.zeros((10, 20, 3), np.uint8), 200)[0].shape == (20, 40, 3)


def test_boxes_are_drawn_in_the_colour_of_their_class_and_difficult_ones_in_grey(tmp_path: Path) -> None:
    sample = sample_of(tmp_path / "a.png", FACE, OTHER_FACE, difficult=[False, True])
    drawn = colours(plain_tile(sample, open_picture(sample.picture), 128).pixels)
    assert rgb(class_colour("mask")) in drawn
    assert rgb(class_colour("no_mask")) not in drawn
    assert (153, 153, 153) in drawn


def test_a_box_too_small_for_the_iou_rule_has_no_anchor_but_adaptive_matching_finds_one(tmp_path: Path) -> None:
    sample = sample_of(tmp_path / "a.png", ("mask", 10, 10, 14, 14), FACE, size=(200, 160))
    picture = open_picture(sample.picture)
    preprocessing = Preprocessing(side_px=200)
    found = {
        rule: matched_sample(sample, picture, WATCH_ANCHORS, preprocessing, rule) for rule in ("classic", "iou", "atss")
    }
    assert found["classic"].counts.tolist()[0] == 0
    assert found["iou"].counts.tolist()[0] == 1
    assert found["atss"].counts.min() >= 1
    assert rgb("#D55E00") in colours(matched_tile(found["classic"], "", 400).pixels)
    assert rgb("#D55E00") not in colours(matched_tile(found["atss"], "", 400).pixels)


def test_difficult_boxes_and_pictures_without_boxes_have_no_anchors(tmp_path: Path) -> None:
    for sample in (sample_of(tmp_path / "a.png", FACE, difficult=[True]), sample_of(tmp_path / "b.png")):
        matched = matched_sample(sample, open_picture(sample.picture), CLASSIC_ANCHORS, Preprocessing(), "classic")
        assert matched.counts.shape == (0,)
        assert matched_tile(matched, "", 100).pixels.shape == (75, 100, 3)


def test_the_worst_covered_come_first_and_those_without_boxes_last(tmp_path: Path) -> None:
    shapes = {"good": [FACE], "empty": [], "bad": [FACE, ("mask", 5, 5, 8, 6)]}
    samples = [sample_of(tmp_path / f"{name}.png", *boxes) for name, boxes in shapes.items()]
    worst = worst_covered(samples, 3, WATCH_ANCHORS, Preprocessing(side_px=64))
    assert [sample.picture.stem for sample in worst] == ["bad", "good", "empty"]


def test_the_draw_depends_on_the_seed_alone() -> None:
    assert choose(3, 9, 0) == [0, 1, 2]
    assert choose(1000, 9, 1) == choose(1000, 9, 1) != choose(1000, 9, 2)


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    for number in range(5):
        write_voc(tmp_path / "set", f"{number}.png", [FACE, OTHER_FACE] if number else [OTHER_FACE])
    return tmp_path / "set"


def test_sheets_are_written_once_and_never_over_others(labelled: Path, tmp_path: Path) -> None:
    command = ("data", "view", labelled, "-o", tmp_path / "out", "--columns", 2)
    assert maskwatch(*command).code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["sheet-1.jpg", "sheet-2.jpg"]
    again = maskwatch(*command)
    assert (again.code, "none is overwritten" in again.err) == (2, True)


def test_anchors_are_counted_and_their_rule_is_named(labelled: Path, tmp_path: Path) -> None:
    ran = maskwatch("data", "view", labelled, "-o", tmp_path / "out", "--anchors", "classic", "--only", "mask")
    assert "4 pictures" in ran.out
    assert "boxes: 8, without an anchor (classic): " in ran.out


@pytest.mark.parametrize("anchors", [[], ["--anchors", "watch"], ["--anchors", "classic"]])
def test_augmented_pictures_are_what_the_loader_gives(labelled: Path, tmp_path: Path, anchors: list[str]) -> None:
    pytest.importorskip("torch")
    ran = maskwatch("data", "view", labelled, "-o", tmp_path / "out", "--augmented", "--pictures", 4, *anchors)
    assert (ran.code, "4 crops" in ran.out) == (0, True)
    with Image.open(tmp_path / "out" / "sheet-1.jpg") as sheet:
        assert sheet.size == (4 * 326 + 6, 350)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--worst"], "give --anchors watch"),
        (["--worst", "--anchors", "watch", "--augmented"], "leave out one"),
        (["--only", "visor"], "the set's classes are mask, no_mask"),
        (["--anchors", "nowhere.ini"], "nowhere.ini"),
    ],
)
def test_what_cannot_be_seen_is_said_in_a_sentence(labelled: Path, tmp_path: Path, arguments: list, told: str) -> None:
    ran = maskwatch("data", "view", labelled, "-o", tmp_path / "out", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert not (tmp_path / "out").exists()


def test_a_broken_picture_leaves_no_sheet(labelled: Path, tmp_path: Path) -> None:
    file = write_picture(labelled / "3.png")
    file.write_bytes(file.read_bytes()[:70])
    ran = maskwatch("data", "view", labelled, "-o", tmp_path / "out")
    assert ran.code == 2
    assert not (tmp_path / "out").exists()
