"""The labelled pictures to practise with: right labels, no fault, and no two that a split had to keep together."""

from pathlib import Path

import numpy as np
import pytest

from commands import maskwatch
from maskwatch import boxes as box_math
from maskwatch.cli import demo_practice
from maskwatch.data.near_duplicates import near_pairs, perceptual_hash
from maskwatch.data.reading import read_samples
from maskwatch.demo.practice import EMPTY_EVERY, Practice, PracticePicture

COUNT = 20


@pytest.fixture(scope="module")
def practice() -> Practice:
    return Practice()


@pytest.fixture(scope="module")
def pictures(practice: Practice) -> list[PracticePicture]:
    return [practice.picture(number) for number in range(COUNT)]


def test_a_picture_depends_on_its_number_alone(practice: Practice, pictures: list[PracticePicture]) -> None:
    again = practice.picture(3)
    np.testing.assert_array_equal(again.pixels, pictures[3].pixels)
    np.testing.assert_array_equal(again.boxes, pictures[3].boxes)


def test_every_face_is_whole_and_has_room(pictures: list[PracticePicture]) -> None:
    for made in pictures:
        height, width = made.pixels.shape[:2]
        assert (made.boxes[:, :2] >= 0).all()
        assert (made.boxes[:, 2:] <= [width, height]).all()
        assert np.triu(box_math.iou(made.boxes, made.boxes), 1).sum() == 0
        assert len(made.labels) == len(made.boxes)


def test_both_classes_and_empty_pictures_come_often(pictures: list[PracticePicture]) -> None:
    labels = [label for made in pictures for label in made.labels]
    assert min(labels.count("mask"), labels.count("no_mask")) >= COUNT // 3
    assert sum(not made.labels for made in pictures) == COUNT // EMPTY_EVERY


def test_a_mask_is_where_the_label_says(pictures: list[PracticePicture]) -> None:
    """The cloth is bluish, skin is not: the lower half of a masked face has more blue than red."""
    for made in pictures:
        for box, label in zip(made.boxes.astype(int), made.labels, strict=True):
            x1, y1, x2, y2 = box
            middle = made.pixels[
                y1 + 7 * (y2 - y1) // 10 : y2 - (y2 - y1) // 8, (3 * x1 + x2) // 4 : (x1 + 3 * x2) // 4
            ]
            red, _, blue = middle.reshape(-1, 3).mean(axis=0)
            assert (blue > red) == (label == "mask")


def test_no_two_are_near_duplicates(pictures: list[PracticePicture]) -> None:
    assert not list(near_pairs([perceptual_hash(made.pixels) for made in pictures]))


def test_the_command_writes_a_set_without_faults_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_practice, "PICTURES", 4)
    folder = tmp_path / "faces"
    outcome = maskwatch("demo", "--labelled", folder)
    assert (outcome.code, "4 pictures" in outcome.out) == (0, True), outcome.err
    read = read_samples(folder)
    assert (len(read.samples), read.faults) == (4, [])
    assert (folder / "classes.txt").read_text() == "mask\nno_mask\n"
    assert maskwatch("data", "check", folder).code == 0
    before = sorted(folder.iterdir())
    again = maskwatch("demo", "--labelled", folder)
    assert (again.code, "none is overwritten" in again.err) == (2, True)
    assert sorted(folder.iterdir()) == before
