"""What is written is read back: every format carries what it can, and nothing that is there is overwritten."""

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelled_sets import FACE, OTHER_FACE, SIZE, content, write_picture
from maskwatch.data.reading import SET_FORMATS, read_samples
from maskwatch.data.samples import Sample
from maskwatch.data.writing import sets as writing
from maskwatch.data.writing.sets import write_samples
from maskwatch.errors import UserError
from written_sets import NAMES, sample_of, samples_of, sets

EXACT = ("voc", "createml", "coco")


def there_and_back(samples: list[Sample], folder: Path, format: str) -> list[Sample]:
    """Written to a folder and read from it without a fault, in the order of the samples written."""
    written = write_samples(samples, folder, format=format, class_names=NAMES)
    result = read_samples(folder, format=format)
    assert result.faults == []
    order = {sample.picture: index for index, sample in enumerate(written)}
    return sorted(result.samples, key=lambda sample: order[sample.picture])


@pytest.mark.parametrize("format", SET_FORMATS)
@settings(max_examples=8, deadline=None)
@given(drawn=sets())
def test_whole_pixels_come_back_from_every_format(format: str, drawn: dict) -> None:
    with TemporaryDirectory() as place:
        samples = samples_of(Path(place, "a"), drawn)
        back = there_and_back(samples, Path(place, "b"), format)
        assert list(map(content, back)) == list(map(content, samples))


@pytest.mark.parametrize(
    ("format", "difficult", "verified"),
    [
        ("voc", True, True),
        ("createml", False, True),
        ("coco", True, True),
        ("yolo", False, False),
        ("csv", False, False),
    ],
)
@settings(max_examples=8, deadline=None)
@given(drawn=sets(flags=True))
def test_flags_come_back_from_the_formats_that_have_them(
    format: str, difficult: bool, verified: bool, drawn: dict
) -> None:
    with TemporaryDirectory() as place:
        samples = samples_of(Path(place, "a"), drawn)
        back = there_and_back(samples, Path(place, "b"), format)
        assert [sample.verified for sample in back] == [verified and sample.verified for sample in samples]
        assert [sample.difficult.tolist() for sample in back] == [
            [difficult and flag for flag in sample.difficult.tolist()] for sample in samples
        ]


@pytest.mark.parametrize("format", EXACT)
@settings(max_examples=12, deadline=None)
@given(drawn=sets(whole=False))
def test_fractions_come_back_exactly(format: str, drawn: dict) -> None:
    with TemporaryDirectory() as place:
        samples = samples_of(Path(place, "a"), drawn)
        back = there_and_back(samples, Path(place, "b"), format)
        assert list(map(content, back)) == list(map(content, samples))


@pytest.mark.parametrize(("format", "by"), [("yolo", 1e-6 * max(SIZE)), ("csv", 1.0)])
@settings(max_examples=12, deadline=None)
@given(drawn=sets(whole=False))
def test_fractions_come_back_as_near_as_the_format_says(format: str, by: float, drawn: dict) -> None:
    with TemporaryDirectory() as place:
        samples = samples_of(Path(place, "a"), drawn)
        back = there_and_back(samples, Path(place, "b"), format)
        for sample, other in zip(samples, back, strict=True):
            assert sample.labels == other.labels
            assert np.abs(sample.boxes - other.boxes).max(initial=0) <= by


@settings(max_examples=5, deadline=None)
@given(drawn=sets(), order=st.permutations(SET_FORMATS))
def test_a_set_survives_a_journey_through_all_formats(drawn: dict, order: list[str]) -> None:
    with TemporaryDirectory() as place:
        samples = samples_of(Path(place, "start"), drawn)
        now = samples
        for number, format in enumerate(order):
            now = there_and_back(now, Path(place, str(number)), format)
        assert list(map(content, now)) == list(map(content, samples))


def test_halves_of_pixels_are_rounded_and_never_leave_a_box_empty(tmp_path: Path) -> None:
    thin = sample_of(tmp_path / "a.png", ("mask", 3.2, 0.5, 3.4, 10.4), ("mask", 63.6, 47.9, 64, 48))
    (back,) = there_and_back([thin], tmp_path / "out", "csv")
    assert back.boxes.tolist() == [[3, 1, 4, 10], [63, 47, 64, 48]]


