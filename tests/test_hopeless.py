"""Labels that cannot be learnt are refused before training, doubtful ones are told, and good ones pass in silence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from commands import maskwatch
from maskwatch.data.check_anchors import AnchorFit
from maskwatch.data.samples import Origin, Sample
from maskwatch.training.hopeless import FEWEST_BOXES, doubts, why_hopeless
from training_parts import write_squares

FIT = AnchorFit()


def pictures(labels: list[str], side_px: float = 60.0, difficult: bool = False) -> list[Sample]:
    """One square face a picture of 512 px."""
    box = np.array([[100, 100, 100 + side_px, 100 + side_px]], np.float32)
    return [
        Sample(Path(f"{i}.png"), 512, 512, box, (label,), np.array([difficult]), Origin(Path(f"{i}.xml")))
        for i, label in enumerate(labels)
    ]


def test_good_labels_pass_in_silence() -> None:
    samples = pictures(["mask", "no_mask"] * 20)
    assert why_hopeless(samples, ("mask", "no_mask"), FIT) is None
    assert doubts(samples, ("mask", "no_mask"), FIT) == []


def test_a_class_with_three_boxes_is_hopeless_and_with_some_more_doubtful() -> None:
    names = ("mask", "no_mask")
    reason = why_hopeless(pictures(["mask"] * 40 + ["no_mask"] * 3), names, FIT)
    assert reason is not None
    assert "'no_mask' has 3 boxes" in reason
    assert "--map no_mask=" in reason
    some = pictures(["mask"] * 40 + ["no_mask"] * FEWEST_BOXES)
    assert why_hopeless(some, names, FIT) is None
    (doubt,) = doubts(some, names, FIT)
    assert f"'no_mask' has only {FEWEST_BOXES} boxes" in doubt


def test_difficult_boxes_do_not_count() -> None:
    reason = why_hopeless(pictures(["mask"] * 40, difficult=True), ("mask",), FIT)
    assert reason is not None
    assert "0 boxes" in reason


@pytest.mark.parametrize("side_px", [2.0, 3.5])
def test_boxes_that_no_anchor_matches_are_hopeless(side_px: float) -> None:
    reason = why_hopeless(pictures(["mask"] * 40, side_px), ("mask",), FIT)
    assert reason is not None
    assert "40 boxes" in reason
    assert f"{side_px:g} px" in reason
    larger = replace(FIT, preprocessing=replace(FIT.preprocessing, side_px=4096))
    assert why_hopeless(pictures(["mask"] * 40, side_px), ("mask",), larger) is None


def test_many_unreached_boxes_are_doubtful() -> None:
    samples = pictures(["mask"] * 40) + pictures(["mask"] * 30, side_px=2)
    (doubt,) = doubts(samples, ("mask",), FIT)
    assert doubt.startswith("30 of 70 boxes")


def test_the_command_refuses_three_boxes_unless_told_to_go_on(tmp_path: Path) -> None:
    write_squares(tmp_path / "few", 3)
    words = ("train", tmp_path / "few", "-o", tmp_path / "run", "--epochs", 1, "--batch", 2)
    small = ("--crop-px", 64, "--workers", 0, "--threads", 1)
    refused = maskwatch(*words, *small)
    assert refused.code == 2
    assert "3 boxes" in refused.err
    assert not (tmp_path / "run").exists()
    assert maskwatch(*words, *small, "--anyway").code == 0
