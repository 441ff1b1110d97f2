"""How the watch is, read off its stations by another thread."""

import sys
from datetime import datetime
from pathlib import Path

from maskwatch import __version__
from maskwatch.watching.camera.frame import CapturedFrame
from maskwatch.watching.live import frames_per_s, in_view
from maskwatch.watching.nouns import State, Track
from maskwatch.watching.service import Watch
from maskwatch.watching.station import Station
from maskwatch.web.models import Box, CameraLive, WatchLive


def watch_live(watch: Watch, model: str, began: datetime) -> WatchLive:
    """Everything about the watch that is not a picture."""
    writer, now_s = watch.writer, watch.clock.monotonic()
    return WatchLive(
        utc=watch.clock.utc(),
        version=__version__,
        began=began,
        model=model,
        looks=watch.pulse.looks,
        look_s=round(watch.pulse.last_look_s, 4),
        store_waiting=writer.waiting(),
        store_lost=writer.state.lost,
        store_trouble=writer.state.trouble,
        memory_mb=resident_mb(),
        cameras=tuple(camera_live(station, now_s) for station in list(watch.stations)),
    )


def camera_live(station: Station, now_s: float) -> CameraLive:
    feed, frame, seen = station.feed, station.frame, in_view(station)
    return CameraLive(
        name=feed.name,
        state=feed.condition.state,
        reason=feed.condition.reason,
        frame_age_s=round(now_s - station.frame_s, 3) if station.judged_s else None,
        frames_per_s=round(frames_per_s(station, now_s), 2),
        in_view={state: seen[state] for state in State},
        width=frame.size[0] if frame else None,
        height=frame.size[1] if frame else None,
        dropped=feed.stats.dropped + feed.stats.stale,
    )


def box_of(track: Track, frame: CapturedFrame) -> Box:
    """A track's box in shares of the frame."""
    width, height = frame.size
    left, top, right, bottom = track.box
    return Box(
        track=track.number,
        left=round(left / width, 5),
        top=round(top / height, 5),
        right=round(right / width, 5),
        bottom=round(bottom / height, 5),
        state=track.state,
        doubt=track.doubt,
        score=round(track.score, 4),
        zones=track.zones,
        seen=track.seen,
    )


def resident_mb() -> float | None:
    """Resident memory of this process; None where the system does not tell it in /proc."""
    if sys.platform != "linux":
        return None
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    return None
