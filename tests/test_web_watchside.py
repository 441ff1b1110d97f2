"""What the watch shows and keeps: the newest picture wins, faces are covered, nobody who looks is waited for."""

import asyncio
import io
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwatch.config import Site
from maskwatch.data.reading import read_samples
from maskwatch.detections import make_detections
from maskwatch.pictures.pixelate import pixelate
from maskwatch.watching.judge import StepResult
from maskwatch.watching.nouns import Event, EventKind, State, Track
from maskwatch.watching.station import Outcome, Station
from maskwatch.web.hub import Hub
from maskwatch.web.kept_pictures import KeptPictures
from maskwatch.web.messages import Message
from maskwatch.web.models import Picture
from maskwatch.web.watchside.keeper import Keeper, snapshot_jpeg
from maskwatch.web.watchside.shots import Shots, picture_message
from watch_parts import NOON, FakeClock, ListFeed, NotingJudge, frame_at, noise

ID = "7939bedd-39af-599b-ab7b-2a028ae90bd3"
TRACK = Track(3, (8.0, 8.0, 24.0, 28.0), State.NO_MASK, None, 0.9, ("desk",), True, 1.0)


def station(clock: FakeClock, name: str = "a", sequence: int = 1) -> Station:
    """A station that has judged a noisy frame with one face in it."""
    made = Station(ListFeed(name, [], clock), NotingJudge(), None, 2.0)  # type: ignore[arg-type]
    made.frame = frame_at(clock.now_s, sequence, np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8))
    made.frame_s = clock.now_s
    made.result = StepResult(tracks=(TRACK,))
    boxes = np.array([[40, 10, 56, 30]], np.float32)
    made.faces = make_detections(boxes, np.ones(1), np.zeros(1, int), np.ones((1, 2)), ("mask", "no_mask"))
    return made


def decoded(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)))


def roughness(pixels: np.ndarray, box: tuple[int, int, int, int]) -> float:
    """How far neighbours differ, on average; a JPEG of noise keeps most of it."""
    x1, y1, x2, y2 = box
    return float(np.abs(np.diff(pixels[y1:y2, x1:x2].astype(int), axis=1)).mean())


def test_nothing_is_noted_while_nobody_looks_and_only_the_newest_is_sent() -> None:
    clock, shots = FakeClock(), Shots()
    assert not shots.put(station(clock), 0.0)
    shots.looked_at = ("a", "b")
    for number in range(5):
        clock.now_s += 1
        assert shots.put(station(clock, "a", number), clock.now_s)
    assert not shots.put(station(clock, "a"), clock.now_s + 0.01)  # too soon after the last one
    shots.put(station(clock, "b"), clock.now_s)
    taken = shots.take()
    assert [shot.camera for shot in taken] == ["a", "b"]
    assert taken[0].frame.sequence == 4
    assert shots.take() == []


def test_sequences_grow_over_restarts() -> None:
    clock = FakeClock()
    numbers = []
    for _ in range(2):
        shots = Shots(("a",))
        for _ in range(3):
            clock.now_s += 1
            shots.put(station(clock), clock.now_s)
            numbers += [shot.sequence for shot in shots.take()]
        time.sleep(0.02)
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("faces", ["pixelated", "clear", "none"])
def test_faces_are_shown_as_the_site_says(faces: str) -> None:
    clock, shots = FakeClock(), Shots(("a",))
    shots.put(station(clock), clock.now_s)
    message = picture_message(shots.take()[0], faces, clock)  # type: ignore[arg-type]
    told = Picture.model_validate_json(message.head)
    assert (told.boxes[0].left, told.boxes[0].bottom) == (0.125, round(28 / 48, 5))
    if faces == "none":
        assert message.body == b""
        return
    pixels = decoded(message.body)
    for box in ((10, 10, 22, 26), (42, 12, 54, 28)):  # who is followed, and what was only found
        assert (roughness(pixels, box) < 12) == (faces == "pixelated")
    assert roughness(pixels, (28, 2, 36, 46)) > 20


