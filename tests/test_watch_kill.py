"""`kill -9` at any moment and a disk that really is full: nothing committed is lost, nothing is there twice."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from camera_parts import SOAK, slack_s
from fake_model import COLOURS, write_fake_model
from maskwatch.pictures.video_writing import writing_video
from maskwatch.watching.store import Store
from parts import require_part

pytestmark = [pytest.mark.slow]

TESTS = Path(__file__).parent


def kill_after(command: Sequence[object], is_enough: int, environment: dict[str, str]) -> list[str]:
    """Run until so many lines came, and a moment of chance longer, then kill it; all lines that it got out whole."""
    lines: list[str] = []
    with subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, env=environment) as started:
        stream: IO[bytes] | None = started.stderr
        assert stream is not None
        while len(lines) < is_enough:
            line = stream.readline()
            assert line, b"".join(each.encode() for each in lines)
            lines.append(line.decode())
        time.sleep(random.uniform(0, 0.3))
        started.send_signal(signal.SIGKILL)
        lines += [line.decode() for line in stream.read().splitlines(keepends=True) if line.endswith(b"\n")]
    return lines


def kept_ids(store: Path) -> list[str]:
    """What a store holds, which opens at once and is whole."""
    began = time.monotonic()
    with Store(store, create=False) as opened:
        ids = [event.id for event in opened.events()]
    took_s = time.monotonic() - began
    assert took_s < 5 or took_s < 5 + slack_s()
    with sqlite3.connect(store) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    return ids


def test_a_writer_killed_again_and_again_loses_nothing_that_was_announced(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(f"""
        import sys, time, uuid
        sys.path.insert(0, {str(TESTS)!r})
        from dataclasses import replace
        from pathlib import Path
        from watch_parts import NOON, event
        from maskwatch.watching.clock import SystemClock
        from maskwatch.watching.store import Store
        from maskwatch.watching.writer import Writer
        store = Store(Path({str(tmp_path / "store.sqlite")!r}))
        say = lambda each, waited_s: print(each.id, file=sys.stderr, flush=True)
        writer = Writer(store, store.begin_run(NOON), SystemClock(), say)
        writer.start()
        while True:
            one = replace(event(1), id=str(uuid.uuid4()))
            writer.put([one])
            time.sleep(0.0005)
            writer.put([replace(one, ended=one.began)])
        """)
    )
    announced: set[str] = set()
    for _ in range(100 if SOAK else 10):
        enough = random.randrange(1, 60)
        announced |= {line.strip() for line in kill_after([sys.executable, program], enough, dict(os.environ))}
        ids = kept_ids(tmp_path / "store.sqlite")
        assert announced <= set(ids)
        assert len(ids) == len(set(ids))


def test_a_watch_killed_again_and_again_loses_no_event_that_it_told(tmp_path: Path) -> None:
    write_fake_model(tmp_path / "fake.onnx")
    write_clip(tmp_path / "clip.webm")
    rule = '[[rules]]\nname = "r"\nkind = "no_mask"\ncooldown_s = 0\n'
    camera = '[[cameras]]\nname = "door"\naddress = "clip.webm"\n'
    (tmp_path / "site.toml").write_text(f'model = "fake.onnx"\n{camera}{rule}')
    command = [sys.executable, "-m", "maskwatch", "watch", "--config", tmp_path / "site.toml", "--fast", "--json-logs"]
    announced: set[str] = set()
    for _ in range(50 if SOAK else 4):
        lines = kill_after(command, random.randrange(2, 12), os.environ | {"OMP_NUM_THREADS": "1"})
        announced |= {json.loads(line)["event"]["id"] for line in lines if '"event"' in line}
        ids = kept_ids(tmp_path / "maskwatch.sqlite")
        assert announced <= set(ids)
        assert len(ids) == len(set(ids))
    assert len(announced) > 8


def write_clip(path: Path) -> None:
    """Three faces at a time without masks, for a second and a half every five."""
    with writing_video(path) as writer:
        for index in range(600):
            picture = np.zeros((128, 192, 3), np.uint8)
            if index % 25 < 8:
                for left in (10, 70, 130):
                    picture[30:80, left + index % 25 : left + 40 + index % 25] = COLOURS["no_mask"]
            writer.write(picture, index / 5)


def test_a_disk_that_is_full_is_waited_out(tmp_path: Path) -> None:
    """A real one of a few megabytes: filled, told, and recovered from when there is room again."""
    require_part("own-mounts")
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(f"""
        import sys, time
        sys.path.insert(0, {str(TESTS)!r})
        from dataclasses import replace
        from pathlib import Path
        from watch_parts import NOON, event
        from maskwatch.watching.clock import SystemClock
        from maskwatch.watching.store import Store
        from maskwatch.watching.writer import Writer
        disk = Path({str(tmp_path / "disk")!r})
        store = Store(disk / "store.sqlite")
        told = []
        writer = Writer(store, store.begin_run(NOON), SystemClock(), lambda each, _: told.append(each.id))
        writer.start()
        def until(is_so):
            deadline = time.monotonic() + 30
            while not is_so():
                assert time.monotonic() < deadline, writer.state
                time.sleep(0.01)
        def put(number):
            writer.put([replace(event(number), details={{"filling": "x" * 2000}})])
        put(0)
        until(lambda: told == ["event-0"])
        filling = disk / "filling"
        with filling.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        number = 0
        while writer.state.trouble is None:
            number += 1
            put(number)
            time.sleep(0.01)
        print(writer.state.trouble)
        committed = set(told)
        with Store(store.path, create=False) as reading:
            assert committed <= {{each.id for each in reading.events()}}
        filling.unlink()
        until(lambda: writer.waiting() == 0)
        assert writer.close(5)
        assert told == [f"event-{{each}}" for each in range(number + 1)]
        assert [each.track for each in store.events()] == list(range(number + 1))
        assert writer.state.lost == 0
        print("recovered")
        """)
    )
    (tmp_path / "disk").mkdir()
    script = f"mount -t tmpfs -o size=2m none {tmp_path}/disk && exec {sys.executable} {program}"
    command = ["unshare", "-m", "sh", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    trouble, recovered = done.stdout.splitlines()
    assert "full" in trouble or "I/O" in trouble
    assert recovered == "recovered"
    assert "cannot be written" in done.stderr
