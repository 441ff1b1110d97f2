"""Real clips for `watch_check.py`, with who is where and masked when, written down by hand in `watch_clips.toml`."""

import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from watch_tally import Face

from maskwatch.pictures.video import VideoReader
from maskwatch.watching.camera.pace import RateLimit
from maskwatch.watching.nouns import State

NOTES = Path(__file__).with_name("watch_clips.toml")


@dataclass(frozen=True)
class Person:
    """Somebody in a clip.

    Attributes:
        side_px: of the face.
        state: all the time.
        path: time, and x and y of the middle of the face in pixels; between them straight.
        hidden: when the face cannot be seen.
    """

    number: int
    side_px: float
    state: State
    path: tuple[tuple[float, float, float], ...]
    hidden: tuple[tuple[float, float], ...]

    def face(self, time_s: float) -> Face | None:
        if not self.path[0][0] <= time_s <= self.path[-1][0] or any(a <= time_s < b for a, b in self.hidden):
            return None
        after = min(bisect_right([point[0] for point in self.path], time_s), len(self.path) - 1)
        (t1, x1, y1), (t2, x2, y2) = self.path[max(0, after - 1)], self.path[after]
        share = (time_s - t1) / (t2 - t1) if t2 > t1 else 0.0
        x, y, half = x1 + (x2 - x1) * share, y1 + (y2 - y1) * share, self.side_px / 2
        return Face(self.number, (x - half, y - half, x + half, y + half), self.state)


def read_notes(path: Path = NOTES) -> dict[str, list[Person]]:
    """The people of each clip, by the clip's file name."""
    notes: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        clip["file"]: [_person(number, person) for number, person in enumerate(clip["people"], start=1)]
        for clip in notes["clips"]
    }


def _person(number: int, person: dict[str, Any]) -> Person:
    path = tuple((float(t), float(x), float(y)) for t, x, y in person["path"])
    hidden = tuple((float(a), float(b)) for a, b in person.get("hidden", ()))
    return Person(number, float(person["side_px"]), State(person["state"]), path, hidden)


def frames(
    clip: Path, people: list[Person], frames_per_s: float
) -> Iterator[tuple[float, NDArray[np.uint8], tuple[Face, ...]]]:
    """Times, pictures (H, W, 3) uint8 RGB and the truth about each."""
    with VideoReader(str(clip), wants=RateLimit(frames_per_s).wants) as reader:
        for frame in reader:
            yield frame.time_s, frame.pixels, tuple(face for each in people if (face := each.face(frame.time_s)))
