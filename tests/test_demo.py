"""The demonstration: the film, what is said of it, and the shipped model at work on it."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from commands import maskwatch
from maskwatch import Detector
from maskwatch import boxes as box_math
from maskwatch.cli import demo_run
from maskwatch.cli.demo_run import run_demo
from maskwatch.cli.demo_watch import watch_demo
from maskwatch.demo.portraits import eileen_collins, grace_hopper
from maskwatch.demo.scene import DURATION_S, HEIGHT, WIDTH, Scene, Truth
from maskwatch.demo.timeline import Stretch, own_label, settle, stretches
from maskwatch.demo.worn_mask import with_mask
from maskwatch.detection.shipped import DEFAULT_MODEL, is_shipped
from maskwatch.detections import Detections, make_detections
from maskwatch.errors import UserError
from maskwatch.pictures.video import VideoReader
from maskwatch.watching.nouns import EventKind
from maskwatch.watching.store import Store
from parts import PARTS

NAMES = ("mask", "no_mask")
TIMES_S = np.linspace(0, DURATION_S, 19, endpoint=False).tolist()

needs_the_shipped_model = pytest.mark.skipif(
    not is_shipped(DEFAULT_MODEL), reason=f"{DEFAULT_MODEL} is not yet among the shipped files"
)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


@pytest.fixture
def few_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of the frames says as much in a quarter of the time."""
    monkeypatch.setattr(demo_run, "FRAMES_PER_S", 3)


def as_found(truths: tuple[Truth, ...], shift_px: float = 0) -> Detections:
    boxes = np.stack([truth.box for truth in truths]) + np.float32(shift_px)
    labels = np.array([NAMES.index(truth.label) for truth in truths])
    scores = np.full(len(truths), 0.9, np.float32)
    return make_detections(boxes, scores, labels, np.zeros((len(truths), 2), np.float32), NAMES)


def test_a_frame_depends_on_the_time_alone(scene: Scene) -> None:
    frame = scene.frame(4.0)
    assert frame.shape == (HEIGHT, WIDTH, 3)
    assert frame.dtype == np.uint8
    scene.frame(1.0)
    np.testing.assert_array_equal(scene.frame(4.0), frame)
    assert (scene.frame(4.5) != frame).any()


def test_everybody_moves_and_no_face_is_cut_or_covered(scene: Scene) -> None:
    boxes = np.array([[truth.box for truth in scene.truth(time_s)] for time_s in TIMES_S])
    assert (boxes >= 0).all()
    assert (boxes <= [WIDTH, HEIGHT, WIDTH, HEIGHT]).all()
    assert all(box_math.iou(pair[:1], pair[1:]).item() == 0 for pair in boxes)
    assert (boxes[-1, :, 0] - boxes[0, :, 0] > 150).all()


def test_each_wears_the_mask_in_the_middle_of_the_time(scene: Scene) -> None:
    for person in scene.people:
        labels = [truth.label for time_s in TIMES_S for truth in scene.truth(time_s) if truth.person == person]
        runs = [part.label for part in stretches(labels, DURATION_S / len(TIMES_S))]
        assert runs == ["no_mask", "mask", "no_mask"]
        assert labels.count("mask") >= 5


