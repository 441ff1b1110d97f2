"""keras-retinanet's .ini of anchors: what it means and what is wrong with one."""

from pathlib import Path

import numpy as np
import pytest

from maskwatch.anchors import AnchorSettings
from maskwatch.data.keras_config import read_anchor_config
from maskwatch.errors import UserError
from record_keras_retinanet import INI

WHOLE = {"sizes": "32 64 128 256 512", "strides": "8 16 32 64 128", "ratios": "0.5 1 2 3", "scales": "1 1.2 1.6"}


def write(folder: Path, text: str) -> Path:
    path = folder / "anchors.ini"
    path.write_text(text)
    return path


def ini(levels: str | None = None, **values: str | None) -> str:
    rows = [f"{key} = {value}" for key, value in {**WHOLE, **values}.items() if value is not None]
    extra = [] if levels is None else ["[pyramid_levels]", levels]
    return "\n".join(["[anchor_parameters]", *rows, *extra])


def test_the_example_of_keras_retinanets_readme_is_read(tmp_path: Path) -> None:
    found = read_anchor_config(write(tmp_path, ini()))
    assert found.sizes == (32, 64, 128, 256, 512)
    assert found.per_cell == 12
    assert found.scales == tuple(float(np.float32(scale)) for scale in (1, 1.2, 1.6))


def test_levels_may_be_named(tmp_path: Path) -> None:
    found = read_anchor_config(write(tmp_path, INI))
    expected = AnchorSettings((16, 32, 64, 128, 256), (4, 8, 16, 32, 64), (0.8, 1.25), (1, 1.3))
    np.testing.assert_allclose(np.concatenate([found.cell_boxes(0)]), expected.cell_boxes(0), rtol=1e-6)
    assert found.strides == expected.strides


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no section"),
        ("sizes = 3", "cannot be read as an .ini file"),
        ("[anchor_parameters]\n", "lacks sizes"),
        (ini(ratios=None), "lacks ratios"),
        (ini(angles="1"), "has angles, which is none of sizes, strides, ratios, scales"),
        (ini(sizes="32 64"), "2 sizes and 5 strides for 5 pyramid levels"),
        (ini("levels = 3 4"), "5 sizes and 5 strides for 2 pyramid levels"),
        (ini("sides = 3 4"), "levels =  needs numbers above 0"),
        (ini(strides="8 16 32 64 100"), "the strides 8 16 32 64 100 are not those of the pyramid's levels, 8 16 32"),
        (ini(ratios="0.5, 1"), "ratios = 0.5, 1 is no list of numbers with spaces"),
        (ini(ratios="0.5 -1"), "ratios = 0.5 -1 needs numbers above 0"),
        (ini(scales="nan"), "scales = nan needs numbers above 0"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UserError) as refused:
        read_anchor_config(path)
    assert words in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such file"):
        read_anchor_config(tmp_path / "none.ini")
