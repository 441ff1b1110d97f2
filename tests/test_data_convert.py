"""`maskwatch data convert`: another format, what it lost, and nothing overwritten."""

import json
from pathlib import Path

import numpy as np
import pytest

from commands import maskwatch
from labelled_sets import FACE, OTHER_FACE, content, voc_object, voc_text, write_picture, write_voc
from maskwatch.data.losses import compare
from maskwatch.data.reading import SET_FORMATS, read_samples
from maskwatch.data.samples import Sample
from written_sets import sample_of


def marked_set(folder: Path) -> Path:
    """A verified picture of a named source with fractions and a difficult box, and one with nothing of that."""
    write_voc(folder, "plain.png", [FACE])
    write_picture(folder / "marked.png")
    objects = voc_object(("no_mask", 10.4, 12, 30, 36.6)) + voc_object(OTHER_FACE, difficult="1")
    text = voc_text("marked.png", objects, verified=True).replace("Unknown", "ours")
    (folder / "marked.xml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("format", "lost"),
    [
        ("voc", []),
        ("yolo", ["boxes no longer marked difficult: 1", "pictures no longer marked verified: 1", "came from: 1"]),
        ("createml", ["boxes no longer marked difficult: 1", "came from: 1"]),
        ("coco", ["pictures that no longer tell which set they came from: 1"]),
        ("csv", ["boxes moved, by at most 0.4 px: 1", "marked difficult: 1", "marked verified: 1", "came from: 1"]),
    ],
)
def test_what_each_format_loses_is_listed(tmp_path: Path, format: str, lost: list[str]) -> None:
    ran = maskwatch("data", "convert", marked_set(tmp_path / "set"), "--to", format, "-o", tmp_path / "out")
    told = ran.out.split("Lost:")[1].splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert f"Wrote {format} to {tmp_path}/out: pictures 2, boxes 3." in ran.out
    if not lost:
        assert told == [" nothing."]
    else:
        assert len(told[1:]) == len(lost)
        for line, words in zip(told[1:], lost, strict=True):
            assert words in line


def test_the_record_counts_the_same(tmp_path: Path) -> None:
    ran = maskwatch("data", "convert", marked_set(tmp_path / "set"), "--to", "csv", "-o", tmp_path / "out", "--json")
    record = json.loads(ran.out)
    assert (record["pictures"], record["boxes"], record["format"]) == (2, 3, "csv")
    assert record["lost"]["farthest_px"] == pytest.approx(0.4, abs=1e-5)
    del record["lost"]["farthest_px"]
    assert record["lost"] == {
        **{"pictures": 0, "boxes": 0, "moved": 1, "renamed": []},
        **{"difficult": 1, "verified": 1, "databases": 1, "not_taken": []},
    }


@pytest.mark.parametrize("to", SET_FORMATS)
@pytest.mark.parametrize("start", SET_FORMATS)
def test_every_pair_of_formats_is_converted(tmp_path: Path, start: str, to: str) -> None:
    write_voc(tmp_path / "set", "one.png", [FACE, OTHER_FACE])
    write_voc(tmp_path / "set", "empty.png")
    assert maskwatch("data", "convert", tmp_path / "set", "--to", start, "-o", tmp_path / "start").code == 0
    ran = maskwatch("data", "convert", tmp_path / "start", "--to", to, "-o", tmp_path / "out")
    assert (ran.code, "Lost: nothing." in ran.out) == (0, True)
    result = read_samples(tmp_path / "out")
    assert (result.format, result.faults) == (to, [])
    wanted = sorted(map(content, read_samples(tmp_path / "set").samples), key=str)
    assert sorted(map(content, result.samples), key=str) == wanted


def test_labels_can_be_added_beside_the_pictures(tmp_path: Path) -> None:
    write_voc(tmp_path / "set", "one.png", [FACE])
    assert maskwatch("data", "convert", tmp_path / "set", "--to", "yolo", "-o", tmp_path / "set").code == 0
    names = ["classes.txt", "one.png", "one.txt", "one.xml"]
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == names


