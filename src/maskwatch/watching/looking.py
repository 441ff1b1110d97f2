"""One frame judged, by a look of the network or, where nothing has moved, without one."""

from collections.abc import Callable
from typing import Protocol

from maskwatch.detections import Detections
from maskwatch.watching.camera.frame import CapturedFrame, Pixels
from maskwatch.watching.judge import StepResult
from maskwatch.watching.motion import MotionGate
from maskwatch.watching.nouns import Moment

DetectOne = Callable[[Pixels], Detections]


class Judge(Protocol):
    """What `maskwatch.watching.judge.Judgement` is to whoever hands it frames."""

    def step(self, faces: Detections, moment: Moment, frame: Pixels | None = None) -> StepResult: ...

    def still(self, moment: Moment) -> StepResult: ...

    def finish(self) -> StepResult: ...


def look(
    frame: CapturedFrame, moment: Moment, judge: Judge, gate: MotionGate | None, detect: DetectOne
) -> tuple[StepResult, bool]:
    """What the frame has led to, and whether the network was asked; without a gate it always is."""
    if gate is not None and not gate.wants(frame.thumbnail, moment.clock_s):
        return judge.still(moment), False
    return judge.step(detect(frame.pixels), moment, frame.pixels), True
