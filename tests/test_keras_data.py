"""keras-retinanet's users bring their data and figures: Pascal VOC's lists, its conventions, its average precision."""

from pathlib import Path

import numpy as np
import pytest

import average_precision_cases
from commands import maskwatch
from evaluation_parts import run_of, sample
from keras_h5_files import recorded_numbers
from labelled_sets import Labelled, kinds, voc_object, voc_text, write_picture
from maskwatch.data.faults import ReadResult, Severity
from maskwatch.data.options import KERAS_RETINANET as CONVENTION
from maskwatch.data.options import Reading
from maskwatch.data.reading import read_samples, require_samples
from maskwatch.errors import UserError
from maskwatch.evaluation.measure import judge
from maskwatch.evaluation.rules import KERAS_RETINANET

NAMES = ("0", "1")


@pytest.mark.parametrize("number", range(4))
def test_average_precision_is_that_of_keras_retinanet(number: int) -> None:
    case = average_precision_cases.case(str(number))
    pictures = [
        (
            sample([(NAMES[int(row[4])], tuple(row[:4])) for row in each["truths"]]),
            [(NAMES[int(row[5])], row[4], tuple(row[:4])) for row in each["detections"]],
        )
        for each in case["pictures"]
    ]
    found = judge(run_of(*pictures, classes=NAMES), score=0.5, rule=KERAS_RETINANET)
    recorded = recorded_numbers()["average precision"][number]
    assert [found.ap_by_class[name] for name in NAMES] == pytest.approx(recorded[:, 0].tolist(), abs=1e-6)
    assert [found.faces[name] for name in NAMES] == recorded[:, 1].tolist()


def write_devkit(folder: Path) -> Path:
    """A folder as Pascal VOC's own: three pictures, two of them for training."""
    (folder / "ImageSets" / "Main").mkdir(parents=True)
    (folder / "Annotations").mkdir()
    boxes: dict[str, list[Labelled]] = {
        "a": [("mask", 1, 1, 31, 37), ("mask", 20, 10, 64, 48)],
        "b": [("no_mask", 0, 5, 30, 40), ("no_mask", 5, 5, 65, 49), ("no_mask", 5, 5, 66, 30), ("mask", 9, 9, 9, 20)],
        "c": [("mask", 10, 10, 20, 20)],
    }
    for name, own in boxes.items():
        write_picture(folder / "JPEGImages" / f"{name}.jpg")
        text = voc_text(f"{name}.jpg", "".join(map(voc_object, own)))
        (folder / "Annotations" / f"{name}.xml").write_text(text)
    (folder / "ImageSets" / "Main" / "train.txt").write_text("a\nb\n")
    (folder / "ImageSets" / "Main" / "val.txt").write_text("c  1\n\n")
    return folder / "ImageSets" / "Main"


def read_as_keras(path: Path) -> ReadResult:
    return read_samples(path, reading=Reading(convention=CONVENTION))


def test_a_list_of_pascal_voc_stands_for_the_pictures_that_it_names(tmp_path: Path) -> None:
    lists = write_devkit(tmp_path)
    training, validation = (read_samples(lists / f"{name}.txt") for name in ("train", "val"))
    assert [each.picture.name for each in training.samples] == ["a.jpg", "b.jpg"]
    assert [each.picture.name for each in validation.samples] == ["c.jpg"]
    assert kinds(validation) == []  # what another list names is not unlabelled
    assert "list of Pascal VOC's pictures" in validation.why


def test_a_list_that_names_what_is_not_there_is_refused_with_its_line(tmp_path: Path) -> None:
    lists = write_devkit(tmp_path)
    (lists / "test.txt").write_text("a\nz\n")
    with pytest.raises(UserError, match=r"test\.txt:2: there is no .*z\.xml"):
        read_samples(lists / "test.txt")
    (lists / "none.txt").write_text("\n")
    with pytest.raises(UserError, match="none"):
        read_samples(lists / "none.txt")


def test_by_its_convention_one_is_taken_off_and_what_passes_an_edge_is_dropped_and_told(tmp_path: Path) -> None:
    result = read_as_keras(write_devkit(tmp_path) / "train.txt")
    first, second = result.samples
    np.testing.assert_array_equal(first.boxes, [[0, 0, 30, 36], [19, 9, 63, 47]])
    np.testing.assert_array_equal(second.boxes, [[4, 4, 64, 48]])  # its edges were 65 and 49 in 64x48
    assert kinds(result) == ["dropped-box"] * 3
    assert {fault.severity for fault in result.faults} == {Severity.WARNING}
    assert [str(fault).split(": ")[1][:13] for fault in result.faults] == [
        "the box (8, 8",
        "the box (-1, ",
        "the box (4, 4",
    ]


def test_without_it_numbers_are_taken_as_written(tmp_path: Path) -> None:
    result = read_samples(write_devkit(tmp_path) / "train.txt")
    np.testing.assert_array_equal(result.samples[0].boxes, [[1, 1, 31, 37], [20, 10, 64, 48]])
    assert len(result.samples[1].boxes) == 3


def test_in_its_csv_nothing_is_taken_off_but_boxes_over_the_edge_are_dropped(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png")
    (tmp_path / "classes.csv").write_text("mask,0\n")
    (tmp_path / "annotations.csv").write_text("a.png,0,0,64,48,mask\na.png,0,0,65,48,mask\n")
    result = read_as_keras(tmp_path)
    assert result.samples[0].boxes.tolist() == [[0, 0, 64, 48]]
    assert kinds(result) == ["dropped-box"]
    assert len(require_samples(tmp_path, reading=Reading(convention=CONVENTION))) == 1


def test_the_commands_take_the_convention_and_say_what_was_dropped(tmp_path: Path) -> None:
    training = write_devkit(tmp_path / "voc") / "train.txt"
    checked = maskwatch("data", "check", training, "--convention", "keras-retinanet")
    assert "dropped-box" in checked.out
    assert "b.xml" in checked.out
    asked = ("--to", "csv", "-o", tmp_path / "csv", "--convention", "keras-retinanet")
    converted = maskwatch("data", "convert", training, *asked)
    assert converted.code == 0
    assert "is none to keras-retinanet" in converted.out
    rows = (tmp_path / "csv" / "annotations.csv").read_text()
    assert "a.jpg,0,0,30,36,mask" in rows


def test_evaluate_takes_the_convention(tmp_path: Path) -> None:
    training = write_devkit(tmp_path / "voc") / "train.txt"
    (tmp_path / "found.jsonl").write_text(
        '{"image": "a.jpg", "width": 64, "height": 48, "detections": [{"label": "mask", "score": 0.9, '
        '"box": [0, 0, 30, 36]}]}\n{"image": "b.jpg", "width": 64, "height": 48, "detections": []}\n'
    )
    asked = ("--predictions", tmp_path / "found.jsonl", "--rule", "keras-retinanet", "--no-coco", "--json", "-")
    answer = maskwatch("evaluate", training, *asked, "--convention", "keras-retinanet")
    assert answer.code == 0, answer.err
    assert '"mask": 2' in answer.out
    assert answer.err.count("warning: ") == 3
