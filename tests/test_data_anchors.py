"""`maskwatch data anchors`: the fit told, and written so that nothing of it is lost."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import maskwatch
from labelled_sets import FACE, OTHER_FACE, voc_object, voc_text, write_picture, write_voc
from maskwatch.anchors import AnchorSettings
from maskwatch.data.check_anchors import CLASSIC_ANCHORS, WATCH_ANCHORS
from maskwatch.data.keras_config import anchor_config_text, read_anchor_config


@st.composite
def anchors(draw: st.DrawFn) -> AnchorSettings:
    strides = draw(st.sampled_from([(8, 16, 32, 64, 128), (4, 8, 16, 32, 64, 128), (8, 16, 32)]))
    numbers = st.lists(st.integers(1, 9000).map(lambda n: n / 1000), min_size=1, max_size=4).map(tuple)
    return AnchorSettings(
        tuple(float(draw(st.integers(1, 900))) for _ in strides), strides, draw(numbers), draw(numbers)
    )


@settings(max_examples=30, deadline=None)
@given(drawn=anchors())
def test_a_file_of_anchors_gives_them_back(drawn: AnchorSettings, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "anchors.ini"
    file.write_text(anchor_config_text(drawn))
    read = read_anchor_config(file)
    assert (read.sizes, read.strides) == (drawn.sizes, drawn.strides)
    assert read.ratios == pytest.approx(drawn.ratios)
    assert read.scales == pytest.approx(drawn.scales)


def test_the_anchors_named_are_those_that_training_begins_with() -> None:
    variants = pytest.importorskip("maskwatch.retinanet.variants").VARIANTS
    assert variants["watch-nano"].anchors == WATCH_ANCHORS
    assert variants["classic-resnet50"].anchors == CLASSIC_ANCHORS


def test_what_is_told_is_what_the_written_file_gives(tmp_path: Path) -> None:
    for name in "abc":
        write_voc(tmp_path / "set", f"{name}.png", [FACE, OTHER_FACE])
    options = ("--side-px", 64, "--ratios", 2, "--json")
    ran = maskwatch("data", "anchors", tmp_path / "set", "--out", tmp_path / "new" / "a.ini", *options)
    record = json.loads(ran.out)
    assert (ran.code, len(record["after"]["ratios"]), record["before"]["coverage"]["boxes"]) == (0, 2, 6)
    assert record["after"]["coverage"]["positive"] >= record["before"]["coverage"]["positive"]
    again = json.loads(
        maskwatch("data", "anchors", tmp_path / "set", "--anchors", tmp_path / "new" / "a.ini", *options).out
    )
    assert again["before"]["coverage"] == pytest.approx(record["after"]["coverage"], abs=1e-6)
    table = maskwatch("data", "anchors", tmp_path / "set", "--side-px", 64).out
    assert "6 boxes at --side-px 64" in table
    assert "sizes = 18 36 72 144 288" in table


def test_what_cannot_be_fitted_is_one_sentence_and_no_file(tmp_path: Path) -> None:
    write_voc(tmp_path / "set", "a.png", [FACE])
    write_picture(tmp_path / "hard" / "a.png")
    (tmp_path / "hard" / "a.xml").write_text(voc_text("a.png", voc_object(FACE, difficult="1")))
    (tmp_path / "taken.ini").write_text("mine")
    for arguments, told in (
        (("hard",), "every box in it is marked difficult"),
        (("set", "--anchors", "gone.ini"), "gone.ini"),
        (("set", "--out", "taken.ini"), "none is overwritten"),
    ):
        placed = [tmp_path / word if not word.startswith("--") else word for word in arguments]
        ran = maskwatch("data", "anchors", *placed)
        assert (ran.code, ran.out) == (2, "")
        assert told in ran.err
    assert (tmp_path / "taken.ini").read_text() == "mine"
