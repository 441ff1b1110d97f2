"""labelImg's Pascal VOC files become samples, and its quirks are honoured."""

from pathlib import Path

import numpy as np
import pytest

from labelled_sets import FACE, OTHER_FACE, SIZE, kinds, voc_object, voc_text, write_picture, write_voc
from maskwatch.data.faults import Severity
from maskwatch.data.reading import read_samples

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def write(folder: Path, text: str, name: str = "one") -> Path:
    """A picture of the usual size and an annotation with that text."""
    write_picture(folder / f"{name}.png")
    file = folder / f"{name}.xml"
    file.write_text(text, encoding="utf-8")
    return file


def test_edges_are_taken_as_written_with_nothing_subtracted(tmp_path: Path) -> None:
    file = write_voc(tmp_path, "one.png", [("mask", 1, 1, 64, 48), ("no_mask", 10.4, 12.25, 30.5, 36.75)])
    result = read_samples(tmp_path)
    (sample,) = result.samples
    assert result.faults == []
    assert sample.picture == tmp_path / "one.png"
    assert (sample.width, sample.height) == SIZE
    np.testing.assert_array_equal(sample.boxes, np.array([[1, 1, 64, 48], [10.4, 12.25, 30.5, 36.75]], np.float32))
    assert sample.boxes.dtype == np.float32
    assert sample.labels == ("mask", "no_mask")
    assert sample.origin.file == file


def test_each_box_knows_the_line_of_its_object(tmp_path: Path) -> None:
    file = write_voc(tmp_path, "one.png", [FACE, OTHER_FACE])
    lines = file.read_text().splitlines()
    (sample,) = read_samples(tmp_path).samples
    assert [lines[line - 1].strip() for line in sample.box_lines] == ["<object>"] * 2
    assert lines[sample.box_lines[1]].strip() == "<name>no_mask</name>"


def test_difficult_verified_and_database_are_kept(tmp_path: Path) -> None:
    objects = voc_object(FACE, difficult="1") + voc_object(OTHER_FACE)
    write(tmp_path, voc_text("one.png", objects, verified=True).replace("Unknown", "WIDER"))
    write(tmp_path, voc_text("two.png", objects), "two")
    first, second = read_samples(tmp_path).samples
    assert first.difficult.tolist() == [True, False]
    assert (first.verified, second.verified) == (True, False)
    assert (first.database, second.database) == ("WIDER", "Unknown")


def test_a_picture_without_boxes_is_a_sample_and_one_without_annotation_is_not(tmp_path: Path) -> None:
    write_voc(tmp_path, "empty.png")
    write_picture(tmp_path / "unlabelled.png")
    result = read_samples(tmp_path)
    (sample,) = result.samples
    assert sample.boxes.shape == (0, 4)
    assert sample.labels == ()
    assert kinds(result) == ["unlabelled-picture"]
    assert result.faults[0].file == tmp_path / "unlabelled.png"


@pytest.mark.parametrize(
    ("picture", "annotation"),
    [
        ("a.jpg", "a.xml"),  # labelImg's own way: side by side
        ("images/a.jpg", "annotations/a.xml"),
        ("JPEGImages/a.jpg", "Annotations/a.xml"),  # Pascal VOC's own folders
        ("images/day/a.jpg", "annotations/day/a.xml"),
        ("a.jpg", "xml/a.xml"),  # labelImg with another folder to save in
    ],
)
def test_the_picture_is_found_in_the_usual_places(tmp_path: Path, picture: str, annotation: str) -> None:
    write_picture(tmp_path / picture)
    (tmp_path / annotation).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / annotation).write_text(voc_text("a.jpg", voc_object(FACE)))
    result = read_samples(tmp_path)
    assert [sample.picture for sample in result.samples] == [tmp_path / picture]
    assert result.faults == []


def test_a_renamed_pair_is_found_by_the_stem_with_any_suffix(tmp_path: Path) -> None:
    write_picture(tmp_path / "renamed.webp")
    (tmp_path / "renamed.xml").write_text(voc_text("before.jpg", voc_object(FACE)))
    (sample,) = read_samples(tmp_path).samples
    assert sample.picture.name == "renamed.webp"


@pytest.mark.parametrize("filename", ["C:\\pictures\\one.png", "images/one.png", "../one.png"])
def test_of_a_filename_with_folders_the_last_part_counts(tmp_path: Path, filename: str) -> None:
    write_picture(tmp_path / "one.png")
    (tmp_path / "other.xml").write_text(voc_text(filename, voc_object(FACE)))
    (sample,) = read_samples(tmp_path).samples
    assert sample.picture == tmp_path / "one.png"


def test_the_labellers_folders_are_never_followed(tmp_path: Path) -> None:
    write_picture(tmp_path / "elsewhere" / "outside.png")
    folder = tmp_path / "set"
    folder.mkdir()
    text = voc_text("../elsewhere/outside.png", voc_object(FACE))
    text = text.replace("C:\\Users\\somebody\\..", str(tmp_path))
    (folder / "a.xml").write_text(text)
    result = read_samples(folder)
    assert (result.samples, kinds(result)) == ([], ["missing-picture"])


