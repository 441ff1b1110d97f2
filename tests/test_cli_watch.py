"""`maskwatch watch`, as it is typed."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from camera_parts import slack_s
from commands import maskwatch
from fake_model import COLOURS, write_fake_model
from maskwatch.cli.watch_request import Request
from maskwatch.pictures.video_writing import writing_video
from maskwatch.watching.nouns import Event, EventKind, State
from maskwatch.watching.store import Store

# A port of this machine that nobody listens on.
NOBODY = "rtsp://me:hunter2@127.0.0.1:9/one"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_fake_model(tmp_path / "fake.onnx")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Four seconds: a face without a mask for one and a half, nobody, one with a mask."""
    path = tmp_path / "clip.webm"
    with writing_video(path) as writer:
        for index in range(40):
            picture = np.full((96, 128, 3), 0, np.uint8)
            label = "no_mask" if index < 15 else "mask" if index >= 20 else None
            if label:
                picture[20:60, 30 + index : 62 + index] = COLOURS[label]
            writer.write(picture, index / 10)
    return path


def settings(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(text)
    return path


def told(store: Path) -> tuple[list[tuple[EventKind, float, float]], list[State]]:
    """Events of faces with begin and end in seconds since the first began, and the states of the passages."""
    with Store(store, create=False) as opened:
        events = [each for each in opened.events() if each.kind is not EventKind.CAMERA]
        passages = list(opened.passages())
    start = min(each.began for each in passages)
    return [(each.kind, _since(each.began, start), _since(_end(each), start)) for each in events], [
        each.state for each in passages
    ]


def _end(event: Event) -> datetime:
    assert event.ended is not None
    return event.ended


def _since(time: datetime, start: datetime) -> float:
    return round((time - start).total_seconds(), 2)


def test_a_file_gives_the_same_events_at_its_own_pace_and_fast(tmp_path: Path, model: Path, clip: Path) -> None:
    for name in ("paced", "fast"):
        options = ["--fast"] if name == "fast" else ["--no-web"]
        began = time.monotonic()
        outcome = maskwatch("watch", clip, "--model", model, "--store", tmp_path / f"{name}.sqlite", *options)
        assert outcome.code == 0, outcome.err
        if name == "paced":
            assert time.monotonic() - began > 3.5
    paced, fast = told(tmp_path / "paced.sqlite"), told(tmp_path / "fast.sqlite")
    assert paced == fast
    events, states = fast
    assert [kind for kind, _, _ in events] == [EventKind.NO_MASK]
    assert State.MASK in states


def test_json_logs_are_one_object_a_line_with_the_events(tmp_path: Path, model: Path, clip: Path) -> None:
    outcome = maskwatch("watch", clip, "--model", model, "--fast", "--json-logs", "--store", tmp_path / "s.sqlite")
    lines = [json.loads(line) for line in outcome.err.splitlines()]
    assert outcome.out == ""
    kinds = [line["event"]["kind"] for line in lines if "event" in line]
    assert kinds.count("no_mask") == 2  # its beginning and its end
    assert sum("delay_s" in line for line in lines) == 1
    assert "passages" in lines[-1]["message"]


def test_init_writes_settings_that_check_accepts_and_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    assert maskwatch("watch", "--init", path).code == 0
    before = path.read_text()
    again = maskwatch("watch", "--init", path)
    assert (again.code, path.read_text()) == (2, before)
    assert "is there already" in again.err
    checked = maskwatch("watch", "--config", path, "--check")
    assert checked.code == 0, checked.err
    assert "reached" in checked.out
    assert "960x540" in checked.out
    assert sorted(each.name for each in tmp_path.iterdir()) == ["site.toml"]


def test_check_names_every_fault_with_its_line(tmp_path: Path) -> None:
    path = settings(tmp_path, 'frames_per_second = 5\n[[cameras]]\nname = "a"\nadress = "0"\nrotate = 45\n')
    outcome = maskwatch("watch", "--config", path, "--check")
    assert outcome.code == 2
    for line in (1, 4, 5):
        assert f"site.toml:{line}:" in outcome.err
    assert "did you mean frames_per_s?" in outcome.err


def test_check_reaches_every_camera_and_shows_no_password(tmp_path: Path, model: Path, clip: Path) -> None:
    text = f'model = "{model}"\n[[cameras]]\nname = "door"\naddress = "{NOBODY}"\n'
    path = settings(tmp_path, f'{text}[[cameras]]\nname = "clip"\naddress = "{clip}"\n')
    outcome = maskwatch("watch", "--config", path, "--check")
    assert outcome.code == 1
    assert "lost: Connection refused" in outcome.out
    assert "128x96" in outcome.out
    assert "hunter2" not in outcome.out + outcome.err


def test_sources_get_names_of_their_own_without_anything_secret() -> None:
    sources = ("rtsp://me:hunter2@host/1", "rtsp://me:hunter2@host/2", "0", "demo")
    site = Request(sources, None, False, None, None, False, None, "cpu", None).site()
    assert [camera.name for camera in site.cameras] == ["host", "host-2", "camera-0", "demo"]
    assert "hunter2" not in repr(site)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name either sources or --config"),
        (["0", "--config", "site.toml"], "name either sources or --config"),
        (["no-such.mp4"], "no-such.mp4: there is no such video file"),
        (["--config", "no-such.toml"], "maskwatch watch --init"),
        (["demo", "--metrics", "nine"], "--metrics: an address to serve at"),
    ],
)
def test_what_cannot_be_watched_is_one_sentence(tmp_path: Path, arguments: list[str], words: str) -> None:
    outcome = maskwatch("watch", *arguments, "--store", tmp_path / "s.sqlite")
    assert outcome.code == 2
    assert words in outcome.err
    assert not (tmp_path / "s.sqlite").exists()


def test_a_broken_file_is_told_and_the_exit_code_says_so(tmp_path: Path, model: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    outcome = maskwatch("watch", broken, "--no-web", "--model", model, "--store", tmp_path / "s.sqlite")
    assert outcome.code == 1
    assert "broken: lost" in outcome.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_in_time_before_the_first_connection(
    tmp_path: Path, model: Path, number: signal.Signals
) -> None:
    store = tmp_path / "s.sqlite"
    command = [
        sys.executable,
        "-m",
        "maskwatch",
        "watch",
        NOBODY,
        "--no-web",
        "--model",
        model,
        "--store",
        store,
        "--json-logs",
    ]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    lines = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as started:
        assert started.stderr is not None
        while not lines or '"lost"' not in lines[-1]:  # it has tried, and waits to try again
            lines.append(started.stderr.readline())
            assert lines[-1], lines
        began = time.monotonic()
        started.send_signal(number)
        rest = started.stderr.read()
        assert started.wait(timeout=60) == 0
        took_s = time.monotonic() - began
        assert took_s < 5 or took_s < 5 + slack_s()
    assert "hunter2" not in "".join(lines) + rest
    with Store(store, create=False) as opened:
        assert [each.details["state"] for each in opened.events()] == ["connecting", "lost"]
        assert all(each.ended for each in opened.events())
    assert b"hunter2" not in store.read_bytes()
