"""The one writer of the store: commits what it is given, then announces it; waits out a full disk."""

import logging
import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import OperationalError

from maskwatch.watching.clock import Clock
from maskwatch.watching.nouns import Crossing, Event, Passage
from maskwatch.watching.store import Kept, Store

log = logging.getLogger(__name__)

Announce = Callable[[Event, float], None]

_AT_A_TIME = 500
_RETRY_S = 2.0
_LOOK_AFTER_EVERY_S = 60.0


@dataclass(frozen=True)
class WriterLimits:
    """How much is kept in memory while the store cannot be written; beyond it the newest is lost and counted."""

    events: int = 10_000
    others: int = 50_000


@dataclass
class WriterState:
    """How the writer is, to be read by anybody.

    Attributes:
        committed: events committed, ends of them included.
        lost: events, passages and crossings for which there was no more room while the disk was full.
        trouble: why the store cannot be written at the moment; None when it can.
    """

    committed: int = 0
    lost: int = 0
    trouble: str | None = None


@dataclass(frozen=True)
class _Waiting:
    event: Event
    since_s: float


@dataclass
class Writer:
    """Takes events, passages and crossings at any moment without waiting, and commits them in order in a thread.

    Args:
        announce: called in the writer's thread with each event once it is committed, and the seconds it waited.
        keep: what ended longer ago is deleted; None keeps everything.
    """

    store: Store
    run: str
    clock: Clock
    announce: Announce
    keep: timedelta | None = None
    limits: WriterLimits = field(default_factory=WriterLimits)
    state: WriterState = field(default_factory=WriterState, init=False)

    def __post_init__(self) -> None:
        self._events: deque[_Waiting] = deque()
        self._others: deque[Kept] = deque()
        self._news = threading.Condition()
        self._closing = threading.Event()
        self._looked_after_s = -math.inf
        self._thread = threading.Thread(target=self._work, name="writes the store", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, events: Sequence[Event], others: Sequence[Passage | Crossing] = ()) -> None:
        """Hand over; never waits for the disk."""
        if not events and not others:
            return
        now_s = self.clock.monotonic()
        with self._news:
            room = self.limits.events - len(self._events)
            self._events.extend(_Waiting(event, now_s) for event in events[:room])
            room_for_others = self.limits.others - len(self._others)
            self._others.extend(Kept(each) for each in others[:room_for_others])
            self.state.lost += max(0, len(events) - room) + max(0, len(others) - room_for_others)
            self._news.notify()

    def flush(self) -> bool:
        """Commit what waits, some at a time, and announce it; whether nothing waits any more."""
        while True:
            with self._news:
                events = [self._events[at] for at in range(min(_AT_A_TIME, len(self._events)))]
                others = [self._others[at] for at in range(min(_AT_A_TIME, len(self._others)))]
            if not events and not others:
                return True
            if not self._commit(events, others):
                return False
            with self._news:
                for _ in events:
                    self._events.popleft()
                for _ in others:
                    self._others.popleft()
            self._tell(events)

    def close(self, within_s: float) -> bool:
        """Commit what is left and end, within a time; whether all could be committed."""
        self._closing.set()
        with self._news:
            self._news.notify()
        self._thread.join(within_s)
        return not self._thread.is_alive() and not self._events and not self._others

    def waiting(self) -> int:
        """How many events, passages and crossings are not committed yet."""
        return len(self._events) + len(self._others)

    def _work(self) -> None:
        while not self._closing.is_set():
            if not self.flush():
                self._closing.wait(_RETRY_S)
                continue
            self._look_after()
            with self._news:
                if not self.waiting() and not self._closing.is_set():
                    self._news.wait(_LOOK_AFTER_EVERY_S)
        if self.flush():
            self._attempt(lambda: self.store.touch_run(self.run, self.clock.utc(), ended=True))

    def _commit(self, events: Sequence[_Waiting], others: Sequence[Kept]) -> bool:
        done = self._attempt(lambda: self.store.write(self.run, [each.event for each in events], others))
        self.state.committed += len(events) if done else 0
        return done

    def _attempt(self, write: Callable[[], object]) -> bool:
        """Write; whether it could be done, with every change of that logged once."""
        try:
            write()
        except OperationalError as error:
            if self.state.trouble is None:
                log.error("the store cannot be written (%s): events wait in memory", error.orig)
            self.state.trouble = str(error.orig)
            return False
        if self.state.trouble is not None:
            log.warning("the store can be written again; %d records found no room to wait", self.state.lost)
        self.state.trouble = None
        return True

    def _tell(self, events: Sequence[_Waiting]) -> None:
        now_s = self.clock.monotonic()
        for each in events:
            self.announce(each.event, now_s - each.since_s)

    def _look_after(self) -> None:
        """Every minute: note that the run lives, and forget what is older than the site keeps."""
        now_s, now = self.clock.monotonic(), self.clock.utc()
        if now_s - self._looked_after_s >= _LOOK_AFTER_EVERY_S:
            self._looked_after_s = now_s
            if self._attempt(lambda: self.store.touch_run(self.run, now)) and self.keep is not None:
                oldest = now - self.keep
                self._attempt(lambda: self.store.forget_before(oldest))
