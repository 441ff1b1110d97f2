"""Faces that nobody labelled are hidden from training; labels stay as people made them."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from fake_model import rectangle_picture, write_fake_model
from labelled_sets import voc_object, voc_text
from maskwatch.data.reading import require_samples

ROOT = Path(__file__).parent.parent
MASK, NO_MASK = (2, 4, 22, 28), (34, 6, 58, 36)


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "recipes"))
    monkeypatch.delitem(sys.modules, "hide_unlabelled", raising=False)
    return __import__("hide_unlabelled")


def write_two_faces(folder: Path) -> Path:
    """A picture with two faces that the fake model finds, of which only the mask is labelled."""
    folder.mkdir()
    Image.fromarray(rectangle_picture(64, 48, mask=MASK, no_mask=NO_MASK)).save(folder / "two.png")
    (folder / "two.xml").write_text(voc_text("two.png", voc_object(("mask", *MASK)), (64, 48)))
    return folder


def test_an_unlabelled_face_becomes_difficult_and_no_label_changes(
    recipe: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = write_two_faces(tmp_path / "set")
    model = write_fake_model(tmp_path / "fake.onnx")
    words = ["hide_unlabelled.py", model, before, "-o", tmp_path / "hidden", "--json", tmp_path / "counts.json"]
    monkeypatch.setattr(sys, "argv", [str(word) for word in words])
    recipe.main()
    (sample,) = require_samples(tmp_path / "hidden")
    assert sample.labels == ("mask", "no_mask")
    assert sample.difficult.tolist() == [False, True]
    np.testing.assert_allclose(sample.boxes, [MASK, NO_MASK], atol=1.5)
    assert (tmp_path / "hidden/two.png").read_bytes() == (before / "two.png").read_bytes()
    assert '"Unknown": 1' in (tmp_path / "counts.json").read_text()


def test_a_box_inside_a_label_or_round_it_is_the_same_face(recipe: ModuleType) -> None:
    head = np.array([[10, 10, 50, 60]], np.float32)
    found = np.array([[20, 25, 40, 50], [0, 0, 90, 90], [12, 8, 49, 61], [48, 56, 80, 99]], np.float32)
    assert recipe.unlabelled(found, head).tolist() == [False, False, False, True]
    assert recipe.unlabelled(found, np.zeros((0, 4), np.float32)).all()
    assert recipe.unlabelled(np.zeros((0, 4), np.float32), head).shape == (0,)
