"""`maskwatch replay`: a recording judged by a site's rules, on the tiny model of `fake_model`."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from commands import Outcome, maskwatch
from fake_model import fake_metadata, write_fake_model
from maskwatch.pictures.preprocessing import Preprocessing
from maskwatch.pictures.video_writing import writing_video
from maskwatch.watching.expected import Occurrence, compare
from parts import require_part

WIDTH, HEIGHT = 128, 96


@pytest.fixture(autouse=True)
def opencv() -> None:
    require_part("libgl")


def picture(channel: int, x: int) -> np.ndarray:
    """Something that the tiny model takes for a face, with enough texture not to be blurred."""
    scene = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    rows, columns = np.indices((44, 36)) // 4
    scene[24:68, x : x + 36, channel] = np.where((rows + columns) % 2, 250, 150)
    return scene


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of six seconds, no mask for the first half, and the settings of two cameras."""
    folder = tmp_path_factory.mktemp("replay")
    with writing_video(folder / "clip.webm") as writer:
        for index in range(60):
            writer.write(picture(0 if index < 30 else 1, 10 + index // 2), index / 10)
    metadata = replace(fake_metadata(), preprocessing=Preprocessing(side_px=WIDTH))
    write_fake_model(folder / "fake.onnx", metadata)
    (folder / "site.toml").write_text(
        'model = "fake.onnx"\ntime_zone = "Europe/Berlin"\nframes_per_s = 10\n'
        '[[cameras]]\nname = "door"\naddress = "clip.webm"\n'
        '[[cameras]]\nname = "night"\naddress = "clip.webm"\n'
        '[[cameras.zones]]\nname = "all"\npolygon = [[0, 0], [1, 0], [1, 1], [0, 1]]\n'
        'schedule = [{ start = "22:00", end = "06:00" }]\n',
        encoding="utf-8",
    )
    return folder


def replayed(folder: Path, *arguments: object, camera: str = "door") -> Outcome:
    config = folder / "site.toml"
    return maskwatch("replay", folder / "clip.webm", "--config", config, "--camera", camera, *arguments)


def record(folder: Path, *arguments: object, camera: str = "door") -> dict[str, Any]:
    outcome = replayed(folder, "--json", *arguments, camera=camera)
    assert outcome.code == 0, outcome.err
    found: dict[str, Any] = json.loads(outcome.out)
    return found


def test_a_recording_gives_its_events_and_passages_the_same_every_time(folder: Path) -> None:
    first = record(folder)
    assert record(folder) == first
    (event,) = first["events"]
    assert (event["kind"], event["rule"], event["zone"]) == ("no_mask", "no mask", None)
    assert event["began_s"] == pytest.approx(0.1, abs=0.15)
    assert event["ended_s"] == pytest.approx(3.3, abs=0.4)
    # What the encoder leaves of the old colour for a while is seen too, but never comes to be judged.
    assert [passage["state"] for passage in first["passages"]] == ["mask", "unsure"]
    assert first["frames"] == 60


def test_schedules_are_asked_at_the_time_that_start_gives(folder: Path) -> None:
    assert record(folder, camera="night")["events"] == []  # noon
    assert len(record(folder, "--start", "2026-03-02T23:00", camera="night")["events"]) == 1
    assert record(folder, "--start", "2026-03-02T23:00Z", camera="night")["events"][0]["zone"] == "all"  # midnight
    assert record(folder, "--start", "2026-03-02T20:30Z", camera="night")["events"] == []


def test_a_replay_that_gives_what_is_expected_passes_and_another_fails(folder: Path, tmp_path: Path) -> None:
    expected = tmp_path / "events.json"
    expected.write_text(replayed(folder, "--json").out)
    assert replayed(folder, "--expect", expected).code == 0
    changed = json.loads(expected.read_text())["events"]
    changed[0]["began_s"] += 2.0
    expected.write_text(json.dumps(changed))
    outcome = replayed(folder, "--expect", expected)
    assert outcome.code == 1
    assert "missing: no_mask (no mask), 2." in outcome.err
    assert "unexpected: no_mask (no mask), 0." in outcome.err
    assert replayed(folder, "--expect", expected, "--tolerance-s", 3).code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--camera", "hall"], "there is no such camera; there are door, night"),
        (["--start", "yesterday"], "not a time"),
        (["--expect", "none.json"], "there is no such file"),
    ],
)
def test_bad_requests_are_one_sentence(folder: Path, arguments: list[str], said: str) -> None:
    outcome = replayed(folder, *arguments)
    assert outcome.code == 2
    assert said in outcome.err
    assert "\n" not in outcome.err.strip()


def test_of_several_cameras_one_has_to_be_named(folder: Path) -> None:
    outcome = maskwatch("replay", folder / "clip.webm", "--config", folder / "site.toml")
    assert (outcome.code, "--camera is needed: the settings have door, night" in outcome.err) == (2, True)
    assert maskwatch("replay", folder / "none.mp4").code == 2


@pytest.mark.parametrize(
    "text",
    [
        "[1]",
        "{",
        '{"event": []}',
        '[{"kind": "fire", "rule": "r", "began_s": 1, "ended_s": 2}]',
        '[{"kind": "no_mask"}]',
    ],
)
def test_what_is_no_list_of_events_is_refused(folder: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "events.json").write_text(text)
    outcome = replayed(folder, "--expect", tmp_path / "events.json")
    assert outcome.code == 2
    assert "not the events of a replay" in outcome.err


def occurrence(began_s: float, ended_s: float = 20.0, zone: str | None = None, rule: str = "r") -> Occurrence:
    return Occurrence("no_mask", rule, zone, began_s, ended_s)


@pytest.mark.parametrize(
    ("expected", "found", "missing", "unexpected"),
    [
        ([], [], 0, 0),
        ([occurrence(1)], [occurrence(1.9)], 0, 0),
        ([occurrence(1)], [occurrence(2.1)], 1, 1),
        ([occurrence(1, 5)], [occurrence(1, 7)], 1, 1),  # lasted too long
        ([occurrence(1)], [occurrence(1, zone="z")], 1, 1),
        ([occurrence(1)], [occurrence(1, rule="s")], 1, 1),
        ([occurrence(1)], [occurrence(1), occurrence(1)], 0, 1),  # one for one
        ([occurrence(1), occurrence(2)], [occurrence(2), occurrence(1)], 0, 0),
    ],
)
def test_events_are_compared_one_to_one(
    expected: list[Occurrence], found: list[Occurrence], missing: int, unexpected: int
) -> None:
    difference = compare(expected, found, 1.0)
    assert (len(difference.missing), len(difference.unexpected)) == (missing, unexpected)
    assert bool(difference) is bool(missing or unexpected)
