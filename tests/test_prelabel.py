"""`maskwatch prelabel`: a folder labelled for a person to correct, and nothing of anybody's touched."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from commands import Outcome, maskwatch
from fake_model import write_fake_model
from labelled_sets import FACE, voc_object, voc_text, write_picture
from maskwatch.data.prelabels import Limits, prelabel
from maskwatch.data.reading import SET_FORMATS, read_samples
from maskwatch.detections import make_detections
from real_labelimg import labelimg

SURE, DOUBTFUL = (8, 8, 24, 28), (32, 16, 52, 40)


def write_face_picture(path: Path, sure: bool = True, doubtful: bool = True) -> Path:
    """A mask that the fake model finds with score .98, and a bare face that it finds with .59."""
    pixels = np.zeros((48, 64, 3), np.uint8)
    for shown, (x1, y1, x2, y2), channel, value in ((sure, SURE, 1, 250), (doubtful, DOUBTFUL, 0, 150)):
        if shown:
            pixels[y1:y2, x1:x2, channel] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fake_model(tmp_path_factory.mktemp("model") / "fake.onnx")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_face_picture(tmp_path / "in" / "both.png")
    write_face_picture(tmp_path / "in" / "deep" / "one.png", doubtful=False)
    write_face_picture(tmp_path / "in" / "none.png", sure=False, doubtful=False)
    return tmp_path / "in"


def run(folder: Path, model: Path, *arguments: object) -> Outcome:
    return maskwatch("prelabel", folder, "--model", model, "--threads", 1, *arguments)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("format", SET_FORMATS)
def test_what_is_written_reads_as_what_was_found(folder: Path, model: Path, format: str) -> None:
    before = contents(folder)
    ran = run(folder, model, "--to", format)
    assert (ran.code, "pictures 3, sure boxes 2, doubtful boxes 1" in ran.out) == (0, True)
    result = read_samples(folder)
    assert (result.format, result.faults) == (format, [])
    read = {sample.picture.name: sample for sample in result.samples}
    assert [list(map(round, box)) for box in read["both.png"].boxes.tolist()] == [list(SURE), list(DOUBTFUL)]
    if format in ("voc", "coco"):
        assert read["both.png"].labels == ("mask", "no_mask")
        assert read["both.png"].difficult.tolist() == [False, True]
    else:
        assert read["both.png"].labels == ("mask", "no_mask?")
    assert read["one.png"].labels == ("mask",)
    assert read["none.png"].labels == ()
    assert not any(sample.verified for sample in result.samples)
    after = contents(folder)
    assert {name: after[name] for name in before} == before


def label_files(folder: Path, kind: str) -> None:
    """A person's labels of `both.png`."""
    box = voc_object(("mask", 1, 2, 30, 40))
    files = {
        "xml": ("both.xml", voc_text("both.png", box)),
        "verified": ("both.xml", voc_text("both.png", box, verified=True)),
        "broken": ("both.xml", "<annotation"),
        "annotations": ("annotations/both.xml", voc_text("both.png", box)),
        "txt": ("both.txt", ""),
        "createml": ("both.json", json.dumps([{"image": "both.png", "annotations": []}])),
        "createml of many": ("all.json", json.dumps([{"image": "both.png", "annotations": []}])),
        "coco": ("labels.json", json.dumps({"images": [{"id": 1, "file_name": "both.png"}], "annotations": []})),
        "csv": ("annotations.csv", "both.png,1,2,30,40,mask\n"),
    }
    name, text = files[kind]
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


