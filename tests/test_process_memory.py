"""A process's peak of memory is its own."""

import subprocess
import sys

ASKED = "from maskwatch.process_memory import own_peak_bytes; print(own_peak_bytes())"
HELD = "held = bytearray(60_000_000); "


def told(program: str) -> int:
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return int(done.stdout)


def test_what_is_held_is_counted() -> None:
    assert 55_000_000 < told(HELD + ASKED) - told(ASKED) < 70_000_000


def test_what_the_starter_holds_is_not_counted() -> None:
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {ASKED!r}], check=True)"
    assert told("held = bytearray(300_000_000); " + start) < told(ASKED) + 20_000_000
