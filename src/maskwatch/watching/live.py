"""A line per camera in the terminal, four times a second, with events above it as they happen."""

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from maskwatch.watching.camera.condition import CameraState
from maskwatch.watching.clock import Clock
from maskwatch.watching.nouns import State
from maskwatch.watching.station import Station

_COLUMNS = ("camera", "state", "mask", "no mask", "wrong", "unsure", "frames/s", "age", "dropped", "still")
_STATE_WIDTH = 10  # of "connecting", so that the columns stand still
_STALE_S = 3.0


class LiveView:
    """Renders the stations as they are whenever it is asked."""

    def __init__(self, stations: Sequence[Station], clock: Clock) -> None:
        self._stations = stations
        self._clock = clock

    def __rich__(self) -> Table:
        table = Table(box=None, pad_edge=False)
        for name in _COLUMNS:
            is_text = name in ("camera", "state")
            width = _STATE_WIDTH if name == "state" else None
            table.add_column(name, justify="left" if is_text else "right", no_wrap=True, min_width=width)
        now_s = self._clock.monotonic()
        for station in self._stations:
            table.add_row(*_row(station, now_s))
        return table

    def shown_on(self, console: Console) -> AbstractContextManager[object]:
        """Inside, it is redrawn; what is printed on the console scrolls by above it."""
        return Live(self, console=console, refresh_per_second=4)


def frames_per_s(station: Station, now_s: float) -> float:
    """Frames judged a second, of late; 0 once none came for a while."""
    times = list(station.judged_s)
    if len(times) < 2 or now_s - times[-1] > max(_STALE_S, 3 * (times[-1] - times[0]) / len(times)):
        return 0.0
    return (len(times) - 1) / max(times[-1] - times[0], 1e-6)


def in_view(station: Station) -> Counter[State]:
    """How many are seen in the last frame, by state."""
    return Counter(track.state for track in station.result.tracks if track.seen)


def _row(station: Station, now_s: float) -> list[Text]:
    feed, seen = station.feed, in_view(station)
    state = feed.condition.state
    told = f"{state} ({feed.condition.reason})" if feed.condition.reason else str(state)
    stats = feed.stats
    age = f"{now_s - station.frame_s:.1f} s" if station.judged_s else "-"
    still = f"{stats.still / stats.judged:.0%}" if stats.judged else "-"
    cells = [feed.name, told, *(str(seen[each]) for each in State), f"{frames_per_s(station, now_s):.1f}", age]
    style = "" if state in (CameraState.LIVE, CameraState.CONNECTING, CameraState.ENDED) else "bold yellow"
    return [Text(cell, style=style) for cell in [*cells, str(stats.dropped + stats.stale), still]]
