"""labelImg's YOLO files become the same samples, and ids that have come loose from their names are told."""

from pathlib import Path

import pytest

from labelled_sets import FACE, OTHER_FACE, kinds, write_picture, write_voc, write_yolo
from labelled_sets import content as content_of
from maskwatch.data.faults import Severity
from maskwatch.data.reading import read_samples
from maskwatch.data.yolo_classes import PREDEFINED

NAMES = ("mask", "no_mask")


@pytest.mark.parametrize("size", [(64, 48), (6000, 37), (1333, 999)])
def test_boxes_come_back_as_the_whole_pixels_that_labelimg_had(tmp_path: Path, size: tuple[int, int]) -> None:
    box = ("mask", 1, 1, size[0] - 7, size[1])
    write_yolo(tmp_path, "one.png", [box], NAMES, size)
    result = read_samples(tmp_path)
    assert result.samples[0].boxes.tolist() == [[1, 1, size[0] - 7, size[1]]]
    assert result.faults == []


def test_boxes_between_pixels_are_not_rounded(tmp_path: Path) -> None:
    write_yolo(tmp_path, "one.png", [("mask", 10.4, 12.5, 30.25, 36)], NAMES)
    assert read_samples(tmp_path).samples[0].boxes[0].tolist() == pytest.approx([10.4, 12.5, 30.25, 36], abs=1e-4)


def test_boxes_are_in_the_turned_frame(tmp_path: Path) -> None:
    write_yolo(tmp_path, "one.jpg", [("mask", 4, 6, 24, 60)], NAMES, size=(48, 64))
    write_picture(tmp_path / "one.jpg", (64, 48), orientation=8)
    (sample,) = read_samples(tmp_path).samples
    assert (sample.width, sample.height) == (48, 64)
    assert sample.boxes.tolist() == [[4, 6, 24, 60]]


def test_an_empty_file_is_a_picture_without_boxes(tmp_path: Path) -> None:
    write_yolo(tmp_path, "one.png", [FACE], NAMES)
    write_yolo(tmp_path, "two.png", [], NAMES)
    result = read_samples(tmp_path)
    assert [sample.boxes.shape for sample in result.samples] == [(1, 4), (0, 4)]
    assert result.faults == []


def test_lines_and_names_are_those_of_the_files(tmp_path: Path) -> None:
    write_yolo(tmp_path, "one.png", [OTHER_FACE, FACE], NAMES)
    file = tmp_path / "one.txt"
    file.write_text("\n" + file.read_text())
    result = read_samples(tmp_path)
    assert result.samples[0].labels == ("no_mask", "mask")
    assert result.samples[0].box_lines == (2, 3)
    assert result.class_names == NAMES


@pytest.mark.parametrize("layout", [("images/a.png", "labels/a.txt"), ("images/x/a.png", "labels/x/a.txt")])
def test_labels_and_images_may_have_folders_of_their_own(tmp_path: Path, layout: tuple[str, str]) -> None:
    write_picture(tmp_path / layout[0])
    (tmp_path / layout[1]).parent.mkdir(parents=True)
    (tmp_path / layout[1]).write_text("1 0.5 0.5 0.5 0.5\n")
    (tmp_path / "classes.txt").write_text("mask\nno_mask\n")
    result = read_samples(tmp_path)
    assert [sample.labels for sample in result.samples] == [("no_mask",)]
    assert result.faults == []


def test_an_id_beyond_the_list_is_drift_and_told_by_its_line(tmp_path: Path) -> None:
    file = write_yolo(tmp_path, "one.png", [FACE], NAMES)
    file.write_text(file.read_text() + "15 0.5 0.5 0.2 0.2\n")
    result = read_samples(tmp_path)
    (fault,) = result.faults
    assert (fault.kind, fault.line, fault.severity) == ("class-drift", 2, Severity.BLOCKING)
    assert "class id 15" in fault.message
    assert "ids 0 to 1" in fault.message
    assert result.samples[0].labels == ("mask",)


@pytest.mark.parametrize(
    ("used", "severity", "told"),
    [
        (("with_mask",), Severity.WARNING, "predefined_classes.txt"),
        (("with_mask", "dog"), Severity.FAULT, "saved under another list"),
        (("dog",), Severity.FAULT, "saved under another list"),
    ],
)
def test_labelimgs_own_names_at_the_head_of_the_list_are_told(
    tmp_path: Path, used: tuple[str, ...], severity: Severity, told: str
) -> None:
    places = [(2, 2, 20, 20), (30, 20, 50, 44)]
    boxes = [(name, *place) for name, place in zip(used, places, strict=False)]
    write_yolo(tmp_path, "one.png", boxes, (*PREDEFINED, "with_mask"))
    (fault,) = read_samples(tmp_path).faults
    assert (fault.kind, fault.severity) == ("class-drift", severity)
    assert told in str(fault)
    assert "'with_mask' has id 15" in fault.message


