"""The work behind `maskwatch replay`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from maskwatch.config import Camera, Site, load_site
from maskwatch.detection.detector import Detector
from maskwatch.errors import UserError
from maskwatch.watching.building import framing_of, gate_of
from maskwatch.watching.camera.recording import recorded_frames, video_file
from maskwatch.watching.expected import Difference, Occurrence, compare, occurrence_of, read_expected
from maskwatch.watching.judge import Judgement
from maskwatch.watching.nouns import Passage
from maskwatch.watching.replay import Replay, replay


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    clip: Path
    config: Path
    camera: str | None
    expect: Path | None
    tolerance_s: float
    start: str
    json: bool


def run_replay(request: Request, device: str, threads: int | None) -> bool:
    """Judge the recording and print what came of it; whether it is what was expected."""
    if not request.clip.is_file():
        raise UserError(f"{request.clip}: there is no such video file.")
    site = load_site(request.config)
    camera = camera_of(site, request.camera)
    expected = None if request.expect is None else read_expected(request.expect)
    start = _start(request.start, site)
    detector = Detector(site.model, device=device, threads=threads)
    judgement = Judgement(camera, site, detector.class_names, detector.metadata.default_score)
    detector.score = judgement.least_score
    frames = recorded_frames(video_file(request.clip), framing_of(camera), site.frames_per_s_of(camera))
    done = replay(frames, detector.detect_batch, judgement, start, gate_of(camera))
    found = sorted((occurrence_of(event, start) for event in done.events.values()), key=lambda each: each.began_s)
    difference = None if expected is None else compare(expected, found, request.tolerance_s)
    if request.json:
        print(json.dumps(_record(request, camera, done, found, start), indent=2, ensure_ascii=False))
    else:
        _show(Console(), done, found)
    if difference:
        _show_difference(Console(stderr=True, highlight=False), difference)
    return not difference


def camera_of(site: Site, name: str | None) -> Camera:
    """The camera of that name, or the only one."""
    names = [camera.name for camera in site.cameras]
    if name is None and len(names) > 1:
        raise UserError(f"--camera is needed: the settings have {', '.join(names)}.")
    chosen = [camera for camera in site.cameras if name in (None, camera.name)]
    if not chosen:
        raise UserError(f"--camera {name}: there is no such camera; there are {', '.join(names)}.")
    return chosen[0]


def _start(text: str, site: Site) -> datetime:
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"--start {text}: not a time; write one as 2024-01-01T12:00.") from None
    return (start if start.tzinfo else start.replace(tzinfo=site.zone_info)).astimezone(UTC)


def _record(
    request: Request, camera: Camera, done: Replay, found: Sequence[Occurrence], start: datetime
) -> dict[str, Any]:
    return {
        "clip": request.clip.name,
        "camera": camera.name,
        "frames": done.frames,
        "events": [each.record() for each in found],
        "passages": [_passage(passage, start) for passage in done.passages],
        "crossings": [
            {
                "line": each.line,
                "track": each.track,
                "time_s": round((each.utc - start).total_seconds(), 3),
                "inward": each.inward,
                "state": each.state,
            }
            for each in done.crossings
        ],
    }


def _passage(passage: Passage, start: datetime) -> dict[str, Any]:
    return {
        "track": passage.track,
        "zone": passage.zone,
        "state": passage.state,
        "began_s": round((passage.began - start).total_seconds(), 3),
        "ended_s": round((passage.ended - start).total_seconds(), 3),
        "observed_s": round(passage.observed_s, 3),
    }


def _show(console: Console, done: Replay, found: Sequence[Occurrence]) -> None:
    table = Table("event", "rule", "zone", "from s", "to s", title="events")
    for each in found:
        table.add_row(each.kind, each.rule, each.zone or "", f"{each.began_s:.2f}", f"{each.ended_s:.2f}")
    console.print(table if found else "no events")
    states = [passage.state for passage in done.passages]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    console.print(f"{done.frames} frames, {len(states)} passages{': ' + counts if counts else ''}")


def _show_difference(console: Console, difference: Difference) -> None:
    for word, events in (("missing", difference.missing), ("unexpected", difference.unexpected)):
        for each in events:
            zone = f" in {each.zone}" if each.zone else ""
            console.print(f"{word}: {each.kind}{zone} ({each.rule}), {each.began_s:.2f} to {each.ended_s:.2f} s")