def test_yolo_cuts_boxes_at_the_edge_and_voc_does_not(tmp_path: Path) -> None:
    over = sample_of(tmp_path / "a.png", ("mask", -4, 10, 70, 30))
    write_samples([over], tmp_path / "yolo", format="yolo")
    write_samples([over], tmp_path / "voc", format="voc")
    assert read_samples(tmp_path / "yolo").samples[0].boxes.tolist() == [[0, 10, 64, 30]]
    assert read_samples(tmp_path / "voc").samples[0].boxes.tolist() == [[-4, 10, 70, 30]]


@pytest.mark.parametrize("format", SET_FORMATS)
def test_folders_of_pictures_keep_their_places(tmp_path: Path, format: str) -> None:
    samples = [
        sample_of(tmp_path / "in" / "train" / "a.png", FACE),
        sample_of(tmp_path / "in" / "val" / "a.png", OTHER_FACE),
    ]
    back = there_and_back(samples, tmp_path / "out", format)
    assert [sample.picture.relative_to(tmp_path / "out").as_posix() for sample in back] == ["train/a.png", "val/a.png"]
    assert [sample.labels for sample in back] == [("mask",), ("no_mask",)]


@pytest.mark.parametrize("format", SET_FORMATS)
def test_pictures_in_the_folder_stay_where_they_are(tmp_path: Path, format: str) -> None:
    sample = sample_of(tmp_path / "pictures" / "a.png", FACE)
    before = (tmp_path / "pictures" / "a.png").stat()
    there_and_back([sample], tmp_path / "pictures", format)
    after = (tmp_path / "pictures" / "a.png").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert len(list((tmp_path / "pictures").glob("*.png"))) == 1


def test_ids_follow_the_given_order_of_classes_and_then_the_alphabet(tmp_path: Path) -> None:
    sample = sample_of(tmp_path / "a.png", FACE, OTHER_FACE, ("cat", 1, 1, 5, 5))
    write_samples([sample], tmp_path / "out", format="yolo", class_names=("no_mask", "dog"))
    assert (tmp_path / "out" / "classes.txt").read_text().split() == ["no_mask", "dog", "cat", "mask"]
    assert [line[0] for line in (tmp_path / "out" / "a.txt").read_text().splitlines()] == ["3", "0", "2"]


@pytest.mark.parametrize("format", ["voc", "yolo", "createml"])
def test_pictures_that_would_share_a_label_file_are_refused(tmp_path: Path, format: str) -> None:
    samples = [sample_of(tmp_path / "a.png", FACE), sample_of(tmp_path / "a.jpg", FACE)]
    with pytest.raises(UserError, match=r"a\.jpg: would share a\.\w+ with a\.png"):
        write_samples(samples, tmp_path / "out", format=format)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("format", ["coco", "csv"])
def test_formats_of_one_file_hold_pictures_of_one_stem(tmp_path: Path, format: str) -> None:
    samples = [sample_of(tmp_path / "a.png", FACE), sample_of(tmp_path / "a.jpg", OTHER_FACE)]
    back = there_and_back(samples, tmp_path / "out", format)
    assert [sample.labels for sample in back] == [("mask",), ("no_mask",)]


@pytest.mark.parametrize("format", SET_FORMATS)
@pytest.mark.parametrize("label", ["two\nlines", "bell\x07", "lone \udc80"])
def test_names_that_no_file_can_hold_are_refused_and_nothing_is_written(
    tmp_path: Path, format: str, label: str
) -> None:
    sample = sample_of(tmp_path / "in" / "a.png", (label, *FACE[1:]))
    with pytest.raises(UserError, match="class name"):
        write_samples([sample], tmp_path / "out", format=format)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


@pytest.mark.parametrize("format", SET_FORMATS)
def test_no_file_is_overwritten_and_then_none_is_written(tmp_path: Path, format: str) -> None:
    samples = [sample_of(tmp_path / "in" / f"{name}.png", FACE) for name in ("a", "b")]
    write_samples(samples, tmp_path / "first", format=format)
    for taken in sorted(path.name for path in (tmp_path / "first").iterdir()):
        folder = tmp_path / f"only {taken}"
        folder.mkdir()
        (folder / taken).write_text("mine")
        with pytest.raises(UserError, match="none is overwritten"):
            write_samples(samples, folder, format=format)
        assert [path.name for path in folder.iterdir()] == [taken]
        assert (folder / taken).read_text() == "mine"