def test_someone_who_labels_dogs_is_left_in_peace(tmp_path: Path) -> None:
    write_yolo(tmp_path, "one.png", [("dog", 2, 2, 30, 30)], PREDEFINED)
    assert read_samples(tmp_path).faults == []


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("mask 0.5 0.5 0.2 0.2", "bad-value"),
        ("0 0.5 0.5 0.2", "bad-value"),
        ("0 0.5 0.5 0.2 0.2 0.99", "bad-value"),
        ("0 0,5 0,5 0,2 0,2", "bad-value"),
        ("0 nan 0.5 0.2 0.2", "bad-value"),
        ("0.0 0.5 0.5 0.2 0.2", "class-drift"),
        ("-1 0.5 0.5 0.2 0.2", "class-drift"),
        ("0 0.5 0.5 0 0.2", "empty-box"),
        ("0 0.5 0.5 -0.1 0.2", "reversed-box"),
        ("0 320 240 100 100", "outside-picture"),
    ],
)
def test_a_line_that_is_no_box_is_told(tmp_path: Path, line: str, kind: str) -> None:
    file = write_yolo(tmp_path, "one.png", [FACE], NAMES)
    file.write_text(f"{line}\n{file.read_text()}")
    result = read_samples(tmp_path)
    assert [(fault.kind, fault.line) for fault in result.faults] == [(kind, 1)]
    assert result.samples[0].labels == ("mask",)


def test_without_a_class_list_one_fault_is_told_for_the_folder(tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        write_yolo(tmp_path, name, [FACE], NAMES)
    (tmp_path / "classes.txt").unlink()
    result = read_samples(tmp_path)
    assert (result.samples, kinds(result)) == ([], ["class-list"])


@pytest.mark.parametrize(
    ("content", "told"), [(b"mask\nno_m\xffsk\n", "UTF-8"), (b"\n\n", "names no class"), (b"a\nb\na\n", "twice")]
)
def test_a_class_list_that_is_wrong_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    file = write_yolo(tmp_path, "one.png", [], NAMES)
    file.write_text("0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "classes.txt").write_bytes(content)
    faults = [fault for fault in read_samples(tmp_path).faults if fault.kind == "class-list"]
    assert len(faults) == 1
    assert told in faults[0].message


def test_a_class_list_with_windows_line_ends_and_a_mark_is_read(tmp_path: Path) -> None:
    write_yolo(tmp_path, "one.png", [OTHER_FACE], NAMES)
    (tmp_path / "classes.txt").write_bytes(b"\xef\xbb\xbfmask\r\nno_mask\r\n")
    result = read_samples(tmp_path)
    assert result.samples[0].labels == ("no_mask",)
    assert result.faults == []


def test_a_blank_line_in_the_class_list_takes_an_id_as_in_labelimg(tmp_path: Path) -> None:
    file = write_yolo(tmp_path, "one.png", [], NAMES)
    file.write_text("2 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.2 0.2\n")
    (tmp_path / "classes.txt").write_text("mask\n\nno_mask\n\n")
    result = read_samples(tmp_path)
    assert result.samples[0].labels == ("no_mask",)
    assert [(fault.kind, fault.line) for fault in result.faults] == [("class-drift", 2)]


def test_text_that_is_no_annotation_is_passed_over(tmp_path: Path) -> None:
    write_yolo(tmp_path, "one.png", [FACE], NAMES)
    (tmp_path / "README.txt").write_text("Pictures of our canteen.\n")
    (tmp_path / "lost.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    result = read_samples(tmp_path)
    found = {fault.file.name: (fault.kind, fault.severity) for fault in result.faults}
    assert found == {
        "README.txt": ("other-file", Severity.WARNING),
        "lost.txt": ("missing-picture", Severity.BLOCKING),
    }


def test_of_two_formats_labelimgs_own_preference_is_taken_and_told(tmp_path: Path) -> None:
    write_voc(tmp_path, "one.png", [FACE])
    write_yolo(tmp_path, "one.png", [FACE, OTHER_FACE], NAMES)
    taken = read_samples(tmp_path)
    asked = read_samples(tmp_path, format="yolo")
    assert (taken.format, len(taken.samples[0].labels)) == ("voc", 1)
    assert "1 .txt files (--format yolo reads them)" in taken.why
    assert (asked.format, len(asked.samples[0].labels)) == ("yolo", 2)
    assert content_of(asked.samples[0])[4] == ("mask", "no_mask")
