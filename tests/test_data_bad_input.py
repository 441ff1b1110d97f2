"""Files made to break a reader, by accident or on purpose, become faults of their own and of nothing else."""

import os
import struct
import time
import zlib
from pathlib import Path

import pytest

from labelled_sets import FACE, kinds, voc_object, voc_text, write_picture, write_voc, write_yolo
from maskwatch.data.faults import Fault, Severity, printable
from maskwatch.data.reading import read_samples, require_samples
from maskwatch.data.xml_lines import MAX_BYTES, parse_xml
from maskwatch.errors import UserError

LAUGHS = "".join(f"<!ENTITY a{level} '{f'&a{level - 1};' * 10}'>" for level in range(1, 10))
BILLION_LAUGHS = f"<!DOCTYPE bomb [<!ENTITY a0 'ha'>{LAUGHS}]>"
QUADRATIC = f"<!DOCTYPE bomb [<!ENTITY a '{'x' * 50_000}'>]>"
EXTERNAL = "<!DOCTYPE annotation [<!ENTITY stolen SYSTEM 'file:///etc/passwd'>]>"
PARAMETER = "<!DOCTYPE annotation [<!ENTITY % far SYSTEM 'http://127.0.0.1:9/x.dtd'> %far;]>"
EXTERNAL_DTD = "<!DOCTYPE annotation SYSTEM 'http://127.0.0.1:9/x.dtd'>"

BROKEN_XML = {
    "empty": b"",
    "zeros": b"\0" * 400,
    "cut off": voc_text("bad.png", voc_object(FACE)).encode()[:300],
    "not XML": b"one.png,1,2,3,4,mask\n",
    "another root": b"<?xml version='1.0'?>\n<svg/>",
    "not UTF-8": voc_text("bad.png", voc_object(("m\xe4sk", *FACE[1:]))).encode("latin-1"),
    "an unknown encoding": b"<?xml version='1.0' encoding='klingon'?><annotation/>",
    "an undeclared entity": b"<annotation>&mask;</annotation>",
    "a billion laughs": voc_text("bad.png", voc_object(("&a9;", *FACE[1:])), head=BILLION_LAUGHS)
    .replace("&amp;", "&")
    .encode(),
    "a quadratic blow-up": voc_text("bad.png", voc_object(("&a;" * 500, *FACE[1:])), head=QUADRATIC)
    .replace("&amp;", "&")
    .encode(),
    "an external entity": voc_text("bad.png", voc_object(("&stolen;", *FACE[1:])), head=EXTERNAL)
    .replace("&amp;", "&")
    .encode(),
    "a parameter entity": voc_text("bad.png", head=PARAMETER).encode(),
    "an external DTD": voc_text("bad.png", head=EXTERNAL_DTD).encode(),
    "far too large": b"<annotation>" + b" " * MAX_BYTES + b"</annotation>",
}


@pytest.mark.parametrize("case", BROKEN_XML)
def test_broken_or_hostile_xml_is_a_fault_of_that_file_alone(tmp_path: Path, case: str) -> None:
    write_voc(tmp_path, "good.png", [FACE])
    write_picture(tmp_path / "bad.png")
    (tmp_path / "bad.xml").write_bytes(BROKEN_XML[case])
    start = time.perf_counter()
    result = read_samples(tmp_path)
    assert time.perf_counter() - start < 2
    assert [sample.picture.name for sample in result.samples] == ["good.png"]
    assert [(fault.kind, fault.file.name) for fault in result.faults] == [("broken-annotation", "bad.xml")]
    assert "root:" not in str(result.faults[0])


def test_the_line_where_xml_breaks_is_told(tmp_path: Path) -> None:
    file = write_voc(tmp_path, "one.png", [FACE])
    lines = file.read_text().splitlines()
    lines[16] = "\t\t<truncated>0</truncate>"
    file.write_text("\n".join(lines))
    (fault,) = read_samples(tmp_path).faults
    assert fault.line == 17


def test_xml_nested_without_end_needs_no_stack() -> None:
    depth = 20_000
    assert parse_xml(b"<a>" * depth + b"</a>" * depth).tag == "a"