def test_a_set_is_written_beside_files_of_other_names(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.md").write_text("mine")
    there_and_back([sample_of(tmp_path / "in" / "a.png", FACE)], tmp_path / "out", "voc")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "a.xml", "notes.md"]


@pytest.mark.parametrize("existing", [False, True])
def test_a_write_that_breaks_off_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, existing: bool
) -> None:
    samples = [sample_of(tmp_path / "in" / f"{name}.png", FACE) for name in "abc"]
    copied: list[Path] = []

    def full(source: Path, target: Path) -> None:
        if len(copied) == 2:
            raise OSError(28, "No space left on device")
        copied.append(target)
        target.write_bytes(source.read_bytes())

    monkeypatch.setattr(writing.shutil, "copyfile", full)
    if existing:
        (tmp_path / "out").mkdir()
    with pytest.raises(OSError, match="No space left"):
        write_samples(samples, tmp_path / "out", format="voc")
    assert len(copied) == 2
    assert (list((tmp_path / "out").iterdir()) if existing else (tmp_path / "out").exists()) in ([], False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", *(["out"] if existing else [])]


def test_a_file_that_appears_while_a_set_is_written_is_kept_and_the_set_withdrawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = [sample_of(tmp_path / "in" / f"{name}.png", FACE) for name in "abc"]
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "other.txt").write_text("x")
    plain = writing.shutil.copyfile

    def meanwhile(source: Path, target: Path) -> None:
        plain(source, target)
        (tmp_path / "out" / "b.xml").write_text("somebody's")

    monkeypatch.setattr(writing.shutil, "copyfile", meanwhile)
    with pytest.raises(UserError, match=r"b\.xml: is there already"):
        write_samples(samples, tmp_path / "out", format="voc")
    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == {
        "other.txt": "x",
        "b.xml": "somebody's",
    }


@pytest.mark.skipif(os.name == "nt", reason="permissions of Unix")
def test_written_files_have_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    write_samples([sample_of(tmp_path / "in" / "a.png", FACE)], tmp_path / "out", format="voc")
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "file").touch()
    assert (tmp_path / "out").stat().st_mode == plain.stat().st_mode
    assert (tmp_path / "out" / "a.xml").stat().st_mode == (plain / "file").stat().st_mode


def test_voc_tells_no_place_on_this_machine(tmp_path: Path) -> None:
    write_samples([sample_of(tmp_path / "in" / "a.png", FACE, database="ours")], tmp_path / "out", format="voc")
    text = (tmp_path / "out" / "a.xml").read_text()
    assert str(tmp_path) not in text
    assert read_samples(tmp_path / "out").samples[0].database == "ours"


def test_an_unknown_format_and_a_file_for_a_folder_are_refused(tmp_path: Path) -> None:
    sample = sample_of(tmp_path / "in" / "a.png", FACE)
    with pytest.raises(UserError, match="not a format that can be written"):
        write_samples([sample], tmp_path / "out", format="kitti")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="that is a file; give a folder"):
        write_samples([sample], tmp_path / "file", format="voc")


def test_two_pictures_that_would_take_one_place_are_refused(tmp_path: Path) -> None:
    sample = sample_of(tmp_path / "out" / "a.png", FACE)
    other = sample_of(tmp_path / "in" / "a.png", FACE)
    with pytest.raises(UserError, match="would take the place of"):
        write_samples([sample, other], tmp_path / "out", format="voc")


def test_progress_counts_up_to_the_end(tmp_path: Path) -> None:
    told: dict[str, list[tuple[int, int]]] = {}
    samples = [sample_of(tmp_path / "in" / f"{name}.png", FACE) for name in "abc"]

    def note(what: str, done: int, total: int) -> None:
        told.setdefault(what, []).append((done, total))

    write_samples(samples, tmp_path / "out", format="voc", progress=note)
    assert set(told) == {"Writing labels", "Copying pictures"}
    for steps in told.values():
        assert all(before[0] <= after[0] for before, after in pairwise(steps))
        assert steps[-1] == (3, 3)


def test_pictures_are_copied_byte_for_byte(tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "in" / "a.jpg", orientation=6)
    sample = replace(sample_of(picture, FACE), width=SIZE[1], height=SIZE[0])
    write_samples([sample], tmp_path / "out", format="coco")
    assert (tmp_path / "out" / "a.jpg").read_bytes() == picture.read_bytes()
