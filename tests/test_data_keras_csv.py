"""keras-retinanet's CSV is read to its letter, and every fault of a file is told at once, with its line."""

from pathlib import Path

import pytest

from labelled_sets import kinds, write_picture
from maskwatch.data.faults import Severity
from maskwatch.data.reading import read_samples
from maskwatch.errors import UserError

ROW = "one.png,10,12,30,36,mask\n"


def write_set(folder: Path, rows: str | bytes, classes: str | None = "mask,0\nno_mask,1\n") -> Path:
    """Two pictures, a CSV and its class file; returns the CSV."""
    for name in ("one.png", "two.png"):
        write_picture(folder / name)
    file = folder / "annotations.csv"
    file.write_bytes(rows.encode() if isinstance(rows, str) else rows)
    if classes is not None:
        (folder / "classes.csv").write_text(classes)
    return file


def serious(faults: list) -> list[tuple[str, int | None]]:
    """Kinds and lines of what is more than a warning, unlabelled pictures apart."""
    return [
        (fault.kind, fault.line)
        for fault in faults
        if fault.severity is not Severity.WARNING and fault.kind != "unlabelled-picture"
    ]


def test_rows_are_gathered_by_picture_with_nothing_subtracted(tmp_path: Path) -> None:
    file = write_set(tmp_path, ROW + "two.png,0,0,64,48,no_mask\none.png,34,5,60,37,no_mask\n")
    result = read_samples(tmp_path)
    first, second = result.samples
    assert result.faults == []
    assert first.boxes.tolist() == [[10, 12, 30, 36], [34, 5, 60, 37]]
    assert (first.labels, first.box_lines, first.origin.line) == (("mask", "no_mask"), (1, 3), 1)
    assert second.boxes.tolist() == [[0, 0, 64, 48]]
    assert (result.class_names, first.origin.file) == (("mask", "no_mask"), file)


def test_five_commas_are_a_picture_without_boxes(tmp_path: Path) -> None:
    write_set(tmp_path, ROW + "two.png,,,,,\n")
    result = read_samples(tmp_path)
    assert [sample.boxes.shape for sample in result.samples] == [(1, 4), (0, 4)]
    assert result.faults == []


@pytest.mark.parametrize("file", ["annotations.csv", ""])
def test_the_set_is_named_by_its_file_or_its_folder(tmp_path: Path, file: str) -> None:
    write_set(tmp_path, ROW + "two.png,,,,,\n")
    assert len(read_samples(tmp_path / file).samples) == 2


def test_paths_are_relative_to_the_csv_or_absolute(tmp_path: Path) -> None:
    picture = write_picture(tmp_path / "pictures" / "a.png")
    (tmp_path / "lists").mkdir()
    write_set(tmp_path / "lists", f"../pictures/a.png,1,2,30,40,mask\n{tmp_path}/lists/one.png,,,,,\n")
    first, second = read_samples(tmp_path / "lists" / "annotations.csv").samples
    assert first.picture == picture
    assert second.picture == tmp_path / "lists" / "one.png"


def test_columns_after_the_sixth_are_ignored(tmp_path: Path) -> None:
    write_set(tmp_path, "one.png,10,12,30,36,mask,0.98,anything\ntwo.png,,,,,\n")
    result = read_samples(tmp_path)
    assert (result.samples[0].labels, result.faults) == (("mask",), [])


@pytest.mark.parametrize(
    ("row", "kind", "told"),
    [
        ("one.png", "bad-value", "1 columns"),
        ("one.png,,,,", "bad-value", "5 columns"),
        ("one.png,1,2,3", "bad-value", "4 columns"),
        (",1,2,3,4,mask", "bad-value", "without a picture"),
        ("one.png,a,2,30,40,mask", "bad-value", "x1 is 'a'"),
        ("one.png,1,2,30,,mask", "bad-value", "y2 is ''"),
        ("one.png,,,,,mask", "bad-value", "x1 is ''"),
        ("one.png,30,2,10,40,mask", "reversed-box", "x2 (10) below x1 (30)"),
        ("one.png,1,2,30,2,mask", "empty-box", "no height"),
        ("one.png,1,2,30,40,", "no-class", "no class name"),
        ("one.png,1,2,30,40,Mask", "unknown-class", "did you mean 'mask'?"),
        ("one.png,1,2,30,40,no_nask", "unknown-class", "did you mean 'no_mask'?"),
        ("one.png,1,2,30,40,cat", "unknown-class", "it has mask, no_mask"),
        ("one.png,210.0,2,230,40,mask", "not-whole", "'210.0' is not a whole number"),
        ("gone.png,1,2,30,40,mask", "missing-picture", "'gone.png'"),
        ("", "blank-line", "blank line"),
    ],
)
def test_a_wrong_row_is_told_with_its_line_and_the_rest_is_read(tmp_path: Path, row: str, kind: str, told: str) -> None:
    write_set(tmp_path, f"{ROW}{row}\ntwo.png,1,2,30,40,no_mask\n")
    result = read_samples(tmp_path)
    found = [fault for fault in result.faults if fault.kind == kind]
    assert [fault.line for fault in found] == [2]
    assert told in str(found[0])
    assert [sample.labels[0] for sample in result.samples] == ["mask", "no_mask"]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    write_set(tmp_path, "one.png,a,2,30,40,mask\none.png\n\none.png,1,2,30,40,cat\ngone.png,,,,,\ntwo.png,,,,,\n")
    found = serious(read_samples(tmp_path).faults)
    assert sorted(found, key=lambda entry: entry[1] or 0) == [
        *[("bad-value", 1), ("bad-value", 2), ("blank-line", 3)],
        *[("unknown-class", 4), ("missing-picture", 5)],
    ]


