"""Each fault that a set can have is found, told with its place, and nothing is told of a set that has none."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelled_sets import FACE, OTHER_FACE, SIZE, kinds, write_picture, write_voc, write_yolo
from maskwatch.anchors import AnchorSettings
from maskwatch.data.check import CheckedSet, check_set, compare_sets, has_faults
from maskwatch.data.check_anchors import AnchorFit, anchor_faults
from maskwatch.data.check_boxes import box_faults
from maskwatch.data.check_classes import class_faults
from maskwatch.data.check_pictures import look_at_pictures
from maskwatch.data.faults import Fault, Severity
from maskwatch.data.reading import read_samples
from maskwatch.data.samples import Origin, Sample
from maskwatch.pictures.preprocessing import Preprocessing


def check(path: Path, **fit: object) -> CheckedSet:
    return check_set(path, read_samples(path), AnchorFit(**fit))  # type: ignore[arg-type]


def sample_of(*boxes: tuple, size: tuple[int, int] = SIZE, difficult: bool = False) -> Sample:
    """A sample that has no files, its boxes on lines 1, 2, ..."""
    return Sample(
        picture=Path("a.png"),
        width=size[0],
        height=size[1],
        boxes=np.array([box[1:] for box in boxes], np.float32).reshape(-1, 4),
        labels=tuple(box[0] for box in boxes),
        difficult=np.full(len(boxes), difficult),
        origin=Origin(Path("a.xml")),
        box_lines=tuple(range(1, len(boxes) + 1)),
    )


def named(**counts: int) -> list[Sample]:
    """Samples with that many boxes of each class."""
    return [sample_of((name, *FACE[1:])) for name, count in counts.items() for _ in range(count)]


def test_a_clean_set_has_no_faults(tmp_path: Path) -> None:
    for index in range(20):
        write_voc(tmp_path, f"{index}.png", [FACE, OTHER_FACE])
    checked = check(tmp_path)
    assert checked.faults == []
    assert checked.class_counts == {"mask": 20, "no_mask": 20}


@pytest.mark.parametrize(
    ("box", "over"),
    [
        (("mask", -3, 5, 20, 30), "3 px"),
        (("mask", 40, 5, 66.5, 30), "2.5 px"),
        (("mask", 40, 5, 60, 49), "1 px"),
    ],
)
def test_a_box_that_reaches_out_of_its_picture_is_told_by_how_much(box: tuple, over: str) -> None:
    (fault,) = box_faults(sample_of(FACE, box))
    assert (fault.kind, fault.line) == ("outside-box", 2)
    assert f"reaches {over} out of its picture of 64x48" in fault.message


def test_a_box_on_the_edges_and_a_hair_beyond_is_inside() -> None:
    assert box_faults(sample_of(("mask", 0, 0, 64, 48.004))) == []


def test_a_doubled_box_is_told_once_with_the_line_of_the_other() -> None:
    almost = ("mask", 10, 12, 30, 37)
    (fault,) = box_faults(sample_of(FACE, OTHER_FACE, almost))
    assert (fault.kind, fault.line) == ("doubled-box", 3)
    assert "of line 1: 96% overlap." in fault.message


def test_one_face_with_two_labels_is_told_with_both() -> None:
    (fault,) = box_faults(sample_of(FACE, ("no_mask", *FACE[1:])))
    assert "one 'no_mask' and one 'mask'" in fault.message


def test_faces_that_overlap_are_not_doubled() -> None:
    assert box_faults(sample_of(FACE, ("mask", 12, 12, 32, 36))) == []


def test_a_box_too_small_is_told_with_the_size_that_fits_it() -> None:
    sample = sample_of(("mask", 100, 100, 110, 112), size=(2048, 1536))
    (fault,) = anchor_faults(sample, AnchorFit())
    assert fault.kind == "unmatched-box"
    assert "is 2.5x3 px at side 512" in fault.message
    side = int(fault.advice.split("--side-px ")[1].split()[0])
    assert anchor_faults(sample, AnchorFit(preprocessing=Preprocessing(side_px=side))) == []


def test_a_box_of_no_fitting_shape_is_told_to_have_no_size() -> None:
    (fault,) = anchor_faults(sample_of(("mask", 0, 20, 64, 21)), AnchorFit())
    assert "No other size would do" in fault.advice


def test_difficult_boxes_need_no_anchor() -> None:
    assert anchor_faults(sample_of(("mask", 0, 20, 64, 21), difficult=True), AnchorFit()) == []


def test_the_anchors_and_the_limit_of_the_check_can_be_chosen() -> None:
    sample = sample_of(("mask", 26, 17.5, 30, 22.5), size=(512, 512))  # centred on a cell of stride 8
    fine = AnchorSettings((5, 18), (8, 16), ratios=(1.2,), scales=(1.0,))
    assert len(anchor_faults(sample, AnchorFit())) == 1
    assert anchor_faults(sample, AnchorFit(anchors=fine)) == []
    assert anchor_faults(sample, AnchorFit(min_iou=0.01)) == []


def test_a_crowd_is_judged_in_parts_alike() -> None:
    small = [("mask", x, y, x + 4, y + 5) for x in range(0, 500, 40) for y in range(0, 500, 40)]
    sample = sample_of(*small, size=(512, 512))
    alone = [len(anchor_faults(sample_of(box, size=(512, 512)), AnchorFit())) for box in small]
    assert len(anchor_faults(sample, AnchorFit())) == sum(alone) > 64


@pytest.mark.parametrize(
    ("counts", "slip", "meant"),
    [
        ({"face_mask": 3, "face_nask": 1}, "face_nask", "face_mask"),  # a few boxes: by the known spelling
        ({"face_nask": 1}, "face_nask", "face_mask"),
        ({"scooter": 40, "scoter": 2}, "scoter", "scooter"),  # any classes: by the frequent name
        ({"mask": 30, "Mask": 29}, "Mask", "mask"),  # case is a slip however frequent
        ({"no_mask": 9, "no-mask": 30}, "no_mask", "no-mask"),
        ({"with_mask": 30, "with mask": 2}, "with mask", "with_mask"),
        ({"mask": 30, "no_mask": 30, "without_mas": 2}, "without_mas", "without_mask"),
    ],
)
def test_a_misspelt_class_is_told_at_each_box(counts: dict[str, int], slip: str, meant: str) -> None:
    faults = class_faults(Path("set"), named(**counts), few_boxes=0)
    found = [fault for fault in faults if fault.kind == "misspelt-class"]
    assert len(found) == counts[slip]
    assert {fault.value for fault in found} == {slip}
    assert {(fault.file.name, fault.line) for fault in found} == {("a.xml", 1)}
    assert f"'{slip}': did you mean '{meant}'?" in found[0].message
    assert f"--map {slip}={meant}" in found[0].advice


@pytest.mark.parametrize(
    "counts",
    [
        {"with_mask": 300, "without_mask": 1},
        {"mask": 300, "no_mask": 30, "incorrect": 3},
        {"mask_weared_incorrect": 1, "with_mask": 30, "without_mask": 20},
        {"face": 100, "face_mask": 2},
        {"mask1": 30, "mask2": 10},
        {"cat": 1000, "bat": 1},
        {"helmet": 5, "vest": 1},
    ],
)
def test_true_classes_are_not_called_misspelt(counts: dict[str, int]) -> None:
    assert "misspelt-class" not in kinds(class_faults(Path("set"), named(**counts)))


def test_a_rare_class_is_a_warning() -> None:
    (fault,) = class_faults(Path("set"), named(mask=20, incorrect=19))
    assert (fault.kind, fault.value, fault.severity) == ("rare-class", "incorrect", Severity.WARNING)
    assert "boxes 19" in fault.message


def test_known_spellings_are_offered_and_never_applied() -> None:
    samples = named(with_mask=20, without_mask=20)
    (fault,) = class_faults(Path("set"), samples)
    assert (fault.kind, fault.severity) == ("other-spelling", Severity.WARNING)
    assert fault.advice == "--map with_mask=mask,without_mask=no_mask"
    assert samples[0].labels == ("with_mask",)


def test_a_set_with_no_boxes_is_told(tmp_path: Path) -> None:
    write_voc(tmp_path, "one.png")
    checked = check(tmp_path)
    assert (kinds(checked.faults), checked.without_boxes) == (["no-boxes"], 1)


def test_a_class_that_is_listed_but_unused_is_told(tmp_path: Path) -> None:
    write_yolo(tmp_path, "one.png", [FACE], ("mask", "no_mask", "incorrect"))
    (fault,) = [fault for fault in check(tmp_path).faults if fault.kind == "unused-class"]
    assert fault.value == "no_mask, incorrect"


def test_a_truncated_picture_is_found_by_decoding_it(tmp_path: Path) -> None:
    file = write_voc(tmp_path, "one.jpg", [FACE], size=(64, 48))
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 255, (48, 64, 3), np.uint8)).save(tmp_path / "one.jpg", quality=95)
    whole = (tmp_path / "one.jpg").read_bytes()
    (tmp_path / "one.jpg").write_bytes(whole[: len(whole) // 2])
    assert read_samples(tmp_path).faults == []
    (fault,) = [fault for fault in check(tmp_path).faults if fault.kind == "broken-picture"]
    assert fault.file == tmp_path / "one.jpg"
    assert str(file) in fault.advice


def test_every_picture_is_looked_at_and_counted(tmp_path: Path) -> None:
    for index in range(9):
        write_voc(tmp_path, f"{index}.png", [FACE])
    ticks: list[tuple[int, int]] = []
    looks = look_at_pictures(read_samples(tmp_path).samples, lambda what, done, total: ticks.append((done, total)))
    assert ticks == [(done, 9) for done in range(1, 10)]
    assert len({look.digest for look in looks}) == 9
    assert [look.fault for look in looks] == [None] * 9


def test_a_picture_that_vanishes_on_the_way_is_a_fault(tmp_path: Path) -> None:
    write_voc(tmp_path, "one.png", [FACE])
    samples = read_samples(tmp_path).samples
    (tmp_path / "one.png").unlink()
    (look,) = look_at_pictures(samples)
    assert look.fault
    assert (look.fault.kind, look.digest) == ("broken-picture", "")


def between(tmp_path: Path, train: list, val: list) -> list[Fault]:
    """The faults between two sets, each a list of (picture's shade, boxes)."""
    for folder, pictures in (("train", train), ("val", val)):
        for index, (shade, boxes) in enumerate(pictures):
            write_voc(tmp_path / folder, f"{folder}{index}.png", boxes)
            write_picture(tmp_path / folder / f"{folder}{index}.png", shade=shade)
    return compare_sets(check(tmp_path / "train"), check(tmp_path / "val"))


def test_two_sets_that_go_together_have_no_faults(tmp_path: Path) -> None:
    assert between(tmp_path, [(1, [FACE, OTHER_FACE])], [(2, [OTHER_FACE, FACE])]) == []


def test_the_same_picture_in_both_sets_is_told_whatever_its_name(tmp_path: Path) -> None:
    (fault,) = between(tmp_path, [(1, [FACE]), (2, [FACE])], [(2, [FACE]), (3, [FACE])])
    assert (fault.kind, fault.file) == ("picture-in-both", tmp_path / "val" / "val0.png")
    assert str(tmp_path / "train" / "train1.png") in fault.message


def test_a_class_of_the_validation_set_alone_is_a_fault_and_the_reverse_a_warning(tmp_path: Path) -> None:
    other = ("without_mask", *OTHER_FACE[1:])
    faults = between(tmp_path, [(1, [FACE, OTHER_FACE])], [(2, [FACE, other])])
    assert [(fault.kind, fault.value, fault.severity) for fault in faults] == [
        ("class-differs", "without_mask", Severity.FAULT),
        ("class-differs", "no_mask", Severity.WARNING),
    ]
    assert "--map without_mask=no_mask" in faults[0].advice


def test_warnings_alone_leave_a_set_clean() -> None:
    warning = Fault("rare-class", "", Path("a"), severity=Severity.WARNING)
    assert not has_faults([warning])
    assert has_faults([warning, Fault("no-boxes", "", Path("a"))])
