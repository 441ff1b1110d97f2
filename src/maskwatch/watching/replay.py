"""A recording judged by the rules of a site, on its own clock: the same frames give the same events."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from maskwatch.detections import Detect
from maskwatch.watching.camera.frame import CapturedFrame
from maskwatch.watching.judge import Judgement, StepResult
from maskwatch.watching.looking import look
from maskwatch.watching.motion import MotionGate
from maskwatch.watching.nouns import Crossing, Event, Moment, Passage


@dataclass
class Replay:
    """What happened in a recording; every event has its end."""

    events: dict[str, Event] = field(default_factory=dict)
    passages: list[Passage] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    frames: int = 0

    def add(self, result: StepResult) -> None:
        self.events |= {event.id: event for event in (*result.began, *result.ended)}
        self.passages += result.passages
        self.crossings += result.crossings


def replay(
    frames: Iterable[CapturedFrame],
    detect: Detect,
    judgement: Judgement,
    start: datetime,
    gate: MotionGate | None = None,
) -> Replay:
    """Judge every frame, then end what lasts.

    Args:
        frames: in order, with the recording's own times.
        detect: must report faces from `judgement.least_score` on.
        judgement: a fresh one.
        start: the UTC time at which the recording is taken to begin.
        gate: leaves the network alone while nothing moves, as in the watch; without it every frame is looked at.
    """
    done = Replay()
    for frame in frames:
        moment = Moment(start + timedelta(seconds=frame.captured_s), frame.captured_s)
        result, _ = look(frame, moment, judgement, gate, lambda pixels: detect([pixels])[0])
        done.add(result)
        done.frames += 1
    done.add(judgement.finish())
    return done
