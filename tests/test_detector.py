"""The detector, on a tiny model file that keeps the contract of `maskwatch export`."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

import maskwatch
from fake_model import CLASS_NAMES, fake_graph, fake_metadata, rectangle_picture, write_fake_model
from maskwatch.detection import shipped
from maskwatch.detection.detector import LARGEST_BATCH, Detector
from maskwatch.detections import Detections
from maskwatch.errors import UserError
from maskwatch.pictures.opening import PictureError
from maskwatch.pictures.preprocessing import Fit, Preprocessing


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_fake_model(tmp_path / "fake.onnx")


def assert_same(one: Detections, other: Detections) -> None:
    np.testing.assert_array_equal(one.xyxy, other.xyxy)
    np.testing.assert_array_equal(one.confidence, other.confidence)
    np.testing.assert_array_equal(one.class_id, other.class_id)
    for key in ("class_name", "class_scores"):
        np.testing.assert_array_equal(one.data[key], other.data[key])


def test_what_is_found_is_told_in_supervisions_terms_best_first(model: Path) -> None:
    picture = rectangle_picture(64, 48, no_mask=(30, 10, 50, 40), mask=(5, 6, 20, 30))
    found = Detector(model).detect(picture)
    np.testing.assert_array_equal(found.xyxy, np.array([[5, 6, 20, 30], [30, 10, 50, 40]], np.float32))
    np.testing.assert_allclose(found.confidence, [250 / 255, 240 / 255], rtol=1e-6)
    assert found.class_id is not None
    assert found.class_id.tolist() == [0, 1]
    assert found.data["class_name"].tolist() == ["mask", "no_mask"]
    np.testing.assert_allclose(found.data["class_scores"], [[250 / 255, 0, 0], [0, 240 / 255, 0]], rtol=1e-6)
    assert found.xyxy.dtype == found.data["class_scores"].dtype == np.float32


@pytest.mark.parametrize("device", ["cpu", "openvino"])
def test_nothing_found_has_the_shape_of_detections(model: Path, device: str) -> None:
    found = Detector(model, device=device).detect(rectangle_picture(64, 48))
    assert found.xyxy.shape == (0, 4)
    assert found.data["class_scores"].shape == (0, 3)
    assert found.data["class_name"].shape == (0,)
    assert len(found) == 0


@pytest.mark.parametrize("fit", ["long_side", "short_side", "letterbox"])
@pytest.mark.parametrize("size", [(640, 480), (101, 333), (2000, 40), (40, 2000), (1, 1), (64, 64)])
def test_boxes_are_in_pixels_of_the_picture_whatever_was_done_to_it(
    tmp_path: Path, fit: Fit, size: tuple[int, int]
) -> None:
    metadata = fake_metadata(preprocessing=Preprocessing(fit=fit, side_px=96, max_side_px=200, fill=10))
    detector = Detector(write_fake_model(tmp_path / "fake.onnx", metadata))
    width, height = size
    box = (width // 4, height // 4, width - width // 8, height - height // 8)
    found = detector.detect(rectangle_picture(width, height, mask=box))
    scaled = metadata.preprocessing.scaled_size(width, height)
    a_pixel = np.array([width / scaled[0], height / scaled[1]] * 2)
    assert (np.abs(found.xyxy[0] - box) <= np.maximum(a_pixel, 1)).all()
    assert (found.xyxy >= 0).all()
    assert (found.xyxy <= [width, height] * 2).all()


def test_a_face_in_the_letterboxs_fill_is_no_face(tmp_path: Path) -> None:
    metadata = fake_metadata(preprocessing=Preprocessing(fit="letterbox", side_px=96, fill=255))
    detector = Detector(write_fake_model(tmp_path / "fake.onnx", metadata))
    assert len(detector.detect(np.zeros((48, 96, 3), np.uint8))) == 0


@pytest.mark.parametrize("device", ["cpu", "openvino"])
def test_a_batch_gives_exactly_what_each_picture_gives_alone(model: Path, device: str) -> None:
    rng = np.random.default_rng(0)
    pictures = []
    for number in range(3 * LARGEST_BATCH):
        width, height = [(64, 48), (48, 64), (300, 200)][number % 3]
        x, y = (int(corner) for corner in rng.integers(0, 20, 2))
        names = CLASS_NAMES[: number % 4]
        labels = {name: (x, y + 8 * index, x + 15, y + 8 * index + 8) for index, name in enumerate(names)}
        pictures.append(rectangle_picture(width, height, **labels))
    detector = Detector(model, device=device)
    together = detector.detect_batch(pictures)
    assert [len(found) for found in together] == [number % 4 for number in range(3 * LARGEST_BATCH)]
    for picture, found in zip(pictures, together, strict=True):
        assert_same(found, detector.detect(picture))


def test_an_empty_batch_is_an_empty_list(model: Path) -> None:
    assert Detector(model).detect_batch([]) == []


def test_both_engines_give_the_same(model: Path) -> None:
    pytest.importorskip("openvino")
    rng = np.random.default_rng(1)
    engines = [Detector(model, device=device, score=0.9) for device in ("cpu", "openvino")]
    for _ in range(20):
        x1, y1, x2, y2 = (int(edge) for edge in rng.integers(0, 100, 4) + [0, 0, 101, 101])
        picture = rectangle_picture(320, 240, mask=(x1, y1, x2, y2), incorrect=(y1, x1, x2, y2))
        one, other = (engine.detect(picture) for engine in engines)
        np.testing.assert_array_equal(one.class_id, other.class_id)
        np.testing.assert_allclose(one.xyxy, other.xyxy, atol=1e-3)
        np.testing.assert_allclose(one.data["class_scores"], other.data["class_scores"], atol=1e-5)


@pytest.mark.parametrize("device", ["cpu", "openvino"])
def test_thresholds_are_the_models_own_unless_given(tmp_path: Path, device: str) -> None:
    metadata = replace(fake_metadata(), default_score=0.95, default_iou=0.6)
    path = write_fake_model(tmp_path / "fake.onnx", metadata)
    picture = rectangle_picture(64, 48, mask=(0, 0, 20, 20), no_mask=(0, 4, 20, 24), incorrect=(40, 20, 60, 40))

    def labels(**thresholds: float) -> list[str]:
        found = Detector(path, device=device, **thresholds).detect(picture)  # type: ignore[arg-type]
        return [str(name) for name in found.data["class_name"]]

    assert labels() == ["mask"]
    assert labels(score=0.5) == ["mask", "incorrect"]  # the first two overlap by 2/3
    assert labels(score=0.5, iou=0.7) == ["mask", "no_mask", "incorrect"]
    assert labels(score=0.93, iou=0.7) == ["mask", "no_mask"]


def test_a_picture_may_be_a_path(model: Path, tmp_path: Path) -> None:
    picture = rectangle_picture(64, 48, mask=(5, 6, 20, 30))
    Image.fromarray(picture).save(tmp_path / "a face.png")
    detector = Detector(str(model))
    assert_same(detector.detect(tmp_path / "a face.png"), detector.detect(picture))
    assert_same(detector.detect(str(tmp_path / "a face.png")), detector.detect(picture))
    with pytest.raises(PictureError):
        detector.detect(tmp_path / "missing.png")


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((48, 64, 3), np.float32),
        np.zeros((48, 64), np.uint8),
        np.zeros((48, 64, 4), np.uint8),
        np.zeros((0, 64, 3), np.uint8),
    ],
    ids=["floats", "grey", "four channels", "no rows"],
)
def test_an_array_that_is_no_picture_is_refused(model: Path, picture: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"uint8 RGB array of shape \(H, W, 3\)"):
        Detector(model).detect(picture)


def test_pictures_that_lie_in_memory_otherwise_are_fine(model: Path) -> None:
    picture = rectangle_picture(64, 48, mask=(5, 6, 20, 30))
    backwards = np.ascontiguousarray(picture[:, ::-1])[:, ::-1]
    read_only = picture.copy()
    read_only.flags.writeable = False
    detector = Detector(model, threads=1)
    for same in (backwards, read_only, np.asfortranarray(picture)):
        assert_same(detector.detect(same), detector.detect(picture))


def test_a_detector_knows_its_classes_and_its_record(model: Path) -> None:
    detector = Detector(model)
    assert detector.class_names == CLASS_NAMES
    assert detector.metadata == fake_metadata("fake")


def foreign_model(path: Path) -> None:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    other = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "g", [value], [other])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(made, {"maskwatch": fake_metadata().to_json()})
    path.write_bytes(made.SerializeToString())


BAD_MODELS = {
    "missing": (lambda path: None, "there is no such model file"),
    "a folder": (lambda path: path.mkdir(), "a folder"),
    "empty": (lambda path: path.write_bytes(b""), "not an ONNX model that can be run"),
    "a picture": (lambda path: Image.new("RGB", (9, 9)).save(path, "PNG"), "not an ONNX model that can be run"),
    "text": (lambda path: path.write_text("hello"), "not an ONNX model that can be run"),
    "half": (lambda path: path.write_bytes(fake_graph().SerializeToString()[:700]), "not an ONNX model"),
    "without our record": (lambda path: onnx.save(fake_graph(), path), "not one of maskwatch"),
    "another contract": (foreign_model, "not a model file of `maskwatch export`"),
    "a record that is no JSON": (lambda path: write_fake_model(path, extra="{"), "maskwatch export"),
    "a record of another format": (lambda path: write_fake_model(path, extra='{"format": 99}'), "format 1"),
    "a record that lacks things": (lambda path: write_fake_model(path, extra='{"format": 1}'), "lacks"),
    "a list for a record": (lambda path: write_fake_model(path, extra="[]"), "format 1"),
}


@pytest.mark.parametrize("kind", BAD_MODELS)
@pytest.mark.parametrize("device", ["cpu", "openvino"])
def test_a_file_that_is_something_else_is_one_sentence_with_its_name(tmp_path: Path, kind: str, device: str) -> None:
    make, message = BAD_MODELS[kind]
    path = tmp_path / "model.onnx"
    make(path)
    with pytest.raises(UserError, match=message) as caught:
        Detector(path, device=device)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "tpu"}, "no such device; it is one of auto, cpu, cuda, openvino"),
        ({"device": "cuda"}, "onnxruntime-gpu"),
        ({"score": 1.5}, "score is 1.5; it lies between 0 and 1"),
        ({"iou": -0.1}, "iou is -0.1"),
        ({"score": float("nan")}, "score is nan"),
    ],
)
def test_a_setting_that_cannot_be_is_one_sentence(model: Path, options: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        Detector(model, **options)  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore:Specified provider 'CUDAExecutionProvider':UserWarning")
def test_a_card_that_cannot_be_used_is_an_error_when_asked_for_and_passed_over_otherwise(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    providers = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: providers)
    monkeypatch.setattr("onnxruntime.preload_dlls", lambda: None)
    with pytest.raises(UserError, match="finds no usable CUDA here; use --device cpu"):
        Detector(model, device="cuda")
    assert len(Detector(model, device="auto").detect(rectangle_picture(64, 48, mask=(5, 6, 20, 30)))) == 1


def test_openvino_that_is_not_installed_is_named(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(UserError, match=r"pip install 'maskwatch\[openvino\]'"):
        Detector(model, device="openvino")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped models that holds two, `watch-nano` being the default."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    lines = []
    for name in ("watch-nano", "other"):
        write_fake_model(folder / f"{name}.onnx", fake_metadata(name))
        (folder / f"{name}.safetensors").write_bytes(b"weights of " + name.encode())
        (folder / f"{name}.md").write_text(f"# {name}\n\nFaces \N{FACE WITH MEDICAL MASK}.\n", encoding="utf-8")
        for suffix in (".onnx", ".safetensors"):
            content = (folder / f"{name}{suffix}").read_bytes()
            lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}{suffix}\n")
    (folder / "SHA256SUMS").write_text("".join(lines))
    monkeypatch.setattr(shipped, "MODELS_FOLDER", folder)
    return folder


def test_shipped_models_go_by_name_and_one_is_the_default(shelf: Path) -> None:
    assert shipped.shipped_models() == ("other", "watch-nano")
    assert Detector().metadata.name == "watch-nano"
    assert Detector("other").metadata.name == "other"
    assert shipped.checkpoint_path("other").read_bytes() == b"weights of other"
    assert shipped.shipped_card("other").startswith("# other")
    assert shipped.is_shipped("other")
    assert not shipped.is_shipped("another")


def test_a_shipped_file_that_was_changed_is_not_loaded(shelf: Path) -> None:
    with (shelf / "watch-nano.onnx").open("ab") as file:
        file.write(b" ")
    (shelf / "other.safetensors").write_bytes(b"weights of mother")
    with pytest.raises(UserError, match=r"watch-nano\.onnx: its SHA-256 is not the one in SHA256SUMS"):
        Detector()
    with pytest.raises(UserError, match=r"other\.safetensors: its SHA-256"):
        shipped.checkpoint_path("other")
    assert Detector("other").metadata.name == "other"


def test_a_shipped_file_that_is_gone_is_one_sentence(shelf: Path) -> None:
    (shelf / "watch-nano.onnx").unlink()
    with pytest.raises(UserError, match="is missing; install maskwatch again"):
        Detector()


def test_an_unknown_name_lists_what_is_shipped(shelf: Path) -> None:
    for ask in (lambda: Detector("watch-nana"), lambda: shipped.shipped_card("watch-nana")):
        with pytest.raises(UserError, match="shipped models: other, watch-nano"):
            ask()


def test_the_package_gives_the_detector_and_only_then_loads_it() -> None:
    assert maskwatch.Detector is Detector
    with pytest.raises(AttributeError, match="Detektor"):
        maskwatch.Detektor  # type: ignore[attr-defined]  # noqa: B018
    program = (
        "import sys, maskwatch; assert 'onnxruntime' not in sys.modules; from maskwatch import Detector; "
        "assert 'onnxruntime' in sys.modules; assert not {'torch', 'openvino'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


def test_a_signal_after_several_openvino_detectors_is_survived(model: Path) -> None:
    """Each OpenVINO core swaps the stack that signals run on; two that came and went left one that was unmapped."""
    pytest.importorskip("openvino")
    program = (
        "import gc, os, signal, sys\n"
        "from maskwatch import Detector\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('signal seen'))\n"
        "detectors = [Detector(sys.argv[1], device='openvino') for _ in range(2)]\n"
        "while detectors:\n"
        "    del detectors[0]\n"
        "    gc.collect()\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(model)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "signal seen\n"), done.stderr
