"""`maskwatch data check`: everything at once on standard output, and an exit code that a script can use."""

import json
import sys
from pathlib import Path

import pytest

from labelled_sets import FACE, OTHER_FACE, voc_text, write_picture, write_voc, write_yolo
from maskwatch.cli import main
from maskwatch.data.classes import parse_map
from maskwatch.errors import UserError


class Ran:
    """What a command left: its exit code and both outputs."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def maskwatch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["maskwatch", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main.run()
        out, err = capsys.readouterr()
        return Ran(int(left.value.code or 0), out, err)

    return run


def clean_set(folder: Path, shade: int = 10) -> Path:
    for index in range(3):
        write_voc(folder, f"{index}.png", [FACE, OTHER_FACE])
        write_picture(folder / f"{index}.png", shade=shade + index)
    return folder


def faulty_set(folder: Path) -> Path:
    """One of each: what the report must hold at once."""
    clean_set(folder)
    write_voc(folder, "outside.png", [("mask", 40, 5, 66, 30)])
    write_voc(folder, "reversed.png", [("mask", 30, 10, 10, 30)])
    write_voc(folder, "slip.png", [("no_nask", *FACE[1:])])
    write_voc(folder, "gone.png", [FACE])
    (folder / "gone.png").unlink()
    write_picture(folder / "broken.png")
    (folder / "broken.xml").write_text(voc_text("broken.png")[:80])
    write_picture(folder / "unlabelled.png")
    return folder


FAULTY_KINDS = {
    *("outside-box", "reversed-box", "misspelt-class", "missing-picture", "broken-annotation", "unlabelled-picture"),
    "rare-class",
}


def test_a_clean_set_gives_0_and_a_table(tmp_path: Path, maskwatch) -> None:
    ran = maskwatch("data", "check", clean_set(tmp_path))
    assert (ran.code, ran.err) == (0, "")
    assert "pictures: 3, without boxes: 0" in ran.out
    assert ran.out.splitlines()[-1] == "clean: warning 2"
    assert "no_mask" in ran.out


def test_faults_give_1_and_all_of_them_with_file_line_value_and_advice(tmp_path: Path, maskwatch) -> None:
    ran = maskwatch("data", "check", faulty_set(tmp_path))
    assert ran.code == 1
    told = ran.out.splitlines()
    for kind in FAULTY_KINDS:
        assert kind in ran.out
    assert any(
        line.startswith(f"fault: {tmp_path}/outside.xml:14: the box (40, 5, 66, 30) reaches 2 px") for line in told
    )
    assert any("did you mean 'no_mask'?" in line for line in told)
    assert told[-1] == "faults: blocking 3, fault 3, warning 2"


def test_json_is_one_record_of_the_same(tmp_path: Path, maskwatch) -> None:
    ran = maskwatch("data", "check", faulty_set(tmp_path), "--json")
    record = json.loads(ran.out)
    (part,) = record["sets"]
    assert (ran.code, ran.err) == (1, "")
    assert {fault["kind"] for fault in part["faults"]} == FAULTY_KINDS
    assert (part["format"], part["pictures"], part["classes"]["mask"]) == ("voc", 6, 4)
    outside = next(fault for fault in part["faults"] if fault["kind"] == "outside-box")
    assert (outside["file"], outside["line"], outside["value"]) == (f"{tmp_path}/outside.xml", 14, "40, 5, 66, 30")
    assert outside["advice"]
    assert outside["severity"] == "fault"


def test_two_sets_are_checked_each_and_together(tmp_path: Path, maskwatch) -> None:
    train, val = clean_set(tmp_path / "train", shade=10), clean_set(tmp_path / "val", shade=12)
    ran = maskwatch("data", "check", train, "--val", val, "--json")
    record = json.loads(ran.out)
    assert ran.code == 1
    assert [part["path"] for part in record["sets"]] == [str(train), str(val)]
    assert [fault["kind"] for fault in record["between"]] == ["picture-in-both"]


def test_the_map_is_applied_before_names_are_judged(tmp_path: Path, maskwatch) -> None:
    write_voc(tmp_path, "one.png", [("face_nask", *FACE[1:])])
    assert maskwatch("data", "check", tmp_path).code == 1
    assert maskwatch("data", "check", tmp_path, "--map", "face_nask=mask").code == 0


def test_the_side_decides_which_boxes_are_too_small(tmp_path: Path, maskwatch) -> None:
    write_voc(tmp_path, "one.png", [("mask", 100, 100, 112, 114)], size=(1024, 768))
    small = maskwatch("data", "check", tmp_path)
    assert (small.code, "unmatched-box" in small.out) == (1, True)
    assert maskwatch("data", "check", tmp_path, "--side-px", 1024).code == 0


def test_the_format_can_be_said(tmp_path: Path, maskwatch) -> None:
    clean_set(tmp_path)
    write_yolo(tmp_path, "0.png", [FACE])
    ran = maskwatch("data", "check", tmp_path, "--format", "yolo", "--json")
    assert json.loads(ran.out)["sets"][0]["format"] == "yolo"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("gone",), "there is no such file or folder"),
        (("empty",), "no annotations"),
        (("set", "--val", "gone"), "there is no such file or folder"),
        (("set", "--format", "kitti"), "not a known format"),
        (("set", "--map", "mask"), "not of the form old=new"),
        (("set", "--classes", "set/0.xml"), "goes with keras-retinanet's CSV"),
        (("set", "--side-px", "8"), "32"),
    ],
)
def test_what_cannot_run_gives_2_and_one_sentence(
    tmp_path: Path, maskwatch, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    clean_set(tmp_path / "set")
    ran = maskwatch("data", "check", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        (None, {}),
        ("", {}),
        ("a=b", {"a": "b"}),
        (" with mask = mask , face=no_mask", {"with mask": "mask", "face": "no_mask"}),
        ("a=c,b=c,a=c", {"a": "c", "b": "c"}),
        ("a=b=c", {"a": "b=c"}),
    ],
)
def test_a_map_is_parsed(text: str | None, mapping: dict[str, str]) -> None:
    assert parse_map(text) == mapping


@pytest.mark.parametrize("text", ["a", "a=", "=b", "a=b,", ",", " ", "a=b,a=c"])
def test_what_is_no_map_is_refused_by_name(text: str) -> None:
    with pytest.raises(UserError, match="^--map: "):
        parse_map(text)
