"""An imported keras-retinanet model gives keras-retinanet's own numbers.

The numbers recorded below tests/recorded are the real one's, on weights and pictures made by a formula;
test_keras_real.py makes them anew. Here the same weights are written into a file of the recorded layout.
"""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

import formula_weights
from classic_training import anchors_of, classic_batch, losses_of
from keras_h5_files import formula, recorded_numbers, structure, write_h5
from maskwatch.anchors import IGNORED
from maskwatch.detection.deployed import DeployedNetwork
from maskwatch.retinanet.keras_h5 import KerasImport, read_keras
from maskwatch.retinanet.keras_model import KerasAsked
from maskwatch.retinanet.network import RetinaNet
from maskwatch.retinanet.padding import Padding
from record_keras_retinanet import BATCH


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> KerasImport:
    path = write_h5(tmp_path_factory.mktemp("keras") / "resnet50.h5", structure("0.2 50"), "inference", formula)
    found = read_keras(path, KerasAsked())
    path.unlink()
    return found


@pytest.fixture(scope="module")
def networks(imported: KerasImport) -> dict[Padding, RetinaNet]:
    """The same weights with the first convolution padded in each way."""
    return {padding: network(imported, padding) for padding in ("same", "symmetric")}


def network(imported: KerasImport, padding: Padding) -> RetinaNet:
    settings = imported.model.settings
    own = replace(settings, backbone=replace(settings.backbone, stem_padding=padding))
    built = RetinaNet(own, imported.model.class_count)
    built.load_state_dict(imported.weights)
    return built.eval()


def pixels(size: str) -> torch.Tensor:
    """The recorded picture of a size HxW: (1, H, W, 3) uint8 RGB."""
    height, width = map(int, size.split("x"))
    return torch.from_numpy(formula_weights.picture(size, height, width))[None]


def largest_error(ours: torch.Tensor, theirs: np.ndarray) -> float:
    """The largest difference as a share of the number, or of 1 where it is smaller."""
    return float((np.abs(ours[0].numpy() - theirs) / np.maximum(1, np.abs(theirs))).max())


@pytest.mark.parametrize(
    ("layout", "padding", "size"),
    [
        ("0.2", "same", "128x160"),  # even sides: the padding is not symmetric
        ("0.2", "same", "131x157"),
        ("0.1", "symmetric", "128x160"),
    ],
)
@torch.inference_mode()
def test_raw_outputs_are_those_of_keras_retinanet(
    networks: dict[Padding, RetinaNet], layout: str, padding: Padding, size: str
) -> None:
    raw = networks[padding](pixels(size).permute(0, 3, 1, 2))
    recorded = recorded_numbers()
    assert largest_error(raw.box_offsets, recorded[f"{layout} numbers raw {size} box"]) < 1e-4
    assert largest_error(raw.class_logits.sigmoid(), recorded[f"{layout} numbers raw {size} class"]) < 1e-4


@torch.inference_mode()
def test_the_wrong_padding_gives_other_numbers_at_even_sizes(networks: dict[Padding, RetinaNet]) -> None:
    raw = networks["symmetric"](pixels("128x160").permute(0, 3, 1, 2))
    assert largest_error(raw.box_offsets, recorded_numbers()["0.2 numbers raw 128x160 box"]) > 0.1


@pytest.mark.parametrize("filtering", ["per class", "any class"])
@pytest.mark.parametrize("size", ["128x160", "131x157"])
@torch.inference_mode()
def test_detections_are_those_of_keras_retinanet(networks: dict[Padding, RetinaNet], filtering: str, size: str) -> None:
    own = copy.copy(networks["same"])
    own_filter = replace(own.settings.suppression, per_class=filtering == "per class")
    own.settings = replace(own.settings, suppression=own_filter)
    deployed = DeployedNetwork(own)
    found = deployed(pixels(size), torch.tensor(0.05), torch.tensor(0.5))
    boxes, scores, labels = (
        recorded_numbers()[f"0.2 numbers {filtering} {size} {what}"] for what in ("boxes", "scores", "labels")
    )
    real = scores >= 0  # the rest is filled up with -1
    assert real.sum() > 60
    np.testing.assert_array_equal(found.labels.numpy(), labels[real])
    np.testing.assert_allclose(found.boxes.numpy(), boxes[real], atol=0.1)
    np.testing.assert_allclose(found.scores.numpy(), scores[real], atol=1e-4)


def test_the_file_says_its_filter_and_its_anchors(imported: KerasImport) -> None:
    settings = imported.model.settings
    assert (imported.model.kind, imported.model.class_count, imported.model.assumed) == ("inference", 3, ())
    assert (settings.suppression.per_class, settings.suppression.candidates) == (True, None)
    assert (settings.suppression.score, settings.suppression.iou, settings.suppression.most) == (0.05, 0.5, 300)
    assert settings.anchors.sizes == (32, 64, 128, 256, 512)


def test_targets_are_those_of_keras_retinanet(networks: dict[Padding, RetinaNet]) -> None:
    network, recorded = networks["same"], recorded_numbers()
    batch = classic_batch(network)
    matches = batch.targets.matches.numpy()
    state = np.where(matches >= 0, 1, np.where(matches == IGNORED, -1, 0))
    middle = anchors_of(network, batch).numpy().reshape(-1, 2, 2).mean(axis=1)
    clear = np.array([np.abs(middle - (width, height)).min(axis=1) > 1e-3 for _, height, width, _ in BATCH])
    # Of anchors centred exactly on an edge keras-retinanet's rounding decides.
    np.testing.assert_array_equal(state[clear], recorded["0.2 losses state"][clear])
    assert (state != recorded["0.2 losses state"]).sum() == 4
    row, anchor = np.nonzero(matches >= 0)
    truth = batch.targets.boxes.numpy()[row, matches[row, anchor]]
    own = anchors_of(network, batch).numpy()[anchor]
    sides = np.tile(own[:, 2:] - own[:, :2], 2)
    np.testing.assert_allclose((truth - own) / sides / 0.2, recorded["0.2 losses box_targets"], atol=1e-4)
    labels = batch.targets.labels.numpy()[row, matches[row, anchor]]
    np.testing.assert_array_equal(labels, recorded["0.2 losses labels"])


def test_losses_and_gradients_are_those_of_keras_retinanet(networks: dict[Padding, RetinaNet]) -> None:
    # In double precision, so that our side is the same on every machine; the recorded side is single.
    network, recorded = copy.deepcopy(networks["same"]).double(), recorded_numbers()
    batch = classic_batch(network)
    found = losses_of(network, batch)
    np.testing.assert_allclose([float(each.detach()) for each in found], recorded["0.2 losses losses"], rtol=1e-4)
    sum(found).backward()  # type: ignore[union-attr]
    ours = {
        "conv1": network.backbone.conv1.weight,
        "res5c_branch2b": network.backbone.layer4[2].conv2.weight,
        "C3_reduced": network.pyramid.lateral[0].weight,
        "P6": network.pyramid.p6.weight,
    }
    for name, weight in ours.items():
        gradient = weight.grad
        length, total = recorded[f"0.2 losses gradient {name}"]
        np.testing.assert_allclose(float(gradient.norm()), length, rtol=2e-3, atol=2e-5)
        # The sum is millions of numbers that nearly cancel out: what rounding leaves of it is measured by the
        # gradient's length, as the difference along the direction in which all weights grow alike.
        assert abs(float(gradient.sum()) - total) / gradient.numel() ** 0.5 < 5e-4 * length + 2e-5, name
