"""The one loop of the watch: hears the cameras, judges the newest frames in turn, hands what happened to the store."""

import shutil
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maskwatch.detections import Detect, Detections
from maskwatch.watching.camera.frame import Pixels
from maskwatch.watching.clock import Clock, moment_at
from maskwatch.watching.machine import MachineWatch
from maskwatch.watching.nouns import Passage, State
from maskwatch.watching.station import Outcome, Station
from maskwatch.watching.waker import Waker
from maskwatch.watching.writer import Writer

_LONGEST_SLEEP_S = 0.25
_MACHINE_EVERY_S = 5.0
_DRAIN_S = 3.0


@dataclass
class Pulse:
    """Signs of life of the loop, for health and metrics.

    Attributes:
        turn_s: monotonic time of the last turn.
        looks: how often the network was asked; look_s: seconds that took in all.
        last_look_s: seconds the last one took.
    """

    turn_s: float = 0.0
    looks: int = 0
    look_s: float = 0.0
    last_look_s: float = 0.0


@dataclass
class Watch:
    """Watches until it is told to stop or nothing is left to watch.

    Args:
        stations: one a camera.
        detect: finds faces; handed in.
        seen: called after each look at the network with the seconds it took.
        judged: called after each frame that was judged; whoever shows pictures must not take long.
    """

    stations: list[Station]
    detect: Detect
    writer: Writer
    machine: MachineWatch
    clock: Clock
    waker: Waker
    seen: Callable[[float], None] = lambda seconds: None
    judged: list[Callable[[Station, Outcome], None]] = field(default_factory=list)
    pulse: Pulse = field(default_factory=Pulse, init=False)
    passages: Counter[State] = field(default_factory=Counter, init=False)
    _stopping: bool = field(default=False, init=False)
    _turns: list[Station] = field(default_factory=list, init=False)
    _machine_s: float = field(default=float("-inf"), init=False)
    _asked: deque[Callable[[], None]] = field(default_factory=deque, init=False)

    def __post_init__(self) -> None:
        self._turns = list(self.stations)

    def stop(self) -> None:
        """Ask the loop to end; may be called from a signal handler or a thread."""
        self._stopping = True
        self.waker.wake()

    def ask(self, do: Callable[[], None]) -> None:
        """Have something done by the loop, between two frames; may be called from any thread."""
        self._asked.append(do)
        self.waker.wake()

    def exchange(self, stations: Sequence[Station]) -> None:
        """Go on with these cameras: those that are not among them are ended, the others notice nothing.

        Called by the loop only, see `ask`.
        """
        for gone in [station for station in self.stations if station not in stations]:
            self.keep(gone.stop())
        self.stations[:] = stations  # the list itself stays, for whoever shows it
        self._turns = list(stations)

    def run(self) -> bool:
        """Watch; whether all that happened is in the store."""
        try:
            while not self._stopping and not all(station.feed.ended for station in self.stations):
                if not self.turn():
                    self._sleep()
        finally:
            stored = self._close()
        return stored

    def turn(self) -> bool:
        """Hear every camera and judge one frame; whether there was one."""
        self.pulse.turn_s = self.clock.monotonic()
        while self._asked:
            self._asked.popleft()()
        for station in self.stations:
            self.keep(station.poll())
        self._look_at_machine()
        for station in self._turns:
            outcome = station.judge_next(self._detect_one, self.clock.monotonic())
            if outcome is not None:
                self.keep(outcome)
                for hear in self.judged:
                    hear(station, outcome)
                # Whoever had a turn goes to the end, so that a fast camera leaves the others theirs.
                self._turns.remove(station)
                self._turns.append(station)
                return True
        return False

    def _detect_one(self, pixels: Pixels) -> Detections:
        start_s = time.perf_counter()
        faces = self.detect([pixels])[0]
        took_s = time.perf_counter() - start_s
        self.pulse.looks += 1
        self.pulse.look_s += took_s
        self.pulse.last_look_s = took_s
        self.seen(took_s)
        return faces

    def keep(self, outcome: Outcome) -> None:
        """Hand to the store; called by the loop only."""
        self.writer.put(outcome.events, outcome.others)
        self.passages.update(each.state for each in outcome.others if isinstance(each, Passage))

    def _sleep(self) -> None:
        due = [due_s for station in self.stations if (due_s := station.feed.due_s()) is not None]
        next_s = min(due, default=float("inf")) - self.clock.monotonic()
        handles = [handle for station in self.stations for handle in station.feed.handles()]
        self.waker.sleep(handles, min(_LONGEST_SLEEP_S, next_s))

    def _look_at_machine(self) -> None:
        now = moment_at(self.clock, self.clock.monotonic())
        if now.clock_s - self._machine_s < _MACHINE_EVERY_S:
            return
        self._machine_s = now.clock_s
        live = [station.feed.stats for station in self.stations if station.feed.is_live]
        judged, passed_over = sum(each.judged for each in live), sum(each.dropped + each.stale for each in live)
        events = self.machine.see_frames(judged, passed_over, now)
        free = _free_bytes(self.writer.store.path)
        self.writer.put([*events, *(self.machine.see_disk(free, now) if free is not None else ())])

    def _close(self) -> bool:
        for station in self.stations:
            self.keep(station.stop())
        self.writer.put(self.machine.close(moment_at(self.clock, self.clock.monotonic())))
        return self.writer.close(_DRAIN_S)


def _free_bytes(path: Path) -> int | None:
    """Free space beside a file, or None where nobody can say."""
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return None
