"""Figures for Prometheus, and health, over a real HTTP connection."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from maskwatch.errors import UserError
from maskwatch.watching.machine import MachineWatch
from maskwatch.watching.metrics import Metrics
from maskwatch.watching.metrics_server import serve
from maskwatch.watching.service import Watch
from maskwatch.watching.station import Station
from maskwatch.watching.store import Store
from maskwatch.watching.waker import Waker
from maskwatch.watching.writer import Writer
from watch_parts import NOON, FakeClock, ListFeed, NotingJudge, detect_nothing, event, frame_at


@dataclass
class Served:
    watch: Watch
    metrics: Metrics
    clock: FakeClock
    address: str

    def get(self, path: str) -> str:
        with urlopen(f"{self.address}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def values(self) -> dict[tuple[str, str, str], float]:
        """By name, camera and state."""
        families = text_string_to_metric_families(self.get("/metrics"))
        samples = [sample for family in families for sample in family.samples]
        return {
            (each.name, each.labels.get("camera", ""), each.labels.get("state", "")): each.value for each in samples
        }


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    clock, metrics = FakeClock(), Metrics()
    frames = [frame_at(clock.now_s + index / 5, index + 1) for index in range(20)]
    stations = [
        Station(ListFeed("door", frames, clock), NotingJudge(), None, 2.0),
        Station(ListFeed("hall", [], clock, lost_from_s=0.0), NotingJudge(), None, 2.0),
    ]
    with Store(tmp_path / "store.sqlite") as store:
        writer = Writer(store, store.begin_run(NOON), clock, metrics.count)
        watch = Watch(stations, detect_nothing, writer, MachineWatch(0), clock, Waker(), metrics.looks.observe)
        metrics.watch(watch)
        server = serve(("127.0.0.1", 0), metrics, watch)
        yield Served(watch, metrics, clock, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        server.server_close()


def test_every_camera_has_its_figures(served: Served) -> None:
    for _ in range(400):
        served.watch.turn()
        served.clock.now_s += 0.01
    values = served.values()
    assert values["maskwatch_camera_judged_total", "door", ""] == 20
    assert values["maskwatch_camera_frames_per_second", "door", ""] == pytest.approx(5, abs=0.5)
    assert values["maskwatch_camera_frame_age_seconds", "door", ""] < 1
    assert values["maskwatch_camera_state", "door", "live"] == 1
    assert values["maskwatch_camera_state", "hall", "lost"] == 1
    assert values["maskwatch_camera_state", "hall", "live"] == 0
    assert values["maskwatch_inference_seconds_count", "", ""] == 20
    assert ("process_resident_memory_bytes", "", "") in values


def test_events_are_counted_when_they_are_committed_once_each(served: Served) -> None:
    served.watch.writer.put([replace(event(1), frame_age_s=0.1), replace(event(1, ended=True), frame_age_s=0.1)])
    assert ("maskwatch_events_total", "entrance", "") not in served.values()
    served.watch.writer.flush()
    values = served.values()
    assert values["maskwatch_events_total", "entrance", ""] == 1
    assert values["maskwatch_event_delay_seconds_count", "", ""] == 1
    assert values["maskwatch_event_delay_seconds_sum", "", ""] == pytest.approx(0.1)


def test_health_is_of_the_watch_and_not_of_its_cameras(served: Served) -> None:
    served.watch.turn()
    told = json.loads(served.get("/healthz"))
    assert told["healthy"]
    assert told["cameras"] == {"door": "live", "hall": "lost"}


@pytest.mark.parametrize("illness", ["stuck", "store"])
def test_a_watch_that_is_stuck_or_cannot_write_is_ill(served: Served, illness: str) -> None:
    served.watch.turn()
    if illness == "stuck":
        served.clock.now_s += 60
    else:
        served.watch.writer.state.trouble = "database or disk is full"
    with pytest.raises(HTTPError) as caught:
        served.get("/healthz")
    assert caught.value.code == 503
    assert not json.loads(caught.value.read())["healthy"]
    caught.value.close()


def test_other_pages_are_not_there(served: Served) -> None:
    with pytest.raises(HTTPError) as caught:
        served.get("/etc/passwd")
    assert caught.value.code == 404
    caught.value.close()


def test_an_address_that_is_taken_is_one_sentence(served: Served) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UserError, match="cannot listen there"):
            serve(taken.getsockname(), served.metrics, served.watch)
