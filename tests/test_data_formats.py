"""The three formats say the same: equal samples for equal content, whatever the names and boxes."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelled_sets import FACE, OTHER_FACE, SIZE, content, write_picture, write_voc, write_yolo
from maskwatch.data.reading import read_samples, require_samples
from maskwatch.errors import UserError

NAMES = ("mask", "no_mask", "worn wrongly")


def write_csv(folder: Path, pictures: dict[str, list]) -> None:
    rows = []
    for name, boxes in pictures.items():
        write_picture(folder / name)
        quoted = '"' + name.replace('"', '""') + '"'
        rows += [f"{quoted},{x1},{y1},{x2},{y2},{label}" for label, x1, y1, x2, y2 in boxes] or [f"{quoted},,,,,"]
    (folder / "annotations.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "classes.csv").write_text("".join(f"{name},{index}\n" for index, name in enumerate(NAMES)))


@st.composite
def labelled_boxes(draw: st.DrawFn) -> tuple:
    x1 = draw(st.integers(0, SIZE[0] - 2))
    y1 = draw(st.integers(0, SIZE[1] - 2))
    x2, y2 = draw(st.integers(x1 + 1, SIZE[0])), draw(st.integers(y1 + 1, SIZE[1]))
    return (draw(st.sampled_from(NAMES)), x1, y1, x2, y2)


# What a file may be called: anything but a slash, and not hidden. NUL and control characters are not XML.
stems = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters="/\\:"), min_size=1, max_size=12
).filter(lambda stem: stem == stem.strip() and not stem.startswith(".") and stem != "classes")


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(stems, st.lists(labelled_boxes(), max_size=4), min_size=1, max_size=3))
def test_all_formats_give_equal_samples(pictures: dict[str, list]) -> None:
    named = {f"{stem}.png": boxes for stem, boxes in pictures.items()}
    with TemporaryDirectory() as place:
        for name, boxes in named.items():
            write_voc(Path(place, "voc"), name, boxes)
            write_yolo(Path(place, "yolo"), name, boxes, NAMES)
        write_csv(Path(place, "csv"), named)
        results = [read_samples(Path(place, name)) for name in ("voc", "yolo", "csv")]
    voc, yolo, csv = (sorted(map(content, result.samples), key=str) for result in results)
    assert [result.format for result in results] == ["voc", "yolo", "csv"]
    assert [result.faults for result in results] == [[], [], []]
    assert len(voc) == len(named)
    assert voc == yolo == csv


@pytest.mark.parametrize(
    "name",
    [
        "with space.png", "it's.png", 'say "mask".png', "😷🙂.png", "Gesichtsmaske über.png", "a..b.png",
        "..a..png.png", "a&b<c>.png", "a%20b.png", "-rf.png", "#1.png", "[x].png", "a,b.png", "$HOME.png",
    ],
)  # fmt: skip
def test_any_name_of_a_picture_is_read(tmp_path: Path, name: str) -> None:
    if not name.startswith("."):
        write_voc(tmp_path / "voc", name, [FACE])
        write_yolo(tmp_path / "yolo", name, [FACE], NAMES)
    write_csv(tmp_path / "csv", {name: [FACE]})
    for format in ("voc", "yolo", "csv"):
        if (tmp_path / format).exists():
            result = read_samples(tmp_path / format)
            assert ([sample.picture.name for sample in result.samples], result.faults) == ([name], [])


@pytest.mark.parametrize("folder", ["with space", "it's", "😷", "a..b", "annotations", "[x]"])
def test_any_name_of_a_folder_is_read(tmp_path: Path, folder: str) -> None:
    write_voc(tmp_path / folder, "one.png", [FACE])
    assert read_samples(tmp_path / folder).faults == []


def test_classes_are_renamed_by_the_map_alone(tmp_path: Path) -> None:
    write_voc(tmp_path, "one.png", [("with_mask", *FACE[1:]), ("cat", *OTHER_FACE[1:])])
    assert read_samples(tmp_path).samples[0].labels == ("with_mask", "cat")
    result = read_samples(tmp_path, mapping={"with_mask": "mask"})
    assert (result.samples[0].labels, result.faults) == (("mask", "cat"), [])


def test_a_name_of_the_map_that_the_set_has_not_is_told(tmp_path: Path) -> None:
    write_voc(tmp_path, "one.png", [FACE])
    (fault,) = read_samples(tmp_path, mapping={"with_mask": "mask"}).faults
    assert (fault.kind, fault.value) == ("unused-map", "with_mask")


def test_auto_says_what_it_took_and_why(tmp_path: Path) -> None:
    write_voc(tmp_path / "voc", "one.png", [FACE])
    write_yolo(tmp_path / "yolo", "one.png", [FACE], NAMES)
    write_csv(tmp_path / "csv", {"one.png": [FACE]})
    assert "Pascal VOC, 1 .xml" in read_samples(tmp_path / "voc").why
    assert "YOLO, 1 .txt" in read_samples(tmp_path / "yolo").why
    assert "keras-retinanet's CSV" in read_samples(tmp_path / "csv").why
    assert "--format csv was given" in read_samples(tmp_path / "csv", format="csv").why
    assert "its name ends in .xml" in read_samples(tmp_path / "voc" / "one.xml").why


@pytest.mark.parametrize(
    ("make", "format", "told"),
    [
        (lambda path: None, "auto", "there is no such file or folder"),
        (lambda path: path.mkdir(), "auto", "0 pictures but no annotations"),
        (lambda path: write_picture(path / "a.png"), "auto", "1 pictures but no annotations"),
        (lambda path: path.write_text("x"), "auto", "not an annotation"),
        (lambda path: write_picture(path / "a.png"), "voc", "there are no .xml files"),
        (lambda path: write_picture(path / "a.png"), "yolo", "there are no .txt files"),
        (lambda path: write_picture(path / "a.png"), "csv", "no CSV file"),
        (lambda path: write_picture(path / "a.png"), "kitti", "take one of auto, voc, yolo, createml, coco, csv"),
    ],
)
def test_what_cannot_be_read_as_a_set_is_one_sentence(tmp_path: Path, make, format: str, told: str) -> None:
    make(tmp_path / "set")
    with pytest.raises(UserError, match=told):
        read_samples(tmp_path / "set", format=format)


def test_samples_are_required_without_blocking_faults(tmp_path: Path) -> None:
    for index in range(7):
        write_voc(tmp_path, f"{index}.png", [("mask", 30, 10, 10, 30)])
    with pytest.raises(UserError) as refused:
        require_samples(tmp_path)
    assert "7 faults" in str(refused.value)
    assert "maskwatch data check" in str(refused.value)
    assert str(refused.value).count("reversed") == 0
    assert str(refused.value).count("x2 (10) below x1 (30)") == 5
    assert "and 2 more" in str(refused.value)


def test_samples_are_given_where_faults_block_nothing(tmp_path: Path) -> None:
    write_voc(tmp_path, "one.png", [FACE, ("mask", 10, 10, 10, 30)])
    write_picture(tmp_path / "unlabelled.png")
    (sample,) = require_samples(tmp_path)
    assert sample.labels == ("mask",)


def test_a_set_with_no_boxes_is_refused_unless_it_is_asked_for(tmp_path: Path) -> None:
    write_voc(tmp_path, "one.png")
    with pytest.raises(UserError, match="none of its 1 pictures has a box"):
        require_samples(tmp_path)
    assert len(require_samples(tmp_path, need_boxes=False)) == 1
