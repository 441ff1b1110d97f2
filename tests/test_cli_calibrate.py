"""`maskwatch calibrate`: what it fits, writes and refuses; what a calibrated checkpoint is."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from commands import Outcome, maskwatch  # noqa: E402
from evaluation_sets import BARE, MASK, SECOND, label, write_labelled  # noqa: E402
from fake_model import CLASS_NAMES, write_fake_model  # noqa: E402
from maskwatch.anchors import AnchorSettings  # noqa: E402
from maskwatch.cli import calibration_run  # noqa: E402
from maskwatch.detection.detector import Detector  # noqa: E402
from maskwatch.errors import UserError  # noqa: E402
from maskwatch.pictures.preprocessing import Preprocessing  # noqa: E402
from maskwatch.retinanet import checkpoint as checkpoints  # noqa: E402
from maskwatch.retinanet.calibration import Calibration  # noqa: E402
from maskwatch.retinanet.checkpoint import Checkpoint  # noqa: E402
from maskwatch.retinanet.network import RetinaNet  # noqa: E402
from maskwatch.retinanet.variants import WATCH_NANO  # noqa: E402

TWO_ANCHORS = AnchorSettings(WATCH_NANO.anchors.sizes, WATCH_NANO.anchors.strides, (1.0, 1.5), (1.0,))
LINES = Calibration((3.0, 2.0, 0.5), (0.1, -0.2, 1.0), 0.45, {"pictures": 9})


def new_checkpoint(**changes: object) -> Checkpoint:
    torch.manual_seed(0)
    settings = replace(WATCH_NANO, anchors=TWO_ANCHORS)
    weights = RetinaNet(settings, len(CLASS_NAMES)).state_dict()
    whole = Checkpoint(settings, CLASS_NAMES, Preprocessing(side_px=64).to_record(), weights)
    return replace(whole, **changes)  # type: ignore[arg-type]


def logits_of(checkpoint: Checkpoint) -> "torch.Tensor":
    torch.manual_seed(1)
    with torch.no_grad():
        return checkpoint.build()(torch.rand(2, 3, 64, 96) * 255).class_logits


def test_a_calibrated_network_says_its_lines_of_what_the_network_said() -> None:
    plain, calibrated = new_checkpoint(), new_checkpoint(calibration=LINES)
    lined = logits_of(plain) * torch.tensor(LINES.scales) + torch.tensor(LINES.shifts)
    torch.testing.assert_close(logits_of(calibrated), lined, atol=1e-4, rtol=1e-5)


def test_the_weights_of_a_calibrated_checkpoint_are_those_that_training_left(tmp_path: Path) -> None:
    calibrated = new_checkpoint(calibration=LINES)
    calibrated.build()
    calibrated.save(tmp_path / "calibrated.safetensors")
    opened = checkpoints.load(tmp_path / "calibrated.safetensors")
    assert opened.calibration == LINES
    for name, tensor in new_checkpoint().weights.items():
        assert torch.equal(opened.weights[name], tensor)


def test_a_checkpoint_without_calibration_is_opened_as_ever(tmp_path: Path) -> None:
    new_checkpoint().save(tmp_path / "plain.safetensors")
    opened = checkpoints.load(tmp_path / "plain.safetensors")
    assert opened.calibration is None
    assert torch.equal(logits_of(opened), logits_of(new_checkpoint()))


@pytest.mark.parametrize(
    "record",
    [
        {"scales": [1.0], "shifts": [0.0], "score": 0.5},
        {"scales": [1.0, 1.0, -1.0], "shifts": [0.0, 0.0, 0.0], "score": 0.5},
        {"scales": [1.0, 1.0, "x"], "shifts": [0.0, 0.0, 0.0], "score": 0.5},
        {"scales": [1.0, 1.0, 1.0], "score": 0.5},
        {"scales": [1.0, 1.0, 1.0], "shifts": [0.0, 0.0, 0.0], "score": 0.5, "more": 1},
        [],
        {},
    ],
)
def test_a_record_that_is_no_calibration_is_one_sentence(
    tmp_path: Path, record: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "calibrated.safetensors"
    monkeypatch.setattr(Calibration, "to_record", lambda self: record)
    new_checkpoint(calibration=LINES).save(path)
    with pytest.raises(UserError, match=r"calibrated\.safetensors: its record") as caught:
        checkpoints.load(path)
    assert "\n" not in str(caught.value)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """25 pictures, in five of which the mask that the fake model finds is nobody's."""
    for number in range(25):
        write_labelled(tmp_path / "data", f"{number:02}", mask=MASK, no_mask=BARE)
        if number % 5 == 0:
            label(tmp_path / "data", f"{number:02}", mask=SECOND, no_mask=BARE)
    return tmp_path / "data"


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    new_checkpoint().save(tmp_path / "best.safetensors")
    return tmp_path / "best.safetensors"


