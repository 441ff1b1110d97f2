"""CreateML and COCO files: what they say is read, and what is wrong in them is told by its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from labelled_sets import FACE, OTHER_FACE, SIZE, kinds, write_picture
from maskwatch.data.faults import Severity
from maskwatch.data.json_documents import kind_of
from maskwatch.data.options import Reading
from maskwatch.data.reading import read_samples
from maskwatch.errors import UserError

BOX = {"label": "mask", "coordinates": {"x": 20, "y": 24, "width": 20, "height": 24}}  # FACE by centre and sides

ONE = {"id": 7, "file_name": "one.png"}


def write_json(path: Path, document: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def entry(name: str, *boxes: Any, **more: Any) -> dict[str, Any]:
    return {"image": name, "annotations": list(boxes), **more}


def write_createml(folder: Path, *entries: Any, name: str = "one.json") -> Path:
    """`one.png` and `two.png`, and one file about them."""
    for picture in ("one.png", "two.png"):
        write_picture(folder / picture)
    return write_json(folder / name, list(entries))


def coco_document(**changes: Any) -> dict[str, Any]:
    """Two pictures with a face each."""
    document: dict[str, Any] = {
        "images": [
            {"id": 7, "file_name": "one.png", "width": SIZE[0], "height": SIZE[1]},
            {"id": "b", "file_name": "two.png", "width": SIZE[0], "height": SIZE[1]},
        ],
        "categories": [{"id": 2, "name": "no_mask"}, {"id": 1, "name": "mask"}],
        "annotations": [
            {"id": 1, "image_id": "b", "category_id": 2, "bbox": [34, 5, 26, 32]},
            {"id": 2, "image_id": 7, "category_id": 1, "bbox": [10, 12, 20, 24]},
        ],
    }
    return document | changes


def annotation(**changes: Any) -> list[dict[str, Any]]:
    return [{"id": 1, "image_id": 7, "category_id": 1, "bbox": [10, 12, 20, 24]} | changes]


def write_coco(folder: Path, document: Any, name: str = "annotations.json") -> Path:
    for picture in ("one.png", "two.png"):
        write_picture(folder / picture)
    return write_json(folder / name, document)


def test_one_createml_file_may_hold_many_pictures_or_one(tmp_path: Path) -> None:
    write_createml(tmp_path / "many", entry("one.png", BOX), entry("two.png"))
    write_createml(tmp_path / "each", entry("one.png", BOX), name="one.json")
    write_createml(tmp_path / "each", entry("two.png"), name="two.json")
    for folder in ("many", "each"):
        result = read_samples(tmp_path / folder)
        assert (result.format, result.faults) == ("createml", [])
        assert [sample.boxes.tolist() for sample in result.samples] == [[list(FACE[1:])], []]
        assert [sample.labels for sample in result.samples] == [("mask",), ()]


def test_verified_is_each_pictures_own_and_no_box_is_difficult(tmp_path: Path) -> None:
    write_createml(tmp_path, entry("one.png", BOX, verified=False), entry("two.png", BOX, verified=True))
    samples = read_samples(tmp_path).samples
    assert [sample.verified for sample in samples] == [False, True]
    assert not any(sample.difficult.any() for sample in samples)


def test_the_names_of_newer_createml_are_read(tmp_path: Path) -> None:
    write_createml(
        tmp_path, {"imagefilename": "one.png", "annotation": [BOX]}, {"imagefilename": "two.png", "annotation": []}
    )
    result = read_samples(tmp_path)
    assert ([sample.labels for sample in result.samples], result.faults) == ([("mask",), ()], [])


def changed(**coordinates: Any) -> dict[str, Any]:
    return {"label": "mask", "coordinates": BOX["coordinates"] | coordinates}  # type: ignore[operator]


@pytest.mark.parametrize(
    ("wrong", "kind", "told"),
    [
        ({"annotations": [BOX]}, "bad-value", "entry 2 names no image"),
        (17, "bad-value", "entry 2 names no image"),
        ({"image": "two.png"}, "bad-value", "entry 2 (two.png) has no list of annotations"),
        (entry("two.png", {"label": "mask"}), "bad-value", "annotation 1 is no label with coordinates"),
        (entry("two.png", BOX, "x"), "bad-value", "annotation 2 is no label with coordinates"),
        (entry("two.png", changed(x="20")), "bad-value", "x is '20'"),
        (entry("two.png", changed(width=None)), "bad-value", "width is None"),
        (entry("two.png", changed(height=True)), "bad-value", "height is True"),
        (entry("two.png", changed(y=1e300)), "bad-value", "y is 1e+300"),
        (entry("two.png", changed(width=-20)), "reversed-box", "x2 (10) below x1 (30)"),
        (entry("two.png", changed(height=0)), "empty-box", "no height"),
        (entry("two.png", changed(x=2000)), "outside-picture", "outside its picture"),
        (entry("two.png", {**BOX, "label": ""}), "no-class", "no class name"),
        (entry("gone.png", BOX), "missing-picture", "'gone.png'"),
        (entry("one.png", BOX), "labelled-twice", "same picture as entry 1 (one.png)"),
    ],
)
def test_a_wrong_createml_entry_is_told_by_its_place_and_the_rest_is_read(
    tmp_path: Path, wrong: Any, kind: str, told: str
) -> None:
    file = write_createml(tmp_path, entry("one.png", BOX), wrong)
    result = read_samples(tmp_path)
    found = [fault for fault in result.faults if fault.kind == kind]
    assert [fault.file for fault in found] == [file]
    assert told in str(found[0])
    assert [list(sample.labels) for sample in result.samples][:1] == [["mask"]]


BROKEN_JSON = {
    "empty": b"",
    "cut off": b'[{"image": "one.png", "annotations": [',
    "zeros": b"\0" * 100,
    "not UTF-8": '[{"image": "m\xe4sk.png"}]'.encode("latin-1"),
    "nested without end": b"[" * 200_000,
    "a number of a million digits": b'[{"image": ' + b"1" * 1_000_000 + b"}]",
}


@pytest.mark.parametrize("case", BROKEN_JSON)
def test_broken_createml_is_a_fault_of_that_file_alone(tmp_path: Path, case: str) -> None:
    write_createml(tmp_path, entry("one.png", BOX))
    (tmp_path / "two.json").write_bytes(BROKEN_JSON[case])
    result = read_samples(tmp_path)
    assert [(fault.kind, fault.file.name) for fault in result.faults] == [("broken-annotation", "two.json")]
    assert [sample.picture.name for sample in result.samples] == ["one.png"]


@pytest.mark.parametrize("case", BROKEN_JSON)
def test_a_broken_coco_file_is_one_sentence(tmp_path: Path, case: str) -> None:
    (tmp_path / "a.json").write_bytes(BROKEN_JSON[case])
    with pytest.raises(UserError, match=r"a\.json") as refused:
        read_samples(tmp_path / "a.json", format="coco")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("document", [[], {}, 0, '""', None, 17, ["x"], [[]], {"images": []}])
def test_json_of_another_kind_beside_createml_is_passed_over(tmp_path: Path, document: Any) -> None:
    write_createml(tmp_path, entry("one.png", BOX), entry("two.png"))
    write_json(tmp_path / "settings.json", document)
    result = read_samples(tmp_path)
    assert len(result.samples) == 2
    assert set(kinds(result)) <= {"other-file"}


def test_boxes_of_coco_find_their_pictures_and_classes_by_ids_of_any_kind(tmp_path: Path) -> None:
    write_coco(tmp_path, coco_document())
    result = read_samples(tmp_path)
    assert (result.format, result.faults, result.class_names) == ("coco", [], ("mask", "no_mask"))
    assert [(sample.labels, sample.boxes.tolist()) for sample in result.samples] == [
        (("mask",), [list(FACE[1:])]),
        (("no_mask",), [list(OTHER_FACE[1:])]),
    ]


@pytest.mark.parametrize("mark", [{"ignore": 1}, {"iscrowd": 1}])
def test_what_coco_ignores_is_difficult(tmp_path: Path, mark: dict[str, int]) -> None:
    write_coco(tmp_path, coco_document(annotations=annotation(**mark)))
    assert read_samples(tmp_path).samples[0].difficult.tolist() == [True]


def test_outlines_are_told_once_as_a_warning(tmp_path: Path) -> None:
    write_coco(tmp_path, coco_document(annotations=annotation(segmentation=[[1, 2, 3, 4, 5, 6]]) * 3))
    faults = [fault for fault in read_samples(tmp_path).faults if fault.kind == "outlines"]
    assert [(fault.severity, fault.value) for fault in faults] == [(Severity.WARNING, "3")]


@pytest.mark.parametrize(
    ("changes", "kind", "told"),
    [
        ({"categories": None}, "bad-value", "no list of categories"),
        ({"categories": [{"id": 1}]}, "bad-value", "categories[0] has no id and name"),
        ({"categories": [{"id": 1, "name": "mask"}, {"id": 1, "name": "x"}]}, "bad-value", "given to mask and to x"),
        ({"annotations": {}}, "bad-value", "annotations is no list"),
        ({"annotations": ["x"]}, "bad-value", "annotations[0] is about a picture None"),
        ({"annotations": annotation(image_id=99)}, "bad-value", "a picture 99 that is not in images"),
        ({"annotations": annotation(image_id=[7])}, "bad-value", "a picture [7] that is not in images"),
        ({"annotations": annotation(category_id=9)}, "unknown-class", "the category 9"),
        ({"annotations": annotation(bbox=[1, 2, 3])}, "bad-value", "bbox is [1, 2, 3]"),
        ({"annotations": annotation(bbox=[1, 2, 3, "4"])}, "bad-value", "bbox is [1, 2, 3, '4']"),
        ({"annotations": annotation(bbox=[1, 2, float("nan"), 4])}, "bad-value", "bbox is [1, 2, nan, 4]"),
        ({"annotations": annotation(bbox=None)}, "bad-value", "bbox is None"),
        ({"annotations": annotation(bbox=[30, 12, -20, 24])}, "reversed-box", "x2 (10) below x1 (30)"),
        ({"annotations": annotation(bbox=[10, 12, 0, 24])}, "empty-box", "no width"),
        ({"annotations": annotation(bbox=[100, 12, 20, 24])}, "outside-picture", "outside its picture"),
        ({"images": [{"id": 7}]}, "bad-value", "images[0] has no id and file_name"),
        ({"images": [ONE, ONE | {"file_name": "two.png"}]}, "bad-value", "the id 7 of"),
        ({"images": [ONE, {"id": 8, "file_name": "./one.png"}]}, "labelled-twice", "the same"),
        ({"images": [{"id": 7, "file_name": "gone.png"}]}, "missing-picture", "gone.png"),
        ({"images": [{"id": 7, "file_name": "one.png", "width": 48, "height": 64}]}, "size-mismatch", "says 48x64"),
        ({"images": [{"id": 7, "file_name": "one.png", "width": 0, "height": 0}]}, "size-tag", "says 0x0"),
    ],
)  # fmt: skip
def test_a_wrong_coco_record_is_told_by_its_place(
    tmp_path: Path, changes: dict[str, Any], kind: str, told: str
) -> None:
    file = write_coco(tmp_path, coco_document(**changes))
    found = [fault for fault in read_samples(tmp_path).faults if fault.kind == kind and told in str(fault)]
    assert [fault.file for fault in found] == [file]


@pytest.mark.parametrize(
    ("json_at", "picture_at", "file_name"),
    [
        ("instances.json", "one.png", "one.png"),
        ("annotations/instances_train2017.json", "train2017/one.png", "one.png"),
        ("annotations/instances.json", "images/one.png", "one.png"),
        ("annotations/instances.json", "images/sub/one.png", "sub/one.png"),
        ("instances.json", "train/one.png", "train/one.png"),
        ("instances.json", "train/one.png", "train\\one.png"),
        ("instances.json", "one.png", "/home/somebody/pictures/one.png"),
        ("instances.json", "deep/down/one.png", "elsewhere/one.png"),
    ],
)
def test_pictures_of_coco_are_found_where_they_usually_lie(
    tmp_path: Path, json_at: str, picture_at: str, file_name: str
) -> None:
    write_picture(tmp_path / picture_at)
    document = coco_document(images=[{"id": 7, "file_name": file_name}], annotations=annotation())
    file = write_json(tmp_path / json_at, document)
    for path in (tmp_path, file):
        result = read_samples(path)
        assert ([sample.picture for sample in result.samples], result.faults) == ([tmp_path / picture_at], [])


def test_a_name_that_two_pictures_have_is_not_guessed(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_picture(tmp_path / folder / "one.png")
    write_json(tmp_path / "x.json", coco_document(images=[{"id": 7, "file_name": "one.png"}], annotations=annotation()))
    assert "ambiguous-picture" in kinds(read_samples(tmp_path))


def test_of_two_coco_files_none_is_guessed_and_pictures_of_the_other_are_not_unlabelled(tmp_path: Path) -> None:
    images = coco_document()["images"]
    file = write_coco(tmp_path, coco_document(images=images[:1], annotations=annotation()), "train.json")
    write_coco(tmp_path, coco_document(images=images[1:], annotations=[]), "val.json")
    with pytest.raises(UserError, match=r"several COCO files \(train\.json, val\.json\)"):
        read_samples(tmp_path)
    result = read_samples(file)
    assert (len(result.samples), result.faults) == (1, [])


def test_tasks_of_label_studio_are_named(tmp_path: Path) -> None:
    file = write_json(tmp_path / "tasks.json", [{"data": {"image": "/data/one.png"}, "annotations": []}])
    for path in (tmp_path, file):
        with pytest.raises(UserError, match="tasks of Label Studio; export them there as COCO"):
            read_samples(path)


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ([{"image": "a"}], "createml"),
        ([{"imagefilename": "a"}], "createml"),
        ({"images": [], "annotations": []}, "coco"),
        ([{"data": {}}], "label-studio"),
        ({"images": {}}, None),
        ([], None),
        (None, None),
    ],
)
def test_json_is_told_apart_by_what_it_holds(document: Any, kind: str | None) -> None:
    assert kind_of(document) == kind


@pytest.mark.parametrize("format", ["createml", "coco"])
def test_mending_swaps_edges_and_leaves_out_pictures_that_lost_a_label(tmp_path: Path, format: str) -> None:
    if format == "createml":
        write_createml(tmp_path, entry("one.png", changed(width=-20)), entry("two.png", BOX, changed(x="?")))
    else:
        turned = annotation(bbox=[30, 12, -20, 24])
        write_coco(tmp_path, coco_document(annotations=[*turned, *annotation(image_id="b", bbox=[1, 2, 3])]))
    result = read_samples(tmp_path, reading=Reading(mending=True))
    assert [(sample.picture.name, sample.boxes.tolist()) for sample in result.samples] == [
        ("one.png", [list(FACE[1:])])
    ]