KINDS = ["xml", "verified", "broken", "annotations", "txt", "createml", "createml of many", "coco", "csv"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_with_labels_in_any_format_is_left_alone(folder: Path, model: Path, kind: str) -> None:
    label_files(folder, kind)
    before = contents(folder)
    ran = run(folder, model)
    assert (ran.code, "pictures 2," in ran.out) == (0, True)
    assert f"Left alone, labelled already: pictures 1, verified {int(kind == 'verified')}." in ran.out
    new = sorted(contents(folder).keys() - before.keys())
    assert new == ["deep/one.xml", "none.xml"]
    assert {name: contents(folder)[name] for name in before} == before


def test_labels_kept_in_a_folder_of_their_own_count_too(tmp_path: Path, model: Path) -> None:
    write_face_picture(tmp_path / "set" / "images" / "train" / "a.png")
    (tmp_path / "set" / "labels" / "train").mkdir(parents=True)
    (tmp_path / "set" / "labels" / "train" / "a.txt").write_text("0 .5 .5 .1 .1\n")
    assert "Labelled as voc: pictures 0" in run(tmp_path / "set" / "images", model).out


def test_a_second_run_has_nothing_to_do(folder: Path, model: Path) -> None:
    run(folder, model)
    before = contents(folder)
    ran = run(folder, model)
    assert (ran.code, "Labelled as voc: pictures 0" in ran.out) == (0, True)
    assert contents(folder) == before


def test_the_list_has_most_corrections_first(folder: Path, model: Path) -> None:
    assert run(folder, model, "--review", folder / "review.csv").code == 0
    rows = list(csv.reader((folder / "review.csv").read_text().splitlines()))
    assert [row[4] for row in rows[1:]] == ["both.png", "deep/one.png", "none.png"]
    assert [row[1:3] for row in rows[1:]] == [["1", "1"], ["1", "0"], ["0", "0"]]
    assert float(rows[1][0]) == pytest.approx(1 - 250 / 255 + 1 - 150 / 255, abs=2e-3)
    # The list in the folder is no label file of those that it names.
    for file in folder.rglob("*.xml"):
        file.unlink()
    assert "pictures 3," in run(folder, model).out


def test_doubt_is_the_number_of_corrections_that_scores_promise(tmp_path: Path) -> None:
    boxes, scores = np.tile(np.float32([1, 1, 9, 9]), (3, 1)), np.float32([0.9, 0.4, 0.1])
    found = make_detections(boxes, scores, np.zeros(3, np.int64), np.zeros((3, 1), np.float32), ["mask"])
    made = prelabel(tmp_path / "a.png", (64, 48), found, Limits(0.2, 0.7, "difficult"))
    assert made.doubt == pytest.approx(0.1 + 0.6 + 0.1)
    assert made.sample.difficult.tolist() == [False, True]
    alone = prelabel(tmp_path / "a.png", (64, 48), found, Limits(0.2, 0.7, "leave-out"))
    assert (len(alone.sample.labels), alone.doubt) == (1, pytest.approx(0.1 + 0.4 + 0.1))
    empty = prelabel(tmp_path / "a.png", (64, 48), found[:0], Limits(0.2, 0.7, "suffix"))
    assert (empty.sample.boxes.shape, empty.doubt) == ((0, 4), 0)


def test_label_studio_gets_percents_scores_and_the_settings_that_go_with_them(folder: Path, model: Path) -> None:
    ran = run(folder, model, "--to", "label-studio")
    assert ran.code == 0
    tasks = json.loads((folder / "label-studio.json").read_text())
    assert [task["data"]["image"] for task in tasks] == [
        f"/data/local-files/?d=in/{name}" for name in ("both.png", "deep/one.png", "none.png")
    ]
    prediction = tasks[0]["predictions"][0]
    assert (prediction["model_version"], len(prediction["result"])) == ("fake", 2)
    assert prediction["score"] == min(region["score"] for region in prediction["result"])
    for region, (x1, y1, x2, y2) in zip(prediction["result"], (SURE, DOUBTFUL), strict=True):
        value, width, height = region["value"], region["original_width"], region["original_height"]
        edges = (value["x"], value["y"], value["x"] + value["width"], value["y"] + value["height"])
        pixels = np.array(edges) / 100 * (width, height, width, height)
        np.testing.assert_allclose(pixels, (x1, y1, x2, y2), atol=0.01)
    settings = ElementTree.fromstring((folder / "label-studio.xml").read_text())
    names = {element.get("name"): element for element in settings.iter() if element.get("name")}
    labels = {element.get("value") for element in settings.iter("Label")}
    assert {region["from_name"] for region in prediction["result"]} | {"image"} == set(names)
    assert {name for region in prediction["result"] for name in region["value"]["rectanglelabels"]} <= labels
    again = run(folder, model, "--to", "label-studio")
    assert (again.code, "none is overwritten" in again.err) == (2, True)


def test_addresses_of_pictures_are_quoted_and_their_beginning_may_be_chosen(tmp_path: Path, model: Path) -> None:
    write_face_picture(tmp_path / "in" / "a b#1.png")
    run(tmp_path / "in", model, "--to", "label-studio", "--url-prefix", "https://pictures.example/")
    (task,) = json.loads((tmp_path / "in" / "label-studio.json").read_text())
    assert task["data"]["image"] == "https://pictures.example/a%20b%231.png"


def test_a_class_list_that_is_there_stays_and_numbers_the_classes(folder: Path, model: Path) -> None:
    listing = "no_mask\nvisor\nmask\nno_mask?\n"
    (folder / "classes.txt").write_text(listing)
    assert run(folder, model, "--to", "yolo").code == 0
    assert (folder / "classes.txt").read_text() == listing
    assert (folder / "deep" / "classes.txt").read_text() == listing, "ids mean the same in every folder"
    assert [line.split()[0] for line in (folder / "both.txt").read_text().splitlines()] == ["2", "3"]


def test_a_class_list_without_a_name_that_is_needed_is_refused(folder: Path, model: Path) -> None:
    (folder / "classes.txt").write_text("mask\n")
    before = contents(folder)
    ran = run(folder, model, "--to", "yolo")
    assert (ran.code, "lacks no_mask?" in ran.err) == (2, True)
    assert contents(folder) == before


def test_a_broken_picture_is_told_and_the_others_are_labelled(folder: Path, model: Path) -> None:
    (folder / "bad.png").write_bytes((folder / "both.png").read_bytes()[:60])
    ran = run(folder, model)
    assert (ran.code, "Labelled as voc: pictures 3" in ran.out) == (0, True)
    assert "Skipped: " in ran.out
    assert not (folder / "bad.xml").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--score", "0.8"], "lies above --sure"),
        (["--to", "kitti"], "not a format"),
        (["--to", "yolo", "--doubtful", "difficult"], "has no such mark"),
        (["--url-prefix", "x"], "goes with --to label-studio"),
        (["--review", "{folder}/both.png"], "none is overwritten"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    folder: Path, model: Path, arguments: list[str], told: str
) -> None:
    before = contents(folder)
    ran = run(folder, model, *[argument.format(folder=folder) for argument in arguments])
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert contents(folder) == before


def test_a_broken_json_that_may_be_about_any_picture_stops_it(folder: Path, model: Path) -> None:
    (folder / "labels.json").write_text("{")
    ran = run(folder, model)
    assert (ran.code, "the JSON is broken" in ran.err) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize(("format", "suffix"), [("voc", ".xml"), ("yolo", ".txt"), ("createml", ".json")])
def test_the_real_labelimg_opens_it(folder: Path, model: Path, format: str, suffix: str) -> None:
    run(folder, model, "--to", format)
    (shown,) = labelimg([["read", format, folder / f"both{suffix}", folder / "both.png"]])
    assert [list(map(round, shape[1:5])) for shape in shown["shapes"]] == [list(SURE), list(DOUBTFUL)]
    if format == "voc":
        assert ([shape[5] for shape in shown["shapes"]], shown["verified"]) == ([False, True], False)
    else:
        assert [shape[0] for shape in shown["shapes"]] == ["mask", "no_mask?"]


def test_a_label_file_of_another_picture_labels_none(folder: Path, model: Path) -> None:
    write_picture(folder / "other.png")
    (folder / "other.xml").write_text(voc_text("other.png", voc_object(FACE)))
    assert "pictures 3," in run(folder, model).out