@pytest.fixture
def seeing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is new, so that a fake must see in its place."""
    detector = Detector(write_fake_model(tmp_path / "fake.onnx"), score=0.05)
    monkeypatch.setattr(calibration_run, "_detector", lambda request, loaded: detector)


def calibrate(*arguments: object) -> Outcome:
    return maskwatch("calibrate", *arguments)


@pytest.mark.usefixtures("seeing")
def test_the_checkpoint_written_has_lines_a_default_score_and_where_they_are_from(
    checkpoint: Path, data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "calibrated.safetensors"
    code, _, err = calibrate(checkpoint, data, "-o", out, "--false-alarms", 0.3)
    assert code == 0, err
    calibration = checkpoints.load(out).calibration
    assert calibration is not None
    assert calibration.summary["pictures"] == 25
    assert calibration.summary["faces"] == 50
    assert calibration.summary["shared_line"] == ["incorrect"]
    assert calibration.summary["false_alarms"] == {"rate": 0.3, "pictures": 25, "without_faces": False}
    assert calibration.score == 0.05  # five false faces in 25 pictures are allowed
    assert "Default score 0.05: at most 0.3 false faces a picture on 25 labelled pictures" in err
    assert "incorrect: logit times" in err
    assert "the line of the others" in err
    calibrate(checkpoint, data, "-o", out, "--false-alarms", 0)
    stricter = checkpoints.load(out).calibration
    assert stricter is not None
    assert stricter.score > 0.5


@pytest.mark.usefixtures("seeing")
def test_false_faces_may_be_counted_where_there_are_no_faces(checkpoint: Path, data: Path, tmp_path: Path) -> None:
    for number in range(4):
        write_labelled(tmp_path / "empty", f"{number}", **({"no_mask": BARE} if number == 0 else {}))
    out = tmp_path / "calibrated.safetensors"
    scores = []
    for rate in (0.2, 0.25):
        arguments = ("--backgrounds", tmp_path / "empty", "--false-alarms", rate, "--half")
        code, _, err = calibrate(checkpoint, data, "-o", out, *arguments)
        assert code == 0, err
        calibration = checkpoints.load(out).calibration
        assert calibration is not None
        assert calibration.summary["false_alarms"]["pictures"] == 4
        assert calibration.summary["false_alarms"]["without_faces"]
        scores.append(calibration.score)
    assert scores[0] > scores[1] == 0.05
    assert out.stat().st_size < 0.6 * checkpoint.stat().st_size


@pytest.mark.usefixtures("seeing")
def test_calibrating_anew_starts_afresh(checkpoint: Path, data: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    calibrate(checkpoint, data, "-o", first)
    calibrate(first, data, "-o", second)
    assert checkpoints.load(first).calibration == checkpoints.load(second).calibration


def test_the_default_score_is_that_of_measuring(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "calibrated.safetensors"
    new_checkpoint(calibration=LINES).save(path)
    _, out, err = maskwatch("evaluate", path, data, "--json", "-", "--no-coco")
    assert json.loads(out)["shown"]["score"] == 0.45, err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{checkpoint}", "{data}", "-o", "{data}"], "a folder; name a .safetensors file in it"),
        (["{data}/00.png", "{data}", "-o", "{out}"], "00.png"),
        (["{checkpoint}", "{data}/nowhere", "-o", "{out}"], "no such file or folder"),
        (["{checkpoint}", "{data}", "-o", "{out}", "--device", "cuda"], "PyTorch sees no GPU"),
        (["{checkpoint}", "{data}", "-o", "{out}", "--backgrounds", "{out}"], "there is no picture in it"),
        (["{checkpoint}", "{data}", "-o", "{out}", "--map", "mask=face,no_mask=face"], "share nothing"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence_and_nothing_is_written(
    checkpoint: Path, data: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    if "cuda" in arguments and torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    places = {"checkpoint": checkpoint, "data": data, "out": tmp_path / "out.safetensors"}
    code, out, err = calibrate(*[each.format(**places) for each in arguments])
    assert (code, out) == (2, "")
    assert err.startswith("maskwatch: ")
    assert message in err
    assert not (tmp_path / "out.safetensors").exists()


def test_one_picture_is_too_few_and_nothing_is_written(checkpoint: Path, tmp_path: Path) -> None:
    write_labelled(tmp_path / "data", "one", mask=MASK, no_mask=BARE)
    code, _, err = calibrate(checkpoint, tmp_path / "data", "-o", tmp_path / "out.safetensors", "--threads", 1)
    assert code == 2
    assert "of no class are 20 faces found in the 1 pictures: too few to calibrate on" in err
    assert not (tmp_path / "out.safetensors").exists()
