"""Pictures of events on their way to the disk, where the site wants any: blurred first, or not written at all."""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwatch.config import Site
from maskwatch.files import replacing
from maskwatch.pictures.pixelate import pixelate
from maskwatch.watching.nouns import EventKind
from maskwatch.watching.station import Outcome, Station
from maskwatch.web.kept_pictures import KeptPictures
from maskwatch.web.watchside.shots import Shot, encode_jpeg

log = logging.getLogger(__name__)

_OF_FACES = frozenset((EventKind.NO_MASK, EventKind.INCORRECT, EventKind.SHARE_LOW, EventKind.COUNT_HIGH))
_MOST_WAITING = 20
_FORGET_EVERY_S = 600.0
_A_DAY_S = 86400.0
_WHOLE_PX = 4096


@dataclass(frozen=True)
class _Job:
    event: str
    about_face: bool
    shot: Shot


@dataclass
class Keeper:
    """Writes in a thread of its own; what it cannot keep up with is left out.

    Args:
        site: gives the settings as they are now.
    """

    site: Callable[[], Site]
    store: Path
    written: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._places = KeptPictures(self.store)
        self._jobs: deque[_Job] = deque()
        self._news = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="keeps pictures", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Write what waits, and end."""
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join(5.0)

    def judged(self, station: Station, outcome: Outcome) -> None:
        """Called by the loop after each judged frame; only notes what began in it."""
        began = [event for event in outcome.events if event.ended is None and event.kind in _OF_FACES]
        frame = station.frame
        if not began or frame is None or not self._is_wanted(station.feed.name):
            return
        tracks = station.result.tracks
        boxes = np.concatenate([station.faces.xyxy.reshape(-1, 4), np.array([t.box for t in tracks]).reshape(-1, 4)])
        shot = Shot(station.feed.name, 0, frame, station.frame_s, tracks, boxes.astype(np.float32))
        with self._news:
            for event in began[: _MOST_WAITING - len(self._jobs)]:
                self._jobs.append(_Job(event.id, event.track is not None, shot))
            self._news.notify()

    def _is_wanted(self, camera: str) -> bool:
        return self.site().snapshots != "none" or self._collects(camera)

    def _collects(self, camera: str) -> bool:
        return any(each.collect_for_training for each in self.site().cameras if each.name == camera)

    def _work(self) -> None:
        forgotten_s = float("-inf")
        while True:
            with self._news:
                if not self._jobs and not self._closing:
                    self._news.wait(_FORGET_EVERY_S)
                job = self._jobs.popleft() if self._jobs else None
                closing = self._closing
            if job is not None:
                self._keep(job)
            elif closing:
                return
            if time.monotonic() - forgotten_s >= _FORGET_EVERY_S:
                forgotten_s = time.monotonic()
                self.forget()

    def _keep(self, job: _Job) -> None:
        try:
            jpeg = snapshot_jpeg(job.shot, self.site().snapshots, about_face=job.about_face)
            if jpeg is not None:
                _write(self._places.snapshots / f"{job.event}.jpg", jpeg)
                self.written += 1
            if self._collects(job.shot.camera):
                self._collect(job)
        except (OSError, ValueError, MemoryError) as error:
            log.error("a picture of an event could not be kept: %s", error)

    def _collect(self, job: _Job) -> None:
        frame, seen = job.shot.frame, [track for track in job.shot.tracks if track.seen]
        notes = {
            "width": frame.size[0],
            "height": frame.size[1],
            "boxes": [track.box for track in seen],
            "labels": [track.state for track in seen],
        }
        _write(self._places.waiting / f"{job.event}.jpg", encode_jpeg(frame.pixels, _WHOLE_PX))
        _write(self._places.waiting / f"{job.event}.json", json.dumps(notes).encode())
        for old in _newest_first(self._places.waiting, ".jpg")[self.site().training_pictures :]:
            old.unlink(missing_ok=True)
            old.with_suffix(".json").unlink(missing_ok=True)

    def forget(self) -> None:
        """Delete pictures that are older than the site keeps anything."""
        oldest_s = time.time() - self.site().retention_days * _A_DAY_S
        for folder in (self._places.snapshots, self._places.waiting, self._places.cases):
            for path in _newest_first(folder, ""):
                if path.stat().st_mtime < oldest_s:
                    path.unlink(missing_ok=True)


def snapshot_jpeg(shot: Shot, snapshots: str, *, about_face: bool) -> bytes | None:
    """What is kept of an event; None for nothing: because the site says so, or because no face was there to blur.

    Args:
        about_face: whether the event is about somebody, who has to be found in the picture to be blurred.
    """
    if snapshots == "none":
        return None
    if snapshots == "clear":
        return encode_jpeg(shot.frame.pixels, _WHOLE_PX)
    if about_face and not _covers_something(shot.faces, shot.frame.size):
        return None
    return encode_jpeg(pixelate(shot.frame.pixels, shot.faces), _WHOLE_PX)


def _covers_something(boxes: NDArray[np.float32], size: tuple[int, int]) -> bool:
    inside = np.clip(boxes, 0, np.array([*size, *size], np.float32))
    return bool(((inside[:, 2] > inside[:, 0]) & (inside[:, 3] > inside[:, 1])).any())


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def _newest_first(folder: Path, suffix: str) -> list[Path]:
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.is_file() and path.name.endswith(suffix)]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
