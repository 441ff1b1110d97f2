"""How well passages are judged: 1,000 made-up tracks seen with a model's measured errors.

    python benchmarks/watch_check.py ERRORS.json [--tracks 1000] [--frames-per-s 5 10] [--lasting 0.4]
                                     [--min-face-px 20] [--json FILE]

ERRORS.json comes from `error_tables.py`. Printed are precision and recall of events, the time from the first clear
frame of a state to its event, and how many tracks were joined, split or switched. An event is right if the face it
is about was in that state; an episode of a state is to be told of if a face of at least the least size was in view
for two seconds of it. A frame is clear if the model gave the state that was so at least half. Of episodes with a
second of clear frames recall is given as well: what is missed of those, the judgement has missed and not the model.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from pydantic import SecretStr

from maskwatch import boxes as box_math
from maskwatch.config import Camera, FaceRule, Site
from maskwatch.watching.evidence import STATES
from maskwatch.watching.judge import Judgement, StepResult
from maskwatch.watching.nouns import EventKind, Moment, State

sys.path.insert(0, str(Path(__file__).parent))
from watch_scenes import HEIGHT, WIDTH, ErrorTables, Scene, Seen, Walker, make_scene

_START = datetime(2024, 1, 1, tzinfo=UTC)
_EPISODE_S = 2.0
_LATE_S = 1.5
_CLEAR = 0.5
_CLEAR_S = 1.0
_TOLD = {State.NO_MASK: EventKind.NO_MASK, State.INCORRECT: EventKind.INCORRECT}


@dataclass
class Tally:
    """What is counted over scenes; `to_declare_s` only of episodes that were told of."""

    right: int = 0
    wrong: int = 0
    told: int = 0
    missed: int = 0
    told_clear: int = 0
    clear: int = 0
    people: int = 0
    joined: int = 0
    split: int = 0
    switched: int = 0
    nobody: int = 0
    wrong_of_nobody: int = 0
    hours: float = 0.0
    to_declare_s: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float | int | None]:
        times = sorted(self.to_declare_s)
        return {
            "precision": _share(self.right, self.right + self.wrong),
            "recall": _share(self.told, self.told + self.missed),
            "recall_of_clear_ones": _share(self.told_clear, self.clear),
            "precision_among_people": _share(self.right, self.right + self.wrong - self.wrong_of_nobody),
            "events": self.right + self.wrong,
            "events_of_nobody": self.wrong_of_nobody,
            "episodes": self.told + self.missed,
            "median_s": float(np.median(times)) if times else None,
            "p95_s": float(np.percentile(times, 95)) if times else None,
            "tracks": self.people,
            "joined": self.joined,
            "split": self.split,
            "switched": self.switched,
            "passages_of_nobody": self.nobody,
            "wrong_events_an_hour": self.wrong / self.hours if self.hours else None,
        }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


@dataclass(frozen=True)
class Episode:
    """Somebody in one state for long enough to be told of; `clear` are the times of its clear frames."""

    walker: int
    state: State
    from_s: float
    to_s: float
    clear: list[float]


def site_of(min_face_px: float, frames_per_s: float) -> Site:
    """No zones, no cool-down: every event counts."""
    rules = tuple(FaceRule(name=kind, kind=kind, cooldown_s=0) for kind in ("no_mask", "incorrect"))
    camera = Camera(name="made up", address=SecretStr("none"))
    return Site(cameras=(camera,), rules=rules, min_face_px=min_face_px, frames_per_s=frames_per_s)


def episodes(walker: Walker, frames: Sequence[Seen], min_face_px: float) -> Iterator[Episode]:
    """What is to be told of somebody."""
    ends = [since for since, _ in walker.states[1:]] + [walker.leaves_s]
    for (since_s, state), to_s in zip(walker.states, ends, strict=True):
        seen = [frame for frame in frames if since_s <= frame.time_s < to_s and walker.box(frame.time_s)]
        in_view_s = len(seen) * (frames[1].time_s - frames[0].time_s)
        if state in _TOLD and walker.side_px >= min_face_px and in_view_s >= _EPISODE_S:
            clear = [frame.time_s for frame in seen if _is_clear(frame, walker.number, STATES.index(state))]
            yield Episode(walker.number, state, seen[0].time_s, to_s, clear)


def _is_clear(frame: Seen, owner: int, column: int) -> bool:
    if owner not in frame.owners:
        return False
    return bool(frame.faces.data["class_scores"][frame.owners.index(owner), column] >= _CLEAR)


def owners(seen: Seen, result: StepResult) -> dict[int, int]:
    """Whose face (0: nobody's) each track seen in a frame lies on."""
    tracks = [track for track in result.tracks if track.seen]
    if not tracks or not len(seen.faces):
        return {}
    overlap = box_math.iou(np.array([track.box for track in tracks], np.float32), seen.faces.xyxy.astype(np.float32))
    return {track.number: seen.owners[int(row.argmax())] for track, row in zip(tracks, overlap, strict=True)}


def run_scene(scene: Scene, site: Site, tally: Tally) -> None:
    """Judge a scene and count what came of it."""
    judgement = Judgement(site.cameras[0], site, STATES, scene.tables.default_score)
    by_number: dict[int, list[int]] = defaultdict(list)
    events: list[tuple[float, State, int]] = []
    frames = []
    passages: set[int] = set()
    for seen in scene.frames(site.frames_per_s):
        moment = Moment(_START + timedelta(seconds=seen.time_s), seen.time_s)
        result = judgement.step(seen.faces, moment, size=(WIDTH, HEIGHT))
        frames.append(seen)
        for number, owner in owners(seen, result).items():
            by_number[number].append(owner)
        passages |= {passage.track for passage in result.passages}
        for event in result.began:
            assert event.track is not None  # both rules are about faces
            events.append((seen.time_s, State(event.kind), by_number[event.track][-1]))
    passages |= {passage.track for passage in judgement.finish().passages}
    tally.hours += scene.ends_s / 3600
    _count_events(scene, events, frames, site.min_face_px, tally)
    _count_tracks(scene, {number: by_number[number] for number in passages}, tally)


def _count_events(
    scene: Scene, events: list[tuple[float, State, int]], frames: list[Seen], min_face_px: float, tally: Tally
) -> None:
    walkers = {walker.number: walker for walker in scene.walkers}
    for time_s, state, owner in events:
        walker = walkers.get(owner)
        # Who has just put a mask on was without one when the deciding frames were taken.
        just_s = max(walker.enters_s, time_s - _LATE_S) if walker else 0.0
        right = walker is not None and state in (walker.state(time_s), walker.state(just_s))
        tally.right += right
        tally.wrong += not right
        tally.wrong_of_nobody += walker is None
    for walker in scene.walkers:
        for episode in episodes(walker, frames, min_face_px):
            own = [time_s for time_s, state, owner in events if (owner, state) == (walker.number, episode.state)]
            told = [time_s for time_s in own if episode.from_s <= time_s < episode.to_s + _LATE_S]
            is_clear = len(episode.clear) >= _CLEAR_S / (frames[1].time_s - frames[0].time_s)
            tally.told += bool(told)
            tally.missed += not told
            tally.clear += is_clear
            tally.told_clear += is_clear and bool(told)
            if told and episode.clear:
                tally.to_declare_s.append(max(0.0, min(told) - episode.clear[0]))


def _count_tracks(scene: Scene, by_number: dict[int, list[int]], tally: Tally) -> None:
    """A track on two people is joined, a person in two tracks is split, each further person of a track a switch."""
    tally.people += len(scene.walkers)
    of_person: dict[int, int] = defaultdict(int)
    for owned in by_number.values():
        people = [owner for owner in owned if owner]
        tally.nobody += not people
        tally.joined += len(set(people)) > 1
        tally.switched += sum(a != b for a, b in zip(people, people[1:], strict=False))
        for owner in set(people):
            of_person[owner] += 1
    tally.split += sum(count > 1 for count in of_person.values())


def check(tables: ErrorTables, tracks: int, frames_per_s: float, lasting: float, min_face_px: float) -> Tally:
    """So many tracks, two a scene."""
    tally = Tally()
    site = site_of(min_face_px, frames_per_s)
    least = Judgement(site.cameras[0], site, STATES, tables.default_score).least_score
    for number in range(tracks // 2):
        run_scene(make_scene(number, tables, lasting, least), site, tally)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("errors", type=Path)
    parser.add_argument("--tracks", type=int, default=1000)
    parser.add_argument("--frames-per-s", type=float, nargs="+", default=[5, 10])
    parser.add_argument("--lasting", type=float, default=0.4)
    parser.add_argument("--min-face-px", type=float, default=20)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if not asked.errors.is_file():
        sys.exit(f"{asked.errors}: no measured errors there; make them with: python benchmarks/error_tables.py DATA")
    tables = ErrorTables(asked.errors)
    print(f"errors of {tables.model} on {tables.source}; {asked.lasting:.0%} of a face's easiness lasts")
    record = {}
    for frames_per_s in asked.frames_per_s:
        tally = check(tables, asked.tracks, frames_per_s, asked.lasting, asked.min_face_px)
        record[f"{frames_per_s:g}"] = tally.figures()
        print(f"\n{frames_per_s:g} frames/s")
        for name, value in tally.figures().items():
            print(f"  {name.replace('_', ' '):22} {'-' if value is None else round(value, 3)}")
    if asked.json:
        asked.json.write_text(json.dumps(record, indent=2))


if __name__ == "__main__":
    main()
