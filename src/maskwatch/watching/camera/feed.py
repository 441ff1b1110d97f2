"""What the watch knows of a camera, whatever stands behind it."""

from collections.abc import Iterable
from typing import Protocol

from maskwatch.watching.camera.condition import Condition
from maskwatch.watching.camera.frame import CapturedFrame
from maskwatch.watching.camera.reader import Waitable
from maskwatch.watching.camera.stats import CameraStats
from maskwatch.watching.nouns import Event, Moment


class Feed(Protocol):
    """A camera or a file. No call ever waits.

    Attributes:
        name: in the settings.
        is_live: whether old frames are worthless.
        ended: whether no frame can follow any more.
        condition: how it is.
        stats: what became of its frames.
    """

    name: str
    is_live: bool
    ended: bool
    condition: Condition
    stats: CameraStats

    def poll(self) -> list[Event]:
        """Go on; what changed."""

    def take(self) -> tuple[CapturedFrame | None, list[Event]]:
        """The frame to be judged now, if there is one that was not taken yet, and what it shows to have changed."""

    def moment_of(self, frame: CapturedFrame) -> Moment:
        """When a frame was taken."""

    def age_s(self, frame: CapturedFrame) -> float:
        """Seconds since then."""

    def handles(self) -> Iterable[Waitable]:
        """What becomes readable when there is something new."""

    def due_s(self) -> float | None:
        """Monotonic time at which there is something to do even if nothing becomes readable."""

    def stop(self) -> list[Event]:
        """End at once; what that ended."""