def test_a_pixelated_face_is_a_few_squares_and_the_rest_is_untouched() -> None:
    picture = noise(1)
    boxes = np.array([[10, 10, 26, 30], [-20, -20, -5, -5], [60, 40, 90, 90], [5, 5, 5, 5]], np.float32)
    done = pixelate(picture, boxes)
    assert len(np.unique(done[5:35, 6:30].reshape(-1, 3), axis=0)) <= 16
    assert np.array_equal(done[:, 32:50], picture[:, 32:50])
    assert not np.shares_memory(done, picture)
    assert np.array_equal(pixelate(picture, np.zeros((0, 4), np.float32)), picture)


def picture_of(sequence: int, camera: str = "a", body: bytes = b"jpeg") -> Message:
    head = Picture(camera=camera, sequence=sequence, utc=NOON, age_s=0.1, width=4, height=4, boxes=())
    return Message("picture", head.model_dump_json().encode(), body)


def test_a_viewer_that_stalls_holds_one_picture_of_each_camera_and_few_events() -> None:
    hub = Hub(lambda cameras: None)
    with hub.viewing(None, pictures=True) as stalled, hub.viewing(frozenset("b"), pictures=False) as other:
        for number in range(500):
            hub.hear(picture_of(number))
            hub.hear(picture_of(number, "b"))
            hub.hear(Message("event", b"{}"))
        waiting = stalled.take()
        assert len(waiting) == 50 + 2
        assert b'"sequence":499' in waiting[-1]
        assert b'"jpeg":"anBlZw=="' in waiting[-1]
        assert [text for text in other.take() if b"picture" in text] == [waiting[-1].replace(b'"anBlZw=="', b"null")]
        assert stalled.take() == []
    assert hub.viewers == 0


def watch_message(*cameras: str) -> Message:
    live = {
        "state": "live", "reason": "", "frame_age_s": 0.1, "frames_per_s": 5, "in_view": {}, "width": 4, "height": 4,
        "dropped": 0,
    }  # fmt: skip
    told = {
        "utc": NOON.isoformat(), "version": "0", "began": NOON.isoformat(), "model": "m", "looks": 1, "look_s": 0.1,
        "store_waiting": 0, "store_lost": 0, "store_trouble": None, "memory_mb": None,
        "cameras": [live | {"name": name} for name in cameras],
    }  # fmt: skip
    return Message("watch", json.dumps(told).encode())


def test_the_watch_encodes_for_cameras_that_somebody_looks_at() -> None:
    asked: list[set[str]] = []
    hub = Hub(lambda cameras: asked.append(set(cameras)))
    hub.hear(watch_message("a", "b", "c"))
    with hub.viewing(frozenset("a"), pictures=True):
        with hub.viewing(frozenset(("b", "nonsense")), pictures=True):
            pass
        with hub.viewing(None, pictures=False):
            hub.hear(watch_message("a", "d"))
    assert asked == [{"a"}, {"a", "b"}, {"a"}, {"a", "b", "c"}, {"a", "d"}, {"a"}, set()]


def test_a_picture_is_waited_for_and_given_to_all_who_ask() -> None:
    async def asked() -> None:
        hub = Hub(lambda cameras: None)
        first, second = (asyncio.create_task(hub.picture("a", 5.0)) for _ in range(2))
        await asyncio.sleep(0)
        hub.hear(picture_of(1))
        for got in (await first, await second, await hub.picture("a", 5.0)):
            assert got is not None
            assert got.body == b"jpeg"
        assert await hub.picture("b", 0.01) is None
        assert hub.viewers == 0

    asyncio.run(asked())


def begun(kind: EventKind = EventKind.NO_MASK) -> Event:
    return Event(ID, kind, "a", "desk", 3, NOON)


