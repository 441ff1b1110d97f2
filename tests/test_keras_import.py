"""Which keras-retinanet files are read, how, and in which words the others are refused."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from keras_h5_files import Structure, structure, write_h5
from maskwatch.anchors import AnchorSettings
from maskwatch.errors import UserError
from maskwatch.retinanet.keras_file import open_keras
from maskwatch.retinanet.keras_h5 import read_keras
from maskwatch.retinanet.keras_model import KerasAsked, KerasModel, read_model
from maskwatch.retinanet.settings import ResNetSettings
from maskwatch.retinanet.variants import VARIANTS

NOTHING = KerasAsked()
P2_ANCHORS = AnchorSettings((16, 32, 64, 128, 256), (4, 8, 16, 32, 64), (0.8, 1.25), (1.0, 1.3))


def model(path: Path, layout: Structure | str, kind: str = "training", asked: KerasAsked = NOTHING) -> KerasModel:
    """What a file is found to be, its numbers unread."""
    described = structure(layout) if isinstance(layout, str) else layout
    with open_keras(write_h5(path / "model.h5", described, kind)) as file:
        return read_model(file, asked)


@pytest.mark.parametrize("depth", [50, 101, 152])
def test_every_depth_is_read_as_the_classic_network_of_it(tmp_path: Path, depth: int) -> None:
    found = model(tmp_path, f"0.2 {depth}")
    classic = VARIANTS[f"classic-resnet{depth}"]
    assert (found.settings.backbone, found.settings.anchors) == (classic.backbone, classic.anchors)
    assert (found.kind, found.class_count, len(found.assumed)) == ("training", 3, 1)


def test_each_file_says_how_its_first_convolution_is_padded(tmp_path: Path) -> None:
    assert model(tmp_path, "0.1 50").settings.backbone == ResNetSettings(50, "1x1", "symmetric")
    assert model(tmp_path, "0.2 50").settings.backbone == ResNetSettings(50, "1x1", "same")


def test_a_file_of_weights_alone_needs_to_be_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--padding same .* or --padding explicit"):
        model(tmp_path, "0.2 50", "weights")
    told = model(tmp_path, "0.2 50", "weights", KerasAsked(stem_padding="symmetric"))
    assert (told.kind, told.settings.backbone) == ("weights", ResNetSettings(50, "1x1", "symmetric"))


def test_what_the_file_says_is_not_overruled(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="leave --padding out"):
        model(tmp_path, "0.2 50", "training", KerasAsked(stem_padding="symmetric"))
    with pytest.raises(UserError, match="those of --config differ"):
        model(tmp_path, "0.2 P2", "inference", KerasAsked(VARIANTS["classic-resnet50"].anchors))


@pytest.mark.parametrize(("kind", "asked"), [("inference", None), ("training", P2_ANCHORS)])
def test_other_anchors_and_levels_come_from_the_file_or_its_ini(
    tmp_path: Path, kind: str, asked: AnchorSettings | None
) -> None:
    found = model(tmp_path, "0.2 P2", kind, KerasAsked(asked))
    assert (found.settings.levels, found.class_count, found.assumed) == ((2, 3, 4, 5, 6), 3, ())
    assert found.settings.anchors.sizes == P2_ANCHORS.sizes
    np.testing.assert_allclose(found.settings.anchors.scales, P2_ANCHORS.scales, rtol=1e-6)


def test_anchors_that_do_not_fit_ask_for_the_ini(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has 4 anchors a cell at the strides 4 8 16 32 64.*--config"):
        model(tmp_path, "0.2 P2", "training")


def test_the_filter_of_an_inference_file_is_taken_over(tmp_path: Path) -> None:
    layout = structure("0.2 50")
    options = {"nms_threshold": 0.3, "score_threshold": 0.2, "max_detections": 50, "class_specific_filter": False}
    filter_layer(layout)["config"] |= options
    found = model(tmp_path, layout, "inference").settings.suppression
    assert (found.iou, found.score, found.most, found.per_class) == (0.3, 0.2, 50, False)


def test_a_filter_without_suppression_suppresses_nothing(tmp_path: Path) -> None:
    layout = structure("0.2 50")
    filter_layer(layout)["config"]["nms"] = False
    assert model(tmp_path, layout, "inference").settings.suppression.iou == 1.0


def filter_layer(layout: Structure) -> dict[str, dict[str, object]]:
    layers = layout["inference"]["config"]["layers"]
    return next(layer for layer in layers if layer["class_name"] == "FilterDetections")


def test_a_kernel_is_turned_and_takes_rgb(tmp_path: Path) -> None:
    def numbers(layer: str, part: str, shape: tuple[int, ...]) -> np.ndarray | None:
        return np.arange(np.prod(shape)).reshape(shape) if layer == "conv1" else None

    path = write_h5(tmp_path / "model.h5", structure("0.2 50"), "training", numbers)
    ours = read_keras(path, KerasAsked()).weights["backbone.conv1.weight"]
    keras = torch.arange(7 * 7 * 3 * 64, dtype=torch.float32).reshape(7, 7, 3, 64)
    assert ours[5, 0, 2, 4] == keras[2, 4, 2, 5]  # red is Keras's last channel and our first
    assert ours.shape == (64, 3, 7, 7)


def test_names_that_keras_made_unique_are_still_found(tmp_path: Path) -> None:
    layout = structure("0.2 50")
    for weight in (weight for weights in layout["layers"].values() for weight in weights):
        head, _, rest = weight[0].partition("/")
        weight[0] = f"{head}_1/{rest}"
    path = write_h5(tmp_path / "model.h5", layout, "training", marked)
    weights = read_keras(path, NOTHING).weights
    assert weights["class_subnet.last.bias"].tolist() == [27.0] * 27
    assert weights["box_subnet.last.bias"].tolist() == [36.0] * 36


def marked(layer: str, part: str, shape: tuple[int, ...]) -> np.ndarray | None:
    """Biases that hold their own length, everything else zero."""
    return np.full(shape, shape[0]) if part == "bias" else None


def renamed(old: str, new: str) -> Callable[[Structure], None]:
    def change(layout: Structure) -> None:
        layout["layers"] = {name.replace(old, new): weights for name, weights in layout["layers"].items()}

    return change


def reshaped(layer: str, shape: list[int], index: int = 0) -> Callable[[Structure], None]:
    def change(layout: Structure) -> None:
        layout["layers"][layer][index][1] = shape

    return change


def with_layer(class_name: str, config: dict[str, object]) -> Callable[[Structure], None]:
    def change(layout: Structure) -> None:
        layer = {"class_name": class_name, "name": class_name, "config": config}
        layout["training"]["config"]["layers"].append(layer)

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (renamed("conv1", "conv_dw_1"), "its backbone is a MobileNet .*only ResNet-50, -101 and -152"),
        (renamed("conv1", "block1_conv1"), "its backbone is a VGG"),
        (renamed("res4f", "res4x"), "none of ResNet-50, -101 and -152"),
        (renamed("regression_submodel", "boxes"), "no keras-retinanet model: it has no layer regression_submodel"),
        (reshaped("P3", [3, 3, 256, 128]), "kernel of P3 is"),
        (reshaped("classification_submodel", [28], 9), "28 scores a cell are no whole number of classes"),
        (with_layer("NonMaximumSuppression", {}), "0.1 or 0.2 .*add --corner-targets"),
        (with_layer("Anchors", {"size": 32}), "0.1 or 0.2 .*by its layer Anchors"),
        (with_layer("RegressBoxes", {"std": [0.1, 0.1, 0.2, 0.2]}), "0.1 or 0.2 .*by its layer RegressBoxes"),
        (
            lambda layout: layout["layers"].update(mask_submodel=[["a/kernel:0", [1]]]),
            "weights of a layer mask_submodel",
        ),
        (lambda layout: layout["layers"]["P4"].clear(), "has no kernel of a layer P4"),
    ],
)
def test_a_model_that_is_none_of_ours_to_read_gets_a_sentence(
    tmp_path: Path, change: Callable[[Structure], None], words: str
) -> None:
    layout = structure("0.2 50")
    change(layout)
    path = write_h5(tmp_path / "model.h5", layout)
    with pytest.raises(UserError, match=words) as refused:
        read_keras(path, NOTHING)
    assert str(refused.value).startswith(str(tmp_path / "model.h5"))


def test_the_word_of_the_user_lets_a_file_that_looks_old_pass(tmp_path: Path) -> None:
    layout = structure("0.2 50")
    with_layer("NonMaximumSuppression", {})(layout)
    assert model(tmp_path, layout, "training", KerasAsked(corner_targets=True)).class_count == 3


def test_numbers_that_are_not_finite_are_told(tmp_path: Path) -> None:
    def numbers(layer: str, part: str, shape: tuple[int, ...]) -> np.ndarray | None:
        return np.full(shape, np.nan) if layer == "P5" else None

    path = write_h5(tmp_path / "model.h5", structure("0.2 50"), "training", numbers)
    with pytest.raises(UserError, match="P5 holds numbers that are not finite"):
        read_keras(path, KerasAsked())


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100_000])


def other_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["pictures"] = np.zeros(3)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.unlink(), "there is no such file"),
        (lambda path: path.write_bytes(b""), "not an HDF5 file"),
        (lambda path: path.write_bytes(b"PK\x03\x04 and more"), "is a .keras archive"),
        (lambda path: path.write_text("weights"), "not an HDF5 file"),
        (other_hdf5, "not a model that Keras wrote"),
        (cut, "is damaged or cut short"),
    ],
)
def test_a_file_that_is_none_gets_a_sentence(tmp_path: Path, spoil: Callable[[Path], None], words: str) -> None:
    path = write_h5(tmp_path / "model.h5", structure("0.2 50"))
    spoil(path)
    with pytest.raises(UserError, match=words):
        read_keras(path, KerasAsked())


def test_a_link_to_another_file_is_not_followed(tmp_path: Path) -> None:
    path = write_h5(tmp_path / "model.h5", structure("0.2 50"))
    other = write_h5(tmp_path / "other.h5", structure("0.2 50"))
    with h5py.File(path, "a") as file:
        del file["model_weights/P3/P3"]
        file["model_weights/P3/P3"] = h5py.ExternalLink(str(other), "/model_weights/P3/P3")
    with pytest.raises(UserError, match="is damaged or cut short .*there is no P3"):
        read_keras(path, KerasAsked())
