"""Trying every camera once, all at the same time."""

from collections.abc import Sequence
from dataclasses import dataclass

from maskwatch.watching.camera.condition import CameraState
from maskwatch.watching.camera.feed import Feed
from maskwatch.watching.clock import Clock
from maskwatch.watching.waker import Waker

_WITHIN_S = 20.0
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True)
class Reached:
    """What a camera gave: width and height of its picture, or None and how it is."""

    size: tuple[int, int] | None
    state: CameraState
    reason: str


def reach(feeds: Sequence[Feed], clock: Clock, waker: Waker, within_s: float = _WITHIN_S) -> dict[str, Reached]:
    """Wait for the first picture or the first failure of each; they are stopped before this returns."""
    found: dict[str, Reached] = {}
    deadline_s = clock.monotonic() + within_s
    while len(found) < len(feeds) and clock.monotonic() < deadline_s:
        for feed in feeds:
            if feed.name not in found and (reached := _try(feed)):
                found[feed.name] = reached
        waker.sleep([handle for feed in feeds if feed.name not in found for handle in feed.handles()], _LOOK_EVERY_S)
    for feed in feeds:
        found.setdefault(feed.name, Reached(None, feed.condition.state, f"no picture within {within_s:g} s"))
        feed.stop()
    return {feed.name: found[feed.name] for feed in feeds}


def _try(feed: Feed) -> Reached | None:
    feed.poll()
    frame, _ = feed.take()
    state, reason = feed.condition.state, feed.condition.reason
    if frame is not None:
        return Reached(frame.size, state, "")
    return Reached(None, state, reason) if state in (CameraState.LOST, CameraState.ENDED) else None
