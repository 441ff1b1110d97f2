"""Everything that imitates keras-retinanet, compared with the real one in its own environment."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import average_precision_cases
import formula_weights
from classic_training import classic_batch, losses_of
from commands import maskwatch
from evaluation_parts import run_of, sample
from keras_side import require_environment, run_steps
from maskwatch import Detector
from maskwatch.evaluation.measure import judge
from maskwatch.evaluation.rules import KERAS_RETINANET
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.retinanet import checkpoint as checkpoints
from maskwatch.retinanet.keras_h5 import read_keras
from maskwatch.retinanet.keras_model import KerasAsked
from maskwatch.retinanet.network import RetinaNet
from maskwatch.training.loop import Plan, train_step
from maskwatch.training.recipes import CLASSIC
from maskwatch.training.settings import WholePictureSettings
from maskwatch.training.start import new_run
from maskwatch.training.whole_pictures import coloured, moved, moved_boxes, random_matrix
from record_keras_retinanet import BATCH, FILTERS, INI, RESIZED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

Numbers = dict[str, np.ndarray]

SMALL, LARGE = ([128, 160], [131, 157]), [800, 1333]
STEPS = 3


@pytest.fixture(scope="module", autouse=True)
def real() -> None:
    require_environment()


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files and numbers of keras-retinanet 1.0 with keras-resnet 0.2."""
    folder = tmp_path_factory.mktemp("keras")
    (folder / "anchors.ini").write_text(INI)
    cases = [average_precision_cases.case(f"new {number}") for number in range(6)]
    saved = {kind: f"{kind}.h5" for kind in ("training", "weights")}
    shown = {"filters": FILTERS, "sizes": [*SMALL, LARGE], "out": "50.npz"}
    run_steps(
        [
            {"do": "model", "depth": 50, "save": saved, "save_inference": {"any class": "inference.h5"}, **shown},
            {"do": "model", "depth": 101, "save": {"training": "101.h5"}, "sizes": SMALL[:1], "out": "101.npz"},
            {
                **{"do": "model", "depth": 50, "ini": "anchors.ini", "save": {"training": "P2.h5"}},
                **{"sizes": SMALL[:1], "out": "P2.npz"},
            },
            {"do": "losses_of_batch", "depth": 50, "pictures": BATCH, "out": "losses.npz"},
            {"do": "steps_of_training", "depth": 50, "pictures": BATCH, "steps": STEPS, "out": "steps.npz"},
            {"do": "transforms", "seeds": list(range(8)), "name": "moved", "height": 96, "width": 144, "out": "t.npz"},
            {"do": "resized", "pictures": RESIZED, "out": "resized.npz", "min_side": 60, "max_side": 100},
            {"do": "average_precision", "cases": cases, "out": "ap.json"},
        ],
        folder,
    )
    return folder


def numbers(path: Path) -> Numbers:
    with np.load(path) as file:
        return dict(file)


def network_of(path: Path, asked: KerasAsked = KerasAsked()) -> RetinaNet:  # noqa: B008 - it is frozen
    found = read_keras(path, asked)
    network = RetinaNet(found.model.settings, found.model.class_count)
    network.load_state_dict(found.weights)
    return network.eval()


@torch.inference_mode()
def assert_same_raw(network: RetinaNet, recorded: Numbers, size: list[int]) -> None:
    """Within 1e-4 of each number, or of 1 where it is smaller."""
    height, width = size
    name = f"{height}x{width}"
    pixels = torch.from_numpy(formula_weights.picture(name, height, width)).permute(2, 0, 1)[None]
    raw = network(pixels)
    pairs = (("box", raw.box_offsets), ("class", raw.class_logits.sigmoid()))
    for what, ours in pairs:
        expected = recorded[f"raw {name} {what}"]
        difference = np.abs(ours[0].numpy() - expected) / np.maximum(1, np.abs(expected))
        assert difference.max() < 1e-4, f"{name} {what}"


def test_every_kind_of_file_gives_the_same_raw_numbers(theirs: Path) -> None:
    recorded = numbers(theirs / "50.npz")
    network = network_of(theirs / "training.h5")
    for size in (*SMALL, LARGE):
        assert_same_raw(network, recorded, size)
    assert_same_raw(network_of(theirs / "inference.h5"), recorded, SMALL[0])
    assert_same_raw(network_of(theirs / "weights.h5", KerasAsked(stem_padding="same")), recorded, SMALL[0])


def test_a_deeper_one_and_one_with_p2_and_other_anchors_too(theirs: Path) -> None:
    assert_same_raw(network_of(theirs / "101.h5"), numbers(theirs / "101.npz"), SMALL[0])
    from maskwatch.data.keras_config import read_anchor_config

    asked = KerasAsked(anchors=read_anchor_config(theirs / "anchors.ini"))
    assert_same_raw(network_of(theirs / "P2.h5", asked), numbers(theirs / "P2.npz"), SMALL[0])


def test_the_older_backbone_too(tmp_path: Path) -> None:
    plan = {"do": "model", "depth": 50, "save": {"training": "m.h5"}, "sizes": SMALL, "out": "m.npz"}
    run_steps([plan], tmp_path, layout="0.1")
    network = network_of(tmp_path / "m.h5")
    assert network.backbone.conv1.padding == (3, 3)
    for size in SMALL:
        assert_same_raw(network, numbers(tmp_path / "m.npz"), size)


