"""`maskwatch data check --fix`: what has one right answer is put right in a copy, and nothing else is touched."""

import json
from pathlib import Path

import pytest

from commands import maskwatch
from labelled_sets import FACE, OTHER_FACE, voc_text, write_picture, write_voc, write_yolo
from maskwatch.data.reading import read_samples


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def boxes_of(folder: Path, name: str) -> list:
    sample = next(sample for sample in read_samples(folder).samples if sample.picture.name == name)
    return [[label, *edges] for label, edges in zip(sample.labels, sample.boxes.tolist(), strict=True)]


def fix(folder: Path, *arguments: object):
    return maskwatch("data", "check", folder, "--fix", folder.with_name("fixed"), *arguments)


@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        ([("mask", 40, 12, 70, 50)], [["mask", 40, 12, 64, 48]], "boxes cut at the edge of their picture: 1"),
        ([("mask", 30, 36, 10, 12)], [["mask", 10, 12, 30, 36]], "boxes whose edges were swapped: 1"),
        ([FACE, ("mask", 10, 12, 30, 37)], [[*FACE]], "doubled boxes taken out: 1"),
        ([("no_nask", *FACE[1:])], [["no_mask", *FACE[1:]]], "misspelt class names corrected: 1"),
        ([FACE, ("mask", 5, 5, 5, 9)], [[*FACE]], "Repaired copy"),
    ],
)
def test_what_has_one_right_answer_is_put_right(tmp_path: Path, wrong: list, right: list, told: str) -> None:
    for index in range(3):
        write_voc(tmp_path / "set", f"good{index}.png", [FACE, OTHER_FACE])
    write_voc(tmp_path / "set", "wrong.png", wrong)
    before = contents(tmp_path / "set")
    ran = fix(tmp_path / "set")
    assert told in ran.out
    assert boxes_of(tmp_path / "fixed", "wrong.png") == right
    assert ran.code == 0
    assert maskwatch("data", "check", tmp_path / "fixed").code == 0
    assert contents(tmp_path / "set") == before


def test_a_picture_that_is_there_twice_is_kept_once_if_both_say_the_same(tmp_path: Path) -> None:
    for name, boxes in (("a.png", [FACE]), ("b.png", [FACE]), ("c.png", [OTHER_FACE])):
        write_voc(tmp_path / "set", name, boxes)
        write_picture(tmp_path / "set" / name, shade=9)
    ran = fix(tmp_path / "set")
    assert sorted(path.name for path in (tmp_path / "fixed").glob("*.png")) == ["a.png", "c.png"]
    assert "pictures that were there twice taken out: 1" in ran.out
    assert (ran.code, "left to you" in ran.out) == (1, True)  # two that contradict each other are for a person


def test_pictures_that_lost_a_label_are_left_out_and_listed(tmp_path: Path) -> None:
    write_voc(tmp_path / "set", "good.png", [FACE])
    write_voc(tmp_path / "set", "lost.png", [FACE, ("mask", "x", 1, 2, 3)])  # type: ignore[list-item]
    write_voc(tmp_path / "set", "outside.png", [FACE, ("mask", 100, 100, 120, 120)])
    write_picture(tmp_path / "set" / "broken.png")
    (tmp_path / "set" / "broken.xml").write_text(voc_text("broken.png")[:80])
    write_picture(tmp_path / "set" / "unlabelled.png")
    ran = fix(tmp_path / "set")
    assert sorted(path.name for path in (tmp_path / "fixed").iterdir()) == ["good.png", "good.xml"]
    for name in ("lost.png", "outside.png"):
        assert f"left out: {tmp_path}/set/{name}" in ran.out
    assert ran.code == 0


def test_two_labels_for_one_face_are_left_to_a_person(tmp_path: Path) -> None:
    write_voc(tmp_path / "set", "a.png", [FACE, ("no_mask", *FACE[1:])])
    ran = fix(tmp_path / "set")
    assert boxes_of(tmp_path / "fixed", "a.png") == [[*FACE], ["no_mask", *FACE[1:]]]
    assert (ran.code, "left to you: " in ran.out) == (1, True)


def test_a_csv_is_mended_row_by_row(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        write_picture(tmp_path / "set" / f"{name}.png")
    rows = "path,x1,y1,x2,y2,class\none.png,30,36,10,12,mask\n\none.png,34.0,5,60,37,mask\n"
    lost = "two.png,1,2,30,40,mask\ntwo.png,1,2,x,40,mask\nthree.png,1,2,30,40,cat\nthree.png,,,,,\n"
    (tmp_path / "set" / "a.csv").write_text(rows + lost)
    (tmp_path / "set" / "classes.csv").write_text("mask,0\n")
    ran = fix(tmp_path / "set")
    assert (tmp_path / "fixed" / "annotations.csv").read_text() == "one.png,10,12,30,36,mask\none.png,34,5,60,37,mask\n"
    assert ran.code == 0


def test_yolo_keeps_its_class_list(tmp_path: Path) -> None:
    write_yolo(tmp_path / "set", "a.png", [("no_mask", 40, 5, 64, 30)], ("mask", "no_mask", "cat"))
    (tmp_path / "set" / "a.txt").write_text("1 0.9 0.5 0.4 0.5\n")
    fix(tmp_path / "set")
    assert (tmp_path / "fixed" / "classes.txt").read_text() == "mask\nno_mask\ncat\n"
    assert boxes_of(tmp_path / "fixed", "a.png")[0][0] == "no_mask"


def test_the_record_tells_of_the_copy(tmp_path: Path) -> None:
    write_voc(tmp_path / "set", "a.png", [("mask", 40, 12, 70, 50)])
    record = json.loads(fix(tmp_path / "set", "--json").out)
    assert record["fixed"]["done"] == {"boxes cut at the edge of their picture": 1}
    assert record["fixed"]["pictures_left_out"] == []
    assert record["fixed"]["after"]["boxes"] == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("set", "--fix", "set/fixed"), "lies in the set itself"),
        (("set", "--fix", "set"), "lies in the set itself"),
        (("set", "--fix", "taken"), "none is overwritten"),
        (("set", "--fix", "fixed", "--val", "set"), "one set at a time"),
        (("lost", "--fix", "fixed"), "no picture in it can be put right"),
    ],
)
def test_what_cannot_be_fixed_gives_2_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_voc(tmp_path / "set", "a.png", [FACE])
    write_voc(tmp_path / "lost", "a.png", [("mask", 100, 100, 120, 120)])
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "a.xml").write_text("mine")
    before = contents(tmp_path)
    ran = maskwatch("data", "check", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert contents(tmp_path) == before