def test_boxes_are_in_the_turned_frame(tmp_path: Path) -> None:
    write_picture(tmp_path / "one.jpg", SIZE, orientation=6)
    turned = (SIZE[1], SIZE[0])
    (tmp_path / "one.xml").write_text(voc_text("one.jpg", voc_object(("mask", 5, 20, 40, 60)), turned))
    result = read_samples(tmp_path)
    assert result.faults == []
    assert (result.samples[0].width, result.samples[0].height) == turned


@pytest.mark.parametrize(
    ("tag", "orientation", "kind", "told"),
    [
        (SIZE, 6, "size-before-turning", "before EXIF turning"),
        ((SIZE[1], SIZE[0]), 1, "size-mismatch", "48x64"),
        ((128, 96), 1, "size-mismatch", "resized by 0.5"),
        ((640, 640), 1, "size-mismatch", "640x640"),
        ((0, 0), 1, "size-tag", "0x0"),
    ],
)
def test_a_size_tag_that_does_not_fit_is_told(
    tmp_path: Path, tag: tuple[int, int], orientation: int, kind: str, told: str
) -> None:
    write_picture(tmp_path / "one.jpg", orientation=orientation)
    file = tmp_path / "one.xml"
    file.write_text(voc_text("one.jpg", voc_object(("mask", 5, 5, 30, 40)), tag))
    (fault,) = read_samples(tmp_path).faults
    assert fault.kind == kind
    assert told in str(fault)
    assert file.read_text().splitlines()[(fault.line or 0) - 1].strip() == "<size>"


def test_an_annotation_without_size_tag_is_taken_on_trust(tmp_path: Path) -> None:
    write(tmp_path, voc_text("one.png", voc_object(FACE), size=None))
    assert read_samples(tmp_path).faults == []


@pytest.mark.parametrize(
    ("box", "kind", "severity"),
    [
        (("mask", 10, 10, 10, 30), "empty-box", Severity.FAULT),
        (("mask", 10, 30, 20, 30), "empty-box", Severity.FAULT),
        (("mask", 30, 10, 10, 30), "reversed-box", Severity.BLOCKING),
        (("mask", 10, 30, 20, 10), "reversed-box", Severity.BLOCKING),
        (("mask", 70, 10, 90, 30), "outside-picture", Severity.BLOCKING),
        (("mask", 10, -20, 20, 0), "outside-picture", Severity.BLOCKING),
        (("", 10, 10, 20, 30), "no-class", Severity.BLOCKING),
        (("mask", float("nan"), 10, 20, 30), "bad-value", Severity.BLOCKING),
        (("mask", float("-inf"), 10, 20, 30), "bad-value", Severity.BLOCKING),
        (("mask", 10, 10, 1e300, 30), "bad-value", Severity.BLOCKING),
    ],
)
def test_a_box_that_cannot_be_one_is_left_out_and_told_with_its_line(
    tmp_path: Path, box: tuple[str, float, float, float, float], kind: str, severity: Severity
) -> None:
    write_voc(tmp_path, "one.png", [FACE, box])
    result = read_samples(tmp_path)
    assert result.samples[0].boxes.tolist() == [[10, 12, 30, 36]]
    (fault,) = result.faults
    assert (fault.kind, fault.severity) == (kind, severity)
    assert fault.line == result.samples[0].box_lines[0] + 12
    assert fault.value in str(fault)


@pytest.mark.parametrize("edge", ["ten", "", "0x10"])
def test_a_word_for_an_edge_is_told_by_its_tag(tmp_path: Path, edge: str) -> None:
    write(tmp_path, voc_text("one.png", voc_object(FACE).replace("<xmax>30<", f"<xmax>{edge}<")))
    (fault,) = read_samples(tmp_path).faults
    assert fault.kind == "bad-value"
    assert "<xmax>" in fault.message


def test_a_difficult_that_is_neither_0_nor_1_is_told_and_the_box_kept(tmp_path: Path) -> None:
    write(tmp_path, voc_text("one.png", voc_object(FACE, difficult="Unspecified")))
    result = read_samples(tmp_path)
    assert kinds(result) == ["bad-value"]
    assert result.samples[0].difficult.tolist() == [False]


def test_two_annotations_of_one_picture_are_told(tmp_path: Path) -> None:
    first = write_voc(tmp_path, "one.png", [FACE])
    (tmp_path / "two.xml").write_text(first.read_text())
    result = read_samples(tmp_path)
    assert kinds(result) == ["labelled-twice"]
    assert len(result.samples) == 1


def test_two_pictures_for_one_nameless_annotation_are_told(tmp_path: Path) -> None:
    write(tmp_path, voc_text("", voc_object(FACE)))
    write_picture(tmp_path / "one.jpg")
    result = read_samples(tmp_path)
    assert kinds(result)[0] == "ambiguous-picture"
    assert result.samples == []


def test_samples_come_in_the_order_of_their_annotations_names(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        write_voc(tmp_path, f"{name}.png", [FACE])
    assert [sample.picture.stem for sample in read_samples(tmp_path).samples] == ["a", "b", "c"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the labelled pictures are not here")
def test_the_real_validation_set_reads_without_a_fault_and_without_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("a picture was decoded"))
    result = read_samples(SHARED / "val")
    assert (len(result.samples), result.faults) == (1498, [])
    assert sum(len(sample.labels) for sample in result.samples) == 2602