def test_the_imported_model_file_finds_what_keras_retinanet_finds(theirs: Path, tmp_path: Path) -> None:
    """By the command, through ONNX Runtime, at 800x1333 too; per class from one file, across classes from another."""
    recorded = numbers(theirs / "50.npz")
    for kind, filtering in (("training", "per class"), ("inference", "any class")):
        answer = maskwatch("import-keras", theirs / f"{kind}.h5", "-o", tmp_path / kind)
        assert answer.code == 0, answer.err
        detector = Detector(tmp_path / f"{kind}.onnx", threads=2)
        assert (detector.score, detector.iou) == (pytest.approx(0.05), 0.5)
        for height, width in (*SMALL, LARGE):
            name = f"{height}x{width}"
            found = detector._engine.run(formula_weights.picture(name, height, width)[None], 0.05, 0.5)
            boxes, scores, labels = (recorded[f"{filtering} {name} {what}"] for what in ("boxes", "scores", "labels"))
            real = scores >= 0
            assert real.sum() > 60
            np.testing.assert_array_equal(found.labels, labels[real])
            np.testing.assert_allclose(found.boxes, boxes[real], atol=0.1)
            np.testing.assert_allclose(found.scores, scores[real], atol=1e-4)


def test_losses_are_the_same(theirs: Path) -> None:
    network, recorded = network_of(theirs / "training.h5"), numbers(theirs / "losses.npz")
    found = losses_of(network, classic_batch(network))
    np.testing.assert_allclose([float(each.detach()) for each in found], recorded["losses"], rtol=1e-4)


def test_steps_of_training_move_the_weights_the_same_way(theirs: Path) -> None:
    network, recorded = network_of(theirs / "training.h5"), numbers(theirs / "steps.npz")
    state = new_run(network, CLASSIC.settings)
    template = checkpoints.Checkpoint(network.settings, ("a", "b", "c"), {}, {})
    plan = Plan(theirs, CLASSIC.settings, template, STEPS, None)
    weights = {
        "conv1": network.backbone.conv1.weight,
        "res5c_branch2b": network.backbone.layer4[2].conv2.weight,
        "C3_reduced": network.pyramid.lateral[0].weight,
    }
    before = {name: weight.detach().clone() for name, weight in weights.items()}
    for _ in range(STEPS):
        train_step(plan, state, classic_batch(network))
    for name, weight in weights.items():
        own = (weight.detach() - before[name]).permute(2, 3, 1, 0).numpy()
        ours = own[:, :, ::-1] if name == "conv1" else own  # it takes RGB
        # Adam's step hardly knows how large a gradient is, so that rounding turns some of the smallest round.
        assert np.linalg.norm(ours - recorded[name]) < 0.05 * np.linalg.norm(recorded[name]), name
        assert np.abs(ours).max() < 1.5 * STEPS * 1e-5
    frozen = formula_weights.tensor("bn_conv1", "gamma", (64,))
    np.testing.assert_array_equal(network.backbone.bn1.weight.numpy(), frozen)
    np.testing.assert_array_equal(recorded["frozen"][0], frozen)


@pytest.mark.parametrize("seed", range(8))
def test_random_transforms_move_boxes_and_pixels_the_same_way(theirs: Path, seed: int) -> None:
    recorded, settings = numbers(theirs / "t.npz"), WholePictureSettings()
    drawn = np.random.RandomState(seed)
    rotation = drawn.uniform(-0.1, 0.1)
    translation = drawn.uniform([-0.1, -0.1], [0.1, 0.1])
    shear = drawn.uniform(-0.1, 0.1)
    scaling = drawn.uniform([0.9, 0.9], [1.1, 1.1]) - 1
    mirrored = drawn.uniform(0, 1) < 0.5
    shares = np.array([rotation, *translation, shear, *scaling]) / 0.1
    matrix = random_matrix(shares, mirrored, (144, 96), settings)
    np.testing.assert_allclose(matrix, recorded[f"{seed} matrix"], atol=1e-9)
    boxes, _ = formula_weights.faces("moved", 96, 144, 5)
    np.testing.assert_allclose(moved_boxes(boxes.astype(np.float32), matrix), recorded[f"{seed} boxes"], atol=1e-4)
    if not mirrored:  # OpenCV's mirrored pictures are one pixel further on
        picture = moved(formula_weights.picture("moved", 96, 144), matrix)
        assert np.abs(picture.astype(float) - recorded[f"{seed} picture"]).mean() < 3


def test_colours_change_the_same_way_but_for_rounding(theirs: Path) -> None:
    picture = coloured(formula_weights.picture("moved", 96, 144), np.ones(4), WholePictureSettings())
    assert np.abs(picture.astype(float) - numbers(theirs / "t.npz")["brighter"]).mean() < 3


def test_pictures_are_resized_to_the_bit(theirs: Path) -> None:
    recorded = numbers(theirs / "resized.npz")
    preprocessing = Preprocessing("short_side", 60, 100, "sampled")
    for name, height, width in RESIZED:
        pixels, placement = preprocessing.apply(formula_weights.picture(name, height, width))
        if recorded[name].shape == pixels.shape:  # ours are never under 32 pixels
            np.testing.assert_array_equal(pixels, recorded[name])
        assert placement.scale_x == pytest.approx(float(recorded[f"{name} scale"]))


def test_average_precision_is_the_same_on_the_same_detections(theirs: Path) -> None:
    import json

    results: list[dict[str, Any]] = json.loads((theirs / "ap.json").read_text())
    for number, expected in enumerate(results):
        case = average_precision_cases.case(f"new {number}")
        pictures = [
            (
                sample([(str(int(row[4])), tuple(row[:4])) for row in each["truths"]]),
                [(str(int(row[5])), row[4], tuple(row[:4])) for row in each["detections"]],
            )
            for each in case["pictures"]
        ]
        found = judge(run_of(*pictures, classes=("0", "1")), score=0.5, rule=KERAS_RETINANET)
        for name, (value, count) in expected.items():
            assert found.ap_by_class[name] == pytest.approx(value, abs=1e-6)
            assert found.faces[name] == count
