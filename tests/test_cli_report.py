"""`maskwatch report`: passages of a store, counted."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from commands import maskwatch
from maskwatch.cli.report_run import _show
from maskwatch.watching.nouns import Passage, State
from maskwatch.watching.store import Kept, Store
from maskwatch.watching.summary import summarise

BEGAN = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)  # 23:30 of the same Sunday in Berlin


def passage(minutes: float, state: str, camera: str = "door", zone: str | None = "desk") -> Kept:
    began = BEGAN + timedelta(minutes=minutes)
    return Kept(Passage(camera, zone, 1, began, began + timedelta(seconds=4), 3.5, State(state)))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Settings, and a store with seven passages over midnight."""
    states = ["mask", "mask", "mask", "no_mask", "unsure"]
    kept = [passage(5 * number, state) for number, state in enumerate(states)]
    kept += [passage(40, "incorrect"), passage(41, "mask", "hall", None)]
    with Store(tmp_path / "maskwatch.sqlite") as store:
        store.write(store.begin_run(BEGAN), [], kept)
    path = tmp_path / "site.toml"
    path.write_text('time_zone = "Europe/Berlin"\n[[cameras]]\nname = "door"\naddress = "0"\n')
    return path


def test_the_json_report_has_counts_shares_and_face_seconds(site: Path) -> None:
    lines = json.loads(maskwatch("report", "--config", site, "--format", "json").out)
    assert [(line["begins"], line["camera"], line["zone"]) for line in lines] == [
        ("2026-03-01T23:00:00+01:00", "door", "desk"),
        ("2026-03-02T00:00:00+01:00", "door", "desk"),
        ("2026-03-02T00:00:00+01:00", "hall", None),
    ]
    first = lines[0]
    assert (first["passages"], first["mask"], first["no_mask"], first["unsure"]) == (5, 3, 1, 1)
    assert first["share_wearing"] == 0.75
    assert first["share_low"] < 0.75 < first["share_high"]
    assert first["mask_face_seconds"] == 10.5


def test_csv_and_json_say_the_same(site: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(maskwatch("report", "--config", site, "--format", "csv").out)))
    lines = json.loads(maskwatch("report", "--config", site, "--format", "json").out)
    assert [{key: "" if value is None else str(value) for key, value in line.items()} for line in lines] == rows


def test_the_table_names_camera_zone_and_share(site: Path) -> None:
    out = maskwatch("report", "--config", site, "--by", "day").out
    assert "2026-03-01" in out
    assert "75%" in out
    assert "hall" in out


def test_the_table_fits_a_terminal_and_a_pipe_gets_every_name_whole(site: Path) -> None:
    store = site.parent / "maskwatch.sqlite"
    with Store(store) as opened:
        opened.write(opened.begin_run(BEGAN), [], [passage(1, "mask", "a-camera-with-a-rather-long-name" * 3)])
    out = maskwatch("report", "--store", store).out
    assert "a-camera-with-a-rather-long-name" * 3 in out
    with Store(store, create=False) as opened:
        short = [each for each in opened.passages() if len(each.camera) < 8]
    console = Console(width=80, file=io.StringIO(), force_terminal=True)
    _show(console, summarise(short, "hour", ZoneInfo("UTC")), "hour")
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "2026-03-01 22:00" in shown
    assert "30% to 95%" in shown
    assert "…" not in shown


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        ([], 7),
        (["--from", "2026-03-02"], 2),  # from the site's midnight
        (["--to", "2026-03-01"], 5),  # to the end of that day
        (["--from", "2026-03-01T23:36", "--to", "2026-03-01T23:46"], 2),
        (["--from", "2026-03-01T22:36Z", "--to", "2026-03-01T22:46Z"], 2),
        (["--camera", "hall"], 1),
        (["--from", "2027-01-01"], 0),
    ],
)
def test_times_are_the_sites_and_limit_what_is_counted(site: Path, arguments: list[str], count: int) -> None:
    lines = json.loads(maskwatch("report", "--config", site, "--format", "json", *arguments).out)
    assert sum(line["passages"] for line in lines) == count


def test_a_store_alone_is_counted_in_utc(site: Path) -> None:
    lines = json.loads(maskwatch("report", "--store", site.parent / "maskwatch.sqlite", "--format", "json").out)
    assert lines[0]["begins"] == "2026-03-01T22:00:00+00:00"


def test_of_nothing_csv_has_its_columns_and_the_table_says_so(site: Path) -> None:
    nothing = ["report", "--config", site, "--from", "2027-01-01"]
    assert maskwatch(*nothing, "--format", "csv").out.startswith("begins,camera,zone,passages,mask,")
    assert "no passages" in maskwatch(*nothing).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "March"], "not a time"),
        (["--from", "2026-03-02", "--to", "2026-03-01"], "lies before"),
    ],
)
def test_bad_times_are_one_sentence(site: Path, arguments: list[str], said: str) -> None:
    outcome = maskwatch("report", "--config", site, *arguments)
    assert outcome.code == 2
    assert said in outcome.err


def test_without_a_store_it_says_what_makes_one(tmp_path: Path) -> None:
    outcome = maskwatch("report", "--store", tmp_path / "none.sqlite")
    assert outcome.code == 2
    assert "a watch makes one" in outcome.err
    assert not (tmp_path / "none.sqlite").exists()