def test_a_second_time_overwrites_nothing(tmp_path: Path) -> None:
    write_voc(tmp_path / "set", "one.png", [FACE])
    command = ("data", "convert", tmp_path / "set", "--to", "yolo", "-o", tmp_path / "out")
    assert maskwatch(*command).code == 0
    (tmp_path / "out" / "one.txt").write_text("mine")
    ran = maskwatch(*command)
    assert (ran.code, "none is overwritten" in ran.err) == (2, True)
    assert (tmp_path / "out" / "one.txt").read_text() == "mine"


def test_the_map_renames_on_the_way(tmp_path: Path) -> None:
    write_voc(tmp_path / "set", "one.png", [("with_mask", *FACE[1:])])
    arguments = ("--to", "csv", "-o", tmp_path / "out", "--map", "with_mask=mask")
    assert maskwatch("data", "convert", tmp_path / "set", *arguments).code == 0
    assert (tmp_path / "out" / "classes.csv").read_text() == "mask,0\n"


def test_a_set_that_lost_labels_is_refused(tmp_path: Path) -> None:
    write_voc(tmp_path / "set", "one.png", [("mask", 30, 10, 10, 30)])
    ran = maskwatch("data", "convert", tmp_path / "set", "--to", "csv", "-o", tmp_path / "out")
    assert (ran.code, "1 faults to put right first" in ran.err) == (2, True)
    assert not (tmp_path / "out").exists()


def test_pictures_that_are_not_taken_along_are_told(tmp_path: Path) -> None:
    write_voc(tmp_path / "set", "one.png", [FACE])
    write_picture(tmp_path / "set" / "new.png")
    ran = maskwatch("data", "convert", tmp_path / "set", "--to", "csv", "-o", tmp_path / "out")
    assert "new.png: the picture has no annotation" in ran.out
    assert not (tmp_path / "out" / "new.png").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("gone", "--to", "csv", "-o", "out"), "there is no such file or folder"),
        (("set", "--to", "kitti", "-o", "out"), "not a format that can be written; take one of voc, yolo"),
        (("set", "--to", "csv", "-o", "set/one.xml"), "that is a file; give a folder"),
        (("set", "--to", "csv"), "--out"),
    ],
)
def test_what_cannot_run_gives_2_and_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_voc(tmp_path / "set", "one.png", [FACE])
    ran = maskwatch("data", "convert", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert not (tmp_path / "out").exists()


def after(sample: Sample, *boxes: tuple) -> list[Sample]:
    return [sample_of(sample.picture, *boxes)]


def test_losses_are_found_whatever_they_are(tmp_path: Path) -> None:
    sample = sample_of(tmp_path / "a.png", FACE, OTHER_FACE, ("mask", 1, 1, 5, 5), difficult=[True, False, False])
    assert compare([sample], [sample]).sentences() == []
    assert compare([sample], []).pictures == 1
    gone = compare([sample], after(sample, FACE, ("mask", 1, 1, 5, 5)))
    assert (gone.boxes, gone.moved, gone.difficult) == (1, 0, 1)
    renamed = compare([sample], after(sample, FACE, ("noch", *OTHER_FACE[1:]), ("mask", 1, 1, 5, 5)))
    assert dict(renamed.renamed) == {("no_mask", "noch"): 1}
    moved = compare([sample], after(sample, FACE, OTHER_FACE, ("mask", 1, 1.5, 5, 5)))
    assert (moved.moved, moved.farthest_px) == (1, 0.5)


def test_a_box_that_was_cut_at_the_edge_is_moved_and_not_gone(tmp_path: Path) -> None:
    over = sample_of(tmp_path / "a.png", ("mask", -20, 10, 30, 30))
    cut = compare([over], after(over, ("mask", 0, 10, 30, 30)))
    assert (cut.boxes, cut.moved, cut.farthest_px) == (0, 1, 20)
    same = compare([over], [over])
    assert (same.boxes, same.moved) == (0, 0)
    assert np.isclose(same.farthest_px, 0)