@pytest.mark.parametrize("pictures", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"])
def test_a_picture_that_cannot_be_opened_is_told_by_its_own_name(tmp_path: Path, pictures: bytes) -> None:
    file = write_voc(tmp_path, "one.png", [FACE])
    (tmp_path / "one.png").write_bytes(pictures)
    result = read_samples(tmp_path)
    (fault,) = result.faults
    assert (result.samples, fault.kind, fault.file) == ([], "broken-picture", tmp_path / "one.png")
    assert str(file) in fault.advice
    assert str(fault).count("one.png") == 1


def test_a_picture_of_900_megapixels_is_told_and_never_decoded(tmp_path: Path) -> None:
    write_voc(tmp_path, "one.png", [FACE])
    header = struct.pack(">4sIIBBBBB", b"IHDR", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(header) - 4) + header + struct.pack(">I", zlib.crc32(header))
    (tmp_path / "one.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\0IDAT\0\0\0\0")
    start = time.perf_counter()
    (fault,) = read_samples(tmp_path).faults
    assert (fault.kind, "megapixels" in fault.message) == ("broken-picture", True)
    assert time.perf_counter() - start < 2


def test_a_one_pixel_picture_is_a_picture(tmp_path: Path) -> None:
    write_voc(tmp_path, "one.png", [("mask", 0, 0, 1, 1)], size=(1, 1))
    result = read_samples(tmp_path)
    assert (result.samples[0].width, result.faults) == (1, [])


def test_an_annotation_for_a_missing_picture_is_told_with_the_name_it_looked_for(tmp_path: Path) -> None:
    file = write_voc(tmp_path, "one.png", [FACE, ("mask", 30, 10, 10, 30)])
    (tmp_path / "one.png").unlink()
    result = read_samples(tmp_path)
    assert result.samples == []
    assert [(fault.kind, fault.file) for fault in result.faults] == [("reversed-box", file), ("missing-picture", file)]
    assert "'one.png'" in result.faults[1].message


@pytest.mark.parametrize("content", [b"\xff\xfe0\x00 \x00", b"\x89PNG\r\n\xff", bytes(range(256))])
def test_bytes_for_a_yolo_file_are_told(tmp_path: Path, content: bytes) -> None:
    write_yolo(tmp_path, "one.png", [FACE])
    write_yolo(tmp_path, "bad.png", [FACE])
    (tmp_path / "bad.txt").write_bytes(content)
    result = read_samples(tmp_path)
    assert [(fault.kind, fault.file.name) for fault in result.faults] == [("broken-annotation", "bad.txt")]
    assert len(result.samples) == 1


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"one.png,,,,,\none.png,1,2,3,4,m\xe4sk\n", 2),
        ("one.png,1,2,30,40,mask\n".encode("utf-16"), 1),
        (b"one.png,,,,,\n" + b"x" * 200_000 + b",,,,,\n", 2),
    ],
)
def test_bytes_for_a_csv_are_told_with_the_line(tmp_path: Path, content: bytes, line: int) -> None:
    write_picture(tmp_path / "one.png")
    (tmp_path / "a.csv").write_bytes(content)
    faults = [fault for fault in read_samples(tmp_path).faults if fault.kind == "broken-annotation"]
    assert [fault.line for fault in faults] == [line]


def test_an_empty_csv_has_no_samples(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    assert read_samples(tmp_path).samples == []
    with pytest.raises(UserError, match="no labelled picture"):
        require_samples(tmp_path)


def test_a_zero_byte_in_a_path_is_a_missing_picture(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"one\0.png,1,2,30,40,mask\n")
    assert "missing-picture" in kinds(read_samples(tmp_path))


@pytest.mark.skipif(os.name == "nt", reason="names of bytes are a matter of Unix")
def test_a_name_of_bytes_that_are_no_text_can_be_read_and_told(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    try:
        write_picture(tmp_path / name)
    except OSError:
        pytest.skip("this file system takes no such name")
    write_voc(tmp_path, "one.png", [FACE])
    (fault,) = read_samples(tmp_path).faults
    assert "caf\\udce9.png" in str(fault)
    str(fault).encode("utf-8")


def test_control_characters_of_a_name_do_not_reach_the_terminal() -> None:
    fault = Fault("kind", "has \x1b[31m in it.", Path("a\nb.xml"), severity=Severity.WARNING)
    assert str(fault) == "a\\nb.xml: has \\x1b[31m in it."
    assert printable("naïve 😷") == "naïve 😷"


def test_folders_linked_in_a_circle_are_read_once(tmp_path: Path) -> None:
    write_voc(tmp_path, "one.png", [FACE])
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    result = read_samples(tmp_path)
    assert (len(result.samples), result.faults) == (1, [])


def test_hidden_files_are_no_part_of_a_set(tmp_path: Path) -> None:
    write_voc(tmp_path, "one.png", [FACE])
    (tmp_path / "._one.xml").write_bytes(b"\0\5\x16\7")
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "x.xml").write_bytes(b"")
    assert read_samples(tmp_path).faults == []
