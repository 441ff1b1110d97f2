"""`maskwatch quantise`: the same model in eight bits."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from PIL import Image

from commands import Outcome, maskwatch
from fake_model import COLOURS, fake_graph, fake_metadata, rectangle_picture
from maskwatch.detection.detector import Detector
from maskwatch.detection.metadata import METADATA_KEY
from maskwatch.detection.quantise import multiplies_bytes_exactly, this_processor

BOXES = {"mask": (5, 6, 20, 30), "no_mask": (30, 10, 50, 40), "incorrect": (52, 4, 60, 12)}


def write_convolving_model(path: Path) -> Path:
    """The fake model with a convolution in it that changes nothing, and one that normalisation follows."""
    model = fake_graph()
    cast = next(node for node in model.graph.node if list(node.output) == ["values"])
    place = list(model.graph.node).index(cast)
    cast.output[0] = "as_floats"
    added = [
        helper.make_node("Transpose", ["as_floats"], ["channels_first"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["channels_first", "identity_weights"], ["convolved"], name="convolution"),
        helper.make_node(
            "BatchNormalization", ["convolved", "ones", "noughts", "noughts", "ones"], ["normalised"], epsilon=0.0
        ),
        helper.make_node("Transpose", ["normalised"], ["values"], perm=[0, 2, 3, 1]),
    ]
    for node in reversed(added):
        model.graph.node.insert(place + 1, node)
    constants = {
        "identity_weights": np.eye(3)[:, :, None, None],
        "ones": np.ones(3),
        "noughts": np.zeros(3),
    }
    model.graph.initializer.extend(numpy_helper.from_array(v.astype(np.float32), k) for k, v in constants.items())
    helper.set_model_props(model, {METADATA_KEY: fake_metadata(path.stem).to_json()})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_convolving_model(tmp_path / "fake.onnx")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    for number, (width, height) in enumerate([(64, 48), (48, 64), (200, 100)]):
        Image.fromarray(rectangle_picture(width, height, mask=(2, 2, 40, 40), no_mask=(20, 20, 45, 45))).save(
            tmp_path / "pictures" / f"{number}.png"
        )
    return tmp_path / "pictures"


def quantise(*arguments: object) -> Outcome:
    return maskwatch("quantise", *arguments)


def weights_of(path: Path) -> np.ndarray:
    """The convolution's weights as they are stored, int8."""
    graph = onnx.load(path).graph
    (convolution,) = [node for node in graph.node if node.op_type == "Conv"]
    unpacking = next(node for node in graph.node if convolution.input[1] in node.output)
    assert unpacking.op_type == "DequantizeLinear"
    stored = next(each for each in graph.initializer if each.name == unpacking.input[0])
    return numpy_helper.to_array(stored)


def test_the_quantised_file_finds_the_same_and_keeps_the_contract(model: Path, pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.onnx"
    code, printed, err = quantise(model, pictures, "-o", out, "--no-reduce-range")
    assert (code, printed) == (0, "")
    assert "ranges from 3 pictures" in err
    assert "of the time" in err
    assert weights_of(out).dtype == np.int8
    one, other = Detector(model), Detector(out)
    assert (other.score, other.iou) == (one.score, one.iou) == (0.5, pytest.approx(0.45))
    for size in ((64, 48), (61, 64)):
        picture = rectangle_picture(*size, **BOXES)
        ours, theirs = one.detect(picture), other.detect(picture)
        np.testing.assert_array_equal(ours.xyxy, theirs.xyxy)
        np.testing.assert_allclose(ours.data["class_scores"], theirs.data["class_scores"], atol=0.01)
        together = other.detect_batch([picture] * 2)
        np.testing.assert_array_equal(together[1].xyxy, theirs.xyxy)
    assert len(Detector(out, score=0.95).detect(rectangle_picture(64, 48, **BOXES))) == 1


def test_the_file_says_what_it_is(model: Path, pictures: Path, tmp_path: Path) -> None:
    quantise(model, pictures, "-o", tmp_path / "a.onnx", "--reduce-range", "--limit", 2)
    metadata = Detector(tmp_path / "a.onnx").metadata
    assert metadata.name == "fake-int8"
    assert metadata.training["quantised"] == {"pictures": 2, "reduce_range": True}
    quantise(model, pictures, "-o", tmp_path / "b.onnx", "--name", "tiny")
    assert Detector(tmp_path / "b.onnx").metadata.name == "tiny"


@pytest.mark.parametrize(("option", "largest"), [("--reduce-range", 64), ("--no-reduce-range", 127)])
def test_a_reduced_range_has_seven_bits(model: Path, pictures: Path, tmp_path: Path, option: str, largest: int) -> None:
    quantise(model, pictures, "-o", tmp_path / "small.onnx", option)
    assert np.abs(weights_of(tmp_path / "small.onnx").astype(int)).max() == largest


@pytest.mark.parametrize(
    ("machine", "flags", "exact"),
    [
        ("x86_64", {"avx2"}, False),
        ("x86_64", {"avx2", "avx512f", "avx512_vnni"}, True),
        ("AMD64", {"avx2", "avx_vnni"}, True),
        ("aarch64", set(), True),
        ("arm64", set(), True),
        ("riscv64", set(), False),
    ],
)
def test_only_processors_that_are_known_to_be_exact_have_all_eight_bits(
    machine: str, flags: set[str], exact: bool
) -> None:
    assert multiplies_bytes_exactly(machine, frozenset(flags)) == exact


def test_what_this_processor_can_do_is_read() -> None:
    machine, flags = this_processor()
    assert machine
    assert not Path("/proc/cpuinfo").exists() or machine != "x86_64" or "sse2" in flags


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{model}", "{pictures}", "-o", "{out}/small.bin"], "*.onnx"),
        (["{model}", "{pictures}", "-o", "{model}"], "--force"),
        (["{model}", "{out}/nowhere", "-o", "{out}/small.onnx"], "there is no picture in it"),
        (["{pictures}/0.png", "{pictures}", "-o", "{out}/small.onnx"], "not an ONNX model"),
        (["{out}/none.onnx", "{pictures}", "-o", "{out}/small.onnx"], "no such model file"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    model: Path, pictures: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    places = {"model": model, "pictures": pictures, "out": tmp_path}
    code, _, err = quantise(*[each.format(**places) for each in arguments])
    assert code == 2
    assert err.startswith("maskwatch: ")
    assert message in err
    assert not (tmp_path / "small.onnx").exists()


def test_a_broken_picture_is_named(model: Path, pictures: Path, tmp_path: Path) -> None:
    (pictures / "1.png").write_bytes(b"no picture")
    code, _, err = quantise(model, pictures, "-o", tmp_path / "small.onnx")
    assert code == 2
    assert "1.png" in err


def test_the_colours_of_the_fake_are_told_apart_after_quantising() -> None:
    """A guard on the other tests: with scores this near, eight bits could still confuse the classes."""
    values = sorted(max(colour) for colour in COLOURS.values())
    assert min(b - a for a, b in zip(values, values[1:], strict=False)) > 255 / 127
