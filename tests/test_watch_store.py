"""What is kept: round trips, migrations, what a kill leaves, forgetting."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from maskwatch.errors import UserError
from maskwatch.watching.nouns import Crossing, EventKind, Passage, State
from maskwatch.watching.storage import tables
from maskwatch.watching.storage.database import open_database
from maskwatch.watching.store import Kept, Store
from watch_parts import NOON, event


def passage(number: int) -> Passage:
    began = NOON + timedelta(seconds=number)
    return Passage(
        "entrance", None if number % 2 else "desk", number, began, began + timedelta(seconds=2), 1.5, State.MASK
    )


def crossing(number: int) -> Crossing:
    return Crossing("entrance", "door", number, NOON + timedelta(seconds=number), True, State.NO_MASK)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "store.sqlite"


def test_what_is_written_is_read_again(path: Path) -> None:
    events = [
        event(1),
        event(2, ended=True),
        replace(event(3), zone=None, track=None, score=None, kind=EventKind.CAMERA),
    ]
    with Store(path) as store:
        run = store.begin_run(NOON)
        store.write(run, events, [Kept(passage(1)), Kept(passage(2)), Kept(crossing(3))])
    with Store(path, create=False) as store:
        assert store.events() == events
        assert list(store.passages()) == [passage(1), passage(2)]
        assert list(store.crossings()) == [crossing(3)]


def test_an_event_that_ends_is_the_same_event(path: Path) -> None:
    with Store(path) as store:
        run = store.begin_run(NOON)
        store.write(run, [event(1)])
        store.write(run, [event(1, ended=True)])
        assert store.events() == [event(1, ended=True)]


def test_writing_twice_keeps_one(path: Path) -> None:
    with Store(path) as store:
        run = store.begin_run(NOON)
        kept = [Kept(passage(1)), Kept(crossing(1))]
        for _ in range(3):
            store.write(run, [event(1)], kept)
        assert len(store.events()) == len(list(store.passages())) == len(list(store.crossings())) == 1


def test_times_and_filters_choose_from_start_on_and_before_end(path: Path) -> None:
    with Store(path) as store:
        run = store.begin_run(NOON)
        store.write(run, [event(n) for n in range(5)], [Kept(passage(n)) for n in range(5)])
        start, end = NOON + timedelta(seconds=1), NOON + timedelta(seconds=3)
        assert [each.track for each in store.events(start, end)] == [1, 2]
        assert [each.track for each in store.passages(start, end)] == [1, 2]
        assert store.events(kind=EventKind.CAMERA) == []
        assert store.events(camera="elsewhere") == []


def test_all_or_nothing_is_committed(path: Path) -> None:
    with Store(path) as store:
        run = store.begin_run(NOON)
        bad = replace(event(2), details={"x": object()})
        with pytest.raises(Exception, match="JSON"):
            store.write(run, [event(1), bad])
        assert store.events() == []


def test_what_a_killed_run_left_open_is_ended_where_it_was_last_seen(path: Path) -> None:
    with Store(path) as store:
        run = store.begin_run(NOON)
        store.write(run, [event(1), event(2, ended=True)])
        store.touch_run(run, NOON + timedelta(seconds=60))
    with Store(path) as store:  # the first run has no end
        store.begin_run(NOON + timedelta(hours=9))
        first, second = store.events()
        assert first.ended == NOON + timedelta(seconds=60)
        assert first.details == {"rule": "r", "cut_off": True}
        assert first.duration_s is None
        assert second == event(2, ended=True)


def test_only_one_may_write_and_the_place_is_free_when_it_is_gone(path: Path) -> None:
    first, second = Store(path), Store(path)
    first.begin_run(NOON)
    with pytest.raises(UserError, match="another watch writes to it"):
        second.begin_run(NOON)
    assert second.events() == []
    first.close()
    second.begin_run(NOON)
    second.close()


def test_old_things_are_forgotten_and_what_lasts_is_not(path: Path) -> None:
    with Store(path) as store:
        run = store.begin_run(NOON)
        store.write(
            run, [event(1), event(2, ended=True), event(900, ended=True)], [Kept(passage(n)) for n in range(5000)]
        )
        assert store.forget_before(NOON + timedelta(seconds=100)) == 1 + 98
        assert [each.track for each in store.events()] == [1, 900]
        assert min(each.track for each in store.passages()) == 98


def test_readers_go_on_while_one_writes(path: Path) -> None:
    with Store(path) as writing, Store(path) as reading:
        run = writing.begin_run(NOON)
        writing.write(run, [event(1)], [Kept(passage(n)) for n in range(3000)])
        rows = reading.passages()
        assert next(rows).track == 0
        writing.write(run, [event(2)])
        assert len(list(rows)) == 2999


def test_the_migrations_make_the_tables_that_the_code_uses(path: Path) -> None:
    path.parent.mkdir()
    with open_database(path).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, tables.metadata) == []


def test_a_store_of_a_later_version_is_left_alone(path: Path) -> None:
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(UserError, match="later version"):
        Store(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"x" * 5000])
def test_what_is_no_store_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store.sqlite"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"store.sqlite: (not a store|cannot be opened)"):
        Store(path)
    assert path.read_bytes() == content


def test_a_missing_store_is_one_sentence_for_who_only_reads(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no store here"):
        Store(tmp_path / "none.sqlite", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_path_with_a_percent_sign_works(tmp_path: Path) -> None:
    with Store(tmp_path / "50%d" / "a b.sqlite") as store:
        assert store.events() == []