def test_a_fraction_is_read_as_written(tmp_path: Path) -> None:
    write_set(tmp_path, "one.png,10.0,12.5,30,36,mask\n")
    assert read_samples(tmp_path).samples[0].boxes.tolist() == [[10, 12.5, 30, 36]]


def test_a_header_is_told_and_left_out(tmp_path: Path) -> None:
    write_set(tmp_path, "path,x1,y1,x2,y2,class_name\n" + ROW + "two.png,,,,,\n")
    result = read_samples(tmp_path)
    assert [(fault.kind, fault.line) for fault in result.faults] == [("header", 1)]
    assert len(result.samples) == 2


def test_a_wrong_first_row_of_a_real_picture_is_no_header(tmp_path: Path) -> None:
    write_set(tmp_path, "one.png,a,b,c,d,mask\n" + ROW)
    assert serious(read_samples(tmp_path).faults) == [("bad-value", 1)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_gives_the_same_lines(tmp_path: Path, end: str) -> None:
    write_set(tmp_path, (ROW + "two.png,,,,,\n" + "one.png,x,2,30,40,mask\n").replace("\n", end).encode())
    result = read_samples(tmp_path)
    assert serious(result.faults) == [("bad-value", 3)]
    assert [sample.origin.line for sample in result.samples] == [1, 2]


def test_a_byte_order_mark_is_told_and_not_part_of_the_first_path(tmp_path: Path) -> None:
    write_set(tmp_path, b"\xef\xbb\xbf" + ROW.encode() + b"two.png,,,,,\n")
    result = read_samples(tmp_path)
    assert [(fault.kind, fault.line, fault.severity) for fault in result.faults] == [
        ("byte-order-mark", 1, Severity.WARNING)
    ]
    assert result.samples[0].picture.name == "one.png"


def test_line_numbers_are_those_of_an_editor_after_a_quoted_line_break(tmp_path: Path) -> None:
    write_set(tmp_path, ROW + '"two\nlines.png",,,,,\none.png,x,2,30,40,mask\n')
    assert ("bad-value", 4) in serious(read_samples(tmp_path).faults)


def test_back_slashes_are_read_as_slashes_and_told(tmp_path: Path) -> None:
    write_picture(tmp_path / "sub" / "a.png")
    write_set(tmp_path, ROW + "two.png,,,,,\nsub\\a.png,1,2,30,40,mask\n")
    result = read_samples(tmp_path)
    assert [(fault.kind, fault.line) for fault in result.faults] == [("back-slash", 3)]
    assert result.samples[2].picture == tmp_path / "sub" / "a.png"


def test_a_picture_written_in_two_ways_is_told(tmp_path: Path) -> None:
    write_set(tmp_path, ROW + "./one.png,34,5,60,37,mask\ntwo.png,,,,,\n")
    assert serious(read_samples(tmp_path).faults) == [("labelled-twice", 2)]


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        ("mask,0\nno_mask\n", "is not class_name,id"),
        ("mask,0\nno_mask,one\n", "no whole number"),
        ("mask,0\nno_mask,-1\n", "no whole number"),
        ("mask,0\nmask,1\n", "named twice"),
        ("mask,0\nno_mask,0\n", "id 0 is given to mask, no_mask"),
        ("mask,1\nno_mask,2\n", "no class has id 0"),
        ("mask,0\nno_mask,2\n", "no class has id 1"),
    ],
)
def test_a_class_file_that_is_wrong_is_told(tmp_path: Path, classes: str, told: str) -> None:
    write_set(tmp_path, ROW + "two.png,,,,,\n", classes)
    faults = [fault for fault in read_samples(tmp_path).faults if fault.file.name == "classes.csv"]
    assert len(faults) == 1
    assert told in faults[0].message


def test_the_class_file_may_be_named_and_gives_the_order(tmp_path: Path) -> None:
    file = write_set(tmp_path, ROW + "two.png,,,,,\n", classes=None)
    (tmp_path / "names.csv").write_text("no_mask,1\nmask,0\n")
    assert kinds(read_samples(file)) == ["class-list"]
    result = read_samples(file, classes=tmp_path / "names.csv")
    assert (result.class_names, result.faults) == (("mask", "no_mask"), [])


def test_a_class_file_that_is_not_there_or_not_for_this_format_is_refused(tmp_path: Path) -> None:
    file = write_set(tmp_path, ROW)
    with pytest.raises(UserError, match=r"gone\.csv: there is no such file"):
        read_samples(file, classes=tmp_path / "gone.csv")
    with pytest.raises(UserError, match="goes with keras-retinanet's CSV"):
        read_samples(tmp_path, format="yolo", classes=file)


def test_of_several_files_none_is_guessed_and_pictures_of_the_other_are_not_unlabelled(tmp_path: Path) -> None:
    file = write_set(tmp_path, ROW)
    (tmp_path / "val.csv").write_text("two.png,1,2,30,40,mask\n")
    with pytest.raises(UserError, match=r"several CSV files \(annotations\.csv, val\.csv\)"):
        read_samples(tmp_path)
    assert read_samples(file).faults == []


def test_a_picture_that_no_row_names_is_unlabelled(tmp_path: Path) -> None:
    write_set(tmp_path, ROW)
    (fault,) = read_samples(tmp_path).faults
    assert (fault.kind, fault.file.name) == ("unlabelled-picture", "two.png")