@pytest.mark.parametrize("make", [grace_hopper, eileen_collins])
def test_the_mask_covers_nose_to_chin_and_leaves_the_eyes(make: object) -> None:
    portrait = make()  # type: ignore[operator]
    before, after = (np.asarray(each.convert("RGB"), int) for each in (portrait.cutout, with_mask(portrait)))
    changed = np.abs(before - after).max(axis=2) > 8
    x1, y1, x2, y2 = (round(edge) for edge in portrait.face)
    height, width = y2 - y1, x2 - x1
    mouth = (
        slice(y1 + int(0.62 * height), y1 + int(0.9 * height)),
        slice(x1 + int(0.25 * width), x1 + int(0.75 * width)),
    )
    assert changed[mouth].mean() > 0.97
    red, green, blue = after[mouth].reshape(-1, 3).mean(axis=0)
    assert blue > green > red
    assert changed[y1 : y1 + int(0.3 * height), x1:x2].mean() < 0.03
    outside = changed.copy()
    outside[y1 : y2 + height // 4, x1 - width // 8 : x2 + width // 8] = False
    assert not outside.any()


@pytest.mark.parametrize(
    ("labels", "settled"),
    [
        pytest.param("aaabaaaa", "aaaaaaaa", id="one slip is no change"),
        pytest.param("aaaabbbb", "aaaabbbb", id="a change stays where it is"),
        pytest.param("aaa-aaaa", "aaaaaaaa", id="a face missed once is not gone"),
        pytest.param("a", "a", id="one frame"),
        pytest.param("", "", id="none"),
    ],
)
def test_labels_settle_by_majority(labels: str, settled: str) -> None:
    frames = [None if label == "-" else label for label in labels]
    assert settle(frames, 5) == list(settled)


def test_runs_of_a_label_become_stretches_of_time() -> None:
    assert stretches(["a", "a", None, "b"], 0.5) == [
        Stretch(0, 1, "a"),
        Stretch(1, 1.5, None),
        Stretch(1.5, 2, "b"),
    ]
    assert stretches([], 0.5) == []


def test_a_person_has_the_label_of_the_face_on_their_own(scene: Scene) -> None:
    first, second = truths = scene.truth(3.0)
    assert first.label != second.label
    found = as_found(truths, shift_px=5)
    assert own_label(first, found) == first.label
    assert own_label(second, found) == second.label
    assert own_label(first, as_found((second,))) is None
    assert own_label(first, found[np.zeros(2, bool)]) is None


def test_the_clip_its_record_and_the_times_are_left_and_named(
    scene: Scene, few_frames: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    times = iter(np.arange(0, DURATION_S, 1 / 3))

    def knows_the_truth(picture: NDArray[np.uint8]) -> Detections:
        return as_found(scene.truth(next(times)))

    seen = run_demo(knows_the_truth, "the truth", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["demo.json", "demo.webm"]
    with VideoReader(str(tmp_path / "out" / "demo.webm")) as reader:
        assert len(list(reader)) == 27
    record = json.loads((tmp_path / "out" / "demo.json").read_text())
    assert record["model"] == "the truth"
    assert len(record["frames"]) == 27
    assert {person["name"]: len(person["states"]) for person in record["people"]} == dict.fromkeys(scene.people, 3)
    printed = capsys.readouterr().out
    assert str(tmp_path / "out" / "demo.webm") in printed
    for person, own in seen.items():
        start_s, end_s = scene.masked_s(person)
        assert abs(own[1].start_s - start_s) <= 0.5
        assert abs(own[1].end_s - end_s) <= 0.5
        assert person in printed


@needs_the_shipped_model
def test_the_shipped_model_sees_both_put_the_mask_on_and_take_it_off(few_frames: None, tmp_path: Path) -> None:
    ran = maskwatch("demo", "--out", tmp_path / "two words")
    assert ran.code == 0, ran.err
    record = json.loads((tmp_path / "two words" / "demo.json").read_text())
    for person in record["people"]:
        assert [state["label"] for state in person["states"]] == ["no_mask", "mask", "no_mask"], person
    assert str(tmp_path / "two words" / "demo.webm") in ran.out
    if PARTS["libgl"][0]():
        with Store(tmp_path / "two words" / "demo.sqlite", create=False) as store:
            told = [event for event in store.events() if event.kind is not EventKind.CAMERA]
            assert [passage.state for passage in store.passages()] == ["no_mask", "no_mask"]
        # Each is without a mask before and after it is on.
        assert sorted((event.kind, event.track) for event in told) == [("no_mask", 1)] * 2 + [("no_mask", 2)] * 2
        assert "maskwatch report --config" in ran.out
    else:
        assert "apt-get install libgl1" in ran.out


def test_a_demo_that_cannot_watch_says_what_is_missing_and_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "trackers", None)
    watch_demo(tmp_path)
    assert "pip install 'maskwatch[watch]'" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@needs_the_shipped_model
def test_the_shipped_model_gives_the_same_in_a_batch_and_on_both_engines(scene: Scene) -> None:
    pytest.importorskip("openvino")
    large = [scene.frame(time_s) for time_s in (0.5, 3.0, 4.5)]
    pictures = [*large, large[0][:, :540], large[1][:301, :399]]
    found = {}
    for device in ("cpu", "openvino"):
        detector = Detector(device=device, score=0.05, threads=1)
        found[device] = detector.detect_batch(pictures)
        for alone, together in zip((detector.detect(picture) for picture in pictures), found[device], strict=True):
            np.testing.assert_array_equal(alone.xyxy, together.xyxy)
            np.testing.assert_array_equal(alone.data["class_scores"], together.data["class_scores"])
    for one, other in zip(found["cpu"], found["openvino"], strict=True):
        assert len(sure(one)) > 0
        assert_among(sure(one), other)
        assert_among(sure(other), one)


def sure(found: Detections) -> Detections:
    """Those whose score is far from the threshold, where rounding decides nothing."""
    chosen = found[found.confidence > 0.3]
    assert isinstance(chosen, Detections)
    return chosen


def assert_among(some: Detections, found: Detections) -> None:
    """Each of some is in the other list too, but for rounding."""
    for box, scores in zip(some.xyxy, some.data["class_scores"], strict=True):
        near = (np.abs(found.xyxy - box) <= 0.05).all(axis=1)
        assert (np.abs(found.data["class_scores"] - scores) <= 1e-3).all(axis=1)[near].any()


@pytest.mark.parametrize(("module", "make"), [("matplotlib.cbook", grace_hopper), ("skimage", eileen_collins)])
def test_a_portrait_that_is_not_installed_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, module: str, make: object
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match=r"pip install 'maskwatch\[demo\]'"):
        make()  # type: ignore[operator]


def test_a_file_is_no_folder_to_write_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match="that is a file; give a folder"):
        run_demo(lambda picture: as_found(()), "none", tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
