"""Events over the API: page by page, filtered, exported, marked."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maskwatch.client import ApiError
from maskwatch.watching.nouns import EventKind
from maskwatch.watching.store import Store
from maskwatch.web.event_queries import place_of, read_place
from maskwatch.web.routes.events import safe_cell
from watch_parts import NOON, event
from web_parts import Served, served


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("site")) as each:
        yield each


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 40))
def test_pages_of_any_length_give_every_event_once_newest_first(site: Served, limit: int) -> None:
    http, found, asked = site.http(), [], {"limit": limit}
    while True:
        page = http.get("/api/v1/events", params=asked).json()
        found += [each["track"] for each in page["events"]]
        if page["next"] is None:
            break
        asked["after"] = page["next"]
    assert found == list(range(29, -1, -1))


def test_events_of_one_moment_are_neither_lost_nor_doubled_between_pages(tmp_path: Path) -> None:
    with served(tmp_path) as site, Store(site.context.site.store) as store:
        same = [event(number) for number in range(100, 107)]
        moment = same[0].began
        store.write(store.begin_run(NOON), [replace(each, began=moment) for each in same])
        first = site.http().get("/api/v1/events", params={"limit": 3}).json()
        rest = site.http().get("/api/v1/events", params={"limit": 4, "after": first["next"]}).json()
        tracks = [each["track"] for each in first["events"] + rest["events"]]
        assert tracks == list(range(106, 99, -1))


def test_filters_choose_and_combine(site: Served) -> None:
    client = site.client()
    lasting = [each.track for each in client.events(state="lasting")]
    assert lasting == [number for number in range(29, -1, -1) if number % 2]
    between = client.events(start=NOON + timedelta(seconds=5), end=NOON + timedelta(seconds=8), state="over")
    assert [each.track for each in between] == [6]
    assert [each.track for each in client.events(kind="camera")] == []
    assert [each.track for each in client.events(camera="elsewhere")] == []
    assert len(list(client.events(zone="desk", camera="entrance", kind="no_mask"))) == 30


def test_exports_hold_what_was_asked_for(site: Served) -> None:
    http = site.http()
    rows = list(csv.DictReader(io.StringIO(http.get("/api/v1/events.csv", params={"state": "over"}).text)))
    told = http.get("/api/v1/events.json", params={"state": "over"}).json()
    assert [row["id"] for row in rows] == [each["id"] for each in told]
    assert len(rows) == 15
    assert json.loads(http.get("/api/v1/events.json", params={"camera": "none"}).text) == []


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx"])
def test_no_cell_of_an_export_is_a_formula(text: str) -> None:
    assert str(safe_cell(text)).startswith("'")
    assert safe_cell("plain") == "plain"


def test_marks_are_kept_and_the_watch_writes_over_none(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        client = site.client()
        told = client.mark("event-3", "wrong")
        assert told.mark == "wrong"
        assert not told.kept_for_training
        assert told.why_not is not None
        client.mark("event-4", "seen")
        with Store(site.context.site.store) as store:
            store.write(store.begin_run(NOON), [event(3, ended=True)])
        assert [each.track for each in client.events(state="wrong")] == [3]
        assert next(client.events(state="wrong")).ended is not None
        assert [each.track for each in client.events(state="seen")] == [4]
        client.mark("event-3", None)
        assert [each.track for each in client.events(state="wrong")] == []


def test_what_is_not_there_is_a_problem(site: Served) -> None:
    with pytest.raises(ApiError, match="no such event"):
        site.client().mark("nonsense", "seen")
    answer = site.http().get("/api/v1/events", params={"after": "nonsense"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert site.http().get("/api/v1/events", params={"start": "2026-01-01T00:00"}).status_code == 422
    assert site.http().get("/api/v1/events/event-1/picture").status_code == 404


@given(st.datetimes(timezones=st.just(NOON.tzinfo)), st.integers(0, 2**63 - 1))
def test_a_place_is_read_as_it_was_written(began: object, number: int) -> None:
    assert read_place(place_of({"began": began, "number": number})) == (began, number)


def test_the_event_of_a_kind_that_only_cameras_have_is_told(tmp_path: Path) -> None:
    with served(tmp_path) as site, Store(site.context.site.store) as store:
        store.write(store.begin_run(NOON), [event(99, kind=EventKind.DISK_LOW)])
        assert next(site.client().events(kind="disk_low")).sentence