def keep(tmp_path: Path, change: Callable[[Station], None] = lambda each: None, **settings: object) -> KeptPictures:
    """What is kept of an event by a site with such settings."""
    camera = {"name": "a", "address": "demo", "collect_for_training": settings.pop("collect", False)}
    site = Site.model_validate({"cameras": [camera], **settings})
    store, judged = tmp_path / "s.sqlite", station(FakeClock())
    change(judged)
    keeper = Keeper(lambda: site, store)
    keeper.start()
    keeper.judged(judged, Outcome((begun(),)))
    keeper.close()
    return KeptPictures(store)


def test_by_default_no_picture_is_kept_of_anything(tmp_path: Path) -> None:
    keep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_blurred_snapshot_shows_no_face_and_a_clear_one_does(tmp_path: Path) -> None:
    for name in ("blurred", "clear"):
        jpeg = keep(tmp_path / name, snapshots=name).snapshot(ID)
        assert jpeg is not None
        assert (roughness(decoded(jpeg), (42, 12, 54, 28)) < 12) == (name == "blurred")


def test_what_cannot_be_blurred_is_not_written(tmp_path: Path) -> None:
    def without_faces(each: Station) -> None:
        each.faces, each.result = each.faces[:0], StepResult(tracks=(replace(TRACK, box=(-9.0, -9.0, -1.0, -1.0)),))

    assert keep(tmp_path, without_faces, snapshots="blurred").snapshot(ID) is None


def test_a_blurring_that_fails_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr("maskwatch.web.watchside.keeper.pixelate", fails)
    assert keep(tmp_path, snapshots="blurred").snapshot(ID) is None
    assert not list(tmp_path.rglob("*.jpg"))


def test_a_wrong_event_becomes_a_case_that_can_be_trained_on(tmp_path: Path) -> None:
    places = keep(tmp_path, collect=True)
    assert places.snapshot(ID) is None
    assert places.keep_case(ID, 10) is None
    assert places.keep_case(ID, 10) is None  # again is once
    sample = read_samples(places.cases).samples[0]
    assert sample.labels == ("no_mask",)
    assert sample.boxes.tolist() == [list(TRACK.box)]
    assert (sample.width, sample.height) == (64, 48)


def test_without_collecting_the_page_is_told_so(tmp_path: Path) -> None:
    places = keep(tmp_path, snapshots="clear")
    assert "does not collect" in (places.keep_case(ID, 10) or "")
    for name in ("../../etc/passwd", "", "x", f"{ID}/.."):
        assert "does not collect" in (places.keep_case(name, 10) or "")
        assert places.snapshot(name) is None


def test_what_is_collected_is_bounded_and_forgotten(tmp_path: Path) -> None:
    site = Site.model_validate(
        {
            "cameras": [{"name": "a", "address": "demo", "collect_for_training": True}],
            "training_pictures": 3,
            "snapshots": "clear",
            "retention_days": 1,
        }
    )
    keeper = Keeper(lambda: site, tmp_path / "s.sqlite")
    keeper.start()
    for number in range(6):
        keeper.judged(station(FakeClock()), Outcome((replace(begun(), id=f"{ID[:-1]}{number}"),)))
        while keeper.written <= number:
            time.sleep(0.01)
    keeper.close()
    places = KeptPictures(tmp_path / "s.sqlite")
    assert len(list(places.waiting.glob("*.jpg"))) == len(list(places.waiting.glob("*.json"))) == 3
    assert len(list(places.snapshots.iterdir())) == 6
    import os

    for path in tmp_path.rglob("*.*"):
        os.utime(path, (0, 0))
    keeper.forget()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_snapshot_of_something_without_a_face_needs_none() -> None:
    clock, shots = FakeClock(), Shots(("a",))
    shots.put(station(clock), clock.now_s)
    shot = replace(shots.take()[0], faces=np.zeros((0, 4), np.float32))
    assert snapshot_jpeg(shot, "blurred", about_face=False) is not None
    assert snapshot_jpeg(shot, "blurred", about_face=True) is None
    assert snapshot_jpeg(shot, "none", about_face=False) is None
