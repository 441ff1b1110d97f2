"""The one writer: commits before it announces, waits out a full disk, loses nothing within its limits."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from maskwatch.watching.nouns import Event, Passage, State
from maskwatch.watching.store import Kept, Store
from maskwatch.watching.writer import Writer, WriterLimits
from watch_parts import NOON, FakeClock, event


class FullDisk(Store):
    """A store that cannot be written while `full` is set."""

    full = False

    def write(self, run: str, events: Sequence[Event], kept: Sequence[Kept] = ()) -> None:
        if self.full:
            raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))
        super().write(run, events, kept)

    def touch_run(self, run: str, now: datetime, *, ended: bool = False) -> None:
        if self.full:
            raise OperationalError("UPDATE", {}, sqlite3.OperationalError("database or disk is full"))
        super().touch_run(run, now, ended=ended)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FullDisk]:
    with FullDisk(tmp_path / "store.sqlite") as store:
        yield store


def writer_of(
    store: Store, announce: Callable[[Event, float], None] = lambda event, waited_s: None, **others: object
) -> Writer:
    return Writer(store, store.begin_run(NOON), FakeClock(), announce, **others)  # type: ignore[arg-type]


def passage(number: int) -> Passage:
    return Passage("entrance", None, number, NOON, NOON + timedelta(seconds=2), 1.5, State.MASK)


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_event_is_in_the_store_when_it_is_announced(store: FullDisk) -> None:
    seen: list[tuple[str, list[str]]] = []
    writer = writer_of(store, lambda each, _: seen.append((each.id, [kept.id for kept in store.events()])))
    writer.put([event(1)], [passage(1)])
    assert seen == []
    assert writer.flush()
    assert seen == [("event-1", ["event-1"])]
    assert list(store.passages()) == [passage(1)]


def test_beginnings_and_ends_are_announced_in_order_in_the_thread(store: FullDisk) -> None:
    told: list[tuple[str, bool]] = []
    writer = writer_of(store, lambda each, _: told.append((each.id, each.ended is None)))
    writer.start()
    for number in range(50):
        writer.put([event(number)])
        writer.put([event(number, ended=True)])
    until(lambda: len(told) == 100)
    assert told == [(f"event-{number}", begins) for number in range(50) for begins in (True, False)]
    assert writer.close(5)


def test_what_is_left_is_committed_on_the_way_out(store: FullDisk) -> None:
    writer = writer_of(store)
    writer.put([event(n) for n in range(2000)], [passage(n) for n in range(2000)])
    writer.start()
    assert writer.close(30)
    assert len(store.events()) == 2000
    assert len(list(store.passages())) == 2000


def test_a_full_disk_is_reported_waited_out_and_recovered_from(
    store: FullDisk, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    writer = writer_of(store, lambda each, _: told.append(each.id))
    store.full = True
    for number in range(20):
        writer.put([event(number)])
        assert not writer.flush()
    assert told == []
    assert writer.state.trouble == "database or disk is full"
    assert [record.levelname for record in caplog.records] == ["ERROR"]  # once, not twenty times
    store.full = False
    assert writer.flush()
    assert told == [f"event-{number}" for number in range(20)]
    assert (writer.state.trouble, writer.state.lost) == (None, 0)
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_the_thread_tries_again_by_itself(store: FullDisk) -> None:
    writer = writer_of(store)
    store.full = True
    writer.start()
    writer.put([event(1)])
    until(lambda: writer.state.trouble is not None)
    store.full = False
    until(lambda: writer.waiting() == 0)
    assert [each.id for each in store.events()] == ["event-1"]
    writer.close(5)


def test_what_waits_has_a_limit_and_what_is_beyond_it_is_counted(store: FullDisk) -> None:
    writer = writer_of(store, limits=WriterLimits(events=10, others=5))
    store.full = True
    writer.put([event(n) for n in range(7)], [passage(n) for n in range(4)])
    writer.put([event(n) for n in range(7, 14)], [passage(n) for n in range(4, 8)])
    assert writer.state.lost == 4 + 3
    store.full = False
    assert writer.flush()
    assert [each.track for each in store.events()] == list(range(10))
    assert [each.track for each in store.passages()] == list(range(5))


def test_closing_on_a_full_disk_ends_in_time_and_says_that_something_is_lost(store: FullDisk) -> None:
    writer = writer_of(store)
    store.full = True
    writer.start()
    writer.put([event(1)])
    began = time.monotonic()
    assert not writer.close(3)
    assert time.monotonic() - began < 3.5


def test_the_wait_for_the_commit_is_told(store: FullDisk) -> None:
    waited: list[float] = []
    clock = FakeClock()
    writer = Writer(store, store.begin_run(NOON), clock, lambda each, waited_s: waited.append(waited_s))
    writer.put([event(1)])
    clock.now_s += 0.25
    writer.flush()
    assert waited == [0.25]


def test_what_is_older_than_the_site_keeps_is_forgotten(store: FullDisk) -> None:
    writer = writer_of(store, keep=timedelta(days=1))
    store.write(writer.run, [event(-200_000, ended=True), event(1, ended=True)])
    writer.start()
    until(lambda: [each.track for each in store.events()] == [1])
    writer.close(5)
